"""The facade: its refusals, its results, and stories from beginning to end."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import netcrm
from netcrm import Crm, Event, FollowUp, History
from netcrm.errors import (
    AlreadyAnswered,
    AlreadyDecided,
    Ambiguous,
    InvalidValue,
    NoSuch,
    Refused,
    RequestError,
    UnreadableFile,
)
from tests.helpers.books import TODAY, everything, season, texts
from tests.helpers.copies import in_memory

HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"


@pytest.fixture
def crm() -> Iterator[Crm]:
    with in_memory(season) as opened:
        yield opened


def at(crm: Crm, day: date) -> Crm:
    """The same database on another day."""
    crm._workspace.pinned = day
    return crm


def steps(crm: Crm, playbook: str = "graceful-decline") -> dict[str, list[str]]:
    """The open follow-ups, as names by step."""
    found: dict[str, list[str]] = {}
    for one in crm.plan():
        if one.playbook == playbook:
            found.setdefault(one.step, []).append(one.contact.name if one.contact else "")
    return {step: sorted(names) for step, names in found.items()}


# --------------------------------------------------------------------------- stories


def test_a_decline_from_the_call_to_the_check_in(crm: Crm) -> None:
    """Acme is declined on Monday: the call comes first, then thanks, connecting, and a check-in after three months."""
    assert texts(crm)[0].startswith("Call Dana")
    assert steps(crm)["thank"] == ["Sam Okafor"]
    crm.done(crm.due(who="Dana")[0].id, note="She understood")
    assert "call" not in steps(crm)
    assert [one.due for one in crm.plan() if one.step == "thank"] == [TODAY + timedelta(days=1)]
    confirm = next(one for one in crm.due() if one.step == "confirm")
    crm.done(confirm.id)
    assert steps(crm)["connect"] == ["Dana Wu", "Sam Okafor"]
    (check_in,) = (one for one in crm.plan() if one.step == "check-in")
    assert check_in.due == date(2027, 2, 23)
    assert crm.card("dana").timeline[0].text.startswith(("call", "email"))


def test_telling_them_by_hand_is_telling_them(crm: Crm) -> None:
    """A call that is logged without `done` settles the follow-up and opens the steps that wait for it."""
    crm.log("dana", "call", "Told her")
    found = steps(crm)
    assert "call" not in found
    assert found["thank"] == ["Sam Okafor"]
    assert all(one.due for one in crm.plan() if one.step == "thank")


def test_nobody_answering_twice_opens_the_voicemail(crm: Crm) -> None:
    """One unanswered call settles nothing; after the second one the voicemail replaces the call."""
    crm.log("dana", "call", answered=False)
    found = {one.step: one for one in crm.plan()}
    assert found["call"].status == "due"
    assert found["voicemail"].waiting_for == "2 call.unanswered"
    crm.log("dana", "call", answered=False)
    found = {one.step: one for one in crm.plan()}
    assert "call" not in found
    assert (found["voicemail"].status, found["voicemail"].due) == ("due", TODAY)
    crm.log("dana", "voicemail")
    assert {"call", "voicemail"}.isdisjoint(steps(crm))
    assert found["thank"].waiting_for == "offer.told"


def test_somebody_met_twice_is_asked_once(crm: Crm) -> None:
    """A contact on two declined offers gets one thank-you, one invitation and one message with the new details."""
    crm.decline("globex", on=TODAY - timedelta(days=2))
    crm.log("dana", "call")
    crm.log("lena", "call")
    found = steps(crm)
    assert found["thank"].count("Sam Okafor") == 1
    assert found["connect"].count("Sam Okafor") == 1
    thank = next(one for one in crm.plan("sam") if one.step == "thank")
    crm.done(thank.id)
    assert "Sam Okafor" not in steps(crm).get("thank", [])
    crm.job_started(TODAY, email="robin@new.example")
    assert steps(crm, "new-job")["details"].count("Sam Okafor") == 1


def test_the_new_job_moves_what_hangs_on_it(crm: Crm) -> None:
    """If the first day moves by 30 days, open follow-ups move with it and answered ones stay as they are."""
    crm.job_started(date(2027, 1, 4), email="robin@new.example")
    sam = next(one for one in crm.plan("sam") if one.step == "details")
    crm.done(sam.id, note="He asked already")
    before = [(one.contact and one.contact.name, one.due) for one in crm.plan() if one.step == "details"]
    crm.job_started(date(2027, 2, 3))
    after = [(one.contact and one.contact.name, one.due) for one in crm.plan() if one.step == "details"]
    assert after == [(name, due and due + timedelta(days=30)) for name, due in before]
    assert "Sam Okafor" not in dict(after)
    with crm.session() as session:
        from sqlmodel import select

        (decision,) = session.exec(select(netcrm.Decision))
    assert decision.snapshot == {"text": sam.text, "due": str(sam.due), "contact": "Sam Okafor"}


def test_an_import_that_shows_a_connection_settles_the_step(crm: Crm, tmp_path: Path) -> None:
    """An import that shows a connection with Sam removes the open follow-up to connect with Sam."""
    crm.log("dana", "call")
    assert "Sam Okafor" in steps(crm)["connect"]
    file = tmp_path / "Connections.csv"
    file.write_text(f"{HEADER}Sam,Okafor,https://www.linkedin.com/in/sam,,Acme Robotics,Engineer,20 Nov 2026\n")
    report = crm.import_linkedin(file)
    assert (report.added, report.updated) == (0, 1)
    assert "Sam Okafor" not in steps(crm)["connect"]


def test_an_offer_with_nobody_on_it_says_what_is_missing(crm: Crm) -> None:
    """An offer without people still gets its follow-ups; people added later get theirs at once."""
    crm.add_offer("Initech", role="Lead")
    crm.decline("initech")
    call = next(one for one in crm.due() if one.offer and one.offer.organisation == "Initech")
    assert call.contact is None
    assert call.missing == "the Initech offer has no recruiter or hiring manager yet"
    assert "whoever made the Initech offer" in call.text
    crm.add_to_offer("initech", ["Mia Lund <mia@initech.example>:recruiter"])
    assert any(one.text.startswith("Call Mia") for one in crm.due())


def test_a_call_to_nobody_in_particular_can_be_done(crm: Crm) -> None:
    """`done` on a step without a contact logs no interaction and still opens the steps that wait for it."""
    crm.add_offer("Initech", people=["Jo Lind:interviewer"])
    crm.decline("initech")
    call = next(one for one in crm.due() if one.offer and one.offer.organisation == "Initech")
    crm.done(call.id)
    assert any(one.due for one in crm.plan("Jo Lind") if one.step == "thank")


# --------------------------------------------------------------------------- answers


def test_an_answer_is_given_once(crm: Crm) -> None:
    """A second `done` is refused with the way to take the first one back; undo reopens the follow-up."""
    call = crm.due()[0]
    (decision,) = crm.done(call.id)
    assert decision.snapshot["text"] == call.text
    with pytest.raises(AlreadyAnswered, match="netcrm reopen"):
        crm.done(call.id)
    crm.undo()
    assert crm.due()[0].id == call.id


@pytest.mark.parametrize("name", ["", "zzzzz", "é", "lll"])
def test_an_unknown_id_is_refused(crm: Crm, name: str) -> None:
    """An unknown id gets a message that says where the ids are listed."""
    with pytest.raises(NoSuch, match="netcrm due"):
        crm.done(name)


def test_an_ambiguous_id_lists_what_it_fits(crm: Crm) -> None:
    """A prefix of several ids answers none of them and lists them all."""
    for number in range(40):
        crm.add_to_offer("acme", [f"Person {number}:interviewer"])
    keys = [one.key for one in crm.plan()]
    letter = next(key[0] for key in keys if sum(other[0] == key[0] for other in keys) > 1)
    before = everything(crm)
    with pytest.raises(Ambiguous, match="say which one"):
        crm.skip(letter)
    assert everything(crm) == before


def test_several_answers_are_one_operation(crm: Crm) -> None:
    """One wrong id among several answers none of them; one undo takes back several answers given together."""
    ids = [one.id for one in crm.plan()][:2]
    before = everything(crm)
    with pytest.raises(NoSuch):
        crm.skip(*ids, "zzzzz")
    assert everything(crm) == before
    assert len(crm.skip(*ids, ids[0])) == 2
    crm.undo()
    assert everything(crm) == before
    with pytest.raises(Refused, match="ids"):
        crm.done()


def test_a_snooze_ends(crm: Crm) -> None:
    """A follow-up snoozed until Thursday comes back on Thursday, and a later snooze replaces the first."""
    call = crm.due()[0]
    crm.snooze(call.id, until="3 days")
    assert call.key not in [one.key for one in crm.due()]
    assert call.key in [one.key for one in at(crm, TODAY + timedelta(days=3)).due()]
    at(crm, TODAY).snooze(call.id, until=date(2026, 12, 1))
    assert call.key not in [one.key for one in at(crm, TODAY + timedelta(days=3)).due()]
    at(crm, TODAY + timedelta(days=4)).done(call.id)
    assert len([row for row in everything(crm)["decision"] if "call" in row]) == 1


@pytest.mark.parametrize("until", [TODAY, TODAY - timedelta(days=1), "0 days", "soon"])
def test_a_snooze_lies_ahead(crm: Crm, until: date | str) -> None:
    """A snooze until today or an earlier day is refused."""
    with pytest.raises(InvalidValue):
        crm.snooze(crm.due()[0].id, until=until)


def test_done_tomorrow_is_not_done(crm: Crm) -> None:
    """`done` with a day in the future is refused."""
    with pytest.raises(InvalidValue, match="future"):
        crm.done(crm.due()[0].id, on=TODAY + timedelta(days=1))


def test_due_can_look_ahead_and_at_one_person(crm: Crm) -> None:
    """`within` looks ahead, `who` selects one contact, `limit` the first few, `on` another day."""
    crm.done(crm.due(who="Dana")[0].id)
    assert {one.step for one in crm.due(within="1 week")} > {one.step for one in crm.due()}
    assert {one.contact.name for one in crm.due(within="1w", who="sam") if one.contact} == {"Sam Okafor"}
    assert len(crm.due(within="1 week", limit=2)) == 2
    assert {one.step for one in crm.due(on=TODAY + timedelta(days=1))} > {one.step for one in crm.due()}
    assert all(one.due is None or one.due <= TODAY + timedelta(days=7) for one in crm.plan(until="1w"))


# --------------------------------------------------------------------------- refusals

REFUSED: list[tuple[Callable[[Crm], object], type[RequestError], str]] = [
    (lambda crm: crm.add("  "), InvalidValue, "name.*empty"),
    (lambda crm: crm.add("x" * 501), InvalidValue, "longer than 500"),
    (lambda crm: crm.add("X", emails=["nonsense"]), InvalidValue, "write it like dana@example.com"),
    (lambda crm: crm.add("X", emails=["dana@acme.example"]), Refused, "belongs to Dana Wu"),
    (lambda crm: crm.add("X", phones=["12"]), InvalidValue, "phone number"),
    (lambda crm: crm.add("X", linkedin="https://example.com"), InvalidValue, "LinkedIn profile"),
    (lambda crm: crm.add("X", urls=["not a link"]), InvalidValue, "web address"),
    (lambda crm: crm.add("X", timezone="Mars/Phobos"), InvalidValue, "Europe/Berlin"),
    (lambda crm: crm.add("X", tier="D"), InvalidValue, "not one of"),
    (lambda crm: crm.add("X", every="often"), InvalidValue, "span"),
    (lambda crm: crm.add("X", birthday=date(2199, 1, 1)), InvalidValue, "future"),
    (lambda crm: crm.add("X", birthday="1899-12-31"), InvalidValue, "1900 to 2200"),
    (lambda crm: crm.add("X", birthday="2023-02-29"), InvalidValue, "birthday"),
    (lambda crm: crm.init(timezone="Nowhere"), InvalidValue, "time zone"),
    (lambda crm: crm.init(email="x"), InvalidValue, "e-mail"),
    (lambda crm: crm.init(country="Germany"), InvalidValue, "country"),
    (lambda crm: crm.init(country="ZZ"), InvalidValue, "country"),
    (lambda crm: crm.contact("nobody"), NoSuch, "netcrm list"),
    (lambda crm: crm.contact("Dana Wuu"), NoSuch, "did you mean Dana Wu"),
    (lambda crm: crm.contact("999"), NoSuch, "contact"),
    (lambda crm: crm.contact("a"), Ambiguous, "say which one"),
    (lambda crm: crm.offer("nowhere"), NoSuch, "netcrm offer list"),
    (lambda crm: crm.offer("a"), Ambiguous, "2 offers"),
    (lambda crm: crm.edit("dana", drop=["nothing"]), NoSuch, "netcrm show"),
    (lambda crm: crm.edit("sam", emails=["dana@acme.example"]), Refused, "belongs to Dana Wu"),
    (lambda crm: crm.log("dana", "carrier-pigeon"), InvalidValue, "channel"),  # type: ignore[arg-type] # is refused
    (lambda crm: crm.log([], "call"), Refused, "at least one contact"),
    (lambda crm: crm.log("dana", "call", on=TODAY + timedelta(days=1)), InvalidValue, "future"),
    (lambda crm: crm.log("dana", "email", topic="out"), InvalidValue, "direction"),
    (lambda crm: crm.log("dana", "email", topic="two words"), InvalidValue, "topic"),
    (lambda crm: crm.log("dana", "call", at=datetime(2026, 11, 23, 9, 0)), InvalidValue, "time zone"),  # noqa: DTZ001 - is refused
    (lambda crm: crm.add_offer(""), InvalidValue, "organisation"),
    (lambda crm: crm.add_offer("X", received_on=TODAY, respond_by=date(2026, 11, 1)), InvalidValue, "before the day"),
    (lambda crm: crm.add_offer("X", people=["Dana Wu:chief"]), InvalidValue, "role"),
    (lambda crm: crm.add_offer("X", people=["<>"]), InvalidValue, "person"),
    (lambda crm: crm.add_offer("X", people=["99:recruiter"]), NoSuch, "ids"),
    (lambda crm: crm.add_offer("X", people=["Dana Wu <other@acme.example>:recruiter"]), Refused, "another e-mail"),
    (lambda crm: crm.decline("acme"), AlreadyDecided, "was declined on 2026-11-23"),
    (lambda crm: crm.accept("acme"), AlreadyDecided, "was declined"),
    (lambda crm: crm.decline("globex", on=TODAY + timedelta(days=1)), InvalidValue, "future"),
    (lambda crm: crm.decline("globex", because="money"), InvalidValue, "because"),  # type: ignore[arg-type] # is refused
    (lambda crm: crm.job_settled(), Refused, "netcrm job started"),
    (lambda crm: crm.done(crm.due()[0].id, on=date(2026, 11, 1)), InvalidValue, "the event that caused it"),
    (lambda crm: crm.job_started(email="bad"), InvalidValue, "not an e-mail"),
    (lambda crm: crm.add("Kim", email="kim@x.example"), InvalidValue, "did you mean emails"),  # type: ignore[call-arg] # what scripts without a type checker do
    (lambda crm: crm.contacts(tags="ally"), InvalidValue, "did you mean tag"),  # type: ignore[call-arg] # the same
    (lambda crm: crm.edit("dana", id=99), InvalidValue, "give one of"),  # type: ignore[call-arg] # the same
    (lambda crm: crm.why("zzz"), NoSuch, "netcrm due"),
    (lambda crm: crm.due(within="soon"), InvalidValue, "span"),
    (lambda crm: crm.due(on=date(1, 1, 1)), InvalidValue, "1900 to 2200"),
    (lambda crm: crm.due(limit=-1), InvalidValue, "limit"),
    (lambda crm: crm.contact("\ud800"), NoSuch, "netcrm list"),
    (lambda crm: crm.contact("\ud800@"), NoSuch, "netcrm list"),
    (lambda crm: crm.contact("9" * 30), NoSuch, "netcrm list"),
    (lambda crm: crm.offer("2147483648"), NoSuch, "netcrm offer list"),
    (lambda crm: crm.add_offer("X", people=["\ud800:recruiter"]), InvalidValue, "empty"),
    (lambda crm: crm.add_offer("X", received_on=date(2026, 12, 1)), InvalidValue, "future"),
    (lambda crm: crm.edit_offer("acme", organisation=""), InvalidValue, "empty"),
    (lambda crm: crm.edit_offer("acme", drop="lena"), NoSuch, "netcrm offer show"),
    (lambda crm: crm.edit_offer("globex", reason="No"), Refused, "netcrm decline"),
    (lambda crm: crm.edit_offer("acmee"), NoSuch, "did you mean Acme Robotics"),
    (lambda crm: crm.reopen_offer("globex"), Refused, "is undecided; there is nothing"),
    (lambda crm: crm.reopen("zzz"), NoSuch, "undo --list"),
    (lambda crm: crm.reopen(), Refused, "netcrm due"),
    (lambda crm: crm.edit("dana", name=""), InvalidValue, "empty"),
    (lambda crm: crm.init(timezone="berlin"), InvalidValue, "did you mean Europe/Berlin"),
    (lambda crm: crm.plan("nobody at all"), NoSuch, "netcrm list"),
    (lambda crm: crm.contacts(silent_for="ages"), InvalidValue, "silent for"),
]


@pytest.mark.parametrize(("act", "kind", "why"), REFUSED)
def test_what_makes_no_sense_is_refused_whole(
    crm: Crm, act: Callable[[Crm], object], kind: type[RequestError], why: str
) -> None:
    """Each wrong request raises a sentence that says what to do, and changes nothing."""
    before, count = everything(crm), len(crm.operations(1000))
    with pytest.raises(kind, match=why):
        act(crm)
    assert (everything(crm), len(crm.operations(1000))) == (before, count)


def test_a_job_settles_after_it_starts(crm: Crm) -> None:
    """A day of settling in before the first day is refused."""
    crm.job_started(TODAY)
    with pytest.raises(InvalidValue, match="before the day the job started"):
        crm.job_settled(TODAY - timedelta(days=1))


# --------------------------------------------------------------------------- facts


def test_29_february_is_a_birthday(crm: Crm) -> None:
    """29 February is a valid birthday."""
    assert crm.add("Leap", birthday=date(2000, 2, 29)).birthday == date(2000, 2, 29)


@pytest.mark.parametrize("who", ["Émile", "emile", "ROUX", "emile@x.example", "EMILE@X.example"])
def test_a_contact_is_found_by_any_part_of_the_name(crm: Crm, who: str) -> None:
    """A contact is found by a part of the name without case or accents, by e-mail, by id and by UID."""
    emile = crm.add("Émile Roux", emails=["emile@x.example"])
    assert crm.contact(who).number == emile.number
    assert crm.contact(emile.number).uid == crm.contact(emile.uid).uid == emile.uid


def test_a_whole_name_comes_before_parts_of_others(crm: Crm) -> None:
    """“Sam” finds Sam and not Samantha."""
    crm.add("Sam")
    crm.add("Samantha Roe")
    assert crm.contact("sam").name == "Sam"


def test_an_edit_adds_drops_replaces_and_clears(crm: Crm) -> None:
    """Editing adds to lists and drops the named items; texts are replaced, and cleared by an empty text."""
    dana = crm.edit(
        "dana", emails=["d@new.example"], tags=["x"], drop=["ally", "dana@acme.example"], title="Lead", notes="n"
    )
    assert (dana.email, dana.tags, dana.title, dana.notes) == ("d@new.example", ("x",), "Lead", "n")
    assert crm.edit("dana", notes="", title="").title is None


def test_a_new_employer_is_a_dated_fact(crm: Crm) -> None:
    """A new company keeps the old one in the history: the old work ends on the day the new one begins."""
    crm.edit("dana", company="Umbra Labs")
    old, new = crm.card("dana").affiliations
    assert (old.organisation, old.until) == ("Acme Robotics", TODAY)
    assert (new.organisation, new.since, new.until) == ("Umbra Labs", TODAY, None)


def test_an_interaction_has_several_people_and_an_instant(crm: Crm) -> None:
    """A lunch with two contacts is one interaction in both timelines, on the day in the user's time zone."""
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    lunch = crm.log(["dana", "sam", "dana"], "meeting", "Lunch", at=late, offer="acme")
    assert lunch.day == date(2026, 11, 21)
    assert lunch.at == late
    for who in ("dana", "sam"):
        assert "meeting: Lunch" in [entry.text for entry in crm.card(who).timeline]


def test_the_filters_of_a_list(crm: Crm) -> None:
    """Contacts are listed by words, tag, company, tier and silence; wildcards are plain letters."""
    crm.log("dana", "call", on=TODAY - timedelta(days=10))
    crm.edit("sam", tier="A")
    names = {
        "words": [one.name for one in crm.contacts("acme.example")],
        "tag": [one.name for one in crm.contacts(tag="ally")],
        "company": [one.name for one in crm.contacts(company="globex")],
        "tier": [one.name for one in crm.contacts(tier="A")],
        "silent": [one.name for one in crm.contacts(silent_for="1 week")],
        "spoken": [one.name for one in crm.contacts(silent_for="2 weeks")],
        "wild": [one.name for one in crm.contacts("%")],
        "hostile": [one.name for one in crm.contacts("x\ud800", tag="\ud800")],
    }
    assert names == {
        "words": ["Dana Wu", "Sam Okafor"],
        "tag": ["Dana Wu"],
        "company": ["Lena Fischer"],
        "tier": ["Sam Okafor"],
        "silent": ["Dana Wu", "Lena Fischer", "Priya Raman", "Sam Okafor"],
        "spoken": ["Lena Fischer", "Priya Raman", "Sam Okafor"],
        "wild": [],
        "hostile": [],
    }


def test_a_new_job_is_another_job(crm: Crm) -> None:
    """A repeated start corrects the job; after another accepted offer it records the next job."""
    crm.accept("globex", starts_on=date(2027, 1, 4))
    first = crm.job_started()
    assert (first.organisation, first.started_on) == ("Globex Analytics", date(2027, 1, 4))
    assert crm.job_started(date(2027, 1, 11), email="me@globex.example").number == first.number
    assert crm.job_started(organisation="Elsewhere").number != first.number


def test_the_day_is_that_of_my_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Late in the evening in Berlin, today is tomorrow in Auckland and the same day in Honolulu."""
    monkeypatch.setattr("netcrm.clock.now", lambda: datetime(2026, 11, 23, 20, 0, tzinfo=UTC))
    days = {}
    for zone in ("Europe/Berlin", "Pacific/Auckland", "Pacific/Honolulu"):
        with Crm(tmp_path / zone.replace("/", "-")) as crm:
            crm.init(timezone=zone)
            days[zone] = crm.today
    assert days["Pacific/Auckland"] == date(2026, 11, 24)
    assert days["Europe/Berlin"] == days["Pacific/Honolulu"] == date(2026, 11, 23)


def test_holidays_are_no_business_days(crm: Crm) -> None:
    """With a country set, business days skip its holidays."""
    crm.init(country="DE")
    day = date(2026, 12, 23)
    crm.add_offer("Initech", people=["Jo Lind:recruiter", "Al Berg:interviewer"])
    at(crm, day).decline("initech")
    crm.log("Jo Lind", "call", on=day)
    (thank,) = (one for one in crm.plan("Al Berg") if one.step == "thank")
    assert (thank.due, thank.overdue_after) == (date(2026, 12, 24), date(2026, 12, 29))
    assert date(2026, 12, 25) in crm.why(thank.id).skipped or thank.due == date(2026, 12, 24)


# --------------------------------------------------------------------------- rules


def launch(history: History, today: date) -> Iterator[FollowUp]:
    """A rule: wish everyone at Acme well tomorrow."""
    for person in history.people.values():
        if person.company == "Acme Robotics":
            cause = Event("launch", person.id, today, None, "launch:acme")
            yield FollowUp(playbook="launch", step="wish", text="Wish well", due=today, cause=cause, contact=person)


def test_a_rule_in_python_is_a_rule() -> None:
    """A follow-up from a Python rule has an id and a reason, and can be answered like any other."""
    with Crm(memory=True, today=TODAY, rules=[launch]) as crm:
        season(crm)
        wishes = [one for one in crm.due() if one.playbook == "launch"]
        assert sorted(one.contact.name for one in wishes if one.contact) == ["Dana Wu", "Sam Okafor"]
        assert crm.why(wishes[0].id).rule == "launch / wish"
        crm.done(wishes[0].id)
        assert len([one for one in crm.due() if one.playbook == "launch"]) == 1


def test_a_rule_that_fails_hides_nobody() -> None:
    """A mistake in one rule becomes a problem with its name and line; playbooks and other rules keep working."""

    def broken(history: History, today: date) -> list[FollowUp]:
        return [history.people["nobody"]]  # type: ignore[index, list-item] # that is the mistake

    def wrong(history: History, today: date) -> list[FollowUp]:
        return ["soon"]  # type: ignore[list-item] # and that

    with Crm(memory=True, today=TODAY, rules=[broken, launch, wrong]) as crm:
        season(crm)
        found = {one.playbook for one in crm.plan()}
        assert {"launch", "graceful-decline"} <= found
        first, second = crm.problems
        assert "“broken” failed (KeyError: 'nobody')" in first.message
        assert "“wrong” failed (TypeError: it yields a str, not a FollowUp)" in second.message
        assert first.file == __file__
        lines = Path(__file__).read_text().splitlines()
        assert "history.people" in lines[first.line - 1]
        assert (second.file, "def wrong" in lines[second.line - 1]) == (__file__, True)


def test_my_playbooks_add_and_replace(tmp_path: Path) -> None:
    """A file adds a playbook or replaces the built-in one of its name; a wrong file is reported and the rest works."""
    folder = tmp_path / "playbooks"
    folder.mkdir()
    step = '[[step]]\nname = "x"\nto = "me"\ndo = "X"\ndue = "0 days"\nexpires = "1 week"\nsource = "own"\n'
    (folder / "a.toml").write_text(f'name = "new-job"\nabout = "Mine"\ntrigger = "job.started"\n{step}')
    (folder / "b.toml").write_text(f'name = "mine"\nabout = "Mine"\ntrigger = "offer.declined"\n{step}')
    (folder / "c.toml").write_text(f'name = "wrong"\nabout = "Mine"\ntrigger = "offer.declind"\n{step}')
    (folder / "d.toml").write_text(f'name = "mine"\nabout = "Again"\ntrigger = "offer.declined"\n{step}')
    (folder / "e.toml").write_bytes(b'name = "\xff"\n')
    (folder / "f.toml").mkdir()
    with Crm(memory=True, today=TODAY, playbooks=folder) as crm:
        season(crm)
        built_in = {
            "accepted-offer",
            "graceful-decline",
            "birthdays",
            "job-change",
            "keep-in-touch",
            "new-offer",
            "open-offer",
        }
        assert {book.name for book in crm.playbooks} == {*built_in, "new-job", "mine"}
        assert crm.builtin == built_in
        assert "X" in texts(crm)
        said = [(Path(problem.file).name, problem.line, problem.message) for problem in crm.problems]
    assert [(name, number) for name, number, _ in said] == [("c.toml", 3), ("d.toml", 1), ("e.toml", 1), ("f.toml", 1)]
    assert "did you mean “offer.declined”?" in said[0][2]


# --------------------------------------------------------------------------- in and out


@pytest.mark.parametrize(
    "rows",
    [
        ["A,B,https://www.linkedin.com/in/dup,,,,", "A,B,https://www.linkedin.com/in/dup,,,,05 Mar 2020"],
        ["A,B,https://www.linkedin.com/in/dup,,Acme,X,", "A,B,https://www.linkedin.com/in/dup,,Umbra,Y,05 Mar 2020"],
        ["A,B,https://www.linkedin.com/in/dup,,,X,", "A,B,https://www.linkedin.com/in/dup,,Umbra,,05 Mar 2020"],
        ["Dana,Wu,,,Umbra,X,01 Feb 2021", "Dana,Wu,,dana@acme.example,Initech,Y,02 Feb 2021"],
    ],
)
def test_a_person_twice_in_one_file_is_one(crm: Crm, tmp_path: Path, rows: list[str]) -> None:
    """Two rows about one person become one contact, and importing them again changes nothing."""
    file = tmp_path / "Connections.csv"
    file.write_text("\n".join((HEADER.rstrip("\n"), *rows, "")))
    crm.import_linkedin(file)
    after = everything(crm)
    for _ in range(2):
        report = crm.import_linkedin(file)
        assert (report.added, report.updated) == (0, 0)
        assert everything(crm) == after


def test_importing_twice_is_importing_once(crm: Crm, tmp_path: Path) -> None:
    """Importing the same file again changes nothing and records no operation."""
    file = tmp_path / "Connections.csv"
    ana = "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,Lead,05 Mar 2020\n"
    file.write_text(f"{HEADER}{ana}Dana,Wu,,,Acme Robotics,Recruiter,01 Feb 2021\n,,,,,,01 Jan 2023\n")
    report = crm.import_linkedin(file, dry_run=True)
    assert (report.added, report.updated, len(report.problems), report.dry_run) == (1, 1, 1, True)
    assert report.changes[0] == "+ Ana Silva (Acme)"
    assert report.changes[1].startswith("~ Dana Wu: connected on 2021-02-01")
    before, operations = everything(crm), len(crm.operations(1000))
    crm.import_linkedin(file)
    after = everything(crm)
    assert (report := crm.import_linkedin(file)).unchanged == 2
    assert (report.added, report.updated) == (0, 0)
    assert everything(crm) == after
    assert len(crm.operations(1000)) == operations + 1
    crm.undo()
    assert everything(crm) == before


def test_linkedin_news_is_a_dated_fact(crm: Crm, tmp_path: Path) -> None:
    """A new company in a later file is taken over; a correction by hand stays."""
    file = tmp_path / "Connections.csv"
    row = "Ana,Silva,https://www.linkedin.com/in/ana,,{},Lead,05 Mar 2020\n"
    file.write_text(HEADER + row.format("Acme"))
    crm.import_linkedin(file)
    crm.edit("ana", company="Acme Holding")
    crm.import_linkedin(file)
    assert crm.contact("ana").company == "Acme Holding"
    file.write_text(HEADER + row.format("Umbra Labs"))
    report = at(crm, TODAY + timedelta(days=30)).import_linkedin(file)
    assert report.updated == 1
    assert crm.contact("ana").company == "Umbra Labs"
    assert crm.card("ana").affiliations[-1].since == TODAY + timedelta(days=30)


def test_namesakes_stay_two(crm: Crm, tmp_path: Path) -> None:
    """Two rows with one name and two addresses are two contacts; a row that fits two contacts is a problem."""
    file = tmp_path / "Connections.csv"
    file.write_text(
        f"{HEADER}Kim,Lee,https://www.linkedin.com/in/kim-1,,Acme,Lead,05 Mar 2020\n"
        "Kim,Lee,https://www.linkedin.com/in/kim-2,,Acme,Lead,05 Mar 2020\nKim,Lee,nonsense,,Acme,Lead,05 Mar 2020\n"
    )
    report = crm.import_linkedin(file)
    assert report.added == 2
    assert [problem.line for problem in report.problems] == [4, 4]
    assert "Kim Lee (new) or Kim Lee (new)" in report.problems[-1].message


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_an_import_of_nothing_is_refused(crm: Crm, tmp_path: Path, name: str) -> None:
    """A missing file and a folder are refused with a sentence."""
    with pytest.raises(UnreadableFile):
        crm.import_linkedin(tmp_path / name)


def test_vcards_are_written_whole(crm: Crm, tmp_path: Path) -> None:
    """All contacts or the filtered ones are exported; an existing file is replaced only on request."""
    file = tmp_path / "people.vcf"
    assert crm.export_vcard(file) == 4
    assert file.read_bytes().count(b"BEGIN:VCARD\r\n") == 4
    assert crm.export_vcard(file, tag="ally", overwrite=True) == 1
    assert "".join(crm.vcards(tag="ally")) == file.read_bytes().decode()


# --------------------------------------------------------------------------- the public names


def test_the_public_names_are_these() -> None:
    """Every name in `__all__` exists and is loaded only when it is used."""
    assert netcrm.__all__ == sorted(netcrm.__all__)
    assert all(getattr(netcrm, name) is not None for name in netcrm.__all__)
    assert dir(netcrm) == netcrm.__all__
    with pytest.raises(AttributeError, match="nonsense"):
        netcrm.nonsense  # noqa: B018 - the access is the test


def test_removing_takes_what_is_theirs_alone(crm: Crm) -> None:
    """Removing Sam removes Sam's calls and answers; the lunch shared with Dana stays; undo restores everything."""
    crm.log("sam", "call", "Alone")
    crm.log(["sam", "dana"], "meeting", "Lunch with both")
    crm.log("dana", "call", "Told her")
    crm.done(next(one.id for one in crm.plan("sam") if one.step == "thank"))
    before = everything(crm)
    assert crm.remove("sam").name == "Sam Okafor"
    assert [entry.text for entry in crm.card("dana").timeline if "Lunch" in entry.text] == ["meeting: Lunch with both"]
    left = str(everything(crm))
    assert "Alone" not in left
    assert "Sam Okafor" not in left
    crm.undo()
    assert everything(crm) == before


def test_two_rows_about_a_newcomer_are_one_person(crm: Crm, tmp_path: Path) -> None:
    """A second row fills the gaps of the first one, also for a contact who is already stored."""
    file = tmp_path / "Connections.csv"
    url = "https://www.linkedin.com/in/ana"
    file.write_text(f"{HEADER}Ana,Silva,{url},,,,05 Mar 2020\nAna,Silva,{url},ana@x.example,Acme,Lead,05 Mar 2020\n")
    assert crm.import_linkedin(file).added == 1
    ana = crm.contact("ana silva")
    assert (ana.company, ana.title, ana.email) == ("Acme", "Lead", "ana@x.example")
    file.write_text(
        f"{HEADER}Lena,Fischer,https://www.linkedin.com/in/lena,,,,05 Mar 2020\n"
        "Lena,Fischer,https://www.linkedin.com/in/lena,lena@x.example,,,05 Mar 2020\n"
    )
    report = crm.import_linkedin(file)
    assert (report.added, report.updated) == (0, 1)
    assert crm.contact("lena").email == "lena@x.example"


def test_linkedin_does_not_overrule_what_i_said_first(crm: Crm, tmp_path: Path) -> None:
    """If LinkedIn first names another employer than the user did, it is stored beside the user's."""
    file = tmp_path / "Connections.csv"
    file.write_text(f"{HEADER}Dana,Wu,,dana@acme.example,Acme Holding SE,Recruiter,05 Mar 2020\n")
    crm.import_linkedin(file)
    assert crm.contact("dana").company == "Acme Robotics"
    assert [work.organisation for work in crm.card("dana").affiliations] == ["Acme Robotics", "Acme Holding SE"]
    crm.add("Jo Lind")
    file.write_text(f"{HEADER}Jo,Lind,https://www.linkedin.com/in/jo,,Umbra Labs,Lead,05 Mar 2020\n")
    crm.import_linkedin(file)
    assert (crm.contact("jo lind").company, crm.contact("jo lind").title) == ("Umbra Labs", "Lead")


def test_people_join_an_offer_by_every_name_they_have(crm: Crm) -> None:
    """An e-mail alone gives a name until there is a better one; a contact already on the offer gets the new role."""
    offer = crm.add_to_offer("globex", ["new.person@globex.example:recruiter", "Lena Fischer <lena@globex.example>"])
    parts = {part.contact.name: part.role for part in offer.participants}
    assert parts["new.person"] == "recruiter"
    assert crm.contact("lena").email == "lena@globex.example"
    assert parts["Lena Fischer"] == "hiring-manager"
    again = crm.add_to_offer("globex", ["<lena@globex.example>:interviewer"])
    assert {part.contact.name: part.role for part in again.participants}["Lena Fischer"] == "interviewer"
