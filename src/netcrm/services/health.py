"""The checks of `doctor`: the database, the rules, the backups, and who has access to them.

Each check is a function that yields findings. A finding marked `wrong` does harm until it is fixed; the others are
advice. A finding that can be fixed safely carries a function that fixes it. Where that changes facts, it is an
operation that `undo` takes back; otherwise it rebuilds derived objects or tightens permissions.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import filterfalse
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, inspect
from sqlmodel import Session, col, select

from netcrm.domain.coercion import at_least_none
from netcrm.domain.models import Contact, ContactMethod, Decision, Interaction, InteractionContact, Operation, Profile
from netcrm.domain.vocabulary import count
from netcrm.errors import BadBackup, InvalidValue, NotOurs, OlderSchema, StoreError
from netcrm.files.atomic import is_folder
from netcrm.planning.window import telling
from netcrm.services import contacts
from netcrm.store import queries
from netcrm.store.backup import Backup, beside, examine
from netcrm.store.drift import altered
from netcrm.store.filesystems import network, synced_by
from netcrm.store.location import Location
from netcrm.store.schema import objects
from netcrm.store.sqlite import check
from netcrm.workspace import Workspace

if TYPE_CHECKING:
    from netcrm.playbooks.model import Playbook
    from netcrm.store.database import Store

Check = Literal[
    "database", "schema", "orphans", "answers", "reach", "playbooks", "place", "rights", "backups", "zones", "space"
]

STALE = 30
"""Days after which a backup is old; netcrm's own choice."""

_REMOVE = "netcrm doctor --fix removes them"
_KEEP = "keep it until its data is in a database of this version"
_RESTORE = "netcrm restore FILE puts a backup in its place"

SHOWN = 5
"""The most affected items that a finding names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `doctor` found: what it is, and what to do. Advice does no harm if it is ignored.

    `fixed` says that it was mended just now; `fixable`, that `fix` would mend it.
    """

    check: Check
    wrong: bool
    what: str
    do: str
    fixed: bool = False
    mend: Callable[[], object] | None = field(default=None, repr=False, compare=False)

    @property
    def fixable(self) -> bool:
        return self.mend is not None


def operations(workspace: Workspace, limit: int | None) -> list[Operation]:
    """The newest operations, including those that were undone."""
    at_least_none(limit)
    with workspace.session() as session:
        return queries.operations(session, limit)


def check_up(workspace: Workspace, backups: str | Path | None, *, fix: bool) -> list[Finding]:
    """Every finding; with `fix`, those that can be mended safely are mended. `backups` is the
    user's folder of backups.
    """
    folder = Path(backups) if backups else None
    if folder and not is_folder(folder):
        raise InvalidValue("backups", backups, "is not a folder; name the folder with your backups")
    findings = list(_look(workspace, folder))
    return [_mended(finding) if fix else finding for finding in findings]


def _mended(finding: Finding) -> Finding:
    if finding.mend is None:
        return finding
    finding.mend()
    return replace(finding, fixed=True)


def _look(workspace: Workspace, folder: Path | None) -> Iterator[Finding]:
    is_new = workspace.location.is_new
    for problem in workspace.problems:
        yield Finding("playbooks", True, str(problem), "mend the file; netcrm playbook check FILE lists all of it")
    yield from _place(workspace.location)
    yield from _rights(workspace.location)
    copies = list(_examined(workspace, folder))
    yield from _backups(workspace, copies, named=folder is not None)
    if is_new:
        return
    try:
        damage = list(_database(workspace.store))
        yield from damage
        if not damage:
            yield from _contents(workspace, copies)
    except StoreError as error:
        yield Finding("database", True, str(error), _KEEP if isinstance(error, OlderSchema) else _RESTORE)


def _contents(workspace: Workspace, copies: Sequence[Backup | BadBackup]) -> Iterator[Finding]:
    yield from _schema(workspace.store)
    yield from _alterations(workspace.store, copies)
    with workspace.store.session() as session:
        yield from _orphans(workspace, session)
        yield from _answers(session, workspace.playbooks)
        yield from _reach(session)
        yield from _zones(session)
        yield from _space(workspace.store, session)


# --------------------------------------------------------------------------- the database


def _database(store: "Store") -> Iterator[Finding]:
    """Check that every page and every value can be read, and that every row has its parent."""
    for problem in store.damage()[:SHOWN]:
        yield Finding("database", True, problem, _RESTORE)


def _schema(store: "Store") -> Iterator[Finding]:
    """Check that every table, view and index is there, as the migrations build it."""
    with store.read() as connection:
        inspector = inspect(connection)
        tables = set(inspector.get_table_names())
        present = tables | set(inspector.get_view_names())
        present |= {str(index["name"]) for table in tables for index in inspector.get_indexes(table)}
        written = _as_written(connection) if connection.dialect.name == "sqlite" else {}
    for kind, name, sql in objects():
        if name in present and written.get(name, sql) == sql:
            continue
        what = f"the {kind} “{name}” is {'different from its definition' if name in present else 'missing'}"
        if kind == "table":
            yield Finding("schema", True, what, _RESTORE)
        else:
            anew = [f"DROP {kind} IF EXISTS {name}", sql]
            mend = partial(store.build_anew, anew)
            yield Finding("schema", True, what, "netcrm doctor --fix builds it anew", mend=mend)


def _as_written(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {row[0]: row[1] for row in rows}


def _space(store: "Store", session: Session) -> Iterator[Finding]:
    """Check that no data of forgotten contacts may be left in free pages."""
    connection = session.connection()
    if connection.dialect.name != "sqlite" or not connection.exec_driver_sql("SELECT 1 FROM forgotten LIMIT 1").first():
        return
    if pages := connection.exec_driver_sql("PRAGMA freelist_count").scalar_one():
        what = f"{count(pages, 'free page')} of the file, not rewritten since a contact was forgotten"
        yield Finding("space", False, what, "netcrm doctor --fix rewrites the file", mend=store.overwrite_free_space)


# --------------------------------------------------------------------------- the contents


def _orphans(workspace: Workspace, session: Session) -> Iterator[Finding]:
    """Find interactions without contacts, and answers of missing contacts, except those by which a company was told."""
    linked = select(InteractionContact.interaction_id)
    alone = [row.number for row in session.exec(select(Interaction).where(col(Interaction.id).not_in(linked)))]
    if alone:
        what = f"{count(len(alone), 'interaction')} without a contact"
        yield Finding("orphans", True, what, _REMOVE, mend=partial(_remove, workspace, Interaction, alone))
    tells, people = telling(workspace.playbooks), select(Contact.uid)
    lost = select(Decision).where(Decision.contact_uid != "", col(Decision.contact_uid).not_in(people))
    numbers = [
        row.number for row in session.exec(lost) if row.verdict != "done" or (row.playbook, row.step) not in tells
    ]
    if numbers:
        what = f"{count(len(numbers), 'answer')} about contacts that no longer exist"
        yield Finding("orphans", True, what, _REMOVE, mend=partial(_remove, workspace, Decision, numbers))


def _remove(workspace: Workspace, noun: type[Interaction | Decision], numbers: Iterable[int]) -> None:
    with workspace.write("doctor", f"Removed {noun.__name__.lower()}s of nobody") as unit:
        for number in numbers:
            if noun is Interaction:
                contacts.unlog(unit, number)
            else:
                unit.remove(unit.session.get_one(noun, number))


def _answers(session: Session, playbooks: Iterable["Playbook"]) -> Iterator[Finding]:
    """Find answers to steps that no playbook has."""
    steps = [(playbook.name, step) for playbook in playbooks for step in playbook.steps]
    known = {(playbook, name) for playbook, step in steps for name in (step.name, *step.was)}
    answered = session.exec(
        select(Decision.playbook, Decision.step).distinct().order_by(Decision.playbook, Decision.step)
    )
    lost = [f"{playbook}/{step}" for playbook, step in answered if (playbook, step) not in known]
    if lost:
        what = f"you answered steps that no playbook has: {_some(lost)}"
        do = 'nothing, if you took them out; if a step was renamed, say so in the playbook with was = ["old-name"]'
        yield Finding("answers", False, what, do)


def _reach(session: Session) -> Iterator[Finding]:
    """Find contacts without an address, number or link."""
    reached = select(ContactMethod.contact_id)
    rows = session.exec(
        select(Contact.id, Contact.name)
        .where(col(Contact.id).not_in(reached), col(Contact.dormant_on).is_(None))
        .order_by(col(Contact.id))
    )
    lost = [f"{name} ({number})" for number, name in rows]
    if lost:
        what = f"{count(len(lost), 'contact')} without an address, number or link: {_some(lost)}"
        yield Finding("reach", False, what, "netcrm edit ID --email, --phone or --linkedin says how")


def _zones(session: Session) -> Iterator[Finding]:
    """Find time zones that this machine does not know."""
    used = {*session.exec(select(Profile.timezone)), *session.exec(select(Contact.timezone).distinct())} - {None}
    for zone in sorted(filter(None, used)):
        try:
            ZoneInfo(zone)
        except (OSError, ValueError, KeyError):
            what = f"this machine's time zone data does not know {zone}"
            yield Finding("zones", True, what, "pip install --upgrade tzdata")


def _some(names: list[str]) -> str:
    unnamed = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {unnamed} more" if unnamed > 0 else "")


# --------------------------------------------------------------------------- files around the database


def _place(location: Location) -> Iterator[Finding]:
    """Check that the database lies on a local disk, outside synchronised folders, and in one file."""
    if location.path is None:
        return
    if location.path.with_name(f"{location.path.name}-wal").exists():
        what = (
            f"{location} is open in another program that switched it to WAL: a plain copy would miss the latest changes"
        )
        yield Finding("place", False, what, "close that program; the next write of netcrm's switches back")
    move = "move it to a folder of a disk of this machine, and name it with --db or NETCRM_DB"
    if kind := network(location.path):
        yield Finding("place", True, f"{location} is on a network file system ({kind})", move)
    if program := synced_by(location.path):
        what = f"{location} is in a folder that {program} synchronises; it may be copied in the middle of a write"
        yield Finding("place", True, what, f"{move}; put a backup into that folder instead")


def _rights(location: Location) -> Iterator[Finding]:
    """Check that no other user of this machine has access to the database or its copies."""
    if os.name == "nt":
        return
    for path in (*([location.path] if location.path else []), *beside(location)):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        rights = stat.S_IMODE(mode)
        if stat.S_ISREG(mode) and rights & 0o077:
            what = f"other users of this machine have access to {path} (mode {rights:o})"
            do = f"netcrm doctor --fix takes them away (chmod {rights:o} gives them back)"
            yield Finding("rights", True, what, do, mend=partial(path.chmod, 0o600))


def _examined(workspace: Workspace, folder: Path | None) -> Iterator[Backup | BadBackup]:
    """Every backup there is, checked in full, or the error found in it."""
    for path in _databases_of_ours(workspace, folder):
        try:
            yield examine(path)
        except BadBackup as error:
            yield error


def _newest_first(copies: Iterable[Backup | BadBackup]) -> list[tuple[datetime, Path]]:
    """The undamaged backups that say when they were made."""
    backups = (backup for backup in copies if isinstance(backup, Backup))
    return sorted(((backup.made_at, backup.path) for backup in backups if backup.made_at), reverse=True)


def _alterations(store: "Store", copies: Iterable[Backup | BadBackup]) -> Iterator[Finding]:
    """Compare the rows that were not written since the newest backup: SQLite does not notice a flipped bit."""
    for _, path in _newest_first(copies):
        with store.read() as live:
            altered_tables = altered(live, path)
        if altered_tables is None:
            continue
        if altered_tables:
            what = f"changed since the backup {path}, although nothing wrote them: {', '.join(altered_tables)}"
            yield Finding("database", True, what, f"netcrm --db {path} shows what they were; {_RESTORE}")
        return


def _backups(workspace: Workspace, copies: Sequence[Backup | BadBackup], *, named: bool) -> Iterator[Finding]:
    """Check that the newest backup is recent, and that every backup is undamaged."""
    for bad in copies:
        if isinstance(bad, BadBackup):
            is_older = isinstance(bad.__cause__, OlderSchema)
            do = _KEEP if is_older else "delete it, and make another: netcrm backup FILE"
            yield Finding("backups", True, str(bad), do)
    made = next((at.date() for at, _ in _newest_first(copies)), None)
    if workspace.location.is_new or (made and (workspace.today_without_profile - made).days <= STALE):
        return
    what = f"the newest backup is from {made}" if made else "no backup was found"
    where = "" if named else "; where you keep them, --backups FOLDER (or NETCRM_BACKUPS) says"
    yield Finding("backups", False, what, f"netcrm backup FILE, on another disk{where}")


def _databases_of_ours(workspace: Workspace, folder: Path | None) -> list[Path]:
    """The copies that netcrm made, and the netcrm databases in a folder, recognised by their header."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.stat().st_size) if folder else []
    copies = {path.resolve(): path for path in [*beside(workspace.location), *filterfalse(_is_foreign, files)]}
    if workspace.location.path:
        copies.pop(workspace.location.path.resolve(), None)
    return list(copies.values())


def _is_foreign(path: Path) -> bool:
    try:
        check(path.resolve())
    except NotOurs:
        return True
    except StoreError:  # `examine` reports a file that can't be read
        return False
    return False
