"""The file border: input is bounded and regular, output is whole or not there."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from netcrm.errors import CannotWrite, UnreadableFile
from netcrm.files import atomic_write, read_input


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    """Bytes in, the same bytes out."""
    file = tmp_path / "x"
    file.write_bytes(b"a\r\n\x00\xff")
    assert read_input(file) == b"a\r\n\x00\xff"


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a device, nothing at all, too much: a sentence each, and no waiting."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 11)
    for name, why in {
        "": "it is a folder",
        "pipe": "not a regular file",
        "missing": "no such file",
        "a\0b": "no path",
        "large": "larger than",
    }.items():
        with pytest.raises(UnreadableFile, match=why):
            read_input(tmp_path / name, limit=10)
    with pytest.raises(UnreadableFile, match="not a regular file"):
        read_input(Path("/dev/zero"))


def test_a_written_file_is_private(tmp_path: Path) -> None:
    """0600, whatever the umask says."""
    before = os.umask(0)
    try:
        atomic_write(tmp_path / "x", ["a", "é\r\n"], overwrite=False)
    finally:
        os.umask(before)
    assert (tmp_path / "x").read_bytes() == "aé\r\n".encode()
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_an_existing_file_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """What is there stays there, unless one asks for it to go; nothing else is left behind."""
    (tmp_path / "x").write_text("old")
    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", ["new"], overwrite=False)
    assert (tmp_path / "x").read_text() == "old"
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert (tmp_path / "x").read_text() == "new"
    assert names(tmp_path) == ["x"]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Somebody else's file of that name, made while ours was written, wins."""

    def text() -> Iterator[str]:
        (tmp_path / "x").write_text("theirs")
        yield "ours"

    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", text(), overwrite=False)
    assert (tmp_path / "x").read_text() == "theirs"
    assert names(tmp_path) == ["x"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """An error halfway leaves the old file and no other."""

    def text() -> Iterator[str]:
        yield "half"
        raise OSError(28, "No space left on device")

    (tmp_path / "x").write_text("old")
    with pytest.raises(CannotWrite, match="the disk is full"):
        atomic_write(tmp_path / "x", text(), overwrite=True)
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """A symbolic link under the name does not lead the text to another file."""
    (tmp_path / "other").write_text("other's")
    (tmp_path / "x").symlink_to(tmp_path / "other")
    with pytest.raises(CannotWrite, match="exists already"):
        atomic_write(tmp_path / "x", ["new"], overwrite=False)
    atomic_write(tmp_path / "x", ["new"], overwrite=True)
    assert (tmp_path / "other").read_text() == "other's"
    assert (tmp_path / "x").read_text() == "new"


@pytest.mark.parametrize(
    ("name", "why"),
    [("missing/x", "its folder does not exist"), ("file/x", "a file, not a folder"), ("folder", "it is a folder")],
)
def test_a_place_that_can_not_be_written_is_named(tmp_path: Path, name: str, why: str) -> None:
    """Why a file can't be written is said in words."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotWrite, match=why):
        atomic_write(tmp_path / name, ["x"], overwrite=True)
    assert names(tmp_path) == ["file", "folder"]
