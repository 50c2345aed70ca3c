"""Thousands of hostile records and files: imported, shown, exported, and read back by other parsers.

Every record is imported or named in a problem. Every name is shown without a raw control character. Two parsers that
share no code with the writer read every card: vobject and the strict reader of the tests. Reading any file ends with a
sentence, soon, and within a gibibyte.
"""

import csv
import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import vobject

from tests.faults.conftest import Report, Size
from tests.faults.figures import counted
from tests.faults.processes import netcrm
from tests.helpers.books import TODAY
from tests.helpers.hostile import TEXTS, raw
from tests.helpers.strict_vcard import cards

COLUMNS = ("First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On")

SECONDS, MEMORY = 10, 1 << 30
"""The processor time and the memory that one file may take; time spent waiting on a busy machine does not count."""

DONE, DATA = 0, 3


def hostile_connections(file: Path, people: int, chance: random.Random) -> None:
    """LinkedIn's export of so many contacts with different names and hostile text in most cells."""
    with file.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(COLUMNS)
        for number in range(people):
            harm = [chance.choice(TEXTS)[:300] if chance.random() < 0.8 else "" for _ in COLUMNS]
            lines.writerow([f"{harm[0]}{number}", f"Ito {harm[1]}", *harm[2:]])


def test_hostile_records_come_in_and_go_out(tmp_path: Path, size: Size, report: Report) -> None:
    """Every record is imported once or named, no control reaches a terminal, and other parsers read every card."""
    people, path, file = size(120, 2_000), tmp_path / "book.db", tmp_path / "Connections.csv"
    chance = random.Random(13)
    hostile_connections(file, people, chance)
    come = netcrm(path, "import", "linkedin", "--json", file)
    (found,) = json.loads(come.out)["reports"]
    listed = json.loads(netcrm(path, "list", "--json").out)["contacts"]
    lost = people - len(listed) - found["merged"]
    doubled = len(json.loads(netcrm(path, "import", "linkedin", "--json", file).out)["reports"][0]["changes"])

    seen = [come.err, *(netcrm(path, *argv).out for argv in (("list",), ("due",), ("plan",), ("undo", "--list")))]
    for person in chance.sample(listed, size(10, 150)):
        said = netcrm(path, "show", person["id"])
        assert said.code == DONE, said
        seen += [said.out, said.err]
    assert netcrm(path, "export", "vcard", "--output", tmp_path / "out.vcf").code == DONE
    written = (tmp_path / "out.vcf").read_bytes()
    names = sorted(person["name"] for person in listed)
    strict = sorted(one.text for card in cards(written) for one in card if one.name == "FN")
    loose = sorted(str(card.fn.value) for card in vobject.readComponents(written.decode()))
    report(
        "10. hostile records",
        f"{people:,} through import, list, show, due, plan, undo --list and export",
        counted(
            lost_unnamed=lost,
            doubled_by_a_second_import=doubled,
            raw_controls=sum(len(raw(text)) for text in seen),
            tracebacks=sum("Traceback" in text for text in seen),
            cards_refused_or_changed=(strict != names) + (loose != names),
        ),
    )
    assert (lost, doubled) == (0, 0)
    assert [text for text in seen if raw(text) or "Traceback" in text] == []
    assert (strict, loose) == (names, names)


HEAD = ",".join(COLUMNS) + "\n"
ROW = "Dana,Wu,,,Acme,Lead,05 Mar 2020\n"


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _two_gigabytes(path: Path) -> None:
    path.touch()
    os.truncate(path, 2 << 30)


FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a field of 10 MB": ("linkedin", lambda path: path.write_text(f"{HEAD}{ROW}{'x' * 10_000_000},{ROW}{ROW}")),
    "one line of 49 MB": ("linkedin", lambda path: path.write_text(f"{HEAD}{ROW}{'x,' * 24_500_000}\n{ROW}")),
    "millions of empty lines": ("linkedin", lambda path: path.write_text(HEAD + "\n" * 20_000_000)),
    "an open quote and 40 MB": ("linkedin", lambda path: path.write_text(f'{HEAD}{ROW}"{ROW * 1_200_000}')),
    "40 MB of zeros": ("linkedin", lambda path: path.write_bytes(bytes(40_000_000))),
    "two gigabytes": ("linkedin", _two_gigabytes),
    "UTF-16": ("linkedin", lambda path: path.write_text(HEAD + ROW, encoding="utf-16")),
    "a pipe": ("linkedin", _pipe),
    "a folder": ("linkedin", lambda path: path.mkdir()),
    "a key of many dots": ("rules", lambda path: path.write_text(".".join(["a"] * 100_000) + " = 1")),
    "lines of many dots": (
        "rules",
        lambda path: path.write_text("".join(f"k{n}.{'a.' * 995}a = 1\n" for n in range(130))),
    ),
    "brackets within brackets": ("rules", lambda path: path.write_text("a = " + "[\n" * 100_000)),
    "a number without end": ("rules", lambda path: path.write_text("a = " + "9" * 100_000)),
    "a hundred thousand steps": ("rules", lambda path: path.write_text('[[step]]\nname="w"\n' * 100_000)),
    "a backup of zeros": ("backup", lambda path: path.write_bytes(bytes(40_000_000))),
    "a backup that is a pipe": ("backup", _pipe),
}
COMMANDS = {"linkedin": ("import", "linkedin"), "rules": ("playbook", "check"), "backup": ("restore",)}
PROGRAM = (sys.executable, "-m", "netcrm", "--today", str(TODAY))
SHORT = 5


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def test_hostile_files_are_read_or_refused_soon(tmp_path: Path, size: Size, report: Report) -> None:
    """Every file is read or refused with a sentence, within a gibibyte of memory and ten seconds of work."""
    worst, wrong = 0.0, []
    kinds = random.Random(7).sample(sorted(FILES), size(SHORT, len(FILES)))
    for kind in kinds:
        room, make = FILES[kind]
        path = tmp_path / kind.replace(" ", "-")
        make(path)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        argv = [*PROGRAM, "--db", str(tmp_path / "book.db"), *COMMANDS[room], str(path)]
        said = subprocess.run(argv, check=False, capture_output=True, text=True, preexec_fn=limited, timeout=120)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        worst = max(worst, took)
        if took > SECONDS or said.returncode not in (DONE, DATA) or raw(said.stderr + said.stdout):
            wrong.append((kind, took, said.returncode, said.stderr[:500]))
    report(
        "11. hostile files",
        f"{len(kinds)} kinds, each with {MEMORY >> 30} GiB of memory; the slowest took {worst:.1f} s of work",
        counted(too_slow_or_large_or_without_words=len(wrong)),
    )
    assert wrong == []
