"""Input is bounded and regular, output is complete or absent."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcrm.errors import CannotWrite, UnreadableFile
from netcrm.files.atomic import atomic_write, make_folder, read_input


def names(folder: Path) -> list[str]:
    """The files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write_theirs(folder: Path) -> Iterator[str]:
    (folder / "x").write_text("theirs")
    yield "ours"


def refusing(code: int) -> Any:
    """A replacement for a system call that fails with this code."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


# --------------------------------------------------------------------------- reading


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    """The bytes of a file are read unchanged."""
    file = tmp_path / "x"
    file.write_bytes(b"a\r\n\x00\xff")
    assert read_input(file) == b"a\r\n\x00\xff"


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a device, a missing file and a large file each get an error message, without waiting."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 11)
    for name, why in {
        "": "it is a folder",
        "pipe": "not a regular file",
        "missing": "no such file",
        "a\0b": "not a valid path",
        "large": "larger than",
    }.items():
        with pytest.raises(UnreadableFile, match=why):
            read_input(tmp_path / name, limit=10)
    with pytest.raises(UnreadableFile, match="not a regular file"):
        read_input(Path("/dev/zero"))


@pytest.mark.parametrize("size", [0, 9, 10, 11])
def test_the_limit_is_the_largest_file_that_is_read(tmp_path: Path, size: int) -> None:
    """A file of exactly the limit is read; one byte more is refused, not cut."""
    file = tmp_path / "x"
    file.write_bytes(b"x" * size)
    if size > 10:
        with pytest.raises(UnreadableFile, match="larger than"):
            read_input(file, limit=10)
    else:
        assert len(read_input(file, limit=10)) == size


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.EACCES, "permission denied; check its permissions"),
        (errno.EMFILE, "too many open files; check the path"),
        (errno.ELOOP, "too many levels of symbolic links; check the path"),
    ],
)
def test_a_file_that_can_not_be_opened_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, why: str
) -> None:
    """The system's reason is given in words, with what to do."""
    monkeypatch.setattr(os, "open", refusing(code))
    with pytest.raises(UnreadableFile, match=why):
        read_input(tmp_path / "x")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a regular file that opens and can't be read")
def test_an_error_in_the_middle_of_reading_is_explained() -> None:
    """A file that opens but can't be read gets an error message as well."""
    with pytest.raises(UnreadableFile, match="input/output error; check the path"):
        read_input(Path("/proc/self/mem"))


@pytest.mark.parametrize("name", ["pipe", "missing", "folder"])
def test_reading_leaves_nothing_open(tmp_path: Path, name: str) -> None:
    """A refused file is closed again."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - the listing itself holds a descriptor, each time one
    with pytest.raises(UnreadableFile):
        read_input(tmp_path / name)
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208 - as above


# --------------------------------------------------------------------------- writing


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_what_is_written_is_what_was_given(tmp_path: Path, chunks: list[str]) -> None:
    """Text is written as UTF-8, without BOM, and with its own line ends."""
    atomic_write(tmp_path / "x", chunks, overwrite=True)
    assert (tmp_path / "x").read_bytes() == "".join(chunks).encode()


@pytest.mark.parametrize("umask", [0, 0o022, 0o277, 0o777])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_written_file_is_private(tmp_path: Path, umask: int, overwrite: bool) -> None:
    """The mode is 0600, whatever the umask."""
    before = os.umask(umask)
    try:
        atomic_write(tmp_path / "x", ["a", "é\r\n"], overwrite=overwrite)
    finally:
        os.umask(before)
    assert (tmp_path / "x").read_bytes() == "aé\r\n".encode()
    assert mode(tmp_path / "x") == 0o600


def test_a_file_that_all_could_read_is_private_afterwards(tmp_path: Path) -> None:
    """Overwriting does not keep the old file's permissions."""
    (tmp_path / "x").write_text("old")
    (tmp_path / "x").chmod(0o644)
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert mode(tmp_path / "x") == 0o600


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_longest_name_can_be_written(tmp_path: Path, overwrite: bool) -> None:
    """The longest possible name works: the temporary file's name is not longer."""
    atomic_write(tmp_path / ("x" * 255), ["new"], overwrite=overwrite)
    assert names(tmp_path) == ["x" * 255]


def test_an_existing_file_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """An existing file stays unless overwriting is requested; nothing else is left behind."""
    (tmp_path / "x").write_text("old")
    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", ["new"], overwrite=False)
    assert (tmp_path / "x").read_text() == "old"
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert (tmp_path / "x").read_text() == "new"
    assert names(tmp_path) == ["x"]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """A file of that name, made by another program meanwhile, stays."""
    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", write_theirs(tmp_path), overwrite=False)
    assert (tmp_path / "x").read_text() == "theirs"
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.EACCES, errno.ENOSYS])
def test_where_there_are_no_hard_links_it_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Without hard links, as on a USB stick, a new file is written whole, and another program's still stays."""
    monkeypatch.setattr(os, "link", refusing(code))
    atomic_write(tmp_path / "y", ["new"], overwrite=False)
    assert ((tmp_path / "y").read_text(), mode(tmp_path / "y")) == ("new", 0o600)
    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", write_theirs(tmp_path), overwrite=False)
    assert (tmp_path / "x").read_text() == "theirs"
    assert names(tmp_path) == ["x", "y"]


def test_a_name_that_was_reserved_in_vain_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If hard links and the rename both fail, no empty file is left behind."""
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))
    monkeypatch.setattr(Path, "replace", refusing(errno.EIO))
    with pytest.raises(CannotWrite, match="input/output error"):
        atomic_write(tmp_path / "x", ["new"], overwrite=False)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EDQUOT, "the disk is full; free some space"),
        (errno.EROFS, "read-only file system; name another file"),
        (errno.EACCES, "permission denied; name a file where you may write"),
        (errno.EIO, "input/output error; name another file"),
    ],
)
@pytest.mark.parametrize("call", ["mkstemp", "fchmod", "fsync", "replace"])
def test_a_failure_at_any_step_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, why: str
) -> None:
    """Whichever system call fails, the old file is whole, nothing else is left, and the reason is given."""
    (tmp_path / "x").write_text("old")
    owner = {"mkstemp": "tempfile.mkstemp", "replace": "pathlib.Path.replace"}.get(call, f"os.{call}")
    monkeypatch.setattr(owner, refusing(code))
    with pytest.raises(CannotWrite, match=why):
        atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_a_write_that_the_system_cuts_short_leaves_what_was_there(tmp_path: Path) -> None:
    """A real size limit in the middle of the text leaves the old file whole, and nothing else."""
    (tmp_path / "x").write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(CannotWrite, match="file too large"):
            atomic_write(tmp_path / "x", ["new" * 100_000], overwrite=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a bug"), UnicodeError("a bug")])
def test_what_goes_wrong_while_the_text_is_made_is_not_hidden(tmp_path: Path, error: BaseException) -> None:
    """An interrupt or a bug passes through; the old file is whole, and nothing else is left."""

    def text() -> Iterator[str]:
        yield "half"
        raise error

    (tmp_path / "x").write_text("old")
    with pytest.raises(type(error)):
        atomic_write(tmp_path / "x", text(), overwrite=True)
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


KILLED = """
import sys, time
from pathlib import Path
from netcrm.files.atomic import atomic_write
def text():
    yield "half" * 100_000
    print("half", flush=True)
    time.sleep(60)
atomic_write(Path(sys.argv[1]), text(), overwrite=True)
"""


def test_a_kill_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    """After kill -9 the old file is whole under its name, and the next write works."""
    (tmp_path / "x").write_text("old")
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path / "x")], stdout=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stdout.readline() == b"half\n"
        running.send_signal(signal.SIGKILL)
    assert (tmp_path / "x").read_text() == "old"
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert (tmp_path / "x").read_text() == "new"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_knows_no_flush_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    """On a network share that can't flush a folder, the file counts as written."""
    flush = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    atomic_write(tmp_path / "x", ["new"], overwrite=overwrite)
    assert (tmp_path / "x").read_text() == "new"


def test_a_folder_that_can_not_be_flushed_is_found_while_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk error in the folder is noticed before the old file is replaced."""
    flush = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(descriptor)

    (tmp_path / "x").write_text("old")
    monkeypatch.setattr(os, "fsync", only_files)
    with pytest.raises(CannotWrite, match="input/output error"):
        atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_the_text_is_flushed_before_it_takes_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order survives a power cut: the text is flushed, then renamed, then the folder is flushed."""
    done: list[str] = []
    flush, rename = os.fsync, Path.replace

    def flushed(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "text")
        flush(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        done.append("name")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert done == ["text", "folder", "name", "folder"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """A symbolic link at the path does not redirect the text to another file."""
    (tmp_path / "other").write_text("other's")
    (tmp_path / "x").symlink_to(tmp_path / "other")
    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", ["new"], overwrite=False)
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert (tmp_path / "other").read_text() == "other's"
    assert (tmp_path / "x").read_text() == "new"


def test_a_link_that_leads_nowhere_is_replaced(tmp_path: Path) -> None:
    """A broken link counts as a taken name, and may be replaced like any other; its target is not created."""
    (tmp_path / "x").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", ["new"], overwrite=False)
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert names(tmp_path) == ["x"]
    assert not (tmp_path / "x").is_symlink()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_or_device_is_left_alone(tmp_path: Path, name: str, overwrite: bool) -> None:
    """Only a file, or a link to one, is replaced: root could lose /dev/null otherwise."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with pytest.raises(CannotWrite, match="not a regular file"):
        atomic_write(tmp_path / name, ["x"], overwrite=overwrite)
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing/x", "its folder does not exist; create it"),
        ("file/x", "a file, not a folder; check the path"),
        ("folder", "it is a folder; name a file inside it"),
        ("link", "it is a folder; name a file inside it"),
        ("x" * 256, "file name too long; name another file"),
        ("a\0b", "this is not a valid path; check the name"),
        ("a\ud800b", "this is not a valid path; check the name"),
    ],
)
def test_a_place_that_can_not_be_written_is_named(tmp_path: Path, name: str, why: str, overwrite: bool) -> None:
    """The reason why a file can't be written is given in words, and never advises to remove a folder."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    with pytest.raises(CannotWrite, match=why):
        atomic_write(tmp_path / name, ["x"], overwrite=overwrite)
    assert names(tmp_path) == ["file", "folder", "link"]
    assert (tmp_path / "link").is_symlink()


def test_folders_that_are_made_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each new folder is flushed into its parent, so that a power cut does not remove the database with its folder."""
    flushed, fsync = [], os.fsync

    def noting(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    make_folder(tmp_path / "one" / "two" / "three")
    assert set(flushed) == {tmp_path, tmp_path / "one", tmp_path / "one" / "two"}
    make_folder(tmp_path / "one" / "two" / "three")
    assert len(flushed) == 3
