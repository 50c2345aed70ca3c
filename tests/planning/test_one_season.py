"""Several offers in one season: each person hears each thing once, one reason, and nothing about other companies."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given

from netcrm import Crm
from netcrm.errors import InvalidValue, TwoReasons
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.planner import plan
from tests.helpers.books import TODAY
from tests.helpers.cli_runner import Cli
from tests.helpers.strategies import BUILT_IN, World, worlds

COMPANIES = ("Acme", "Globex", "Umbra")


@pytest.fixture
def agency() -> Iterator[Crm]:
    """A recruiter with three offers, and an engineer who was in two of the interviews."""
    with Crm(memory=True, today=TODAY) as crm:
        crm.add("Ann Ito", company="Talent & Co", phones=["+49 30 123"])
        for company in COMPANIES:
            crm.add_offer(company, role=f"{company} Lead", people=["Ann Ito:recruiter"])
        for company in COMPANIES[:2]:
            crm.add_to_offer(company, ["Sam Okafor:interviewer"])
        yield crm


def asked(crm: Crm, step: str) -> list[FollowUp]:
    return [follow_up for follow_up in crm.plan() if follow_up.step == step]


def test_one_call_for_three_offers(agency: Crm) -> None:
    """Each offer has its own call; calls that one call can settle are linked, and one logged call settles all."""
    for company in COMPANIES:
        agency.decline(company, because="location")
    calls = asked(agency, "call")
    assert {follow_up.offer.organisation for follow_up in calls if follow_up.offer} == set(COMPANIES)
    assert [follow_up.together_with for follow_up in calls] == [None, calls[0].id, calls[0].id]
    agency.log("Ann", "call", "Declined all three")
    assert asked(agency, "call") == []
    assert len(asked(agency, "confirm")) == 3
    assert Counter(
        follow_up.contact.name
        for follow_up in agency.plan()
        if follow_up.contact and follow_up.step in ("thank", "connect")
    ) == {
        "Ann Ito": 1,
        "Sam Okafor": 2,
    }
    assert len(asked(agency, "check-in")) == 1


def test_an_earlier_mail_is_no_thanks() -> None:
    """A mail before the decision settles no thank-you, also if another offer of the contact waited in vain."""
    with Crm(memory=True, today=TODAY) as crm:
        crm.add_offer("Acme", people=["Ann Ito:recruiter", "Sam Okafor:interviewer"])
        crm.add_offer("Globex", people=["Lena Roth:recruiter", "Sam Okafor:interviewer"])
        crm.log("Sam", "email", on=TODAY - timedelta(days=10))
        crm.decline("Acme")
        crm.decline("Globex", on=TODAY - timedelta(days=60))
        crm.log("Ann", "call")
        thanks = [follow_up for follow_up in asked(crm, "thank") if follow_up.waiting_for is None]
        assert [(item.contact and item.contact.name, item.offer and item.offer.organisation) for item in thanks] == [
            ("Sam Okafor", "Acme")
        ]


def test_doing_them_all_at_once(agency: Crm) -> None:
    """One `done` with all ids answers the call of each offer, and logs a note for each."""
    for company in COMPANIES:
        agency.decline(company)
    agency.done(*(follow_up.id for follow_up in asked(agency, "call")))
    assert asked(agency, "call") == []
    assert len(agency.quiet().blockers) == 0
    agency.undo()
    assert len(asked(agency, "call")) == 3


def test_what_comes_on_another_day_is_another_occasion(agency: Crm) -> None:
    """A call that is due today and one of next week are not linked."""
    agency.decline("Acme")
    agency.log("Ann", "call", offer="Acme")
    agency.decline("Globex", on=TODAY - timedelta(days=3))
    agency.log("Ann", "call", offer="Globex")
    assert [follow_up.together_with for follow_up in asked(agency, "suggest")] == [None]
    confirm = asked(agency, "confirm")
    assert [follow_up.together_with for follow_up in confirm] == [None, confirm[0].id]


def test_nobody_is_thanked_twice(agency: Crm) -> None:
    """A person from two interviews is thanked once, also for an offer that is declined weeks later."""
    agency.decline("Acme")
    agency.log("Ann", "call", offer="Acme")
    (thank,) = asked(agency, "thank")
    agency.done(thank.id)
    agency.decline("Globex")
    agency.log("Ann", "call", offer="Globex")
    assert asked(agency, "thank") == []


# --------------------------------------------------------------------------- one reason


def test_one_reason_for_whoever_hears_both(agency: Crm) -> None:
    """A second reason for the same recruiter is refused without `anyway`; the same reason is accepted."""
    agency.decline("Acme", because="terms")
    with pytest.raises(TwoReasons) as refused:
        agency.decline("Globex", because="career-path")
    assert str(refused.value).startswith(
        "Ann Ito heard “terms” when you declined the Acme offer (Acme Lead) on 2026-11-23, and would hear "
        "“career-path” for the Globex offer (Globex Lead). "
    )
    assert (agency.offer("Globex").decision, agency.last and agency.last.name) == (None, "decline")
    agency.decline("Globex", because="terms")
    assert agency.decline("Umbra", because="career-path", anyway=True).because == "career-path"


def test_one_reason_for_one_company() -> None:
    """A second reason for the same company is refused too, whoever was on the offers."""
    with Crm(memory=True, today=TODAY) as crm:
        for role in ("Lead", "Engineer"):
            crm.add_offer("Acme", role=role)
        crm.decline(1, because="fit")
        with pytest.raises(TwoReasons, match="Acme heard “fit”"):
            crm.decline(2, because="location")
        crm.decline(2)


@pytest.mark.parametrize(("days", "refused"), [(0, True), (300, True), (370, False)])
def test_after_a_year_it_may_be_another(agency: Crm, days: int, *, refused: bool) -> None:
    """A reason from more than a year ago does not count, whichever offer was declined first."""
    agency.decline("Acme", because="terms", on=TODAY - timedelta(days=days))
    if refused:
        with pytest.raises(TwoReasons):
            agency.decline("Globex", because="location")
    else:
        agency.decline("Globex", because="location")


def test_a_reason_that_is_put_right_is_still_one(agency: Crm) -> None:
    """A corrected reason is compared with that of the other offer; `anyway` accepts both."""
    agency.decline("Acme", because="terms")
    agency.decline("Globex", because="terms")
    with pytest.raises(TwoReasons):
        agency.edit_offer("Globex", because="fit")
    agency.edit_offer("Globex", because="fit", anyway=True)
    agency.edit_offer("Acme", because="fit")
    agency.edit_offer("Acme", reason="It was not for me", because="")
    assert (agency.offer("Acme").because, agency.offer("Globex").because) == (None, "fit")


def test_who_joins_later_hears_one_reason_too(agency: Crm) -> None:
    """A person who heard another reason can't be added to a declined offer without `anyway`."""
    agency.add_offer("Initech", people=["Max Berg:recruiter"])
    agency.decline("Initech", because="fit")
    agency.decline("Acme", because="terms")
    with pytest.raises(TwoReasons, match="Ann Ito heard “terms”"):
        agency.add_to_offer("Initech", ["Kim Lee:interviewer", "Ann Ito:other"])
    assert [part.contact.name for part in agency.offer("Initech").participants] == ["Max Berg"]
    assert agency.contacts("Kim Lee") == []
    agency.add_to_offer("Initech", ["Ann Ito:other"], anyway=True)
    assert len(agency.add_to_offer("Initech", ["Kim Lee:interviewer"]).participants) == 3


def test_what_is_no_reason_is_refused_as_such(agency: Crm) -> None:
    """An unknown reason is refused as such, before reasons are compared."""
    agency.decline("Acme", because="terms")
    with pytest.raises(InvalidValue, match="because"):
        agency.decline("Globex", because="money")  # type: ignore[arg-type] # as a script may


def test_strangers_may_hear_different_reasons() -> None:
    """Offers without a common person or company may have different reasons."""
    with Crm(memory=True, today=TODAY) as crm:
        crm.add_offer("Acme", people=["Dana Wu:recruiter"])
        crm.add_offer("Globex", people=["Lena Fischer:recruiter"])
        crm.decline("Acme", because="terms")
        crm.decline("Globex", because="location")
        assert {offer.because for offer in crm.offers()} == {"terms", "location"}


# --------------------------------------------------------------------------- no other employer


@given(worlds())
def test_no_text_names_another_employer(world: World) -> None:
    """The text and the log of a follow-up name its own offer, and no other."""
    names = {deal.uid.title() for deal in world.facts.deals}
    for follow_up in plan(world.facts.history(), [*world.playbooks, *BUILT_IN], world.decisions, world.today):
        own = {follow_up.about.organisation} if follow_up.about else set()
        theirs = {follow_up.contact.company} if follow_up.contact else set()
        assert not {name for name in names - own - theirs if name in follow_up.text}


# --------------------------------------------------------------------------- on the command line


def test_it_is_said_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`due` shows which calls go together; `decline` reports a different reason, with what to do."""
    cli = Cli(tmp_path, capsys, monkeypatch)
    for company in COMPANIES[:2]:
        cli("offer", "add", company, "--with", "Ann Ito <ann@talent.example>:recruiter")
    cli("decline", "Acme", "--because", "terms")
    refusal = cli.refused("decline", "Globex", "--because", "fit")
    assert refusal.startswith(
        "Ann Ito heard “terms” when you declined the Acme offer on 2026-11-23, and would hear “fit”"
    )
    cli("decline", "Globex", "--because", "fit", "--anyway")
    first = cli.ids()[0]
    assert f"in one call with {first}" in cli("due").out
    assert [follow_up["together_with"] for follow_up in cli("due", "--json").json["follow_ups"]] == [None, first]
