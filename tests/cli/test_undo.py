"""`netcrm undo`: the journal as a list, an older operation by its number, a dry run."""

from pathlib import Path

import pytest

from tests.helpers.cli_runner import Cli


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_the_diary_has_days_numbers_and_sentences(cli: Cli) -> None:
    """`undo --list` shows the operations with their numbers, the newest first, under their day."""
    cli("add", "Dana Wu")
    cli("edit", "dana", "--company", "Acme")
    cli("log", "dana", "call")
    day, *entries = cli("undo", "--list").lines
    assert day.endswith(str(cli("undo", "--list", "--json").json["operations"][0]["at"][:10]))
    assert [entry.split(maxsplit=2)[0::2] for entry in entries] == [
        ["3", "Logged a call with Dana Wu"],
        ["2", "Changed Dana Wu"],
        ["1", "Added Dana Wu"],
    ]


def test_an_older_thing_is_taken_back_by_its_number(cli: Cli) -> None:
    """Undo by number lists the operations that build on that one, and names the command that undoes all of them."""
    cli("add", "Dana Wu")
    cli("add", "Sam Okafor")
    cli("log", "dana", "call")
    sentence = cli.refused("undo", "1")
    assert sentence.splitlines()[1:] == ["  3  Logged a call with Dana Wu"]
    assert sentence.splitlines()[0].endswith(", or all of them at once with --with-later:")
    said = cli("undo", "1", "--with-later").lines
    assert [line.partition(" (")[0] for line in said] == [
        "Undid: Logged a call with Dana Wu",
        "Undid: Added Dana Wu",
    ]
    assert [item["name"] for item in cli("list", "--json").json["contacts"]] == ["Sam Okafor"]


def test_a_dry_run_says_what_would_be_taken_back(cli: Cli) -> None:
    """`undo --dry-run` prints what undo would print, refuses what undo would refuse, and changes nothing."""
    cli("add", "Dana Wu")
    cli("log", "dana", "call")
    before = cli.db.read_bytes()
    said = cli("undo", "1", "--with-later", "--dry-run").lines
    assert [line.partition(" (")[0] for line in said] == [
        "Would undo: Logged a call with Dana Wu",
        "Would undo: Added Dana Wu",
    ]
    assert ", or all of them at once with --with-later:" in cli.refused("undo", "1", "--dry-run")
    assert cli.db.read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["1", "--list"], "--list undoes nothing"),
        (["--dry-run", "--list"], "--list undoes nothing"),
        (["--with-later"], "--with-later needs the NUMBER"),
        (["x"], "“x” is not a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, argv: list[str], sentence: str) -> None:
    """Options of `undo` that contradict each other are refused with a sentence."""
    assert sentence in cli.refused("undo", *argv)
