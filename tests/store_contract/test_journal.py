"""Undo of an older operation: alone if no later one builds on it, or else together with those that do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from netcrm import Crm
from netcrm.domain.models import Operation
from netcrm.errors import NoSuch, StandsOnIt, TakenBack
from tests.helpers.acts import ACTS
from tests.helpers.books import TABLES, TODAY, act_out, everything, season, take_back_all
from tests.helpers.copies import in_memory

LINKEDIN = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"


def imported(crm: Crm, folder: Path, company: str = "Acme") -> None:
    """Import three people of a company from LinkedIn."""
    rows = (f"Ana,Silva{at},https://www.linkedin.com/in/ana{at},,{company},Lead,05 Mar 2020\n" for at in range(3))
    (folder / "Connections.csv").write_text(LINKEDIN + "".join(rows))
    crm.import_linkedin(folder / "Connections.csv")


@pytest.fixture
def crm(season_url: str) -> Iterator[Crm]:
    with Crm(season_url, today=TODAY) as opened:
        yield opened


def number(crm: Crm, words: str) -> int:
    """The number of the newest operation whose summary begins with these words."""
    return next(operation.number for operation in crm.operations(None) if operation.summary.startswith(words))


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
    """After any history, undo of one operation either changes only that operation's rows, or lists those to undo first.

    With `with_later` it undoes these first. Afterwards the remaining operations can be undone, to an empty database.
    """
    with in_memory(season) as crm:
        act_out(crm, ACTS, acts)
        standing = [operation.number for operation in crm.operations(None)]
        chosen = data.draw(st.sampled_from(standing))
        before, its = rows(crm), written_by(crm, chosen)
        try:
            assert numbers(crm.undo(chosen)) == [chosen]
            unwritten = {place: row for place, row in before.items() if place not in its}
            assert {place: row for place, row in rows(crm).items() if place not in its} == unwritten
        except StandsOnIt as refusal:
            assert rows(crm) == before
            later = [number for number, _ in refusal.later]
            assert numbers(crm.undo(chosen, with_later=True)) == [*later, chosen]
        take_back_all(crm)
        assert not any(everything(crm).values())


# --------------------------------------------------------------------------- cases


def numbers(operations: list[Operation]) -> list[int]:
    return [operation.number for operation in operations]


def acted(crm: Crm, act: str) -> int:
    """Do one of the acts; returns the operation's number."""
    ACTS[act](crm)
    assert crm.last
    return crm.last.number


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("add", "with"),  # the contact was put on an offer since
        ("drop", "tag"),  # the contact has the same tag and address again
        ("drop", "remove"),  # the contact who had the tag was removed
        ("off", "on"),  # the contact is on the offer again, in another role
        ("off", "remove sam"),
        ("reopen offer", "decline acme"),
        ("decline acme", "done"),  # a follow-up of the decision was answered
        ("accept", "job"),
        ("log", "remove sam"),
    ],
)
def test_what_builds_on_an_operation_is_named(crm: Crm, first: str, then: str) -> None:
    """An operation on which a later one builds can't be undone alone, and the refusal lists the later one."""
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
    assert numbers(crm.undo(older)) == [older]


@pytest.mark.parametrize(
    ("first", "then"), [("add", "rename"), ("profile", "done"), ("log", "tag"), ("off", "job"), ("tag", "remove sam")]
)
def test_what_nothing_builds_on_is_taken_back_alone(crm: Crm, first: str, then: str) -> None:
    """An older operation is undone alone if the newer one is about other people, offers or days."""
    ACTS["drop"](crm)
    older, newer = acted(crm, first), acted(crm, then)
    assert numbers(crm.undo(older)) == [older]
    assert numbers(crm.undo()) == [newer]


def test_the_person_of_an_answer_is_needed(crm: Crm) -> None:
    """Adding a contact can't be undone without the answer to a follow-up with that contact."""
    crm.add_to_offer("acme", ["Jonas Berg <jonas@example.net>:interviewer"])
    added = number(crm, "Put on")
    crm.skip(next(follow_up.id for follow_up in crm.plan("jonas")))
    with pytest.raises(StandsOnIt, match="Skipped"):
        crm.undo(added)


@pytest.mark.short
def test_all_that_builds_on_it_goes_first(crm: Crm) -> None:
    """With `with_later`, the operations that build on one are undone before it, the newest first, and no others."""
    added = acted(crm, "add")
    profile = acted(crm, "profile")
    put = acted(crm, "with")
    renamed = crm.edit("jonas", title="Lead") and number(crm, "Changed Jonas")
    assert numbers(crm.undo(added, with_later=True)) == [renamed, put, added]
    assert numbers(crm.undo()) == [profile]


def test_an_import_is_taken_back_under_what_came_after(crm: Crm, tmp_path: Path) -> None:
    """An import can't be undone alone once its contacts were changed, and the refusal lists only those changes."""
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
    """Undo is refused for a number without an operation, and for an operation that was undone before."""
    with pytest.raises(NoSuch, match="there is no operation “9999”"):
        crm.undo(9999)
    taken = crm.undo()[0].number
    with pytest.raises(TakenBack, match=f"operation {taken} .* is already undone"):
        crm.undo(taken)
