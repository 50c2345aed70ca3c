"""A made-up season in a temporary database, through the same `main` that a user runs.

Each command is printed as a user would type it and then run, so the demo shows only what
the program does. The people are invented, and the folder is deleted at the end. Each command
gets its database and its day as options, so the demo does not touch the user's own data,
playbooks or environment.
"""

import contextlib
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import typer

from netcrm.cli import main
from netcrm.cli import options as o
from netcrm.cli.app import Settings
from netcrm.cli.terminal import line
from netcrm.cli.wording import DAYS
from netcrm.crm import Crm
from netcrm.domain.dates import Calendar

PEOPLE = Path(__file__).with_name("demo.csv")

Scene = tuple[int, str, Sequence[str]]
"""Days after the first day, what happens, and the commands. `@1` stands for the id that `due` shows first."""

SEASON: Sequence[Scene] = (
    (
        0,
        "You have been interviewing. You start with your LinkedIn connections.",
        (
            "init --name 'Robin Ekström' --email robin@home.example --timezone Europe/Stockholm",
            "import linkedin Connections.csv",
        ),
    ),
    (
        0,
        "You have three offers, and you record whom you met for each.",
        (
            (
                "offer add 'Birchwater Analytics' --role 'Staff Engineer' --received -4d --respond-by +2d"
                " --with 'Dana Whitfield:recruiter' --with 'Samuel Okafor:hiring-manager'"
                " --with 'Ines Carvalho <ines.carvalho@birchwater.example>:interviewer'"
            ),
            (
                "offer add 'Tamarack Systems' --role 'Principal Engineer' --received -3d"
                " --with 'Yuki Tanabe:recruiter' --with 'Zoë Lindqvist:hiring-manager'"
            ),
            "offer add 'Quillfish Software' --role 'Engineering Lead' --with 'Mateo Ibarra:recruiter'",
            "edit 'Dana Whitfield' --phone '+1 555 0142'",
            "offer list",
        ),
    ),
    (
        0,
        "One job is secured: signed, cleared, and with a first day. So you decline another offer.",
        (
            "accept tamarack --signed today --cleared today --starts +5w",
            "decline birchwater --because career-path --reason 'I want to go deeper into storage engines'",
        ),
    ),
    (0, "What now?", ("due", "why @1", "done @1 --note 'She understood, and asked me to stay in touch'")),
    (1, "The next morning.", ("due", "done @1", "plan birchwater")),
    (2, "You thank the first of the two people.", ("due", "done @1", "show 'Dana Whitfield'")),
    (
        35,
        "Five weeks later the new job starts.",
        ("job started --email robin@tamarack.example", "due", "plan"),
    ),
    (
        65,
        "A month later you export the cards of the people at Birchwater.",
        ("due", "export vcard -o allies.vcf --company birchwater", "undo --list"),
    ),
)


def demo(ctx: typer.Context) -> None:
    """Watch a made-up season in a temporary database.

    The demo imports contacts, records offers, accepts one, declines another, and does what is due, day by day. It does
    not read or change your own data. With --today it starts on that day.
    """
    settings = ctx.ensure_object(Settings)
    with Crm(memory=True) as crm:
        first = Calendar().on_or_after(o.day(crm, "--today", settings.today) or crm.today)
    with _folder() as folder:
        line((f"# The demo runs in {folder} and does not touch your own data.", "dim"))
        for days, story, commands in SEASON:
            _play(folder, first + timedelta(days=days), story, commands)
    line("")
    line((f"# That was the demo; {folder} is deleted. To start with your own data: netcrm init", "dim"))


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder with the file to import, which is the current folder until it is deleted."""
    with tempfile.TemporaryDirectory(prefix="netcrm-demo-") as name, contextlib.chdir(name):
        shutil.copyfile(PEOPLE, "Connections.csv")
        yield Path(name)


def _play(folder: Path, today: date, story: str, commands: Sequence[str]) -> None:
    line("")
    line((f"# {DAYS[today.weekday()]}, {today}. {story}", "bold"))
    for command in commands:
        words = shlex.split(command)
        _run(folder, today, [_with_id(folder, today, word) for word in words])


def _with_id(folder: Path, today: date, word: str) -> str:
    """A word of a command, with the id that `due` shows first in place of `@1`."""
    if not word.startswith("@"):
        return word
    with Crm(folder / "demo.db", today=today, playbooks=folder) as crm:
        return crm.due()[int(word[1:]) - 1].id


def _run(folder: Path, today: date, words: Sequence[str]) -> None:
    line("")
    line(("$ netcrm " + shlex.join(words), "bold green"))
    where = ["--db", str(folder / "demo.db"), "--today", str(today)]
    with contextlib.redirect_stderr(sys.stdout):
        code = main([*where, *words], settings=Settings(playbooks=folder))
    if code:
        raise typer.Exit(code)
