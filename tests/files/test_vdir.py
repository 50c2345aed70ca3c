"""A vdir folder holds exactly what netcrm would write, and no file of another program is ever lost."""

import errno
import gc
import hashlib
import json
import os
import re
import resource
import stat
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.errors import CannotWrite, UnreadableFile
from netcrm.files import vdir
from netcrm.files.vdir import LIST, Kept, VdirItem, file_name, keep
from tests.helpers import hostile

VCF = ".vcf"


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip flushing, which costs time and which only one test checks."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def held(folder: Path, suffix: str = VCF) -> dict[str, str]:
    """The contents of the files of that suffix, by name."""
    return {
        path.name: path.read_bytes().decode()
        for path in folder.iterdir()
        if path.name.endswith(suffix) and path.is_file()
    }


def items(**texts: str) -> list[VdirItem]:
    return [VdirItem(uid, text) for uid, text in texts.items()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def listed(folder: Path) -> dict[str, list[str]]:
    """The list that netcrm keeps, as stored."""
    read = json.loads((folder / LIST).read_bytes())
    assert (read["netcrm"], read["schema"]) == ("vdir", 1)
    files: dict[str, list[str]] = read["files"]
    return files


def write_list(folder: Path, files: dict[str, list[str]]) -> None:
    (folder / LIST).write_text(json.dumps({"netcrm": "vdir", "schema": 1, "files": files}))


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    "uid",
    ["dana", "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1", "a.b_c@example.org", "7", "_", "@", "a" * 100, "console", "x.con"],
)
def test_a_plain_uid_is_its_own_name(uid: str) -> None:
    """A UID that is safe on every disk is its own file name."""
    assert file_name(uid, VCF) == uid + VCF


@pytest.mark.parametrize(
    "uid",
    [
        *(
            "",
            ".",
            "..",
            ".hidden",
            "-x",
            "a.",
            "A",
            "é",
            "a b",
            "a/b",
            "a\\b",
            "a:b",
            "a\n",
            "\ud800",
            "\0",
            "a" * 101,
        ),
        *("con", "nul", "con.x", "com1", "lpt9.a.b", "aux", "prn", "0" * 32, "CON", "../../etc/passwd", "urn:uuid:1"),
    ],
)
def test_any_other_uid_is_hashed(uid: str) -> None:
    """A path, a capital, a device, a long name and a chosen hash become 32 digits of SHA-256."""
    digest = hashlib.sha256(uid.encode("utf-8", "surrogatepass")).hexdigest()
    assert file_name(uid, VCF) == digest[:32] + VCF


uids = st.one_of(
    st.sampled_from([text[:200] for text in hostile.TEXTS]),
    st.text(max_size=6),
    st.text("aA.-x1", max_size=3),
    st.text("0123456789abcdef", min_size=32, max_size=32),
)


@given(st.lists(uids, unique=True))
def test_names_are_safe_and_each_uid_has_its_own(texts: list[str]) -> None:
    """Any UIDs get different plain names, even on a disk that ignores case; no UID is named like a hash."""
    names = [file_name(uid, VCF) for uid in texts]
    assert all(re.fullmatch(r"[a-z0-9_@][a-z0-9._@-]{0,99}\.vcf", name) for name in names)
    assert len({name.lower() for name in names}) == len(texts)
    chosen = [name.removesuffix(VCF) for name in names]
    assert not {file_name(uid, VCF) for uid in chosen if uid not in texts} & {*names}


@pytest.mark.parametrize("suffix", ["", "vcf", ".tmp", ".VCF", "./x", ".a.b", ".vcf\n"])
def test_a_suffix_is_a_suffix(tmp_path: Path, suffix: str) -> None:
    """An invalid or temporary suffix is an error of the caller."""
    with pytest.raises(ValueError, match="not a suffix"):
        keep(tmp_path, [], suffix)


# --------------------------------------------------------------------------- the law


TEXTS = ("1", "1\r\n2\r\n", "é", "")
NAMES = ("dana", "A", "../x")
texts = st.sampled_from(TEXTS)
theirs = st.sampled_from(("theirs", "base\n", "base", *TEXTS))
wanted = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(texts, st.sampled_from((None, "base", "ba\n se"))), max_size=4
)
steps = st.lists(
    st.tuples(st.just("keep"), wanted, st.booleans())
    | st.tuples(st.just("edit"), st.sampled_from((*NAMES, "other")), theirs)
    | st.tuples(st.just("delete"), st.sampled_from(NAMES), st.none())
    | st.tuples(st.just("forget"), st.none(), st.none()),
    min_size=2,
    max_size=6,
)


def expected(
    files: dict[str, str], known: dict[str, set[str]], want: dict[str, tuple[str, str | None]], overwrite: bool
) -> tuple[int, int, int, list[str]]:
    """The rules of `keep` in a few lines, over dictionaries that it changes."""
    written = removed = 0
    stand = {}
    for name, (text, base) in want.items():
        now = files.get(name)
        is_base = base is not None and now is not None and now.rstrip("\n") == "base"
        if now is None or now == text or overwrite or now in known.get(name, ()) or is_base:
            written += now != text
            stand[name] = files[name] = text
    for name in files.keys() - want.keys():
        if files[name] in known.get(name, ()):
            del files[name]
            removed += 1
    for name in [*known]:
        if name not in files:
            del known[name]
    known |= {name: {text} for name, text in stand.items()}
    return written, len(stand) - written, removed, sorted(files.keys() - stand.keys())


@given(steps)
def test_the_folder_follows_the_rules_whatever_was_done_to_it(story: list[tuple[str, object, object]]) -> None:
    """After exports, edits and removals in any order, and a lost list, files, counts and leftovers follow the rules."""
    files: dict[str, str] = {}
    known: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "v")
        play(folder, files, known, ("keep", dict.fromkeys(NAMES, ("1", None)), False))
        for step in story:
            play(folder, files, known, step)
            assert held(folder) == files
        assert {path.name for path in folder.iterdir()} <= {*files, LIST}
        assert [path.name for path in Path(place).iterdir()] == ["v"]


def play(folder: Path, files: dict[str, str], known: dict[str, set[str]], step: tuple[str, object, object]) -> None:
    """Apply one step to the folder and to its expected contents."""
    match step:
        case ("keep", dict(want), bool(overwrite)):
            by_name = {file_name(uid, VCF): result for uid, result in want.items()}
            own = [path for path in files if files[path] == "theirs"]
            kept = keep(folder, (VdirItem(uid, *result) for uid, result in want.items()), VCF, overwrite=overwrite)
            left = [path.name for path in kept.left]
            assert (kept.written, kept.unchanged, kept.removed, left) == expected(files, known, by_name, overwrite)
            assert overwrite or all(files[name] == "theirs" for name in own)
            assert all(name in files for name in own)
        case ("edit", str(uid), str(text)):
            (folder / file_name(uid, VCF)).write_bytes(text.encode())
            files[file_name(uid, VCF)] = text
        case ("delete", str(uid), None):
            (folder / file_name(uid, VCF)).unlink(missing_ok=True)
            files.pop(file_name(uid, VCF), None)
        case _:
            (folder / LIST).unlink(missing_ok=True)
            known.clear()


@given(st.dictionaries(uids, st.text(st.characters(codec="utf-8")), max_size=3))
def test_what_was_written_is_not_touched_again_and_goes_with_its_items(texts: dict[str, str]) -> None:
    """Any UIDs and texts are written byte for byte, unchanged the second time, and removed at the end."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        some = [VdirItem(uid, text) for uid, text in texts.items()]
        assert keep(folder, iter(some), VCF) == Kept(len(some), 0, 0, [])
        assert held(folder) == {file_name(uid, VCF): text for uid, text in texts.items()}
        assert keep(folder, iter(some), VCF) == Kept(0, len(some), 0, [])
        assert keep(folder, [], VCF) == Kept(0, 0, len(some), [])
        assert held(folder) == {}


# --------------------------------------------------------------------------- cases


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_the_folder_and_its_files_are_private(tmp_path: Path, umask: int) -> None:
    """The modes are 0700 and 0600, whatever the umask; no other file stays in the folder."""
    before = os.umask(umask)
    try:
        keep(tmp_path / "v", items(dana="é\r\n"), VCF)
        keep(tmp_path / "v", items(dana="new"), VCF)
    finally:
        os.umask(before)
    assert (mode(tmp_path / "v"), mode(tmp_path / "v/dana.vcf"), mode(tmp_path / "v" / LIST)) == (0o700, 0o600, 0o600)
    assert sorted(path.name for path in (tmp_path / "v").iterdir()) == [LIST, "dana.vcf"]


def test_folders_above_are_made_too(tmp_path: Path) -> None:
    """Missing parents are made, private to the user."""
    keep(tmp_path / "a/b/c", items(dana="x"), VCF)
    assert [mode(tmp_path / path) for path in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_nothing_changes_where_nothing_changed(tmp_path: Path) -> None:
    """A second run changes no time and no inode of the folder, which programs watch."""
    keep(tmp_path, items(dana="x", eve="y"), VCF)
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (tmp_path, *tmp_path.iterdir())}
    assert keep(tmp_path, items(eve="y", dana="x"), VCF) == Kept(0, 2, 0, [])
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (tmp_path, *tmp_path.iterdir())} == before


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """If one of two texts changes, the other file is not rewritten."""
    keep(tmp_path, items(dana="x", eve="y"), VCF)
    before = (tmp_path / "eve.vcf").stat()
    assert keep(tmp_path, items(dana="z", eve="y"), VCF) == Kept(1, 1, 0, [])
    assert (tmp_path / "eve.vcf").stat() == before


def test_the_list_says_what_stands(tmp_path: Path) -> None:
    """The list holds a hash by name, and is the same text for the same files in any order."""
    keep(tmp_path / "1", items(dana="x", eve="y"), VCF)
    keep(tmp_path / "2", items(eve="old", dana="x"), VCF)
    keep(tmp_path / "2", items(eve="y", dana="x"), VCF)
    assert listed(tmp_path / "1") == {"dana.vcf": [sha256("x")], "eve.vcf": [sha256("y")]}
    assert (tmp_path / "1" / LIST).read_bytes() == (tmp_path / "2" / LIST).read_bytes()


def test_each_suffix_is_kept_for_itself(tmp_path: Path) -> None:
    """Cards and to-dos share a folder and its list without affecting each other."""
    keep(tmp_path, items(dana="card"), VCF)
    keep(tmp_path, items(dana="to-do"), ".ics")
    assert keep(tmp_path, [], ".ics") == Kept(0, 0, 1, [])
    assert held(tmp_path) == {"dana.vcf": "card"}
    assert keep(tmp_path, [], VCF) == Kept(0, 0, 1, [])


def test_other_files_are_not_seen(tmp_path: Path) -> None:
    """Dot-files, other suffixes and folders are neither reported nor touched."""
    for name in (".dana.vcf", "dana.txt", "color", "dana.vcf.tmp"):
        (tmp_path / name).write_text("theirs")
    (tmp_path / "folder.vcf").mkdir()
    before = {path.name for path in tmp_path.iterdir()}
    assert keep(tmp_path, [], VCF) == Kept(0, 0, 0, [])
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("content", ["A\nB\n", "A\r\nB\r\n", "A\rB", "A\n\n\n", "\ufeffA\nB", "A\r\n B", "A\n\tB"])
@pytest.mark.parametrize("base", ["A\nB\n", "AB", "A", None])
def test_what_netcrm_knows_whole_may_be_replaced(tmp_path: Path, content: str, base: str | None) -> None:
    """A file equal to the base but for line ends, folds, a mark and final newlines is replaced; no other is."""
    (tmp_path / "dana.vcf").write_bytes(content.encode())
    plain = re.sub(r"\r\n?", "\n", content.removeprefix("\ufeff"))
    is_equal = base is not None and re.sub(r"\n[ \t]", "", plain).rstrip("\n") == base.rstrip("\n")
    kept = keep(tmp_path, [VdirItem("dana", "new", base)], VCF)
    assert kept == (Kept(1, 0, 0, []) if is_equal else Kept(0, 0, 0, [tmp_path / "dana.vcf"]))
    assert held(tmp_path) == {"dana.vcf": "new" if is_equal else content}


def test_a_file_that_is_put_back_is_netcrms_again(tmp_path: Path) -> None:
    """A file changed by another program is left, even without its item; restored to netcrm's content, it is removed."""
    keep(tmp_path, items(dana="x"), VCF)
    (tmp_path / "dana.vcf").write_text("theirs")
    assert keep(tmp_path, [], VCF) == Kept(0, 0, 0, [tmp_path / "dana.vcf"])
    (tmp_path / "dana.vcf").write_text("x")
    assert keep(tmp_path, [], VCF) == Kept(0, 0, 1, [])


@pytest.mark.parametrize("leads_to", ["other", "nowhere", "folder", "/dev/null"])
def test_a_link_is_replaced_and_not_followed(tmp_path: Path, leads_to: str) -> None:
    """A symbolic link in the place of an item is replaced; its target does not change."""
    folder = tmp_path / "v"
    (tmp_path / "other").write_text("theirs")
    (tmp_path / "folder").mkdir()
    folder.mkdir()
    (folder / "dana.vcf").symlink_to(tmp_path / leads_to)
    assert keep(folder, items(dana="theirs"), VCF) == Kept(1, 0, 0, [])
    assert not (folder / "dana.vcf").is_symlink()
    assert held(folder) == {"dana.vcf": "theirs"}
    assert (tmp_path / "other").read_text() == "theirs"
    assert not (tmp_path / "nowhere").exists()


def test_a_link_without_an_item_is_left(tmp_path: Path) -> None:
    """Even a link to exactly what netcrm wrote is replaced."""
    keep(tmp_path, items(dana="x"), VCF)
    (tmp_path / "dana.vcf").rename(tmp_path / "moved")
    (tmp_path / "dana.vcf").symlink_to(tmp_path / "moved")
    assert keep(tmp_path, [], VCF) == Kept(0, 0, 0, [tmp_path / "dana.vcf"])
    assert (tmp_path / "moved").read_text() == "x"


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(("leftover", "why"), [("folder", "a folder is"), ("pipe", "a pipe or a device is")])
def test_what_is_no_file_is_refused(tmp_path: Path, leftover: str, why: str, overwrite: bool) -> None:
    """A folder or a pipe in the place of an item is reported, with what to do, before any file has changed."""
    keep(tmp_path, items(dana="x"), VCF)
    if leftover == "folder":
        (tmp_path / "eve.vcf").mkdir()
    else:
        os.mkfifo(tmp_path / "eve.vcf")
    with pytest.raises(CannotWrite, match=f"eve.vcf: {why} in its place; move it away"):
        keep(tmp_path, items(dana="new", eve="y"), VCF, overwrite=overwrite)
    assert (tmp_path / "dana.vcf").read_text() == "x"
    assert sorted(path.name for path in tmp_path.iterdir()) == [LIST, "dana.vcf", "eve.vcf"]


def test_a_file_too_large_is_anothers(tmp_path: Path) -> None:
    """A huge file is recognised as foreign without reading it."""
    with (tmp_path / "dana.vcf").open("wb") as file:
        file.truncate(1 << 40)
    left = [tmp_path / "dana.vcf"]
    assert keep(tmp_path, [VdirItem("dana", "x", "x")], VCF) == Kept(0, 0, 0, left)
    assert keep(tmp_path, items(dana="x"), VCF, overwrite=True) == Kept(1, 0, 0, [])


def test_a_file_too_large_for_a_card_is_not_compared(tmp_path: Path) -> None:
    """A large file is not read into memory, because it can't be the imported card."""
    with (tmp_path / "dana.vcf").open("wb") as file:
        file.truncate(51 << 20)
    assert keep(tmp_path, [VdirItem("dana", "x", "x")], VCF).left == [tmp_path / "dana.vcf"]


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EACCES])
def test_a_file_that_can_not_be_read_stops_it_and_one_that_just_went_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """An unreadable file is an error; a file that another program just removed is written."""
    real = os.open

    def refuse(path: str | Path, *rest: int, **_: int) -> int:
        if Path(path).name == "dana.vcf":
            if code == errno.ENOENT:
                (tmp_path / "dana.vcf").unlink()
            raise OSError(code, os.strerror(code))
        return real(path, *rest, **_)

    (tmp_path / "dana.vcf").write_text("theirs")
    monkeypatch.setattr(os, "open", refuse)
    if code == errno.ENOENT:
        assert keep(tmp_path, items(dana="x"), VCF) == Kept(1, 0, 0, [])
    else:
        with pytest.raises(UnreadableFile, match="permission denied; check its permissions"):
            keep(tmp_path, items(dana="x"), VCF)


def test_two_items_of_one_uid_are_refused(tmp_path: Path) -> None:
    """Two items with one UID are refused, and nothing has changed."""
    with pytest.raises(ValueError, match="two items have the UID 'dana'"):
        keep(tmp_path, [VdirItem("dana", "x"), VdirItem("dana", "y")], VCF)
    assert [*tmp_path.iterdir()] == []


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    """A text that UTF-8 can't hold is an error, and nothing has changed."""
    with pytest.raises(CannotWrite, match="half of a character"):
        keep(tmp_path, items(eve="y", dana="\ud800"), VCF)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("file", "a part of its path is a file"),
        ("file/x", "a part of its path is a file"),
        ("dangling", "a part of its path is a file"),
        ("x" * 256, "file name too long"),
        ("a\0b", "this is not a valid path"),
    ],
)
def test_a_folder_that_can_not_be_is_named(tmp_path: Path, name: str, why: str) -> None:
    """The reason why the folder can't be made is given in words."""
    (tmp_path / "file").write_text("theirs")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CannotWrite, match=why):
        keep(tmp_path / name, items(dana="x"), VCF)


# --------------------------------------------------------------------------- a foreign list


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"",
            b"\0\xff",
            b"[]",
            b"null",
            b"{}",
            b'{"netcrm": "vdir"}',
            b'{"netcrm": "vdir", "schema": 1, "files": []}',
        ),
        *(b"[" * 1_000_000, b'{"a":' * 100_000, b"9" * 5_000, b'"' + b"x" * 1_000_000, b"[" * 17 + b"]" * 17),
        b'{"netcrm": "other", "schema": 1, "files": {}}',
        b'{"netcrm": "vdir", "schema": 0, "files": {}}',
        b'{"netcrm": "vdir", "schema": "1", "files": {}}',
        b'{"netcrm": "vdir", "schema": 1, "files": {"dana.vcf": null}}',
        b'{"netcrm": "vdir", "schema": 1, "files": {"dana.vcf": "' + b"0" * 64 + b'"}}',
        b'{"netcrm": "vdir", "schema": 1, "files": {"dana.vcf": [1]}}',
        b'{"netcrm": "vdir", "schema": 1, "files": {"dana.vcf": ["xyz"]}}',
        b'{"netcrm": "vdir", "schema": 1, "files": {"dana.vcf": ["' + b"0" * 65 + b'"]}}',
    ],
    ids=range(20),
)
def test_a_list_that_is_not_netcrms_changes_nothing(tmp_path: Path, content: bytes) -> None:
    """A damaged, deep or mistyped list is an error, and every file stays, including the list."""
    (tmp_path / LIST).write_bytes(content)
    (tmp_path / "dana.vcf").write_text("x")
    with pytest.raises(UnreadableFile, match=r"not the list of files that netcrm keeps .* move it away"):
        keep(tmp_path, items(eve="y"), VCF, overwrite=True)
    assert held(tmp_path) == {"dana.vcf": "x"}
    assert (tmp_path / LIST).read_bytes() == content


def test_a_list_that_is_no_file_or_huge_or_newer_is_said(tmp_path: Path) -> None:
    """A link, a folder, a pipe and a huge list are not read, and a later format is refused."""
    path = tmp_path / LIST
    (tmp_path / "real").write_text('{"netcrm": "vdir", "schema": 1, "files": {}}')
    path.symlink_to(tmp_path / "real")
    with pytest.raises(UnreadableFile, match="not the list"):
        keep(tmp_path, [], VCF)
    path.unlink()
    path.mkdir()
    with pytest.raises(UnreadableFile, match="it is a folder"):
        keep(tmp_path, [], VCF)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(UnreadableFile, match="not a regular file"):
        keep(tmp_path, [], VCF)
    path.unlink()
    with path.open("wb") as file:
        file.truncate(vdir.LARGEST_LIST + 1)
    with pytest.raises(UnreadableFile, match="larger than 128 MiB"):
        keep(tmp_path, [], VCF)
    path.write_text('{"netcrm": "vdir", "schema": 2, "files": 7}')
    with pytest.raises(UnreadableFile, match="newer netcrm; upgrade"):
        keep(tmp_path, [], VCF)


@pytest.mark.parametrize(
    "name", ["../x.vcf", "A.vcf", ".x.vcf", "con.vcf", "folder/x.vcf", "x.vcf/", "-x.vcf", "x..vcf"]
)
def test_a_name_in_the_list_that_netcrm_would_not_give_is_passed_over(tmp_path: Path, name: str) -> None:
    """A forged list can't have a file removed outside the folder, or one that netcrm can't have written."""
    folder = tmp_path / "v"
    (folder / "folder").mkdir(parents=True)
    file = folder / name
    file.write_text("theirs")
    write_list(folder, {name: [sha256("theirs")], "gone.vcf": [sha256("x")]})
    assert keep(folder, items(dana="x"), VCF).removed == 0
    assert file.read_text() == "theirs"
    assert listed(folder) == {"dana.vcf": [sha256("x")]}


@given(uids, st.lists(st.just(sha256("theirs")), max_size=2))
def test_no_name_in_a_list_leads_out_of_the_folder(name: str, digests: list[str]) -> None:
    """Any text as a name in the list leaves the files beside and below the folder alone."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "v")
        (folder / "below").mkdir(parents=True)
        for path in (Path(place, "x.vcf"), folder / "below" / "x.vcf"):
            path.write_text("theirs")
        write_list(folder, {name: digests, f"../{name}": digests, "below/x.vcf": digests})
        assert keep(folder, [], VCF).removed == 0
        assert Path(place, "x.vcf").exists()
        assert (folder / "below" / "x.vcf").exists()


def test_more_than_the_list_can_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that would be too large to read again is not written, and no file has changed."""
    monkeypatch.setattr(vdir, "LARGEST_LIST", 1_000)
    with pytest.raises(CannotWrite, match="too many files"):
        keep(tmp_path, [VdirItem(str(number), "x") for number in range(20)], VCF)
    assert [*tmp_path.iterdir()] == []


# --------------------------------------------------------------------------- errors midway


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a bug"), OSError("theirs")])
def test_an_error_among_the_items_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    """An error passes through; every file is as it was, and nothing else is left."""

    def some() -> Iterator[VdirItem]:
        yield VdirItem("dana", "new")
        yield VdirItem("eve", "y")
        raise error

    keep(tmp_path, items(dana="x", rob="z"), VCF)
    with pytest.raises(type(error)):
        keep(tmp_path, some(), VCF)
    assert held(tmp_path) == {"dana.vcf": "x", "rob.vcf": "z"}
    assert len([*tmp_path.iterdir()]) == 3


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EROFS, "read-only file system"),
        (errno.EACCES, "permission denied; name a file where you may write"),
    ],
)
@pytest.mark.parametrize("call", ["tempfile.mkdtemp", "tempfile.mkstemp", "os.fchmod", "os.fsync"])
def test_a_disk_that_refuses_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, why: str
) -> None:
    """A full, read-only or forbidden disk is an error, and the old files stay."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    keep(tmp_path, items(dana="x"), VCF)
    with monkeypatch.context() as patch:
        patch.setattr(call, refuse)
        with pytest.raises(CannotWrite, match=why):
            keep(tmp_path, items(dana="new", eve="y"), VCF)
    assert held(tmp_path) == {"dana.vcf": "x"}
    assert len([*tmp_path.iterdir()]) == 2


def test_a_write_that_the_system_cuts_short_leaves_all_as_it_was(tmp_path: Path) -> None:
    """A real size limit in the last text leaves the first file unchanged as well."""
    keep(tmp_path, items(dana="x"), VCF)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(CannotWrite, match=r"eve\.vcf: file too large"):
            keep(tmp_path, items(dana="new", eve="y" * 100_000), VCF)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert held(tmp_path) == {"dana.vcf": "x"}
    assert len([*tmp_path.iterdir()]) == 2


def test_each_step_is_on_the_disk_before_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order survives a power cut: texts, list with both hashes, names, final list."""
    done: list[str] = []
    link, rename = os.link, Path.replace

    def flushed(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "text")

    def linked(waiting: Path, path: Path) -> None:
        done.append(path.name)
        link(waiting, path)

    def renamed(self: Path, target: Path) -> Path:
        done.append(target.name)
        return rename(self, target)

    keep(tmp_path, items(dana="x"), VCF)
    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(Path, "replace", renamed)
    keep(tmp_path, items(dana="new", eve="y"), VCF)
    texts, announced = ["text", "text"], ["text", "folder", LIST, "folder"]
    assert done == [*texts, *announced, "dana.vcf", "eve.vcf", "folder", *announced]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    """A file that another program writes meanwhile stays, under a new name and under a known one."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def some() -> Iterator[VdirItem]:
        yield from items(dana="new", eve="new", rob="new")
        for name in ("dana", "eve"):
            (tmp_path / f"{name}.vcf").write_text("theirs")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    keep(tmp_path, items(dana="x"), VCF)
    left = [tmp_path / "dana.vcf", tmp_path / "eve.vcf"]
    assert keep(tmp_path, some(), VCF) == Kept(1, 0, 0, left)
    assert held(tmp_path) == {"dana.vcf": "theirs", "eve.vcf": "theirs", "rob.vcf": "new"}
    assert listed(tmp_path) == {"dana.vcf": [sha256("x")], "rob.vcf": [sha256("new")]}


def test_a_file_that_appears_at_the_last_moment_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If another program makes a file just before the rename, its file stays."""
    link = os.link

    def late(waiting: Path, path: Path) -> None:
        path.write_text("theirs")
        link(waiting, path)

    write_list(tmp_path, {})
    (tmp_path / "eve.vcf").write_text("y")
    monkeypatch.setattr(os, "link", late)
    assert keep(tmp_path, items(dana="x", eve="y"), VCF) == Kept(0, 1, 0, [tmp_path / "dana.vcf"])
    assert held(tmp_path) == {"dana.vcf": "theirs", "eve.vcf": "y"}


@pytest.mark.parametrize("leftover", [".netcrm-abcdefg_.tmp", ".netcrm-abcdefg_"])
def test_what_a_kill_left_behind_is_cleared_away_later(tmp_path: Path, leftover: str) -> None:
    """Leftovers are removed only after the run must have ended, and only if netcrm made them."""
    left = tmp_path / leftover
    if leftover.endswith(".tmp"):
        left.mkdir()
        (left / "dana.vcf.tmp").write_text("half")
    else:
        left.write_text("half")
    (tmp_path / ".netcrm-of-mine").write_text("theirs")
    for name in (leftover, ".netcrm-of-mine"):
        os.utime(tmp_path / name, (1e9, 1e9))
    os.utime(left)
    keep(tmp_path, items(dana="x"), VCF)
    assert left.exists()
    os.utime(left, (1e9, 1e9))
    keep(tmp_path, items(dana="y"), VCF)
    assert not left.exists()
    assert (tmp_path / ".netcrm-of-mine").exists()


FAULTS = """
import os, shutil, signal, sys
from pathlib import Path
from netcrm.errors import NetcrmError
from netcrm.files.vdir import VdirItem, keep

start, runs, fault = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
steps = {"open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.scandir", "os.chmod"}

os.fsync = lambda _: None  # what a kill leaves does not hang on it

def without_links(*_, **__):
    raise OSError(1, "no links")

def run(folder, last):
    count = 0
    def hook(event, arguments):
        nonlocal count
        if event in steps:
            count += 1
            if count == last and fault == "full":
                raise OSError(28, "No space left on device")
            if count == last and fault == "interrupt":
                raise KeyboardInterrupt
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
    if fault == "kill without links":
        os.link = without_links
    sys.addaudithook(hook)
    items = [VdirItem("same", "1"), *(VdirItem(uid, "2") for uid in ("new", "changed", "edited"))]
    items.append(VdirItem("base", "2", "base"))
    try:
        keep(folder, items, ".vcf")
    except (NetcrmError, KeyboardInterrupt):
        os._exit(1)
    os._exit(0 if count < last else 1)

for last in range(1, 500):
    folder = runs / str(last)
    shutil.copytree(start, folder)
    child = os.fork()
    if not child:
        run(folder, last)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


@pytest.mark.parametrize("fault", ["kill", "kill without links", "full", "interrupt"])
def test_a_fault_at_any_step_leaves_whole_files_that_netcrm_knows(tmp_path: Path, fault: str) -> None:
    """A kill, a disk error and Ctrl-C before each system call leave old or new files that netcrm recognises."""
    start, runs = tmp_path / "start", tmp_path / "runs"
    keep(start, items(same="1", changed="1", edited="1", gone="1"), VCF)
    for name, text in {"edited": "theirs", "other": "theirs", "base": "base"}.items():
        (start / f"{name}.vcf").write_text(text)
    subprocess.run([sys.executable, "-c", FAULTS, str(start), str(runs), fault], check=True)
    ends = []
    for folder in sorted(runs.iterdir()):
        result = held(folder)
        ends.append(frozenset(result.items()))
        assert result.pop("edited.vcf") == result.pop("other.vcf") == "theirs"
        assert result["same.vcf"] == "1"
        assert result["changed.vcf"] in ("1", "2")
        assert result["base.vcf"] in ("base", "2")
        assert result.get("gone.vcf", "1") == "1"
        assert result.get("new.vcf", "2") in (("2", "") if fault == "kill without links" else ("2",))
        keep(folder, [], VCF)
        foreign = {"edited.vcf": "theirs", "other.vcf": "theirs"}
        assert held(folder) == (foreign if result["base.vcf"] == "2" else {**foreign, "base.vcf": "base"})
    assert len(ends) > 30
    assert len(set(ends)) >= 5


TWO = """
import os, sys
from pathlib import Path
from netcrm.errors import NetcrmError
from netcrm.files.vdir import VdirItem, keep
folder, mine = Path(sys.argv[1]), sys.argv[2]
for turn in range(8):
    uids = [str(n) for n in range(6) if (n + turn) % 3] + [mine]
    try:
        keep(folder, [VdirItem(uid, f"{mine}{turn}" * 1000) for uid in uids], ".vcf")
    except NetcrmError as error:
        print(error)
"""


def test_two_at_once_lose_nothing_of_others(tmp_path: Path) -> None:
    """Two exports into one folder at once write complete files, and keep other programs' files."""
    keep(tmp_path, items(**{"0": "x", "1": "x"}), VCF)
    for name in ("1", "other"):
        (tmp_path / f"{name}.vcf").write_text("theirs")
    running = [
        subprocess.Popen([sys.executable, "-c", TWO, str(tmp_path), own], stdout=subprocess.PIPE, text=True)
        for own in "ab"
    ]
    errors = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], errors
    result = held(tmp_path)
    assert result.pop("1.vcf") == result.pop("other.vcf") == "theirs"
    assert result
    complete = {"x", *(f"{own}{turn}" * 1000 for own in "ab" for turn in range(8))}
    assert set(result.values()) <= complete


def test_items_are_read_as_a_stream(tmp_path: Path) -> None:
    """Only a few of 200 cards (20 MB) are in memory at a time, in the first run and in the second."""

    def items() -> Iterator[VdirItem]:
        for number in range(200):
            if number % 10 == 0:
                gc.collect()  # the tests collect cycles rarely
            yield VdirItem(str(number), f"{number:0100000}")

    for _ in range(2):
        tracemalloc.start()
        keep(tmp_path, items(), VCF)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3_000_000
