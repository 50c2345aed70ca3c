"""vCard import and export and duplicates: against vobject's own objects, and in memory."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import vobject

from benchmarks.data import GIVEN, TODAY
from netcrm import Crm

_SYLLABLES = (
    *("an", "ba", "bri", "cho", "da", "el", "fe", "gru", "ha", "il", "jo", "ka", "lund", "ma", "nor", "o", "pe"),
    *("quen", "ro", "sil", "ta", "u", "ver", "wu", "xi", "yam", "zo", "stein", "ow"),
)
"""Every family has three members: some twenty thousand names, so that namesakes are as rare as in reality."""

_ALONE = """
import resource, sys
from datetime import date
from pathlib import Path
from netcrm import Crm
with Crm(sys.argv[1], today=date(2026, 11, 23)) as crm:
    {what}
status = Path("/proc/self/status")
if status.exists():  # what getrusage says includes the memory of the process that started this one
    print(next(int(line.split()[1]) / 1024 for line in status.open() if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20))
"""

_WHAT = {
    "import": "crm.import_vcard(sys.argv[2])",
    "export": "crm.export_vcard(sys.argv[2], overwrite=True)",
    "duplicates": "crm.duplicates()",
}


def cards(path: Path, number: int) -> None:
    """A file of cards as a phone writes them: a name, work, an address, a number, tags and a line or two of notes."""
    chance = random.Random(number)
    with path.open("w", encoding="utf-8", newline="") as file:
        for at in range(number):
            first, last = chance.choice(GIVEN), "".join(chance.choices(_SYLLABLES, k=3)).title()
            file.write(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Example//Phone 17//EN\r\n"
                f"N:{last};{first};;;\r\nFN:{first} {last}\r\n"
                f"ORG:Company {chance.randrange(number // 20)}\\, Inc.;R&D\r\n"
                f"TITLE:Engineer\r\nEMAIL;type=INTERNET;type=WORK;type=pref:{first.lower()}.{at}@company.example\r\n"
                f"TEL;type=CELL;type=VOICE:+49 151 {10_000_000 + at}\r\nCATEGORIES:fair,y{at % 7}\r\n"
                f"NOTE:Met at a fair\\, in {1990 + at % 30}\\nand talked for an hour about work\r\n"
                f"UID:{chance.getrandbits(128):032x}\r\nREV:2024-01-01T00:00:00Z\r\nEND:VCARD\r\n"
            )


def typed(book: Path, path: Path) -> None:
    """The same people in a database without imported cards."""
    table = path.with_suffix(".csv")
    with Crm(book, today=TODAY) as crm:
        crm.export_csv(table)
    with Crm(path, today=TODAY) as crm:
        crm.import_csv(table)


def parsed(path: Path) -> int:
    """The number of cards that vobject finds, one at a time."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in vobject.readComponents(file))


Facts = tuple[str, str, str | None, str | None, str | None, list[tuple[str, str]], list[str]]


def facts(path: Path) -> list[Facts]:
    """The values of every contact that go into a card."""
    with Crm(path, today=TODAY) as crm:
        reached = (
            (contact, [(str(method.kind), method.value) for method in contact.methods]) for contact in crm.contacts()
        )
        return [
            (contact.uid, contact.name, contact.company, contact.title, contact.notes, methods, [*contact.tags])
            for contact, methods in reached
        ]


def built_by_vobject(contacts: list[Facts]) -> Iterator[str]:
    """The same cards, built of vobject's own objects."""
    for uid, name, company, title, notes, methods, tags in contacts:
        card = vobject.vCard()
        card.add("uid").value = uid
        card.add("fn").value = name
        card.add("n").value = vobject.vcard.Name(given=name)
        for kind, value in methods:
            card.add({"email": "email", "phone": "tel"}.get(kind, "url")).value = value
        for prop, text in (("title", title), ("note", notes)):
            if text:
                card.add(prop).value = text
        if company:
            card.add("org").value = [company]
        if tags:
            card.add("categories").value = tags
        yield card.serialize()


def megabytes(what: str, book: Path, file: Path | None = None) -> float:
    """The peak memory of a process that does one thing."""
    script = _ALONE.format(what=_WHAT[what])
    command = [sys.executable, "-c", script, str(book), *([str(file)] if file else [])]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
