"""Programs that read what netcrm writes, each in its process: servers on loopback, and clients of a folder."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from netcrm.formats.icalendar import Form, Stamps, each
from netcrm.planning.follow_up import FollowUp

BOOK = """<?xml version="1.0"?>
<D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:set><D:prop><D:resourcetype>
<D:collection/><C:addressbook/></D:resourcetype></D:prop></D:set></D:mkcol>"""
"""Make an address book (RFC 6352 §6.3.1.1)."""

TO_DOS = """<?xml version="1.0"?>
<D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:resourcetype>
<D:collection/><C:calendar/></D:resourcetype></D:prop></D:set></D:mkcol>"""
"""Make a calendar (RFC 5689 §3)."""

_ANYBODY = "Basic bWU6"
"""The credentials of the user “me” without a password (RFC 7617)."""

_SECONDS = 30
_TRIES = 5


def environment(home: Path) -> dict[str, str]:
    """The environment of a program: a home, and nothing of the user who runs the tests."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def ran(home: Path, *command: str) -> str:
    """The output of a program that runs in this environment."""
    done = _done(home, *command)
    assert done.stderr == ""
    return done.stdout


def _done(home: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    whole, env = [sys.executable, "-m", *command], environment(home)
    done = subprocess.run(whole, env=env, cwd=home, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done
    return done


# --------------------------------------------------------------------------- servers


@contextmanager
def serving(folder: Path, command: Sequence[str], says: str) -> Iterator[int]:
    """Start a server, yield its port once the server says that it is ready, and stop it at the end.

    `command` has `{port}` in place of the port. If another program takes the port first, the next port is tried.
    """
    log = folder / "log"
    for _ in range(_TRIES):
        with socket.create_server(("127.0.0.1", 0)) as found:
            port: int = found.getsockname()[1]
        whole = [sys.executable, "-m", *(word.format(port=port) for word in command)]
        with log.open("wb") as out:
            server = subprocess.Popen(whole, env=environment(folder), cwd=folder, stdout=out, stderr=out)
        try:
            if _is_ready(server, log, says) and _answers(server, port):
                yield port
                return
        finally:
            _end(server)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _end(server: "subprocess.Popen[bytes]") -> None:
    """Ask the server to end, and kill it if it does not."""
    server.terminate()
    try:
        server.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _is_ready(server: "subprocess.Popen[bytes]", log: Path, says: str) -> bool:
    """Whether the server says that it is ready before it ends or the time is up."""
    until = time.monotonic() + _SECONDS
    while server.poll() is None and time.monotonic() < until:
        if says in log.read_text(encoding="utf-8", errors="replace"):
            return True
        time.sleep(0.02)
    return False


def _answers(server: "subprocess.Popen[bytes]", port: int) -> bool:
    """Whether the server can be reached: some say that they listen a moment before they do."""
    until = time.monotonic() + _SECONDS
    while server.poll() is None and time.monotonic() < until:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), _SECONDS):
            return True
        time.sleep(0.02)
    return False


def radicale(folder: Path) -> AbstractContextManager[int]:
    """Radicale without authentication."""
    options = {"storage-filesystem-folder": str(folder / "collections"), "server-hosts": "127.0.0.1:{port}"}
    options |= {"auth-type": "none", "web-type": "none"}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return serving(folder, ["radicale", "--config", "", *words], "Radicale server ready")


def xandikos(folder: Path) -> AbstractContextManager[int]:
    """Xandikos, with an empty address book."""
    where = ["-d", str(folder / "collections"), "--defaults", "--no-detect-systemd"]
    return serving(folder, ["xandikos", "serve", *where, "-l", "127.0.0.1", "-p", "{port}"], "Listening on")


class Dav:
    """A collection on a server, over one connection that stays open if the server allows it."""

    def __init__(self, port: int, path: str) -> None:
        self.path, self.url = path, f"http://127.0.0.1:{port}{path}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def asked(
        self, verb: str, name: str = "", body: bytes | None = None, kind: str = "text/vcard"
    ) -> tuple[int, bytes]:
        """The status and the content of an answer."""
        headers = {"Authorization": _ANYBODY, "Content-Type": f"{kind}; charset=utf-8"}
        self._connection.request(verb, self.path + name, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def made(self, what: str) -> "Dav":
        """Create the collection on the server."""
        assert self.asked("MKCOL", body=what.encode(), kind="application/xml") == (201, b"")
        return self

    def kept(self, name: str, card: bytes) -> bytes:
        """Store a card on the server; returns the content that the server has of it."""
        status, why = self.asked("PUT", name, card)
        assert status in (201, 204), (status, why, card)
        status, found = self.asked("GET", name)
        assert status == 200
        return found


# --------------------------------------------------------------------------- clients


def fill(folder: Path, follow_ups: Iterable[FollowUp], form: Form, stamps: Stamps) -> Path:
    """Write a calendar folder with one file for each follow-up."""
    folder.mkdir(exist_ok=True)
    for uid, text in each(follow_ups, stamps=stamps, form=form):
        (folder / f"{uid}.ics").write_bytes(text.encode())
    return folder


def by_todoman(home: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """The to-dos that todoman lists in a folder, by the follow-up key in the description."""
    config = home / "for-todoman.py"
    config.write_text(f"path = {str(folder)!r}\ncache_path = {str(home / 'todo.db')!r}\n", encoding="utf-8")
    listed = json.loads(ran(home, "todoman", "--config", str(config), "--porcelain", "list"))
    for todo in listed:
        todo["due"] = todo["due"] and str(datetime.fromtimestamp(todo["due"], UTC).date())
    found = {str(todo["description"]).rpartition("netcrm done ")[2]: todo for todo in listed}
    assert len(found) == len(listed)
    return found


def by_khard(home: Path, folder: Path) -> dict[str, str]:
    """The name for each e-mail address, as khard lists a folder."""
    config = home / "khard.conf"
    config.write_text(f"[addressbooks]\n[[book]]\npath = {folder}\n", encoding="utf-8")
    listed = ran(home, "khard", "-c", str(config), "email", "--parsable")
    rows = (line.split("\t") for line in listed.split("\n") if "\t" in line)
    return {address: name for address, name, *_ in rows}


class Synced(NamedTuple):
    """A folder synchronised with a collection, and that with another folder; `ending` is the suffix of the files."""

    out: Path
    collection: Dav
    back: Path
    ending: Literal[".vcf", ".ics"]


def vdirsyncer(home: Path, pairs: Mapping[str, Synced]) -> Path:
    """Write the settings of vdirsyncer and run its discovery; the pair “cards” becomes “cards_out” and “cards_back”."""
    config = home / "vdirsyncer.conf"
    parts = [_part("general", status_path=home / "status")]
    for name, pair in pairs.items():
        kind = "caldav" if pair.ending == ".ics" else "carddav"
        for end, folder in (("a", pair.out), ("b", pair.back)):
            parts += [_part(f"storage {name}_{end}", type="filesystem", path=folder, fileext=pair.ending)]
        parts += [_part(f"storage {name}", type=kind, url=pair.collection.url, username="me", password="any")]
        parts += [f"{_part(f'pair {name}_{way}', a=a, b=b)}collections = null\n" for way, a, b in _ways(name)]
    config.write_text("\n".join(parts), encoding="utf-8")
    _done(home, "vdirsyncer", "-c", str(config), "discover")
    return config


def _ways(name: str) -> Iterator[tuple[str, str, str]]:
    yield "out", f"{name}_a", name
    yield "back", name, f"{name}_b"


def _part(title: str, **values: object) -> str:
    return f"[{title}]\n" + "".join(f"{name} = {json.dumps(str(value))}\n" for name, value in values.items())


def sync(home: Path, config: Path, *pairs: str) -> list[str]:
    """Synchronise some pairs, or all; returns what vdirsyncer says that it copied or deleted."""
    done = _done(home, "vdirsyncer", "-c", str(config), "sync", *pairs)
    lines = (done.stdout + done.stderr).splitlines()
    return [line for line in lines if not line.startswith("Syncing ")]
