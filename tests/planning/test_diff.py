"""The differences that a changed playbook makes to a plan."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from netcrm import Crm
from netcrm.domain.dates import Span
from netcrm.errors import InvalidValue
from netcrm.planning.diff import differences
from netcrm.planning.planner import plan
from netcrm.playbooks.library import BUILT_IN, starter
from netcrm.playbooks.model import Playbook, Step
from netcrm.playbooks.toml import read
from tests.helpers.books import TODAY, everything, season
from tests.helpers.copies import in_memory
from tests.helpers.strategies import World, worlds

DECLINE = read((BUILT_IN / "graceful-decline.toml").read_text(), "graceful-decline")


@pytest.fixture
def crm() -> Iterator[Crm]:
    with in_memory(season) as opened:
        opened.log("dana", "call", "Told her")
        yield opened


def changed(step: str, **fields: object) -> Playbook:
    """The built-in playbook for a decline, with one step changed."""
    steps = [replace(current, **fields) if current.name == step else current for current in DECLINE.steps]  # type: ignore[arg-type] # cases
    return replace(DECLINE, steps=tuple(steps))


def differences_of(crm: Crm, book: Playbook) -> list[tuple[str, str, str]]:
    """Each difference as its kind, step and contact."""
    shown = [(difference.kind, difference.after or difference.before) for difference in crm.diff(book)]
    return [
        (kind, difference.step, difference.contact.first_name if difference.contact else "")
        for kind, difference in shown
        if difference
    ]


@given(world=worlds())
def test_the_same_rules_differ_in_nothing(world: World) -> None:
    """A plan has no differences to itself; compared with an empty plan, each follow-up is one."""
    follow_ups = plan(world.facts.history(), world.playbooks, world.decisions, world.today)
    for book in world.playbooks:
        assert differences(follow_ups, follow_ups, book) == []
        assert len(differences([], follow_ups, book)) == len(differences(follow_ups, [], book)) == len(follow_ups)


def test_each_kind_of_change_is_named(crm: Crm) -> None:
    """A step may be moved, reworded, renamed, dropped or added; asking for the differences writes nothing."""
    before = everything(crm)
    assert differences_of(crm, DECLINE) == []
    assert differences_of(crm, changed("confirm", due=Span(3, "day"))) == [("moved", "confirm", "Dana")]
    assert differences_of(crm, changed("thank", do="Thank {first_name}.")) == [("changed", "thank", "Sam")]
    assert differences_of(crm, changed("thank", name="thanks", was=("thank",))) == [("changed", "thanks", "Sam")]
    assert differences_of(crm, changed("thank", name="thanks")) == [
        ("added", "thanks", "Sam"),
        ("dropped", "thank", "Sam"),
    ]
    assert differences_of(crm, changed("thank", to=("me",))) == [("added", "thank", ""), ("dropped", "thank", "Sam")]
    fewer = replace(DECLINE, steps=tuple(step for step in DECLINE.steps if step.name != "suggest"))
    assert differences_of(crm, fewer) == [("dropped", "suggest", "Dana")]
    more = Step(name="tell", to=("me",), do="Tell.", due=Span(1, "day"), expires=Span(1, "week"), source="own")
    own = Playbook(name="mine", about="Mine.", trigger="offer.declined", steps=(more,))
    assert differences_of(crm, own) == [("added", "tell", "")]
    assert everything(crm) == before


def test_a_starter_is_a_playbook() -> None:
    """The starter is a valid playbook; for a built-in name it is a copy of that playbook."""
    book = read(starter("half-a-year"), "half-a-year")
    assert (book.name, [step.name for step in book.steps]) == ("half-a-year", ["hello"])
    assert starter("graceful-decline") == (BUILT_IN / "graceful-decline.toml").read_text()


@pytest.mark.parametrize("name", ["", "two words", 'quo"te', "../up", "line\nbreak"])
def test_a_name_is_a_word(name: str) -> None:
    """A text that is not a name is refused, so it gets neither into the file nor into its path."""
    with pytest.raises(InvalidValue, match="letters, digits and hyphens"):
        starter(name)


def test_a_file_of_mine_is_a_playbook(tmp_path: Path) -> None:
    """A starter in the user's folder is in force, and is listed with the built-in playbooks."""
    (tmp_path / "hello.toml").write_text(starter("hello"))
    with Crm(memory=True, today=TODAY, playbooks=tmp_path) as crm:
        assert crm.problems == []
        assert "hello" in {book.name for book in crm.playbooks}
