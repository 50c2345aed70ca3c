"""Taking back what is not the newest: alone where nothing builds on it, else in order or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from netcrm import Crm
from netcrm.errors import NoSuch, StandsOnIt, TakenBack
from tests.helpers.acts import ACTS
from tests.helpers.books import TABLES, TODAY, act_out, everything, season, take_back_all
from tests.helpers.copies import in_memory

LINKEDIN = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"


def imported(crm: Crm, folder: Path, company: str = "Acme") -> None:
    """Three people from LinkedIn, who work at a company."""
    rows = (f"Ana,Silva{at},https://www.linkedin.com/in/ana{at},,{company},Lead,05 Mar 2020\n" for at in range(3))
    (folder / "Connections.csv").write_text(LINKEDIN + "".join(rows))
    crm.import_linkedin(folder / "Connections.csv")


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
    with in_memory(season) as crm:
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


@pytest.mark.short
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


@pytest.mark.short
def test_what_is_no_operation_is_refused(crm: Crm) -> None:
    """A number of nothing, and one that was taken back before."""
    with pytest.raises(NoSuch, match="there is no operation “9999”"):
        crm.undo(9999)
    taken = crm.undo()[0].number
    with pytest.raises(TakenBack, match=f"operation {taken} .* is already undone"):
        crm.undo(taken)
