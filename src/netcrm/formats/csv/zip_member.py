"""One file out of a zip archive, within bounds.

An archive says of itself how large its files are, and may lie. So what it says is asked first, and no more is ever
unpacked than it said: where there is more, the checksum is wrong (zipfile sees to both). Whatever is wrong with it is
a `WrongFormat`, in words.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from netcrm.domain.validation import clean
from netcrm.errors import WrongFormat

LARGEST_MEMBER = 50 << 20
"""Octets of a file in an archive (50 MiB), as many as a file of its own may have."""

MOST_MEMBERS = 10_000
"""Files in an archive; one of a whole account holds a few hundred."""

HIGHEST_RATIO = 100
"""A list of people packs to a third or a tenth of its size; what packs to a hundredth is made to fill a memory."""

SMALL = 8 << 20
"""Octets that any archive may unpack to, however well they were packed (8 MiB)."""

_ENCRYPTED = 0x1
"""The flag of a member that needs a password (PKWARE's APPNOTE, 4.4.4)."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, RuntimeError)
"""What the zipfile module raises for archives that are none, or of kinds that it does not know."""


def is_zip(data: bytes) -> bool:
    """Whether a file begins as a zip archive does, one without files too (PKWARE's APPNOTE, 4.3.7 and 4.3.16)."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def member(data: bytes, file: str, name: str, expected: str) -> tuple[bytes, str]:
    """The content of the file of that name, in whatever folder of the archive, and what to call it in a problem.

    `expected` is the format that the archive was taken for. `WrongFormat` where there is no such file or more than
    one, where it is encrypted, damaged, larger than 50 MiB or packed to a hundredth.
    """
    if data.count(b"PK\x01\x02") > MOST_MEMBERS:  # the mark of each entry in its directory
        raise WrongFormat(file, expected, f"it holds more than {MOST_MEMBERS:,} files. Take {name} out and import that")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = _the_one(archive, file, name, expected)
            if why := _unfit(found):
                raise WrongFormat(file, expected, f"{name} in it {why}")
            with archive.open(found) as packed:
                content = packed.read()
    except _DAMAGE as error:
        raise WrongFormat(file, expected, "the archive is damaged. Download it again") from error
    return content, f"{file}/{clean(_path(found))}"


def _the_one(archive: zipfile.ZipFile, file: str, name: str, expected: str) -> zipfile.ZipInfo:
    found = list(_named(archive, name))
    if len(found) == 1:
        return found[0]
    if not found:
        raise WrongFormat(file, expected, f"the archive holds no {name}. Ask for an archive with it in it")
    where = " and ".join(clean(_path(one))[:80] for one in found[:2])
    raise WrongFormat(file, expected, f"the archive holds {name} more than once ({where}). Take out the one you mean")


def _named(archive: zipfile.ZipFile, name: str) -> Iterator[zipfile.ZipInfo]:
    wanted = name.casefold()
    return (one for one in archive.infolist() if _path(one).rpartition("/")[2].casefold() == wanted)


def _path(one: zipfile.ZipInfo) -> str:
    return one.filename.replace("\\", "/")


_TOO_LARGE = f"is larger than {LARGEST_MEMBER >> 20} MiB. Split it and import the parts"


def _unfit(one: zipfile.ZipInfo) -> str | None:
    """Why a file is not unpacked, by what the archive says of it."""
    if one.flag_bits & _ENCRYPTED:
        return "is encrypted. Take it out with its password and import that"
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that can't be read here. Take it out and import that"
    if one.file_size > LARGEST_MEMBER:
        return _TOO_LARGE
    if one.file_size > max(SMALL, one.compress_size * HIGHEST_RATIO):
        return f"would unpack to more than {HIGHEST_RATIO} times its size. Download the archive again"
    return None
