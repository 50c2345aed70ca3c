"""Unsafe places for a database are known by the kernel's mounts and by the names of folders."""

from collections.abc import Callable
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.errors import CannotUse
from netcrm.store import filesystems
from netcrm.store.filesystems import mounted, synced_by
from tests.helpers.books import TODAY

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw,vers=4.2
31 30 254:1 / /home/ada/disk rw,relatime - ext4 /dev/vdb rw
32 22 0:41 / /mnt/my\\040share rw - cifs //nas/share rw
33 22 0:42 / /mnt/twice rw - nfs server:/x rw
34 22 254:2 / /mnt/twice rw - xfs /dev/vdc rw
35 22 0:43 / /mnt/ssh rw,nosuid - fuse.sshfs ada@host:/ rw
not a line of mountinfo
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/book.db", "ext4"),
        ("/home/ada/book.db", "nfs4"),
        ("/home/ada/disk/book.db", "ext4"),
        ("/homeless/book.db", "ext4"),
        ("/mnt/my share/book.db", "cifs"),
        ("/mnt/twice/book.db", "xfs"),
        ("/mnt/ssh/deep/er/book.db", "fuse.sshfs"),
    ],
)
def test_the_longest_mount_point_holds_a_path(path: str, kind: str) -> None:
    """A disk mounted in a network home is local, an octal escape is a blank, and a later mount hides an earlier one."""
    assert mounted(MOUNTS, Path(path)) == kind


def test_where_nothing_is_known_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the kernel's list of mounts, or with an empty one, no file system is known."""
    assert mounted("", tmp_path) is None
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "none")
    assert filesystems.network(tmp_path / "book.db") is None


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database in a folder that the kernel lists as a network file system."""
    folder = tmp_path / "home"
    folder.mkdir()
    (tmp_path / "mounts").write_text(
        f"22 1 0:1 / / rw - ext4 /dev/vda rw\n30 22 0:40 / {folder} rw - nfs4 server:/home rw\n"
    )
    Crm(folder / "book.db", today=TODAY).add("Dana Wu")
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "mounts")
    return folder / "book.db"


WRITES: dict[str, Callable[[Crm], object]] = {
    "add": lambda crm: crm.add("Sam Okafor"),
    "add after reading": lambda crm: (crm.contacts(), crm.add("Sam Okafor")),
    "undo": lambda crm: crm.undo(),
    "restore": lambda crm: crm.restore(Path(crm.where).with_name("copy")),
}


@pytest.mark.parametrize("how", WRITES)
def test_a_network_file_system_is_read_and_not_written(shared: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a network file system reading works, and writing is refused unless the environment allows it."""
    with Crm(shared, today=TODAY) as crm:
        assert [contact.name for contact in crm.contacts()] == ["Dana Wu"]
        crm.backup(shared.with_name("copy"))
    before = shared.read_bytes()
    with pytest.raises(CannotUse, match=r"on a network file system \(nfs4\).* NETCRM_NETWORK_FS=allow"):
        WRITES[how](Crm(shared, today=TODAY))
    assert shared.read_bytes() == before
    monkeypatch.setenv("NETCRM_NETWORK_FS", "allow")
    WRITES[how](Crm(shared, today=TODAY))


def test_doctor_names_the_network(shared: Path) -> None:
    """`doctor` reports a network file system as wrong."""
    finding = next(finding for finding in Crm(shared, today=TODAY).doctor() if finding.check == "place")
    assert finding.wrong
    assert "network file system (nfs4)" in finding.what


@pytest.mark.parametrize(
    ("folders", "program"),
    [
        ("Dropbox/crm", "Dropbox"),
        ("Dropbox (Personal)", "Dropbox"),
        ("OneDrive - Acme/notes", "OneDrive"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud"),
        ("Nextcloud", "Nextcloud"),
        ("documents", None),
        ("my-dropbox-notes", None),
    ],
)
def test_a_synchronised_folder_is_known_by_its_name(tmp_path: Path, folders: str, program: str | None) -> None:
    """A synchronised folder anywhere above the file is known by its name, and `doctor` reports it."""
    (tmp_path / folders).mkdir(parents=True)
    path = tmp_path / folders / "book.db"
    assert synced_by(path) == program
    Crm(path, today=TODAY).add("Dana Wu")
    sentences = [finding.what for finding in Crm(path, today=TODAY).doctor() if finding.check == "place"]
    assert len(sentences) == (1 if program else 0)
    assert all(f"{program} synchronises" in sentence for sentence in sentences)


def test_a_synchronised_folder_is_known_by_its_marker(tmp_path: Path) -> None:
    """A Syncthing folder of any name is known by the marker in it."""
    (tmp_path / "shared" / ".stfolder").mkdir(parents=True)
    assert synced_by(tmp_path / "shared" / "book.db") == "Syncthing"
