"""What was acknowledged is there, whatever kills the program; what was not is not there by half."""

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

from netcrm import Crm

KILLS = 6
WRITER = """
import sys
from netcrm import Crm
crm = Crm(sys.argv[1])
for number in range(1000):
    crm.add_offer(f"{sys.argv[2]} {number}", people=[f"Person {sys.argv[2]} {number}:recruiter"])
    print(number, flush=True)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Killed at any moment: every offer that was acknowledged is there with its person, the file is sound, and the
    next command works at once, a reader first.
    """
    path, chance, acknowledged = tmp_path / "book.db", random.Random(7), 0
    for run in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(path), f"Run{run}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            for _ in range(chance.randrange(1, 25)):
                acknowledged += bool(writer.stdout.readline())
            writer.kill()
            acknowledged += len(writer.stdout.read().splitlines())
        with Crm(path) as crm:
            offers = crm.offers()
            assert acknowledged <= len(offers) <= acknowledged + run + 1
            assert len(crm.contacts()) == len(offers)
            assert all(len(offer.participants) == 1 for offer in offers)
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()


def test_a_killed_import_is_whole_or_not_there(tmp_path: Path) -> None:
    """Killed while thousands of people are written: none of them is there, or all; the next import adds the rest."""
    file, path = tmp_path / "Connections.csv", tmp_path / "book.db"
    rows = (
        f"Ana,Silva{number},https://www.linkedin.com/in/ana{number},,Acme,Lead,05 Mar 2020" for number in range(5000)
    )
    file.write_text("\n".join(("First Name,Last Name,URL,Email Address,Company,Position,Connected On", *rows, "")))
    with Crm(path) as crm:
        crm.add("Dana Wu")
    command = [
        sys.executable,
        "-c",
        "import sys; from netcrm import Crm; Crm(sys.argv[1]).import_linkedin(sys.argv[2])",
    ]
    with subprocess.Popen([*command, path, file]) as importer:
        try:
            importer.wait(1.4)
        except subprocess.TimeoutExpired:
            importer.kill()
    with Crm(path) as crm:
        assert len(crm.contacts()) in (1, 5001)
        crm.import_linkedin(file)
        assert len(crm.contacts()) == 5001
