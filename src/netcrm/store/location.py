"""The place of a database: a file, a server or memory."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from netcrm.errors import CannotUse, NewerSchema, OlderSchema
from netcrm.store.error_messages import in_words
from netcrm.store.filesystems import network

SCHEMA = 8
"""Today's schema: the number of the newest migration."""

OLDEST = 8
"""The oldest schema that can be migrated: the number of the first migration."""

APPLICATION_ID = 0x4E43524D
"""“NCRM”, in the header of every SQLite file of netcrm's (https://sqlite.org/fileformat.html#application_id)."""

MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class Location:
    """A database: a file at `path`, a server at `url`, or else memory.

    For a file in the `default` place its folders are created; for a file that was named they must exist.
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
        """Whether a file does not exist yet or is empty; False for a server and for memory."""
        if self.path is None:
            return False
        with in_words(str(self), 0):
            try:
                return self.path.lstat().st_size == 0
            except FileNotFoundError:
                self.refuse_a_vanished_folder()
                return True

    def refuse_a_vanished_folder(self) -> None:
        """Refuse a missing folder: an unplugged disk must not look like an empty database, nor be replaced by one."""
        if self.path and not (self.default or self.path.parent.exists()):
            raise CannotUse(
                str(self), f"there is no folder {self.path.parent}; check that its disk is there, or create it"
            )


def locate(where: str | Path | None) -> Location:
    """The database that a path or a URL names, or else the default one in the user's data directory."""
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
"""The parts of a URL's query that are printed; a list of the secret parts could never be complete."""

_USER = re.compile(r"([^:/?]*)(?::[^@]*)?@")
"""The user and the password in a URL, as SQLAlchemy reads them: the password ends at the first @."""


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    match = _USER.match(rest)
    place, _, query = rest[match.end() if match else 0 :].partition("?")
    user = f"{match[1]}@" if match else ""
    shown = "&".join(part for part in query.split("&") if part.partition("=")[0].lower() in _SHOWN)
    return f"{scheme}://{user}{place.rpartition('@')[2]}{'?' if shown else ''}{shown}"


def refuse_unknown_schema(where: str, schema: int) -> None:
    """Refuse a schema that is too old to migrate, or newer than today's; a new database has schema 0."""
    if 0 < schema < OLDEST:
        raise OlderSchema(where, schema)
    if schema > SCHEMA:
        raise NewerSchema(where, schema, SCHEMA)


NETWORK_ALLOWED = "NETCRM_NETWORK_FS"
"""With the value `allow`, this environment variable permits writing to a database on a network file system."""


def refuse_a_network(path: Path | None) -> None:
    """Refuse to write on a network file system, whose locks are unreliable; reading there does no harm."""
    if path and os.environ.get(NETWORK_ALLOWED) != "allow" and (kind := network(path)):
        why = f"it lies on a network file system ({kind}), where two programs can write at once and damage it"
        advice = f"move it to a disk of this machine, use PostgreSQL, or take the risk with {NETWORK_ALLOWED}=allow"
        raise CannotUse(str(path), f"{why}; {advice}")
