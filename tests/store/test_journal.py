"""Taking back what is not the newest: alone where nothing builds on it, else in order or not at all."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from netcrm import Crm
from netcrm.errors import NoSuch, StandsOnIt, TakenBack
from tests.helpers.books import TABLES, TODAY, Act, act_out, everything, season, take_back_all
from tests.helpers.cli_runner import Cli

LINKEDIN = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"


def imported(crm: Crm, folder: Path, company: str = "Acme") -> None:
    """Three people from LinkedIn, who work at a company."""
    rows = (f"Ana,Silva{at},https://www.linkedin.com/in/ana{at},,{company},Lead,05 Mar 2020\n" for at in range(3))
    (folder / "Connections.csv").write_text(LINKEDIN + "".join(rows))
    crm.import_linkedin(folder / "Connections.csv")


def answer(crm: Crm, how: str) -> None:
    first = crm.due()[0].id
    if how == "done":
        crm.done(first)
    elif how == "skip":
        crm.skip(first, reason="No")
    else:
        crm.snooze(first, until="3 days")


ACTS: dict[str, Act] = {
    "profile": lambda crm: crm.init(phone="+49 30 99"),
    "add": lambda crm: crm.add("Jonas Berg", emails=["jonas@example.net"], tags=["ally"], company="Initech"),
    "address": lambda crm: crm.edit("dana", emails=["jonas@example.net"]),
    "drop": lambda crm: crm.edit("dana", drop=["ally", "dana@acme.example"]),
    "tag": lambda crm: crm.edit("dana", tags=["ally"], emails=["dana@acme.example"]),
    "rename": lambda crm: crm.edit("dana", name="Dana Berg", company="Umbra"),
    "remove": lambda crm: crm.remove("dana"),
    "remove sam": lambda crm: crm.remove("sam"),
    "log": lambda crm: crm.log(["dana", "sam"], "meeting", "Lunch", offer="acme"),
    "with": lambda crm: crm.add_to_offer("globex", ["Dana Wu:recruiter", "Jonas Berg:interviewer"]),
    "off": lambda crm: crm.edit_offer("globex", drop=["sam"]),
    "on": lambda crm: crm.add_to_offer("globex", ["Sam Okafor:other"]),
    "reopen offer": lambda crm: crm.reopen_offer("acme"),
    "remove offer": lambda crm: crm.remove_offer("acme"),
    "decline": lambda crm: crm.decline("globex", anyway=True),
    "accept": lambda crm: crm.accept("globex", starts_on=TODAY + timedelta(days=9)),
    "job": lambda crm: crm.job_started(TODAY, email="robin@globex.example"),
    "done": lambda crm: answer(crm, "done"),
    "snooze": lambda crm: answer(crm, "snooze"),
    "skip": lambda crm: answer(crm, "skip"),
    "decline acme": lambda crm: crm.decline("acme", anyway=True),
}


@pytest.fixture
def crm(season_url: str) -> Iterator[Crm]:
    with Crm(season_url, today=TODAY) as opened:
        yield opened


def number(crm: Crm, words: str) -> int:
    """The number of the newest operation whose sentence begins so."""
    return next(one.number for one in crm.operations(None) if one.summary.startswith(words))


def written_by(crm: Crm, operation: int) -> set[tuple[str, int]]:
    """The rows that an operation wrote."""
    with crm.session() as session:
        rows = session.connection().execute(
            text('SELECT "table", row, last FROM change WHERE operation_id = :number'), {"number": operation}
        )
        return {(table, row) for table, first, last in rows for row in range(first, last + 1)}


def rows(crm: Crm) -> dict[tuple[str, int], str]:
    """Every row by its table and number."""
    with crm.session() as session:
        return {
            (table, row.id): str(row)
            for table in TABLES
            for row in session.connection().execute(text(f"SELECT * FROM {table}"))
        }


# --------------------------------------------------------------------------- laws


@settings(max_examples=8)
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=2, max_size=9), data=st.data())
def test_what_is_taken_back_alone_changes_nothing_else(acts: list[str], data: st.DataObject) -> None:
    """After any history, an operation that may be taken back alone leaves every other row as it was, and what is left
    can be taken back to nothing; one that may not can be together with what builds on it.
    """
    with Crm(memory=True, today=TODAY) as crm:
        season(crm)
        act_out(crm, ACTS, acts)
        standing = [one.number for one in crm.operations(None)]
        chosen = data.draw(st.sampled_from(standing))
        before, its = rows(crm), written_by(crm, chosen)
        try:
            assert [one.number for one in crm.undo(chosen)] == [chosen]
            others = {place: row for place, row in before.items() if place not in its}
            assert {place: row for place, row in rows(crm).items() if place not in its} == others
        except StandsOnIt as refusal:
            assert rows(crm) == before
            above = [one for one, _ in refusal.later]
            assert [one.number for one in crm.undo(chosen, with_later=True)] == [*above, chosen]
        take_back_all(crm)
        assert not any(everything(crm).values())


# --------------------------------------------------------------------------- cases


def acted(crm: Crm, act: str) -> int:
    """Do one of the acts; its number."""
    ACTS[act](crm)
    assert crm.last
    return crm.last.number


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("add", "with"),  # somebody who was put on an offer since
        ("drop", "tag"),  # the same tag and the same address again
        ("drop", "remove"),  # whose tag it was is gone
        ("off", "on"),  # on the offer again, as something else
        ("off", "remove sam"),
        ("reopen offer", "decline acme"),
        ("decline acme", "done"),  # the answer to what the decision asked for
        ("accept", "job"),
        ("log", "remove sam"),
    ],
)
def test_what_builds_on_an_operation_is_named(crm: Crm, first: str, then: str) -> None:
    """What a later operation needs of an earlier one keeps that one from being taken back alone."""
    if first == "decline acme":
        crm.undo()
    older = acted(crm, first)
    before = everything(crm)
    newer = acted(crm, then)
    with pytest.raises(
        StandsOnIt, match=f"operation {older} .*can't be undone alone.*, or all of them at once with with_later=True:"
    ) as refused:
        crm.undo(older)
    assert [number for number, _ in refused.value.later] == [newer]
    crm.undo()
    assert everything(crm) == before
    assert [one.number for one in crm.undo(older)] == [older]


@pytest.mark.parametrize(
    ("first", "then"), [("add", "rename"), ("profile", "done"), ("log", "tag"), ("off", "job"), ("tag", "remove sam")]
)
def test_what_nothing_builds_on_is_taken_back_alone(crm: Crm, first: str, then: str) -> None:
    """Other people, other offers, other days: an older operation goes and the newer one stays."""
    ACTS["drop"](crm)
    older, newer = acted(crm, first), acted(crm, then)
    assert [one.number for one in crm.undo(older)] == [older]
    assert [one.number for one in crm.undo()] == [newer]


def test_the_person_of_an_answer_is_needed(crm: Crm) -> None:
    """Who was added and answered for is not taken back without the answer."""
    crm.add_to_offer("acme", ["Jonas Berg <jonas@example.net>:interviewer"])
    added = number(crm, "Put on")
    crm.skip(next(one.id for one in crm.plan("jonas")))
    with pytest.raises(StandsOnIt, match="Skipped"):
        crm.undo(added)


def test_all_that_builds_on_it_goes_first(crm: Crm) -> None:
    """Asked for, what builds on an operation is taken back before it, the newest first, and nothing else is."""
    added = acted(crm, "add")
    other = acted(crm, "profile")
    put = acted(crm, "with")
    renamed = crm.edit("jonas", title="Lead") and number(crm, "Changed Jonas")
    assert [one.number for one in crm.undo(added, with_later=True)] == [renamed, put, added]
    assert [one.number for one in crm.undo()] == [other]


def test_an_import_is_taken_back_under_what_came_after(crm: Crm, tmp_path: Path) -> None:
    """Thousands of people are one operation: whoever was written to since is why it stays, and no more than that."""
    imported(crm, tmp_path)
    first = crm.last
    imported(crm, tmp_path, "Globex")
    crm.log("ana silva1", "call")
    assert first
    with pytest.raises(StandsOnIt) as refused:
        crm.undo(first.number)
    assert [summary.split()[0] for _, summary in refused.value.later] == ["Logged", "Updated"]


def test_what_is_no_operation_is_refused(crm: Crm) -> None:
    """A number of nothing, and one that was taken back before."""
    with pytest.raises(NoSuch, match="there is no operation “9999”"):
        crm.undo(9999)
    taken = crm.undo()[0].number
    with pytest.raises(TakenBack, match=f"operation {taken} .* is already undone"):
        crm.undo(taken)


# --------------------------------------------------------------------------- on the command line


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_the_diary_has_days_numbers_and_sentences(cli: Cli) -> None:
    """I add somebody, then correct her, then log a call; each has its number, under its day."""
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
    """What builds on it is listed with what to run; with that, all of it goes."""
    cli("add", "Dana Wu")
    cli("add", "Sam Okafor")
    cli("log", "dana", "call")
    sentence = cli.refused("undo", "1")
    assert sentence.splitlines()[1:] == ["  3  Logged a call with Dana Wu"]
    assert sentence.splitlines()[0].endswith(", or all of them at once with --with-later:")
    said = cli("undo", "1", "--with-later").lines
    assert [line.partition(" (")[0] for line in said] == [
        "Took back: Logged a call with Dana Wu",
        "Took back: Added Dana Wu",
    ]
    assert [item["name"] for item in cli("list", "--json").json["contacts"]] == ["Sam Okafor"]


def test_a_dry_run_says_what_would_be_taken_back(cli: Cli) -> None:
    """The same lines as for taking it back, and nothing changes; what is refused is refused then too."""
    cli("add", "Dana Wu")
    cli("log", "dana", "call")
    before = cli.db.read_bytes()
    said = cli("undo", "1", "--with-later", "--dry-run").lines
    assert [line.partition(" (")[0] for line in said] == [
        "Would take back: Logged a call with Dana Wu",
        "Would take back: Added Dana Wu",
    ]
    assert ", or all of them at once with --with-later:" in cli.refused("undo", "1", "--dry-run")
    assert cli.db.read_bytes() == before


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["1", "--list"], "--list only looks"),
        (["--dry-run", "--list"], "--list only looks"),
        (["--with-later"], "--with-later needs the NUMBER"),
        (["x"], "“x” is not a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Cli, argv: list[str], sentence: str) -> None:
    """A number is for taking back, a list for looking."""
    assert sentence in cli.refused("undo", *argv)
