"""Unsafe places for a database: network file systems, and folders that another program synchronises.

SQLite separates writers by locks of the operating system. A network file system often grants such a lock to two
machines at once, and then both write (https://sqlite.org/faq.html#q5). A program that synchronises a folder may copy
the file in the middle of a write. The mounted file systems are known on Linux only, from the kernel.
"""

import re
from itertools import chain
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
"""The first words of a synchronised folder's name, and the program that synchronises it."""

_MARKERS = {".stfolder": "Syncthing", ".dropbox.cache": "Dropbox", ".sync_.db": "Nextcloud"}
"""The file that a program leaves in each folder that it synchronises."""

_ESCAPED = re.compile(r"\\([0-7]{3})")


def network(path: Path) -> str | None:
    """The type of the network file system that holds a path; None if it is a local one, or not known."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = mounted(mounts, path.resolve())
    return kind if kind in NETWORK else None


def mounted(mounts: str, path: Path) -> str | None:
    """The type of the file system that holds an absolute path, by the lines of `mountinfo` (proc_pid_mountinfo(5)).

    That is the one with the longest mount point above the path; of two with the same, the later hides the earlier.
    """
    longest, holder = -1, None
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(" "), right.split(" ")
        if len(fields) < 5 or not kinds[0]:
            continue
        point = Path(_ESCAPED.sub(lambda code: chr(int(code[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= longest:
            longest, holder = len(point.parts), kinds[0]
    return holder


def synced_by(path: Path) -> str | None:
    """The program that synchronises a folder above the path, by the folder's name or a file in it."""
    for folder in path.resolve().parents:
        name = folder.name.casefold()
        by_name = (program for word, program in SYNCHRONISED.items() if name.startswith(word))
        by_marker = (program for marker, program in _MARKERS.items() if (folder / marker).exists())
        if program := next(chain(by_name, by_marker), None):
            return program
    return None
