"""Two contacts become one with everything of both, and undo separates them again."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.errors import InvalidValue, Refused
from tests.helpers.acts import ACTS
from tests.helpers.books import TODAY, act_out, everything, season
from tests.helpers.cli_runner import Cli
from tests.helpers.copies import copy_to, in_memory


def dana_twice(crm: Crm) -> None:
    season(crm)
    crm.add(
        "D. Wu",
        emails=["dana@home.example"],
        phones=["+49 30 1234567", "+49 170 7654321"],
        linkedin="https://www.linkedin.com/in/dana-wu",
        company="Initech",
        title="Talent partner",
        birthday=date(1985, 4, 12),
        tags=["ally", "berlin"],
        notes="Knows everybody in town",
        tier="A",
    )


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Crm]:
    """Dana twice: as the recruiter of an offer, and as a contact from an old address book."""
    with Crm(copy_to(tmp_path / "book.db", dana_twice), today=TODAY) as opened:
        yield opened


def test_everything_of_both_is_there(crm: Crm) -> None:
    """Methods, tags, work, notes: single values are kept, and different ones go into the notes."""
    first, second = crm.contact("dana@acme.example"), crm.contact("dana@home.example")
    crm.edit(first, notes="Kind on the telephone")
    merged = crm.merge(first, second)
    assert (merged.number, merged.uid, merged.name, merged.aliases) == (
        first.number,
        first.uid,
        "Dana Wu",
        (second.uid,),
    )
    assert list(merged.reached_by("email")) == ["dana@acme.example", "dana@home.example"]
    assert list(merged.reached_by("phone")) == ["+49 30 1234567", "+49 170 7654321"]
    assert merged.tags == ("ally", "berlin")
    assert (merged.linkedin, merged.birthday, merged.tier) == (second.linkedin, second.birthday, "A")
    assert (merged.company, merged.title) == ("Acme Robotics", "Talent partner")
    assert merged.notes == "Kind on the telephone\n\nKnows everybody in town\n\nName: D. Wu\nCompany: Initech"
    assert {job.organisation for job in crm.card(merged).affiliations} == {"Acme Robotics", "Initech"}
    assert [who.name for who in crm.contacts("wu")] == ["Dana Wu"]


def test_what_was_said_and_answered_is_there(crm: Crm) -> None:
    """Interactions, roles and answers of both are kept; if both took part, the role that asks most
    of the user stands.
    """
    crm.add_to_offer("acme", ["dana@home.example:interviewer"])
    crm.add_to_offer("globex", ["dana@home.example:interviewer"])
    crm.log("dana@home.example", "meeting", "Lunch")
    crm.log(["dana@acme.example", "dana@home.example"], "call", "Both lines")
    thanks = next(item for item in crm.plan("dana@home.example") if item.step == "thank")
    crm.skip(thanks.id, reason="Done in person")
    crm.merge("dana@acme.example", "dana@home.example")
    card = crm.card("dana")
    assert {(offer.organisation, role) for offer, role in card.offers} == {
        ("Acme Robotics", "recruiter"),
        ("Globex Analytics", "interviewer"),
    }
    said = [entry.text for entry in card.timeline]
    assert said.count("call: Both lines") == 1
    assert "meeting: Lunch" in said
    assert any(text.startswith("skipped: Thank") for text in said)


def test_an_answer_to_a_birthday_moves_along(crm: Crm) -> None:
    """The cause of a round names the contact: a contact already wished a happy birthday is not asked for again."""
    crm.edit("dana@home.example", birthday="--11-23")
    wish = next(item for item in crm.due() if item.playbook == "birthdays")
    crm.done(wish.id, log=False)
    crm.merge("dana@acme.example", "dana@home.example")
    assert not [item for item in crm.due() if item.playbook == "birthdays"]


def test_the_other_uid_still_finds_them(crm: Crm) -> None:
    """A vCard with either UID means the merged contact."""
    second = crm.contact("dana@home.example").uid
    merged = crm.merge("dana@acme.example", "dana@home.example")
    assert crm.contact(second).number == crm.contact(merged.uid).number == merged.number


def test_undo_parts_them_again(crm: Crm) -> None:
    """Undo restores every table and view exactly."""
    before = everything(crm)
    crm.merge("dana@acme.example", "dana@home.example")
    assert everything(crm) != before
    crm.undo()
    assert everything(crm) == before


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=8), pair=st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_after_any_history_nothing_is_lost_and_undo_parts_them(acts: list[str], pair: tuple[int, int]) -> None:
    """For any two contacts, each address, tag, job and interaction is kept, the plan works, and undo works."""
    with in_memory(season) as crm:
        act_out(crm, ACTS, acts)
        people = crm.contacts()
        first, second = (people[index % len(people)] for index in pair)
        if first.number == second.number:
            return
        before, talks = everything(crm), {who: past_of(crm, who) for who in (first.number, second.number)}
        merged = crm.merge(first, second)
        assert {(method.kind, method.normalised) for method in merged.methods} == {
            (method.kind, method.normalised) for method in (*first.methods, *second.methods)
        }
        assert set(merged.tags) == {*first.tags, *second.tags}
        assert past_of(crm, merged.number) >= talks[first.number] | talks[second.number]
        crm.plan()
        crm.undo()
        assert everything(crm) == before


def past_of(crm: Crm, who: int) -> set[tuple[date, str, str]]:
    """The interactions and work of a contact. If both had an answer, one stands."""
    others = ("offer", "done", "snoozed", "skipped")
    return {(entry.day, entry.kind, entry.text) for entry in crm.card(who).timeline if entry.kind not in others}


def test_notes_that_no_field_holds_are_not_merged(crm: Crm) -> None:
    """Notes that are too long together are refused, and both contacts stay unchanged: no note is cut off."""
    for who in ("dana@acme.example", "dana@home.example"):
        crm.edit(who, notes=f"{who} " * 40_000)
    before = everything(crm)
    with pytest.raises(Refused, match="the combined notes are longer than 1 MiB"):
        crm.merge("dana@acme.example", "dana@home.example")
    assert everything(crm) == before


def test_nobody_is_merged_with_themself(crm: Crm) -> None:
    with pytest.raises(Refused, match="is the same contact twice"):
        crm.merge("dana@acme.example", "dana@acme.example")


# --------------------------------------------------------------------------- duplicates


def test_likely_pairs_are_ranked_with_their_reasons(crm: Crm) -> None:
    """The two Danas share a phone; no other pair is listed."""
    (pair,) = crm.duplicates().found
    assert {pair.left, pair.right} == {crm.contact("dana@acme.example").id, crm.contact("dana@home.example").id}
    assert any("phone" in reason for reason in pair.reasons)
    crm.merge(pair.left, pair.right)
    assert crm.duplicates().found == ()
    with pytest.raises(InvalidValue, match="is not a score"):
        crm.duplicates(at_least=2)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_from_the_list_to_one_contact(cli: Cli) -> None:
    """`duplicates` names both with their ids, `merge` confirms, and undo reverts it."""
    assert "No duplicates found." in cli("duplicates").err
    cli("add", "Robert Smith", "--email", "bob@acme.example", "--company", "Acme")
    cli("add", "Bob Smith", "--phone", "+49 30 1234567", "--company", "Acme")
    said = cli("duplicates")
    assert "1  Robert Smith (Acme, bob@acme.example)" in said.out
    assert "“Bob” is short for “Robert”" in said.out
    assert "1 pair. To combine a pair and keep the first contact: netcrm merge ID ID" in said.err
    (pair,) = cli("duplicates", "--json").json["pairs"]
    assert (pair["left"]["id"], pair["right"]["id"]) == (1, 2)
    assert cli("merge", "1", "2").lines == ["Merged Bob Smith (2) into Robert Smith (1)"]
    assert cli("list", "--json").json["contacts"][0]["phones"] == ["+49 30 1234567"]
    cli("undo")
    assert len(cli("list", "--json").json["contacts"]) == 2
