"""Follow-ups in iCalendar: a strict parser finds every open one, once, with its days, whatever its texts are."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_args

import icalendar
import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.validation import clean
from netcrm.domain.vocabulary import Status
from netcrm.errors import InvalidValue
from netcrm.formats.icalendar import Form, Stamps, each, write
from netcrm.planning.call_hours import best_hours
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import ContactView, Event, Subject
from netcrm.planning.planner import plan
from tests.helpers.hostile import TO_FORMATS, texts
from tests.helpers.strategies import BUILT_IN, TODAY, Deal, Facts, World, worlds
from tests.helpers.strict_ical import Component, calendar

DAY = timedelta(days=1)
NINE = timedelta(hours=9)
STAMPS = Stamps(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), 7)
FORMS: tuple[Form, ...] = get_args(Form)
STATUSES: tuple[Status, ...] = get_args(Status)
forms = st.sampled_from(FORMS)

DANA = ContactView(
    1, "uid-1", "Dana Wu", company="Acme", email="dana@acme.example", phone="+49 30 1", linkedin="in/dana"
)
SAM = ContactView(2, "uid-2", "Sam Okafor")
OFFER = Subject("offer:acme", 1, "Acme", "Engineer", "declined", TODAY, ((1, "recruiter"), (2, "interviewer")))
DECLINED = Event("offer.declined", None, TODAY, "offer:acme", "offer:acme")


def planned(world: World, later: int = 0, per_day: int | None = None) -> list[FollowUp]:
    history = replace(world.facts.history(), per_day=per_day)
    return plan(history, world.playbooks, world.decisions, world.today + later * DAY)


def follow_up(step: str = "call", **values: Any) -> FollowUp:
    """A call to Dana, who made the offer that the user declined, unless overridden."""
    given: dict[str, Any] = {
        "playbook": "graceful-decline",
        "text": f"{step.title()} Dana.",
        "due": TODAY,
        "cause": DECLINED,
        "contact": DANA,
        "about": OFFER,
        "channel": "call",
        "status": "due",
        "id": step,
    }
    return FollowUp(step=step, **{**given, **values})


def read(follow_ups: Iterable[FollowUp], form: Form = "todos", stamps: Stamps = STAMPS) -> list[Component]:
    return calendar(write(follow_ups, stamps=stamps, form=form).encode()).children


def only(item: FollowUp, form: Form = "todos") -> Component:
    (component,) = read([item], form)
    return component


def by_icalendar(text: str) -> list[Any]:
    """The components, as another parser reads them."""
    return list(icalendar.Calendar.from_ical(text).subcomponents)


def line_of(component: Component, title: str) -> str:
    """The text of a line of DESCRIPTION."""
    (text,) = [line for line in component.text("DESCRIPTION").split("\n") if line.startswith(f"{title}: ")]
    return text.removeprefix(f"{title}: ")


def related(component: Component) -> list[tuple[str, str]]:
    return [(item.params["RELTYPE"], item.text.partition("@")[0]) for item in component.all("RELATED-TO")]


# --------------------------------------------------------------------------- every open follow-up, once


@given(world=worlds())
def test_every_open_follow_up_is_written_once(world: World) -> None:
    """Follow-ups keep the order of the plan and their UIDs: all of them as to-dos, those with a day as events.

    A to-do is due on its day; an event takes the whole day and blocks no time.
    """
    follow_ups = planned(world)
    todos = read(follow_ups)
    assert [item.name for item in todos] == ["VTODO"] * len(follow_ups)
    assert [item.text("UID") for item in todos] == [f"{item.key}@netcrm" for item in follow_ups]
    assert [item.text("SUMMARY") for item in todos] == [item.text for item in follow_ups]
    assert [item.day("DUE") for item in todos] == [item.due for item in follow_ups]
    events, dated = read(follow_ups, "events"), [item for item in follow_ups if item.due]
    assert [(item.name, item.text("TRANSP")) for item in events] == [("VEVENT", "TRANSPARENT")] * len(dated)
    assert [item.text("UID") for item in events] == [f"{item.key}-event@netcrm" for item in dated]
    assert [(item.day("DTSTART"), item.day("DTEND")) for item in events] == [
        (item.due, item.due + DAY) for item in dated if item.due
    ]


@given(world=worlds(), form=forms, hours=st.integers(-12, 14))
def test_an_unchanged_plan_is_exported_byte_for_byte_alike(world: World, form: Form, hours: int) -> None:
    """Planned again with the same stamps in any time zone, the calendar is the same: it holds no time of export.

    A folder has the same components as the file, each in a file named by its UID, valid on any file system.
    """
    moved = replace(STAMPS, changed_at=STAMPS.changed_at.astimezone(timezone(timedelta(hours=hours))))
    calendar = write(planned(world), stamps=STAMPS, form=form)
    assert write(planned(world), stamps=moved, form=form) == calendar
    begin, end = f"BEGIN:V{form.upper().removesuffix('S')}\r\n", "END:VCALENDAR\r\n"
    left = calendar[calendar.index(begin) :] if begin in calendar else end
    for uid, text in each(planned(world), stamps=moved, form=form):
        assert uid.replace("@", "").replace("-", "").isalnum()
        component = text[text.index(begin) :].removesuffix(end)
        assert left.startswith(component)
        assert f"\r\nUID:{uid}\r\n" in component
        assert text.count("BEGIN:V") == component.count("BEGIN:V") + 1
        left = left.removeprefix(component)
    assert left == end


@pytest.mark.parametrize(("many", "form"), [(0, "todos"), (0, "events"), (1000, "todos")])
def test_a_calendar_of_any_size(many: int, form: Form) -> None:
    """None or a thousand follow-ups give as many components, with different UIDs."""
    components = read([follow_up(f"s{number}") for number in range(many)], form)
    assert len({item.text("UID") for item in components}) == len(components) == many


def test_a_calendar_says_its_name_and_when_to_look_again() -> None:
    """Subscribers get the name and the refresh interval in the words of RFC 7986 and in the older ones."""
    whole = calendar(write([], stamps=STAMPS).encode())
    assert whole.text("NAME") == whole.text("X-WR-CALNAME") == "netcrm follow-ups"
    assert whole.one("REFRESH-INTERVAL").raw == whole.one("X-PUBLISHED-TTL").raw == "PT6H"


# --------------------------------------------------------------------------- unchanged and changed follow-ups


@given(world=worlds(), move=st.integers(-20, 20), form=forms)
def test_a_moved_day_keeps_the_uid(world: World, move: int, form: Form) -> None:
    """After the cause has moved, an open follow-up is the same component with a later revision."""
    deals = (replace(deal, decided_on=deal.decided_on + move * DAY) for deal in world.facts.deals)
    moved = replace(world, facts=replace(world.facts, deals=tuple(deals)))
    after = Stamps(STAMPS.changed_at + DAY, STAMPS.changes + 1)
    known = {item.key: item for item in planned(world)}
    old = {item.text("UID"): item for item in read(known.values(), form)}
    new = {item.text("UID"): item for item in read(planned(moved), form, after)}
    still_open = [item for item in planned(moved) if item.key in known]
    assert form == "events" or {item.key for item in still_open} == {
        uid.partition("@")[0] for uid in old.keys() & new.keys()
    }
    for uid in old.keys() & new.keys():
        assert int(old[uid].one("SEQUENCE").raw) < int(new[uid].one("SEQUENCE").raw)
        assert old[uid].one("LAST-MODIFIED").raw < new[uid].one("LAST-MODIFIED").raw


@given(world=worlds(), per_day=st.none() | st.integers(1, 3), later=st.integers(1, 40))
def test_days_alone_never_take_a_revision_back(world: World, per_day: int | None, later: int) -> None:
    """As days pass without records, SEQUENCE rises with the priority and never falls."""
    old = {item.text("UID"): item for item in read(planned(world, per_day=per_day))}
    new = {item.text("UID"): item for item in read(planned(world, later, per_day))}
    for uid in old.keys() & new.keys():
        before, after = (int(item.one("SEQUENCE").raw) for item in (old[uid], new[uid]))
        assert before <= after
        urgency = [[priority.raw for priority in item.all("PRIORITY")] for item in (old[uid], new[uid])]
        assert urgency[0] == urgency[1] or before < after


@given(before=st.sampled_from(STATUSES), after=st.sampled_from(STATUSES), changes=st.integers(0, 10_000))
def test_whatever_is_recorded_raises_the_revision(before: Status, after: Status, changes: int) -> None:
    """A snoozed follow-up has a higher SEQUENCE than before, however urgent it was."""
    old, new = (Stamps(STAMPS.changed_at, number) for number in (changes, changes + 1))
    assert old.sequence(follow_up(status=before)) < new.sequence(follow_up(status=after))


def test_stamps_are_in_utc() -> None:
    """DTSTAMP and LAST-MODIFIED are the time of the last change, in UTC, to the second."""
    at = datetime(2026, 11, 23, 9, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=5)))
    (component,) = read([follow_up()], stamps=Stamps(at, 1))
    assert component.one("DTSTAMP").raw == component.one("LAST-MODIFIED").raw == "20261123T043000Z"


def test_an_instant_without_a_zone_is_refused() -> None:
    """A time without a time zone is refused."""
    with pytest.raises(InvalidValue, match="has no time zone"):
        Stamps(datetime(2026, 11, 23, 9, 30), 1)  # noqa: DTZ001 - the point of it


# --------------------------------------------------------------------------- priority and alarm


@pytest.mark.parametrize(
    ("status", "priority", "rings"),
    [("overdue", 1, False), ("due", 5, True), ("upcoming", 9, True), ("snoozed", 9, True), ("held", None, False)],
)
@pytest.mark.parametrize("form", FORMS)
def test_how_urgent_it_is(status: Status, priority: int | None, rings: bool, form: Form) -> None:
    """Priority is high when overdue, medium when due, low before; overdue and held follow-ups have no alarm."""
    for component in read([follow_up(status=status)], form):
        assert [int(item.raw) for item in component.all("PRIORITY")] == ([priority] if priority else [])
        assert bool(component.children) == rings


@pytest.mark.parametrize("form", FORMS)
def test_it_rings_in_the_morning_of_its_day(form: Form) -> None:
    """The alarm rings at nine in the reader's time zone, as another parser computes it, with the
    text of the follow-up.
    """
    text = write([follow_up(status="upcoming")], stamps=STAMPS, form=form)
    (component,) = by_icalendar(text)
    alarms = icalendar.Alarms()
    alarms.set_end(component.end)
    alarms.set_start(component.start if form == "events" else None)
    for alarm in component.walk("VALARM"):
        alarms.add_alarm(alarm)
    (rung,) = alarms.times
    assert rung.trigger == datetime(TODAY.year, TODAY.month, TODAY.day) + NINE  # noqa: DTZ001 - in any local time
    (alarm,) = only(follow_up(status="upcoming"), form).children
    assert alarm.text("DESCRIPTION") == "Call Dana."


@pytest.mark.parametrize(
    ("due", "until", "start", "end"),
    [
        (TODAY + 5 * DAY, TODAY + 3 * DAY, TODAY + 3 * DAY, TODAY + 5 * DAY),
        (TODAY + 3 * DAY, TODAY + 3 * DAY, None, TODAY + 3 * DAY),
        (TODAY - 9 * DAY, TODAY + 3 * DAY, None, TODAY + 3 * DAY),
        (None, TODAY + 3 * DAY, TODAY + 3 * DAY, None),
    ],
)
def test_what_is_snoozed_comes_on_its_day(due: date | None, until: date, start: date | None, end: date | None) -> None:
    """A snoozed to-do is hidden until then; DTSTART is omitted unless DUE is later."""
    item = follow_up(due=due, snoozed_until=until, status="snoozed", waiting_for=None if due else "call.in")
    component = only(item)
    assert (component.day("DTSTART"), component.day("DUE")) == (start, end)
    assert len(component.all("PRIORITY")) == len(component.children) == len(component.all("DUE"))
    assert f"snoozed until {until}" in line_of(component, "When")
    assert [event.day("DTSTART") for event in read([item], "events")] == ([end] if end else [])


def test_what_waits_has_no_day_and_says_for_what() -> None:
    """A waiting follow-up needs action later: no DUE, no PRIORITY, no alarm, and no event."""
    one = follow_up("confirm", due=None, status="waiting", waiting_for="offer.told")
    found = only(one)
    assert found.text("STATUS") == "NEEDS-ACTION"
    assert line_of(found, "Waits until").startswith("you told the person who made the offer")
    assert [*found.all("DUE"), *found.all("PRIORITY"), *found.children, *read([one], "events")] == []


def test_what_is_held_has_no_day_and_says_why() -> None:
    """A held follow-up has no day, which would ask for something not allowed yet; its due day is in the text."""
    item = follow_up("announce", contact=None, channel="public", status="held", held_by=("Acme starts soon", "no, yes"))
    component = only(item)
    assert component.text("STATUS") == "NEEDS-ACTION"
    assert line_of(component, "Don't announce yet") == "Acme starts soon; no, yes"
    assert line_of(component, "When") == f"due {TODAY}"
    assert [*component.all("DUE"), *read([item], "events")] == []


def test_the_last_day_there_is() -> None:
    """A rule in Python may name the last day that exists."""
    assert only(follow_up(due=date.max), "events").day("DTEND") is None
    assert only(follow_up(due=date.max)).day("DUE") == date.max


# --------------------------------------------------------------------------- texts


def test_it_says_whom_and_how_and_why() -> None:
    """DESCRIPTION has everything needed to do it and to record it, one line each."""
    item = follow_up(
        overdue_after=TODAY + DAY,
        expires_on=TODAY + 21 * DAY,
        hours=best_hours(TODAY, "Europe/Berlin", "America/New_York"),
        missing="the Acme offer has no recruiter",
        source="own, and C:\\NEW",
    )
    component = only(item)
    assert component.text("DESCRIPTION").split("\n") == [
        "Call Dana.",
        "",
        "Contact: Dana Wu, Acme",
        "Phone: +49 30 1",
        "E-mail: dana@acme.example",
        "LinkedIn: in/dana",
        "Offer: Acme, Engineer",
        "How: call, best 15:00–20:00 (09:00–14:00 in America/New_York)",
        "When: due 2026-11-23, at the latest 2026-11-24, dropped after 2026-12-14",
        "Missing: the Acme offer has no recruiter",
        "Because: you turned the offer down, on 2026-11-23",
        "Rule: graceful-decline / call",
        "Source: own, and C:\\NEW",
        f"Once done: netcrm done {item.key}",
    ]
    assert component.one("CATEGORIES").texts == ["graceful-decline", "call"]
    assert component.text("CLASS") == "PRIVATE"


def test_it_says_nothing_of_what_is_not_known() -> None:
    """Without a contact, a channel or an offer their lines are omitted."""
    component = only(follow_up(contact=None, channel=None, about=None, due=None, status="waiting"))
    titles = [line.partition(":")[0] for line in component.text("DESCRIPTION").split("\n")]
    assert titles == ["Call Dana.", "", "Because", "Rule", "Source", "Once done"]
    assert component.one("CATEGORIES").texts == ["graceful-decline"]


def test_hours_that_suit_nobody_are_told() -> None:
    """Without common working hours, the text says what to do instead."""
    component = only(follow_up(hours=best_hours(TODAY, "Europe/Berlin", "Pacific/Honolulu")))
    assert line_of(component, "How") == "call, no working hour in Pacific/Honolulu suits: agree on a time by mail"


def test_what_has_no_words_is_called_by_its_rule() -> None:
    """SUMMARY and the alarm's text are never empty."""
    component = only(follow_up(text="\x00\r\n"))
    assert component.text("SUMMARY") == component.children[0].text("DESCRIPTION") == "graceful-decline / call"


# --------------------------------------------------------------------------- related follow-ups


def test_steps_that_wait_for_a_call_depend_on_it() -> None:
    """After a decline, the waiting steps depend on the call that tells about that offer."""
    people = ((1, "recruiter"), (2, "interviewer"))
    deals = (Deal("acme", people), Deal("globex", ((3, "hiring-manager"),)))
    follow_ups = plan(Facts(deals).history(), BUILT_IN, [], TODAY)
    keys = {(item.about and item.about.about, item.step): item.key for item in follow_ups if item.step == "call"}
    for item, component in zip(follow_ups, read(follow_ups), strict=True):
        call = [("DEPENDS-ON", keys[item.about and item.about.about, "call"])]
        assert related(component) == (call if item.waiting_for == "offer.told" else [])
    alone = [item for item in follow_ups if item.status == "waiting"]
    assert not any(map(related, read(alone)))


@pytest.mark.parametrize(
    ("awaited", "caller"),
    [
        ("offer.told", follow_up(contact=SAM)),  # did not make the offer
        ("offer.told", follow_up(about=replace(OFFER, decision="accepted"))),
        ("offer.told", follow_up(due=None, status="waiting")),
        ("offer.told", follow_up(cause=DECLINED._replace(source="offer:globex"))),
        ("call.out", follow_up(contact=SAM)),
        ("call.out", follow_up(contact=None)),
        ("email.out", follow_up()),
        ("2 call.out", follow_up()),
        ("message.thanked", follow_up(topic="details")),
    ],
)
def test_nothing_depends_on_what_does_not_bring_it_about(awaited: str, caller: FollowUp) -> None:
    """A follow-up with another contact, offer or channel, or one that waits itself, would not end the wait."""
    waits = follow_up("confirm", due=None, status="waiting", waiting_for=awaited)
    assert related(read([caller, waits])[1]) == []


@pytest.mark.parametrize("awaited", ["offer.told", "call.out", "message.thanked"])
def test_what_brings_it_about_is_depended_on(awaited: str) -> None:
    """A call is contact, has its topic, and tells of the decline if the contact made the offer."""
    waits = follow_up("confirm", due=None, status="waiting", waiting_for=awaited, channel="email")
    call = follow_up(topic="thanked")
    assert related(read([waits, call])[0]) == [("DEPENDS-ON", call.key)]


@pytest.mark.parametrize("form", FORMS)
def test_what_one_call_can_say_is_said_together(form: Form) -> None:
    """If one recruiter has two offers, the second call names the first one, unless that one is not written."""
    deals = tuple(Deal(name, ((1, "recruiter"),)) for name in ("acme", "globex"))
    calls = [item for item in plan(Facts(deals).history(), BUILT_IN, [], TODAY) if item.step == "call"]
    first, second = read(calls, form)
    uid = first.text("UID").partition("@")[0]
    assert (related(first), related(second)) == ([], [("SIBLING", uid)])
    assert line_of(second, "Together with").endswith("(Globex, Engineer)")
    assert related(only(calls[1], form)) == []


# --------------------------------------------------------------------------- nothing breaks out


short = texts.filter(lambda text: len(text) < 1000)
names = short.map(lambda text: text.encode(errors="ignore").decode())
"""The characters of a key: it has none that an encoding can't write."""


@st.composite
def hostile(draw: st.DrawFn) -> FollowUp:
    """A follow-up of a rule in Python with the worst in every text."""
    people = st.builds(
        ContactView, st.just(1), names, short, company=short, email=short, phone=short, linkedin=short, timezone=short
    )
    subjects = st.builds(Subject, short, st.just(1), organisation=short, role=short)
    day = st.none() | st.dates()
    status = draw(st.sampled_from(STATUSES))
    return FollowUp(
        playbook=draw(names),
        step=draw(names),
        text=draw(short),
        due=draw(day),
        cause=Event(draw(names), None, TODAY, draw(short), draw(names)),
        contact=draw(st.none() | people),
        about=draw(st.none() | subjects),
        channel=draw(st.none() | short),
        overdue_after=draw(day),
        expires_on=draw(day),
        status=status,
        waiting_for=draw(st.none() | short),
        held_by=tuple(draw(st.lists(short, max_size=2))),
        snoozed_until=draw(day),
        missing=draw(st.none() | short),
        source=draw(short),
        topic=draw(short),
        together_with=draw(st.sampled_from((None, "a", "b"))),
        id=draw(st.sampled_from(("a", "b"))),
    )


def in_one_line(text: str) -> str:
    return " ".join(clean(text.replace("\t", " "), keep="\n").split("\n"))


plans = st.lists(hostile(), max_size=3, unique_by=lambda follow_up: follow_up.key)


@given(follow_ups=plans, form=forms)
def test_no_text_can_break_out_of_its_property(follow_ups: list[FollowUp], form: Form) -> None:
    """Controls, line breaks, surrogates and END:VTODO in any text stay inside their component."""
    written = [item for item in follow_ups if form == "todos" or (item.due and item.status != "held")]
    components = read(follow_ups, form)
    assert len(components) == len(written)
    for item, component in zip(written, components, strict=True):
        assert component.text("SUMMARY") == in_one_line(item.text) or not in_one_line(item.text)
        *_, last = component.text("DESCRIPTION").split("\n")
        assert last == f"Once done: netcrm done {item.key}"
        assert line_of(component, "Rule") == in_one_line(f"{item.playbook} / {item.step}")


@given(follow_ups=plans, form=forms)
def test_other_readers_find_the_same(follow_ups: list[FollowUp], form: Form) -> None:
    """Two other parsers read every text and every day that the strict one reads."""
    text = write(follow_ups, stamps=STAMPS, form=form)
    for strict, right in zip(read(follow_ups, form), by_icalendar(text), strict=True):
        for name in ("UID", "SUMMARY", "DESCRIPTION"):
            assert str(right[name]) == strict.text(name)
        for name in ("DTSTART", "DTEND", "DUE"):
            assert (right[name].dt if name in right else None) == strict.day(name)
    parsed = [(part.uid.value, part.summary.value) for part in vobject.readOne(text).components()]
    assert parsed == [(item.text("UID"), item.text("SUMMARY")) for item in read(follow_ups, form)]


@pytest.mark.parametrize(
    "text",
    [*TO_FORMATS, "END:VTODO\r\nBEGIN:VALARM", "C:\\NEW\\new", 'x";RELTYPE="', "é" * 200, "x" * 70_000, "漢" * 20_000],
)
def test_hostile_texts_are_read_as_texts(text: str) -> None:
    """In any text, letters are found unchanged, except those that a line can't hold."""
    name = text.encode(errors="ignore").decode()
    item = follow_up(text=text, source=text, playbook=name, channel=text, contact=replace(DANA, name=text))
    component, shown = only(item), in_one_line(text)
    assert component.text("SUMMARY") == shown or not shown
    assert [word for item in component.all("CATEGORIES") for word in item.texts] == [
        *filter(None, (in_one_line(name), shown))
    ]
    assert f"Source: {shown}" in component.text("DESCRIPTION") or not shown


# --------------------------------------------------------------------------- the strict parser

GOOD = (
    *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "REFRESH-INTERVAL;VALUE=DURATION:PT6H"),
    *("BEGIN:VTODO", "UID:u1", "DTSTAMP:20261123T093000Z", "LAST-MODIFIED:20261123T093000Z", "SEQUENCE:1"),
    *("SUMMARY:x", "DESCRIPTION:x", "CATEGORIES:a,b", "PRIORITY:5", "STATUS:NEEDS-ACTION"),
    *("DTSTART;VALUE=DATE:20261123", "DUE;VALUE=DATE:20261124"),
    *("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:y", "TRIGGER;RELATED=END:PT9H", "END:VALARM", "END:VTODO"),
    *("BEGIN:VTODO", "UID:u2", "DTSTAMP:20261123T093000Z", "LAST-MODIFIED:20261123T093000Z", "SEQUENCE:2"),
    *("SUMMARY:x", "DESCRIPTION:x", "RELATED-TO;RELTYPE=DEPENDS-ON:u1", "END:VTODO", "END:VCALENDAR"),
)


def joined(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def test_the_judge_accepts_what_is_right() -> None:
    """A plain valid calendar is accepted."""
    first, second = calendar(joined(GOOD)).children
    assert first.one("CATEGORIES").texts == ["a", "b"]
    assert (first.day("DUE"), second.day("DUE")) == (date(2026, 11, 24), None)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("PRIORITY:5", "PRIORITY:10"),
        ("PRIORITY:5", "PRIORITY:high"),
        ("PRIORITY:5", "METHOD:PUBLISH"),
        ("PRIORITY:5", "ATTENDEE:mailto:x@x.example"),
        ("PRIORITY:5", "no property"),
        ("PRIORITY:5", "CATEGORIES:c"),
        ("PRIORITY:5", "DTEND;VALUE=DATE:20261125"),
        ("PRIORITY:5", f"COMMENT:{'x' * 70}"),
        ("CATEGORIES:a,b", "CATEGORIES:a;b"),
        ("CATEGORIES:a,b", "CATEGORIES:a,"),
        ("CATEGORIES:a,b", "CATEGORIES:a\\"),
        ("CATEGORIES:a,b", "CATEGORIES:a\\x"),
        ("CATEGORIES:a,b", f"CATEGORIES:{'x' * 70}"),
        ("CATEGORIES:a,b", "CATEGORIES:a\x00"),
        ("CATEGORIES:a,b", "CATEGORIES:a\u2028b"),
        ("CATEGORIES:a,b", "CATEGORIES:a\nb"),
        ("CATEGORIES:a,b", ""),
        ("DESCRIPTION:y", "DESCRIPTION:a,b"),
        ("DESCRIPTION:y", "DESCRIPTION:"),
        ("DESCRIPTION:y", "X-DESCRIPTION:y"),
        ("UID:u1", "UID:u2"),
        ("UID:u1", "X-UID:u1"),
        ("RELATED-TO;RELTYPE=DEPENDS-ON:u1", "RELATED-TO;RELTYPE=DEPENDS-ON:u3"),
        ("RELATED-TO;RELTYPE=DEPENDS-ON:u1", "RELATED-TO;RELTYPE=DEPENDS-ON:u2"),
        ("RELATED-TO;RELTYPE=DEPENDS-ON:u1", "RELATED-TO;RELTYPE=ENEMY:u1"),
        ("RELATED-TO;RELTYPE=DEPENDS-ON:u1", "RELATED-TO;X=y:u1"),
        ("DTSTART;VALUE=DATE:20261123", "DTSTART;VALUE=DATE:20261124"),
        ("DTSTART;VALUE=DATE:20261123", "DTSTART:20261123"),
        ("DTSTART;VALUE=DATE:20261123", "DTSTART;VALUE=DATE:20261131"),
        ("DTSTART;VALUE=DATE:20261123", "DTSTART;VALUE=DATE;TZID=Europe/Berlin:20261123"),
        ("DUE;VALUE=DATE:20261124", "CLASS:PRIVATE"),
        ("STATUS:NEEDS-ACTION", "STATUS:TENTATIVE"),
        ("SEQUENCE:2", "SEQUENCE:-2"),
        ("VERSION:2.0", "VERSION:1.0"),
        ("REFRESH-INTERVAL;VALUE=DURATION:PT6H", "REFRESH-INTERVAL;VALUE=DURATION:6H"),
        ("ACTION:DISPLAY", "ACTION:EMAIL"),
        ("DTSTAMP:20261123T093000Z", "DTSTAMP:20261123T093000"),
        ("BEGIN:VALARM", "BEGIN:VTIMEZONE"),
        ("END:VALARM", "X-END:VALARM"),
        ("END:VCALENDAR", ""),
    ],
)
def test_the_judge_refuses_what_is_wrong(right: str, wrong: str) -> None:
    """Every invalid line is noticed, so an accepted calendar is a valid one."""
    with pytest.raises((AssertionError, ValueError)):
        calendar(joined([wrong if line == right else line for line in GOOD]))
