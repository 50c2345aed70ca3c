"""Read one file from a zip archive, within limits.

An archive states the size of its files, and the statement may be false. The stated size is checked first, and zipfile
never unpacks more than that: if there is more, the checksum is wrong. Every fault is a `WrongFormat` with a sentence.
"""

import io
import struct
import zipfile
import zlib

from netcrm.domain.validation import clean
from netcrm.errors import WrongFormat

LARGEST_MEMBER = 50 << 20
"""Octets of a file in an archive (50 MiB); the limit for a separate file is the same."""

MOST_MEMBERS = 10_000
"""Files in an archive. The archive of an account holds a few hundred."""

HIGHEST_RATIO = 100
"""The highest ratio of unpacked to packed size. A list of contacts has a ratio of 3 to 10; a zip bomb has far more."""

SMALL = 8 << 20
"""Octets that a file may have at any ratio (8 MiB)."""

_ENCRYPTED = 0x1
"""The flag of a member that needs a password (PKWARE's APPNOTE, 4.4.4)."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, RuntimeError)
"""The errors of the zipfile module for damaged archives, and for features that it does not support."""


def is_zip(data: bytes) -> bool:
    """Whether a file starts like a zip archive; an empty archive counts too (PKWARE's APPNOTE, 4.3.7 and 4.3.16)."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def member(data: bytes, file: str, name: str, expected: str) -> tuple[bytes, str]:
    """The content of the file `name`, in any folder of the archive, and its path for problems.

    `expected` is the format that the user named. `WrongFormat` if the archive has no such file or several, or if the
    file is encrypted, damaged, larger than 50 MiB or unpacks to more than 100 times its packed size.
    """
    if data.count(b"PK\x01\x02") > MOST_MEMBERS:  # each entry of its directory has this mark
        raise WrongFormat(file, expected, f"it holds more than {MOST_MEMBERS:,} files. Unpack {name} and import it")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = _only_entry(archive, file, name, expected)
            if why := _refusal(entry):
                raise WrongFormat(file, expected, f"{name} in it {why}")
            with archive.open(entry) as packed:
                content = packed.read()
    except _DAMAGE as error:
        raise WrongFormat(file, expected, "the archive is damaged. Download it again") from error
    return content, f"{file}/{clean(_path(entry))}"


def _only_entry(archive: zipfile.ZipFile, file: str, name: str, expected: str) -> zipfile.ZipInfo:
    wanted = name.casefold()
    entries = [entry for entry in archive.infolist() if _path(entry).rpartition("/")[2].casefold() == wanted]
    if len(entries) == 1:
        return entries[0]
    if not entries:
        raise WrongFormat(file, expected, f"the archive holds no {name}. Ask for an archive that includes it")
    where = " and ".join(clean(_path(entry))[:80] for entry in entries[:2])
    raise WrongFormat(file, expected, f"the archive holds {name} more than once ({where}). Unpack it and import one")


def _path(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")


_TOO_LARGE = f"is larger than {LARGEST_MEMBER >> 20} MiB. Split it and import the parts"


def _refusal(entry: zipfile.ZipInfo) -> str | None:
    """The reason not to unpack a file, from its entry in the archive."""
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted. Unpack it with its password and import it"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that can't be read here. Unpack it and import it"
    if entry.file_size > LARGEST_MEMBER:
        return _TOO_LARGE
    if entry.file_size > max(SMALL, entry.compress_size * HIGHEST_RATIO):
        return f"would unpack to more than {HIGHEST_RATIO} times its size. Download the archive again"
    return None
