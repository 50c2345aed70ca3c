"""Offers, decisions and jobs in real life: recorded late, corrected, taken back, and with people met twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.errors import Ambiguous, InvalidValue, NoSuch, Refused
from tests.helpers.books import TODAY, everything


@pytest.fixture
def crm() -> Iterator[Crm]:
    with Crm(memory=True, today=TODAY) as opened:
        yield opened


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def on(crm: Crm, day: date) -> Crm:
    """The same database on another day."""
    crm._workspace.pinned = day
    return crm


def asked(crm: Crm, step: str) -> list[tuple[str, str]]:
    """The people for whom a step is open, and the company."""
    steps = ((item.contact, item.offer) for item in crm.plan() if item.step == step)
    return sorted(
        (contact.name if contact else "", offer.organisation or "" if offer else "") for contact, offer in steps
    )


def declined(crm: Crm, company: str, day: date, *people: str) -> None:
    """An offer declined on a day, with the call on the same day."""
    on(crm, day).add_offer(company, people=people)
    crm.decline(company, anyway=True)
    crm.log(people[0].partition(":")[0], "call", offer=company)


# --------------------------------------------------------------------------- one ground


@pytest.mark.parametrize("days", [1, 10, 25, 60, 150])
def test_thanks_by_plain_mail_are_not_asked_for_again(crm: Crm, days: int) -> None:
    """Sam, met at Acme and at Globex, was thanked by mail for Acme; Globex does not ask for it, even months later."""
    declined(crm, "Acme", ago(days), "Dana Wu:recruiter", "Sam Okafor:interviewer")
    assert asked(crm, "thank") == [("Sam Okafor", "Acme")]
    crm.log("sam", "email", "Thank you for your time")
    crm.log("sam", "linkedin", "An invitation")
    assert asked(crm, "thank") == []
    declined(crm, "Globex", TODAY, "Lena Fischer:recruiter", "Sam Okafor:interviewer")
    assert asked(crm, "thank") == []
    assert "Sam Okafor" not in dict(asked(crm, "connect"))


def test_a_mail_before_the_decline_is_no_thanks(crm: Crm) -> None:
    """A message to Sam during the interviews does not count as thanks."""
    on(crm, ago(20)).add("Sam Okafor")
    crm.log("sam", "email", "See you on Monday")
    declined(crm, "Acme", ago(10), "Dana Wu:recruiter", "Sam Okafor:interviewer")
    declined(crm, "Globex", TODAY, "Lena Fischer:recruiter", "Sam Okafor:interviewer")
    assert asked(crm, "thank") == [("Sam Okafor", "Acme")]


# --------------------------------------------------------------------------- recorded late, corrected, taken back


def test_what_was_safe_before_i_recorded_it_is_safe(crm: Crm) -> None:
    """Milestones recorded before the acceptance count: no step asks for them."""
    crm.add_offer("Acme", people=["Dana Wu:recruiter"])
    crm.accept("acme", signed_on=ago(3), cleared_on=ago(3), starts_on=ago(1))
    assert [item.step for item in crm.plan() if item.playbook == "accepted-offer"] == ["started", "announce"]
    crm.job_started(ago(1))
    assert [item.step for item in crm.plan() if item.playbook == "accepted-offer"] == ["announce"]


def test_a_call_that_is_done_without_a_log_has_told_them(crm: Crm) -> None:
    """The quiet period believes an answer: the call was made, logged or not, and with or without
    people on the offer.
    """
    crm.add_offer("Acme", people=["Dana Wu:recruiter"])
    crm.add_offer("Globex")
    for offer in ("acme", "globex"):
        crm.decline(offer)
    assert len(crm.quiet().blockers) == 2
    for call in [item.id for item in crm.due() if item.step == "call"]:
        crm.done(call, log=False)
    assert crm.quiet().lifted
    crm.reopen_offer("acme")
    assert [blocker.what for blocker in crm.quiet().blockers] == ["the Acme offer is undecided"]


def test_a_decision_that_is_put_right_keeps_its_answers(crm: Crm) -> None:
    """A call on the day before the corrected decision counts, and the waiting steps count from it."""
    on(crm, ago(4)).add_offer("Acme", people=["Dana Wu:recruiter", "Sam Okafor:interviewer"])
    crm.decline("acme")
    crm.done(crm.due()[0].id)
    on(crm, TODAY).edit_offer("acme", decided_on=ago(3))
    thank = next(item for item in crm.plan() if item.step == "thank")
    assert (thank.status, thank.due) == ("due", TODAY)


def test_a_call_put_off_for_weeks_still_leads_on(crm: Crm) -> None:
    """A call snoozed for five weeks and then done opens the waiting steps."""
    crm.add_offer("Acme", people=["Dana Wu:recruiter", "Sam Okafor:interviewer"])
    crm.decline("acme")
    crm.snooze(crm.due()[0].id, until="5 weeks")
    call = next(item for item in on(crm, TODAY + timedelta(weeks=5)).due() if item.step == "call")
    done = crm.done(call.id)[0]
    assert (done.verdict, done.until) == ("done", TODAY + timedelta(weeks=5))
    assert {item.step for item in crm.plan()} == {"confirm", "thank", "connect", "suggest", "check-in"}
    assert "done: " not in str(crm.card("dana").timeline) or "until" not in str(crm.card("dana").timeline)


def test_what_was_said_about_a_removed_offer_counts_for_no_other(crm: Crm) -> None:
    """Dana recruits for two offers; after one is removed, the call about it does not count for the other."""
    for company in ("Acme", "Globex"):
        crm.add_offer(company, people=["Dana Wu:recruiter"])
        crm.decline(company)
    before = everything(crm)
    call = next(item for item in crm.due() if item.step == "call" and item.offer and item.offer.organisation == "Acme")
    crm.done(call.id)
    done = everything(crm)
    crm.remove_offer("acme")
    assert [entry.kind for entry in crm.card("dana").timeline if entry.kind == "call"] == ["call"]
    assert asked(crm, "call") == [("Dana Wu", "Globex")]
    assert [blocker.what for blocker in crm.quiet().blockers] == ["you have not told Globex yet that you declined"]
    crm.undo()
    assert everything(crm) == done
    crm.undo()
    assert everything(crm) == before


# --------------------------------------------------------------------------- the user's job


def test_a_new_job_leaves_the_one_before_alone(crm: Crm) -> None:
    """The job of 2024 had no offer; the offer accepted today belongs to another job."""
    old = on(crm, date(2024, 3, 1)).job_started(organisation="OldCo")
    on(crm, TODAY).add_offer("Beta", role="Engineer")
    crm.accept("beta")
    new = crm.job_started(TODAY)
    assert (new.organisation, new.title, new.id != old.id) == ("Beta", "Engineer", True)
    assert crm.job_started(TODAY + timedelta(days=7)).id == new.id


def test_a_job_elsewhere_is_not_that_of_an_old_offer(crm: Crm) -> None:
    """Acme was accepted and begun in 2024; the job at Globex is another one."""
    on(crm, date(2024, 3, 1)).add_offer("Acme Robotics", role="Engineer")
    crm.accept("acme")
    acme = crm.job_started(organisation="Acme")
    assert (acme.organisation, acme.title, acme.offer_id) == ("Acme", "Engineer", 1)
    globex = on(crm, TODAY).job_started(organisation="Globex")
    assert (globex.organisation, globex.title, globex.offer_id) == ("Globex", None, None)
    assert crm.job_started(title="Lead").id == globex.id


def test_a_job_recorded_before_its_acceptance_is_that_offers(crm: Crm) -> None:
    """A job recorded before its offer is linked to it when it is recorded again."""
    job = crm.job_started(TODAY)
    crm.add_offer("Acme")
    crm.accept("acme", on=ago(30), starts_on=TODAY)
    again = crm.job_started(email="me@acme.example")
    assert (again.id, again.offer_id) == (job.id, 1)


# --------------------------------------------------------------------------- naming people


@pytest.mark.parametrize(
    ("given", "who"),
    [
        ("Ann Lee:interviewer", "Ann Lee"),  # only she is meant
        ("ann  LEE : interviewer", "ann  LEE"),
        ("Joann Lee:interviewer", "Joann Lee"),
        ("joann lee", "Joann Lee"),
        ("Joann: recruiter", "Joann Lee"),  # one word names her
        ("1:recruiter", "Joann Lee"),
        ("Ann:recruiter", "Ann"),  # not a word of her name
        ("Joann Lee Smith", "Joann Lee Smith"),
    ],
)
def test_only_a_whole_name_or_a_whole_word_means_somebody(crm: Crm, given: str, who: str) -> None:
    """A part of a name is not enough, because a wrong guess would thank the wrong person."""
    crm.add("Joann Lee")
    offer = crm.add_offer("Acme", people=[given])
    assert [part.contact.name for part in offer.participants] == [who]


def test_a_word_that_fits_two_is_asked_about(crm: Crm) -> None:
    """With two Danas, the name is ambiguous."""
    crm.add("Dana Wu")
    crm.add("Dana Ito")
    with pytest.raises(Ambiguous, match="Dana Ito"):
        crm.add_offer("Acme", people=["Dana:recruiter"])


def test_plan_takes_a_person_or_an_offer(crm: Crm) -> None:
    """A whole name is preferred; a name that fits both kinds is ambiguous; “offer 1” is the offer with that id."""
    crm.add_offer("Robinson", people=["Rob Moe:recruiter"])
    crm.add_offer("Rob", people=["Dana Wu:recruiter"])
    for offer in ("Robinson", 2):
        crm.decline(offer)
    assert {item.contact.name for item in crm.plan("rob") if item.contact} == {"Dana Wu"}
    assert {item.offer.organisation for item in crm.plan("rob moe") if item.offer} == {"Robinson"}
    assert crm.plan("offer 1") == crm.plan("robinson") == crm.plan(crm.offer(1))
    assert crm.plan(1) == crm.plan("1") == crm.plan("rob moe")
    crm.add("Robina Ray")
    with pytest.raises(Ambiguous, match=r"offer 1  Robinson[^$]*3  Robina Ray|3  Robina Ray[^$]*offer 1  Robinson"):
        crm.plan("robin")
    with pytest.raises(NoSuch, match="netcrm offer list"):
        crm.plan("nobody")


@pytest.mark.parametrize(
    ("channel", "direction"), [("call", "in"), ("meeting", "in"), ("email", "out"), ("voicemail", "out")]
)
def test_only_an_attempt_of_mine_has_no_answer(crm: Crm, channel: str, direction: str) -> None:
    """An incoming call is contact, and a mail is sent: neither can be unanswered."""
    crm.add("Dana Wu")
    with pytest.raises(Refused, match="without an answer"):
        crm.log("dana", channel, direction=direction, answered=False)  # type: ignore[arg-type] # as a script may


# --------------------------------------------------------------------------- the user's calendar


def test_spans_count_on_my_calendar(crm: Crm) -> None:
    """Five business days from Monday 21 December take longer where Christmas is a holiday, backwards as well."""
    crm.init(country="DE")
    crm.add("Dana Wu")
    crm.add_offer("Acme", people=["dana:recruiter"])
    on(crm, date(2026, 12, 21)).decline("acme")
    assert crm.snooze(crm.due()[0].id, until="5 business days")[0].until == date(2026, 12, 29)
    on(crm, date(2026, 12, 22)).log("dana", "email")
    assert on(crm, date(2026, 12, 29)).contacts(silent_for="5 business days") == []
    assert [who.name for who in on(crm, date(2026, 12, 29)).contacts(silent_for="4 business days")] == ["Dana Wu"]


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 1, 1)])
def test_a_day_beyond_the_calendar_is_refused(crm: Crm, day: date) -> None:
    """Days outside the supported range are refused by quiet and due."""
    for ask in (crm.quiet, lambda on: crm.due(on=on)):
        with pytest.raises(InvalidValue, match="check the year"):
            ask(day)


def test_a_limit_is_a_number_from_nothing_on(crm: Crm) -> None:
    """A negative limit is refused."""
    with pytest.raises(InvalidValue, match="give 0 or more"):
        crm.operations(-1)


def test_cards_can_be_written_while_they_are_read(tmp_path: object, crm: Crm) -> None:
    """A loop over the cards may log and remove, because nothing is held open between two of them."""
    with Crm(f"{tmp_path}/book.db", today=TODAY, lock_timeout=1) as book:
        for name in ("Ana", "Bo"):
            book.add(name)
        for card in book.vcards():
            book.log("Bo", "email", card[:20])
        assert len(book.card("Bo").timeline) == 2


# --------------------------------------------------------------------------- one first day

STARTS, MOVED = date(2027, 1, 4), date(2027, 2, 3)


def begun(crm: Crm) -> dict[str, date | None]:
    """The follow-ups that count from the first day, with their due days."""
    return {item.step: item.due for item in crm.plan() if item.step in ("announce", "details", "store-details")}


@pytest.mark.parametrize("command", ["job", "offer"])
def test_a_first_day_that_moves_moves_all_that_counts_from_it(crm: Crm, command: str) -> None:
    """Setting the first day of the job or of the offer sets both; undo reverts both."""
    crm.add_offer("Acme", people=["Dana Wu:recruiter"])
    crm.decline("Acme")
    crm.add_offer("Globex")
    crm.accept("Globex", starts_on=STARTS)
    crm.job_started(STARTS)
    before = begun(crm)
    _ = crm.job_started(MOVED) if command == "job" else crm.accept("Globex", starts_on=MOVED)
    assert crm.offer("Globex").starts_on == MOVED
    assert begun(crm) == {step: day and day + (MOVED - STARTS) for step, day in before.items()}
    assert len(before) == 3
    assert not crm.quiet(MOVED - timedelta(days=1)).lifted
    crm.undo()
    assert (begun(crm), crm.offer("Globex").starts_on) == (before, STARTS)


def test_a_job_that_began_otherwise_than_agreed_sets_the_first_day(crm: Crm) -> None:
    """The job's first day sets the offer's, whatever was agreed before; it can't be before the offer was received."""
    crm.add_offer("Globex", received_on=TODAY - timedelta(days=9))
    crm.accept("Globex")
    with pytest.raises(InvalidValue, match="before the day the offer was received"):
        crm.job_started(TODAY - timedelta(days=10))
    crm.job_started(TODAY)
    assert crm.offer("Globex").starts_on == TODAY


def test_two_of_one_name_in_one_list_are_not_one(empty_file: Path) -> None:
    """The second Sam has another address than the first: the call is refused, and the offer is not stored."""
    with Crm(empty_file, today=TODAY) as crm:
        kept = crm.add("Sam Okafor")  # held, so that nothing loads them anew by chance
        with pytest.raises(Refused, match="has another e-mail address"):
            crm.add_offer("Acme", people=["Sam Okafor <one@acme.example>", "Sam Okafor <two@acme.example>"])
        assert (crm.offers(), crm.contact(kept).email) == ([], None)
