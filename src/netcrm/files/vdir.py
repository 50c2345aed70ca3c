"""A folder with one file per item, kept equal to netcrm's data without touching the files of other programs.

The format is “The Vdir Storage Format” of the vdirsyncer documentation, which khard, khal and todoman read too. Each
item is a file named after its UID with the suffix `.vcf` or `.ics`. Other suffixes are ignored. A file is written under
a temporary name, `.tmp`, and then renamed.

Several programs use such a folder at once, so netcrm records what it wrote: `.netcrm.json` holds the SHA-256 of each
content by file name. Only a file with that content is replaced or removed without asking. Every other file belongs to
another program; it stays as it is and is reported.

New files wait in a subfolder until all of them are complete. Then the list is written with the old and the new
hashes, the files take their names, and the list is written with the final hashes. So the items are read once, as a
stream. An error in between, or a full disk, changes nothing, and after a kill at any point netcrm still recognises its
own files.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from operator import eq
from pathlib import Path
from typing import NamedTuple

from netcrm.errors import CannotWrite, UnreadableFile
from netcrm.files.atomic import (
    LARGEST_INPUT,
    LARGEST_STREAM,
    atomic_write,
    make_folder_for,
    open_input,
    saying_why_not,
    staging,
    sync_folder,
    take_name,
    write_new,
)

LIST = ".netcrm.json"
"""The file in which netcrm records what it wrote into the folder, for every suffix."""

LARGEST_LIST = 128 << 20
"""The largest list (bytes): about a million files."""

_PLAIN = re.compile(r"[a-z0-9_@]([a-z0-9._@-]{0,98}[a-z0-9_@-])?")
_HASHED = re.compile(r"[0-9a-f]{32}")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_SUFFIX = re.compile(r"\.(?!tmp\Z)[a-z]{1,8}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

_EMPTY = hashlib.sha256().digest()
_LINK = b"a link"
_TOO_LARGE = b"too large to be netcrm's"


@dataclass(frozen=True, slots=True)
class VdirItem:
    """A file to be written: its UID, its content, and a content that it may replace.

    `text` has its own line ends and is written unchanged, in UTF-8. `base` is the vCard as it was imported. A file with
    that content, apart from line ends, folding (RFC 6350 §3.2) and a final newline, holds nothing new, and may be
    replaced whichever program wrote it.
    """

    uid: str
    text: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The result: how many files were written, were up to date and not touched, or were removed.

    `left` are the files of other programs, in order: changed or added since netcrm last wrote, and left as they are.
    """

    written: int
    unchanged: int
    removed: int
    left: list[Path]


def file_name(uid: str, suffix: str) -> str:
    """The file name for a UID, the same on every run and on every disk, and different for every other UID.

    A UID of at most 100 characters of `a-z 0-9 . _ @ -` is its own name, as a UUID is. Any other is hashed (SHA-256,
    the first 128 bits): one with capitals, since some disks take `A` and `a` for one name; one that begins with a dot
    or hyphen or ends with a dot; a device of Windows, such as `con`; and one that looks like such a hash, so that it
    can't take the name of another UID.
    """
    if not _is_name(uid):
        uid = hashlib.sha256(uid.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return uid + suffix


def keep(
    folder: Path,
    items: Iterable[VdirItem],
    suffix: str,
    *,
    overwrite: bool = False,
    needs_no_writing: Callable[[str, str], bool] = eq,
    says_no_more: Callable[[str, str], bool] = eq,
) -> Kept:
    """Make the files of that suffix in a folder equal to the items; files of other programs stay and are reported.

    A missing folder is made private to the user, and so are its missing parents. With `overwrite`, a file that another
    program changed is replaced if it has the name of an item; it is never removed. A symbolic link in the place of an
    item is replaced, never followed. Anything else that is not a file is refused (`CannotWrite`), as is whatever the
    system refuses; a foreign list is `UnreadableFile`. No file changes before every item is ready.

    Both functions compare a file's text with its item's. `needs_no_writing` says that netcrm's own file may stay, for
    example if only the time of writing differs. `says_no_more` says that another program's file holds nothing that
    replacing it would lose.

    Two items with one UID are a `ValueError`.
    """
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"{suffix!r} is not a suffix of items")
    make_folder_for(folder, folder)
    plan = _Plan(folder, suffix, overwrite, needs_no_writing, says_no_more, _read_list(folder))
    with ExitStack() as stack:
        # Made only when there is something to write: a folder in which nothing changes is not touched at all.
        stage = cache(lambda: stack.enter_context(staging(folder)))
        for item in items:
            _prepare(plan, item, stage)
        if plan.changes:
            _announce(plan)
            _write(plan, stage())
    removed = _remove(plan)
    if plan.written or removed:
        with saying_why_not(folder):
            sync_folder(folder)
    _settle(plan)
    left = [folder / name for name in sorted(plan.left)]
    return Kept(plan.written, len(plan.stand) - plan.written, removed, left)


# --------------------------------------------------------------------------- the files


class _FileChange(NamedTuple):
    """A file that waits for its name; `before` is the hash of the former file at the time of that decision."""

    name: str
    digest: bytes
    before: bytes | None


@dataclass(slots=True)
class _Plan:
    """The arguments of `keep` and the state so far: for each item its name and at most two hashes."""

    folder: Path
    suffix: str
    overwrite: bool
    needs_no_writing: Callable[[str, str], bool]
    says_no_more: Callable[[str, str], bool]
    known: dict[str, tuple[bytes, ...]]
    seen: set[str] = field(default_factory=set)
    stand: dict[str, bytes] = field(default_factory=dict)
    changes: list[_FileChange] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    written: int = 0


def _prepare(plan: _Plan, item: VdirItem, stage: Callable[[], Path]) -> None:
    """Decide about one item; a file to be written is first put into the subfolder for new files."""
    name = file_name(item.uid, plan.suffix)
    if name in plan.seen:
        raise ValueError(f"two items have the UID {item.uid!r}")
    plan.seen.add(name)
    path = plan.folder / name
    content = _encoded(path, item.text)
    digest = hashlib.sha256(content).digest()
    digest_now = _found(path)
    is_own = digest_now in plan.known.get(name, ())
    if digest_now == digest or (digest_now and is_own and _compared(path, item, plan.needs_no_writing)):
        plan.stand[name] = digest_now
    elif plan.overwrite or is_own or digest_now in (None, _LINK) or _is_known(path, item, plan):
        with saying_why_not(path):
            write_new(_waiting(stage(), name), content)
        plan.changes.append(_FileChange(name, digest, digest_now))
    else:
        plan.left.add(name)


def _is_known(path: Path, item: VdirItem, plan: _Plan) -> bool:
    """Whether netcrm already knows everything that another program's file holds."""
    return _holds(path, item.base) or _compared(path, item, plan.says_no_more)


def _compared(path: Path, item: VdirItem, compare: Callable[[str, str], bool]) -> bool:
    try:
        return compare(_content(path, LARGEST_INPUT).decode(), item.text)
    except (UnreadableFile, UnicodeDecodeError):  # too large for one item, gone, or in another encoding
        return False


def _encoded(path: Path, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        why = "its text holds half of a character (a lone surrogate), which no file can hold; correct it"
        raise CannotWrite(path, why) from error


def _found(path: Path) -> bytes | None:
    """The hash of the file at a path, None if there is none; a folder, pipe or device is refused."""
    with saying_why_not(path):
        try:
            status = path.lstat()
        except FileNotFoundError:
            return None
    if stat.S_ISLNK(status.st_mode):
        return _LINK
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise CannotWrite(path, f"{what} is in its place; move it away")
    if status.st_size > LARGEST_STREAM:
        return _TOO_LARGE
    try:
        with open_input(path) as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
            return digest.digest()
    except UnreadableFile as error:
        if isinstance(error.__cause__, FileNotFoundError):  # another program removed it just now
            return None
        raise


def _holds(path: Path, base: str | None) -> bool:
    """Whether a file holds just that vCard."""
    if base is None:
        return False
    try:
        content = _content(path, LARGEST_INPUT)
    except UnreadableFile:  # too large for one vCard, or gone
        return False
    return _unfolded(content) == _unfolded(base.encode("utf-8", "surrogatepass"))


def _content(path: Path, limit: int) -> bytes:
    """A whole file, in no more memory than it needs, since there are thousands of them."""
    with open_input(path, limit) as file:
        return file.read()


def _unfolded(content: bytes) -> bytes:
    """A vCard without meaningless differences: byte order mark, kind of line ends, folds, newlines at the end."""
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content.replace(b"\n ", b"").replace(b"\n\t", b"").rstrip(b"\n")


def _waiting(stage: Path, name: str) -> Path:
    return stage / f"{name}.tmp"


def _write(plan: _Plan, stage: Path) -> None:
    """Rename the waiting files, except where something has changed since the decision."""
    for change in plan.changes:
        path = plan.folder / change.name
        with saying_why_not(path):
            stands = _put(_waiting(stage, change.name), path, change, overwrite=plan.overwrite)
        if stands:
            plan.stand[change.name] = change.digest
            plan.written += 1
        else:
            plan.left.add(change.name)


def _put(waiting: Path, path: Path, change: _FileChange, *, overwrite: bool) -> bool:
    """Whether the file has its name now."""
    digest_now = _found(path)
    if digest_now is None:
        try:
            take_name(waiting, path, overwrite=overwrite)
        except FileExistsError:  # a moment ago another program made one
            return False
    elif overwrite or digest_now == change.before:
        take_name(waiting, path, overwrite=True)
    else:
        return digest_now == change.digest  # a second netcrm may have written the same
    return True


def _remove(plan: _Plan) -> int:
    """Remove the files that netcrm wrote for items that no longer exist; their number. Other files stay."""
    removed = 0
    for name in _others(plan):
        path = plan.folder / name
        digests = plan.known.get(name, ())
        if digests and name not in plan.seen and _found(path) in digests:
            with saying_why_not(path):
                path.unlink(missing_ok=True)
            removed += 1
        else:
            plan.left.add(name)
    return removed


def _others(plan: _Plan) -> list[str]:
    """The names of that suffix in the folder that belong to no item, or differ from what its item should be."""
    with saying_why_not(plan.folder), os.scandir(plan.folder) as entries:
        return [
            entry.name
            for entry in entries
            if entry.name.endswith(plan.suffix) and not entry.name.startswith(".") and entry.name not in plan.stand
            if entry.is_file(follow_symlinks=False) or entry.is_symlink()
        ]


# --------------------------------------------------------------------------- the list


def _announce(plan: _Plan) -> None:
    """Write the list with the new hashes beside the old ones.

    For a new name the hash of an empty file is added, because an empty file reserves the name on a disk without hard
    links.
    """
    listed = _read_list(plan.folder)
    for name, digest, digest_before in plan.changes:
        new = (digest,) if digest_before else (digest, _EMPTY)
        listed[name] = tuple(dict.fromkeys((*listed.get(name, ()), *new)))
    _write_list(plan.folder, listed)


def _settle(plan: _Plan) -> None:
    """Write the list with the final hashes, if it has changed.

    A file that another program changed keeps the hash of what netcrm wrote: restored to that, it is netcrm's again.
    Entries that a second netcrm added since, or that have another suffix, are kept.
    """
    before = _read_list(plan.folder)
    listed = dict(before)
    for name in plan.known.keys() | plan.seen:
        if name in plan.stand:
            listed[name] = (plan.stand[name],)
        elif name in plan.left and name in plan.known:
            listed[name] = plan.known[name]
        elif name.endswith(plan.suffix):
            listed.pop(name, None)
    if listed != before:
        _write_list(plan.folder, listed)


def _write_list(folder: Path, listed: dict[str, tuple[bytes, ...]]) -> None:
    path = folder / LIST
    if sum(len(name) + 70 * len(digests) + 8 for name, digests in listed.items()) > LARGEST_LIST:
        raise CannotWrite(path, "the folder would hold too many files; export fewer into one folder")
    atomic_write(path, _lines(listed), overwrite=True)


def _lines(listed: dict[str, tuple[bytes, ...]]) -> Iterator[str]:
    """JSON with one line per file, sorted by name, so that the same files give the same text."""
    yield '{"netcrm": "vdir", "schema": 1, "files": {'
    between = "\n"
    for name in sorted(listed):
        yield f"{between}{json.dumps(name)}: {json.dumps([digest.hex() for digest in listed[name]])}"
        between = ",\n"
    yield "\n}}\n"


def _read_list(folder: Path) -> dict[str, tuple[bytes, ...]]:
    """The hashes of what netcrm wrote, by name; names that netcrm would not give are ignored."""
    path = folder / LIST
    with saying_why_not(path):
        try:
            status = path.lstat()
        except FileNotFoundError:
            return {}
    if stat.S_ISLNK(status.st_mode):
        raise UnreadableFile(path, _NOT_OURS)
    files = _parsed(path, _content(path, LARGEST_LIST))
    return {name: _digests(path, digests) for name, digests in files.items() if _is_listed(name)}


def _parsed(path: Path, content: bytes) -> dict[str, object]:
    # A valid list has one bracket per file, of 70 bytes and more; a list of brackets alone would take much memory.
    if sum(map(content.count, (b"[", b"{"))) > 16 + len(content) // 32:
        raise UnreadableFile(path, _NOT_OURS)
    try:
        read = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(path, _NOT_OURS) from error
    match read:
        case {"netcrm": "vdir", "schema": 1, "files": dict(files)}:
            return files
        case {"netcrm": "vdir", "schema": int(schema)} if schema > 1:
            raise UnreadableFile(path, "it was written by a newer netcrm; upgrade netcrm and try again")
        case _:
            raise UnreadableFile(path, _NOT_OURS)


def _digests(path: Path, digests: object) -> tuple[bytes, ...]:
    if isinstance(digests, list) and all(isinstance(digest, str) and _DIGEST.fullmatch(digest) for digest in digests):
        return tuple(map(bytes.fromhex, digests))
    raise UnreadableFile(path, _NOT_OURS)


def _is_listed(name: str) -> bool:
    """Whether `file_name` gives such names."""
    stem, dot, suffix = name.rpartition(".")
    return bool(_SUFFIX.fullmatch(dot + suffix)) and (_is_name(stem) or bool(_HASHED.fullmatch(stem)))


def _is_name(uid: str) -> bool:
    """Whether a UID can be the name of its file."""
    return bool(_PLAIN.fullmatch(uid)) and not _HASHED.fullmatch(uid) and not _DEVICE.fullmatch(uid)


_NOT_OURS = (
    "it is not the list of files that netcrm keeps there; move it away, and netcrm leaves every file that differs from "
    "what it would write"
)
