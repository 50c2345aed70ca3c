"""A made-up season in a throw-away database, through the same `main` that you would run.

Each command is printed as you would type it, then run, so the demo can't promise what the
program does not do. The people are invented, the folder is deleted at the end, and your
own database, playbooks and environment are out of its reach: the database and the day are
given to each command explicitly.
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
"""Days after the first one, what happens, and the commands. `@1` stands for the first id that is due."""

SEASON: Sequence[Scene] = (
    (
        0,
        "You have been interviewing. Your LinkedIn connections are a good start.",
        (
            "init --name 'Robin Ekström' --email robin@home.example --timezone Europe/Stockholm",
            "import linkedin Connections.csv",
        ),
    ),
    (
        0,
        "Three offers are on the table, and you note whom you met for each.",
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
        "One is signed, cleared and dated; so you turn another down.",
        (
            "accept tamarack --signed today --cleared today --starts +5w",
            "decline birchwater --because career-path --reason 'I want to go deeper into storage engines'",
        ),
    ),
    (0, "What now?", ("due", "why @1", "done @1 --note 'She understood, and asked me to stay in touch'")),
    (1, "The next morning.", ("due", "done @1", "plan birchwater")),
    (2, "Everybody gets a word of thanks.", ("due", "done @1", "show 'Dana Whitfield'")),
    (
        35,
        "Five weeks later the new job starts.",
        ("job started --email robin@tamarack.example", "due", "plan"),
    ),
    (
        65,
        "You have settled in, and they hear where you are now.",
        ("due", "export vcard -o allies.vcf --company birchwater", "undo --list"),
    ),
)


def demo(ctx: typer.Context) -> None:
    """Watch a made-up season in a throw-away database.

    Imports contacts, records offers, accepts one and declines another, and does what is due, day by day. Nothing of
    yours is read or changed. With --today it starts on that day.
    """
    settings = ctx.ensure_object(Settings)
    with Crm(memory=True) as nobody:
        first = Calendar().on_or_after(o.day(nobody, "--today", settings.today) or nobody.today)
    with _folder() as folder:
        line((f"# All of this happens in {folder}; your own data is not touched.", "dim"))
        for days, story, commands in SEASON:
            _play(folder, first + timedelta(days=days), story, commands)
    line("")
    line((f"# That was it: {folder} is gone again. Your own story starts with: netcrm init", "dim"))


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """The folder the demo lives in, with the file to import; it is the current one meanwhile."""
    with tempfile.TemporaryDirectory(prefix="netcrm-demo-") as name, contextlib.chdir(name):
        shutil.copyfile(PEOPLE, "Connections.csv")
        yield Path(name)


def _play(folder: Path, today: date, story: str, commands: Sequence[str]) -> None:
    line("")
    line((f"# {DAYS[today.weekday()]}, {today}. {story}", "bold"))
    for command in commands:
        words = shlex.split(command)
        _run(folder, today, [_named(folder, today, word) for word in words])


def _named(folder: Path, today: date, word: str) -> str:
    """A word of a command; `@1` becomes the id that `due` shows first."""
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
