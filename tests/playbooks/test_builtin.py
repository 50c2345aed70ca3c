"""The built-in playbooks: each step is open for the right people, on the right day, until it is settled."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.playbooks.library import BUILT_IN, load
from netcrm.playbooks.model import Playbook, Step

MONDAY = date(2026, 11, 23)
BOOKS = load(Path("nowhere")).playbooks
STEPS = [(book, step) for book in BOOKS for step in book.steps]


@pytest.fixture
def crm() -> Iterator[Crm]:
    """An offer declined on a Monday, with a recruiter, a hiring manager, an interviewer and a referrer."""
    with Crm(memory=True, today=MONDAY) as opened:
        people = ["Dana Wu:recruiter", "Max Ode:hiring-manager", "Sam Okafor:interviewer", "Priya Raman:referrer"]
        opened.add_offer("Acme Robotics", role="Staff Engineer", people=people)
        opened.decline("acme")
        yield opened


def open_steps(crm: Crm, who: str, days: int = 0) -> dict[str, date | None]:
    """A person's open steps on a day, with their due days."""
    crm._workspace.pinned = MONDAY + timedelta(days=days)
    return {follow_up.step: follow_up.due for follow_up in crm.plan(who)}


def told(crm: Crm) -> None:
    """Log the call on Monday."""
    crm.log("dana", "call", "Told her")


def test_they_are_there() -> None:
    """These are the built-in playbooks."""
    assert {book.name for book in BOOKS} == {path.stem for path in BUILT_IN.glob("*.toml")}
    assert {book.name for book in BOOKS} == {
        "accepted-offer",
        "birthdays",
        "graceful-decline",
        "job-change",
        "keep-in-touch",
        "new-job",
        "new-offer",
        "open-offer",
    }


@pytest.mark.parametrize(("book", "step"), STEPS, ids=lambda value: getattr(value, "name", ""))
def test_every_number_has_its_source(book: Playbook, step: Step) -> None:
    """Each step has a source, which names its origin or “netcrm's own choice”, and expires."""
    assert ":" in step.source or step.source.startswith("own")
    assert "own" in step.source
    assert step.lasts > 0
    assert book.about.endswith(".")


@pytest.mark.parametrize(("book", "step"), STEPS, ids=lambda value: getattr(value, "name", ""))
def test_no_text_is_negative_or_names_another(book: Playbook, step: Step) -> None:
    """The texts are kind, and never name one employer to another."""
    words = step.do.lower()
    assert not [word for word in ("unfortunately", "sorry", "better offer", "instead", "other offer") if word in words]
    assert step.do.endswith((".", "NUMBER"))
    assert book.name


@pytest.mark.parametrize(
    ("who", "steps"),
    [
        (
            "dana",
            {"call": MONDAY} | dict.fromkeys(("voicemail", "confirm", "connect", "suggest", "check-in")),
        ),
        ("max", dict.fromkeys(("thank", "connect", "check-in"))),
        ("sam", dict.fromkeys(("thank", "connect"))),
        ("priya", {"referrer": MONDAY}),
    ],
)
def test_who_is_asked_for_what_before_the_call(crm: Crm, who: str, steps: dict[str, date | None]) -> None:
    """On the day of the decline, the call and the referrer are due; the other steps wait for the call."""
    due_days = {step: due for step, due in open_steps(crm, who).items() if step != "voicemail" or who == "dana"}
    assert due_days == steps


@pytest.mark.parametrize(
    ("who", "steps"),
    [
        ("dana", {"confirm": 0, "connect": 2, "suggest": 7, "check-in": 92}),
        ("max", {"thank": 1, "connect": 2, "check-in": 92}),
        ("sam", {"thank": 1, "connect": 2}),
    ],
)
def test_who_is_asked_for_what_after_the_call(crm: Crm, who: str, steps: dict[str, int]) -> None:
    """After the call: confirm that day, thank the next, connect the day after, check in after three months."""
    told(crm)
    dated = {step: due for step, due in open_steps(crm, who).items() if due}
    assert dated == {step: MONDAY + timedelta(days=days) for step, days in steps.items()}


def test_the_call_is_overdue_after_a_business_day(crm: Crm) -> None:
    """The call is due on Monday and Tuesday, overdue from Wednesday on, and gone after three weeks."""
    status = {}
    for days in (0, 1, 2, 21, 22):
        crm._workspace.pinned = MONDAY + timedelta(days=days)
        status[days] = [follow_up.status for follow_up in crm.due() if follow_up.step == "call"]
    assert status == {0: ["due"], 1: ["due"], 2: ["overdue"], 21: ["overdue"], 22: []}


def test_a_decline_on_saturday_is_called_on_monday() -> None:
    """A call for a decline on a Saturday is due on Monday."""
    with Crm(memory=True, today=MONDAY + timedelta(days=5)) as crm:
        crm.add_offer("Acme", people=["Dana Wu:recruiter"])
        crm.decline("acme")
        (call,) = (follow_up for follow_up in crm.plan() if follow_up.step == "call")
        assert call.due == MONDAY + timedelta(days=7)


def test_the_confirmation_is_no_check_in(crm: Crm) -> None:
    """Mail on the first day settles only the confirmation; contact in the last four weeks settles the check-in."""
    told(crm)
    crm.log("dana", "email", "Confirmed")
    assert "confirm" not in open_steps(crm, "dana")
    assert "check-in" in open_steps(crm, "dana", 60)
    crm._workspace.pinned = MONDAY + timedelta(days=60)
    crm.log("dana", "message", direction="in")
    assert "check-in" in open_steps(crm, "dana", 92)
    crm._workspace.pinned = MONDAY + timedelta(days=70)
    crm.log("dana", "message", direction="in")
    assert "check-in" not in open_steps(crm, "dana", 92)


def test_the_thank_you_is_mail_after_the_call(crm: Crm) -> None:
    """An e-mail before the call does not settle the thanks; one after it does."""
    crm.log("sam", "email", on=MONDAY - timedelta(days=3))
    told(crm)
    assert "thank" in open_steps(crm, "sam")
    crm.log("sam", "email", "Thanked him")
    assert "thank" not in open_steps(crm, "sam")


def test_late_thanks_are_worded_otherwise(crm: Crm) -> None:
    """The thanks are worded as late after the fifth business day, not on it."""
    told(crm)
    words = {}
    for days in (7, 8):
        crm._workspace.pinned = MONDAY + timedelta(days=days)
        words[days] = next(follow_up.text for follow_up in crm.plan("sam") if follow_up.step == "thank")
    assert words[7].startswith("Thank Sam for their time")
    assert words[8].startswith("Thank Sam, late but warmly")


def test_somebody_else_may_be_suggested(crm: Crm) -> None:
    """The suggestion is due for the recruiter a week after the call; only a suggestion or a skip settles it."""
    told(crm)
    crm.log("dana", "email", "Confirmed")
    assert "suggest" in open_steps(crm, "dana")
    crm.log("dana", "email", "Try Kim", topic="suggested")
    assert "suggest" not in open_steps(crm, "dana")


def test_a_hanging_invitation_is_looked_at(crm: Crm) -> None:
    """A pending invitation is asked about once, after three weeks; an accepted one is not."""
    told(crm)
    assert "invitation" not in open_steps(crm, "sam", 1)
    crm.log("sam", "linkedin", "Invited him")
    assert open_steps(crm, "sam", 2)["invitation"] == MONDAY + timedelta(days=22)
    with crm._workspace.write("connect", "Connected") as unit:
        from netcrm.services import contacts

        unit.change(contacts.find(unit.session, "sam"), connected_on=MONDAY + timedelta(days=10))
    assert "invitation" not in open_steps(crm, "sam", 22)
    assert {follow_up.step for follow_up in crm.plan() if follow_up.status == "waiting"} == set()


def test_who_rests_is_left_alone(crm: Crm) -> None:
    """A dormant contact has no open steps."""
    told(crm)
    from netcrm.services import contacts

    with crm._workspace.write("rest", "Sam asked not to be contacted") as unit:
        unit.change(contacts.find(unit.session, "sam"), dormant_on=MONDAY)
    assert open_steps(crm, "sam") == {}
    assert open_steps(crm, "max") != {}


def test_whom_the_new_job_tells(crm: Crm) -> None:
    """The new details go to the people of declined offers, referrers and helpers, not to new colleagues."""
    crm.add_offer("Globex", people=["Lena Fischer:hiring-manager", "Ravi Sen:referrer"])
    crm.accept("globex")
    crm.add("Kim Lee", tags=["helper"])
    crm.job_started(MONDAY, email="robin@globex.example")
    asked = {
        follow_up.contact.name for follow_up in crm.plan() if follow_up.playbook == "new-job" and follow_up.contact
    }
    assert asked == {"Dana Wu", "Max Ode", "Sam Okafor", "Priya Raman", "Ravi Sen", "Kim Lee"}


def test_new_details_are_stored_before_they_are_told(crm: Crm) -> None:
    """A job without an e-mail and a phone asks for them; with one of them it does not."""
    crm.job_started(MONDAY)
    assert "store-details" in {follow_up.step for follow_up in crm.plan()}
    crm.job_started(phone="+49 30 5550100")
    assert "store-details" not in {follow_up.step for follow_up in crm.plan()}


def test_an_offer_is_acknowledged_by_call_or_mail(crm: Crm) -> None:
    """A new offer is acknowledged on the day; a text message does not settle that, a decision does."""
    crm.add_offer("Globex", received_on=MONDAY, people=["Lena Fischer:recruiter"])
    assert open_steps(crm, "lena") == {"acknowledge": MONDAY}
    crm.log("lena", "message", "Thanks!")
    assert open_steps(crm, "lena") == {"acknowledge": MONDAY}
    crm.log("lena", "call", direction="in")
    assert open_steps(crm, "lena") == {}
    crm.undo()
    crm.accept("globex")
    assert open_steps(crm, "lena") == {}


def asked_of_me(crm: Crm, book: str, days: int = 0) -> dict[str, tuple[str, date | None]]:
    """The user's open steps of a playbook on a day, with status and due day."""
    crm._workspace.pinned = MONDAY + timedelta(days=days)
    return {
        follow_up.step: (follow_up.status, follow_up.due)
        for follow_up in crm.plan()
        if follow_up.playbook == book and follow_up.contact is None
    }


def test_an_offer_is_answered_before_its_last_day(crm: Crm) -> None:
    """An open offer asks for a decision three business days before its last day; a decision ends that."""
    last = MONDAY + timedelta(days=14)
    crm.add_offer("Globex", respond_by=last)
    due, overdue = MONDAY + timedelta(days=9), MONDAY + timedelta(days=12)
    asked = [asked_of_me(crm, "open-offer", days) for days in (0, 9, 12, 15)]
    assert [steps["decide"] for steps in asked] == [
        (status, due) for status in ("upcoming", "due", "overdue", "overdue")
    ]
    (decide,) = (steps for steps in crm.plan() if steps.step == "decide")
    assert decide.overdue_after == MONDAY + timedelta(days=11), overdue
    assert str(last) in decide.text
    crm.edit_offer("globex", respond_by=last + timedelta(days=7))
    assert asked_of_me(crm, "open-offer", 9)["decide"] == ("upcoming", due + timedelta(days=7))
    crm.decline("globex")
    assert asked_of_me(crm, "open-offer", 9) == {}


def test_an_accepted_offer_is_made_safe(crm: Crm) -> None:
    """Each milestone is asked for until it has come, and the first day asks for the start."""
    crm.add_offer("Globex")
    crm.accept("globex")
    assert asked_of_me(crm, "accepted-offer").keys() == {"sign", "clear", "set-start", "started", "announce"}
    crm.done(next(follow_up.id for follow_up in crm.plan() if follow_up.step == "sign"))
    assert asked_of_me(crm, "accepted-offer").keys() == {"clear", "set-start", "started", "announce"}
    crm.undo()
    start = MONDAY + timedelta(days=35)
    crm.accept("globex", signed_on=MONDAY, cleared_on=MONDAY, starts_on=start)
    told(crm)
    assert asked_of_me(crm, "accepted-offer") == {"started": ("upcoming", start), "announce": ("held", start)}
    crm.accept("globex", starts_on=start + timedelta(days=7))
    week = start + timedelta(days=7)
    assert asked_of_me(crm, "accepted-offer", 42) == {"started": ("due", week), "announce": ("due", week)}
    crm.job_started(start + timedelta(days=5))
    assert asked_of_me(crm, "accepted-offer", 42).keys() == {"announce"}


def test_a_season_long_ago_is_not_told(crm: Crm) -> None:
    """People of offers decided more than a year before the job are not told."""
    later = MONDAY + timedelta(days=400)
    crm._workspace.pinned = later
    crm.job_started(later, email="robin@next.example")
    assert [follow_up.contact for follow_up in crm.plan() if follow_up.step == "details"] == []
