"""Where a database had better not be: network file systems, and folders that another program synchronises.

SQLite keeps writers apart by locks of the operating system. Over a network these are often
granted to two machines at once, and then both write (https://sqlite.org/faq.html#q5); a program
that synchronises a folder copies the file in the middle of a write. On Linux the kernel says
what is mounted where; elsewhere nothing is known, and nothing is said.
"""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

_KERNEL = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "9p",
    "ceph",
    "glusterfs",
    "lustre",
    "ncpfs",
    "coda",
    "beegfs",
}
_FUSE = {"sshfs", "glusterfs", "s3fs", "rclone", "davfs2", "curlftpfs", "smbnetfs", "gvfsd-fuse", "cephfs", "juicefs"}

NETWORK = frozenset(_KERNEL | {"davfs"} | {f"fuse.{name}" for name in _FUSE})
"""File system types, as Linux calls them, that reach over a network."""

SYNCHRONISED = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "mobile documents": "iCloud",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "megasync": "MEGA",
    "pclouddrive": "pCloud",
}
"""How the folders of synchronising programs are named, and the programs."""

_MARKERS = {".stfolder": "Syncthing", ".dropbox.cache": "Dropbox", ".sync_.db": "Nextcloud"}
"""What such a program leaves in the folder it looks after."""

_ESCAPED = re.compile(r"\\([0-7]{3})")


def network(path: Path) -> str | None:
    """The network file system that a path lies on, by its type; None where it is a disk, or nobody can say."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = mounted(mounts, path.resolve())
    return kind if kind in NETWORK else None


def mounted(mounts: str, path: Path) -> str | None:
    """The type of the file system that holds an absolute path, by the lines of `mountinfo` (proc_pid_mountinfo(5)).

    The longest mount point that leads to it holds it; of two on the same, the later hides the earlier.
    """
    longest, found = -1, None
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(" "), right.split(" ")
        if len(fields) < 5 or not kinds[0]:
            continue
        point = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= longest:
            longest, found = len(point.parts), kinds[0]
    return found


def synced_by(path: Path) -> str | None:
    """The program that synchronises a folder above the path, by the folder's name or what lies in it."""
    for folder in path.resolve().parents:
        name = folder.name.casefold()
        known = next((program for word, program in SYNCHRONISED.items() if name.startswith(word)), None)
        if known or (known := next((who for mark, who in _MARKERS.items() if (folder / mark).exists()), None)):
            return known
    return None
