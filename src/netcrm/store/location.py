"""Where a database is: a file, a server or memory."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from netcrm.errors import CannotUse, NewerSchema, OlderSchema
from netcrm.store.error_messages import in_words
from netcrm.store.filesystems import network

SCHEMA = 8
"""The schema this program writes: the number of the newest migration."""

OLDEST = 8
"""The oldest schema this program can migrate: the number of the first migration."""

APPLICATION_ID = 0x4E43524D
"""“NCRM”, in the header of every SQLite file of ours (https://sqlite.org/fileformat.html#application_id)."""

MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class Location:
    """A database: a file at `path`, a server at `url`, or, with neither, memory.

    A file in the `default` place has its folders made for it; one that was named has not.
    """

    path: Path | None = None
    url: str | None = None
    default: bool = False

    def __str__(self) -> str:
        if self.url:
            return _without_password(self.url)
        return str(self.path) if self.path else "memory"

    @property
    def kind(self) -> str:
        return "server" if self.url else "file" if self.path else "database in memory"

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever written there (a server always answers for itself)."""
        if self.path is None:
            return False
        with in_words(str(self), 0):
            try:
                return self.path.lstat().st_size == 0
            except FileNotFoundError:
                self.refuse_a_vanished_folder()
                return True

    def refuse_a_vanished_folder(self) -> None:
        """A disk that is not there now must not look like an empty book, nor get a new one in its place."""
        if self.path and not (self.default or self.path.parent.exists()):
            raise CannotUse(
                str(self), f"there is no folder {self.path.parent}; check that its disk is there, or create it"
            )


def locate(where: str | Path | None) -> Location:
    """The database that a path or a URL names; the default one is in the user's data directory."""
    text = str(where) if where is not None else ""
    if not text:
        return Location(path=user_data_path("netcrm", appauthor=False) / "netcrm.db", default=True)
    scheme, _, rest = text.partition("://")
    if text == MEMORY or (scheme.startswith("sqlite") and rest.strip("/") == MEMORY):
        return Location()
    if not rest and "://" not in text:
        return Location(path=Path(text).expanduser())
    if scheme.startswith("sqlite"):
        return Location(path=Path(rest.removeprefix("/")).expanduser()) if rest.strip("/") else Location()
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return Location(url=f"postgresql+psycopg://{rest}")
    raise CannotUse(_without_password(text), "it is neither a path nor a postgresql:// URL; write one of these")


_SHOWN = ("host", "hostaddr", "port", "dbname", "user", "service", "sslmode")
"""What of a URL's query is said aloud; a list of what is secret would never be whole."""

_USER = re.compile(r"([^:/?]*)(?::[^@]*)?@")
"""Me in a URL, as SQLAlchemy reads it: a password ends at the first @, whatever else is in it."""


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    me = _USER.match(rest)
    place, _, query = rest[me.end() if me else 0 :].partition("?")
    user = f"{me[1]}@" if me else ""
    shown = "&".join(part for part in query.split("&") if part.partition("=")[0].lower() in _SHOWN)
    return f"{scheme}://{user}{place.rpartition('@')[2]}{'?' if shown else ''}{shown}"


def refuse_unknown_schema(where: str, schema: int) -> None:
    """Refuse a database that no migration starts from, or that a newer netcrm wrote; 0 is one without a schema."""
    if 0 < schema < OLDEST:
        raise OlderSchema(where, schema)
    if schema > SCHEMA:
        raise NewerSchema(where, schema, SCHEMA)


NETWORK_ALLOWED = "NETCRM_NETWORK_FS"
"""The environment may say `allow` here: then a database on a network file system is written to all the same."""


def refuse_a_network(path: Path | None) -> None:
    """Refuse to write where locks can't be relied on; reading does no harm."""
    if path and os.environ.get(NETWORK_ALLOWED) != "allow" and (kind := network(path)):
        why = f"it lies on a network file system ({kind}), where two programs can write at once and damage it"
        do = f"move it to a disk of this machine, use PostgreSQL, or take the risk with {NETWORK_ALLOWED}=allow"
        raise CannotUse(str(path), f"{why}; {do}")
