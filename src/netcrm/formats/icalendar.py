"""Open follow-ups as to-dos, or as all-day events, in iCalendar (RFC 5545).

icalendar builds the components, folds the lines (§3.1) and writes dates. Texts are escaped
here (§3.3.11), since it takes a backslash before an N for a line break.

A day stays a day (VALUE=DATE), which is the same day in every time zone, and an instant is in
UTC: so no TZID is needed. There is no METHOD, ORGANIZER or ATTENDEE, by which a calendar
program would write to people. CLASS is PRIVATE: who looks into a shared calendar need not
read whose offer was declined.

What was answered, or is not asked for any more, is not written. So a subscription, or a folder
that is made anew, loses it; a file that is imported into a calendar by hand takes nothing out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from icalendar import Alarm, Calendar, Component, Event, Todo
from icalendar.prop import vDuration, vInline

from netcrm.domain.validation import clean
from netcrm.domain.vocabulary import MADE_THE_OFFER, Status, happened
from netcrm.errors import InvalidValue
from netcrm.planning.call_hours import Hours
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import ContactView, Subject

Form = Literal["todos", "events"]
"""What a follow-up becomes: a VTODO; or a VEVENT, for programs that show no to-dos, such as Google Calendar."""

NAME = "netcrm follow-ups"
MAKER = "-//netcrm//follow-ups//EN"

REFRESHED = timedelta(hours=6)
"""How often who subscribes should look again: a plan changes with the day, and with what is recorded (own)."""

MORNING = timedelta(hours=9)
"""When on its day a follow-up rings, after midnight (own)."""

PRIORITY: dict[Status, int] = {"overdue": 1, "due": 5, "upcoming": 9, "snoozed": 9}
"""High, medium, low (§3.8.1.9); what has no day, since it waits or is held, has none."""

RINGS: frozenset[Status] = frozenset({"due", "upcoming", "snoozed"})
"""What has an alarm. That of an overdue one has rung; programs would ring it again at every import."""

TURNS: dict[Status, int] = {"due": 1, "overdue": 2}
"""How far the days alone have brought a follow-up; one that is ahead, waits or is held has gone no way yet."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """When the plan last changed, and how often it has; what DTSTAMP, LAST-MODIFIED and SEQUENCE are made of.

    `changed_at` is the instant of the newest operation in the journal, or of its being taken
    back; `changes` a number that each of them raises, such as the newest operation's plus how
    many were taken back. Neither is the time of the export: so an unchanged plan is exported
    byte for byte alike, and programs that sync see no change where there is none.

    DTSTAMP and LAST-MODIFIED are both `changed_at`, as §3.8.7.2 wants where there is no METHOD.
    SEQUENCE is three times `changes`, one more once the follow-up is due, and two once it is
    overdue: so it also rises with what days alone make of a follow-up, and goes beyond that
    with whatever is recorded next.
    """

    changed_at: datetime
    changes: int

    def __post_init__(self) -> None:
        if self.changed_at.tzinfo is None:
            raise InvalidValue("changed at", self.changed_at, "has no time zone; give an aware datetime")

    def sequence(self, follow_up: FollowUp) -> int:
        """A number that only rises, with the plan and with the days (§3.8.7.4)."""
        return self.changes * (1 + max(TURNS.values())) + TURNS.get(follow_up.status, 0)


def write(follow_ups: Iterable[FollowUp], *, stamps: Stamps, form: Form = "todos") -> str:
    """One VCALENDAR with these follow-ups, in their order, to be opened, imported or subscribed to.

    With `form="events"` only those that have a day are written. Subscribers are told its name
    and how often to look again (RFC 7986 §5.1 and §5.7, and what stood for them before).
    Without a follow-up it is empty, which §3.6 does not foresee, and which every program takes.
    """
    calendar = _calendar()
    for name in ("name", "x-wr-calname"):
        calendar.add(name, _text(NAME))
    calendar.add("refresh-interval", vDuration(REFRESHED), {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESHED))
    for _, component in _components(follow_ups, stamps, form):
        calendar.add_component(component)
    return _serialized(calendar)


def each(follow_ups: Iterable[FollowUp], *, stamps: Stamps, form: Form = "todos") -> Iterator[tuple[str, str]]:
    """For each follow-up its UID and a VCALENDAR of its own, as a folder of a calendar holds them.

    A UID is of letters, digits, “-” and “@”, so that “UID.ics” is a file's name; one component a
    file is what todoman, vdirsyncer and CalDAV servers (RFC 4791 §4.1) want.
    """
    for uid, component in _components(follow_ups, stamps, form):
        calendar = _calendar()
        calendar.add_component(component)
        yield uid, _serialized(calendar)


_WHEN = ("DTSTAMP:", "LAST-MODIFIED:", "SEQUENCE:")


def says_the_same(left: str, right: str) -> bool:
    """Whether two calendars of `each` differ in nothing but when they were written."""
    left_lines, right_lines = (
        [line for line in text.split("\r\n") if not line.startswith(_WHEN)] for text in (left, right)
    )
    return left_lines == right_lines


def _calendar() -> Calendar:
    calendar = Calendar()
    for name, value in (("version", "2.0"), ("prodid", MAKER), ("calscale", "GREGORIAN")):
        calendar.add(name, _text(value))
    return calendar


def _serialized(calendar: Calendar) -> str:
    octets: bytes = calendar.to_ical()
    return octets.decode()


# --------------------------------------------------------------------------- components


def _components(follow_ups: Iterable[FollowUp], stamps: Stamps, form: Form) -> Iterator[tuple[str, Component]]:
    written = [
        _PlacedFollowUp(_uid(follow_up, form), follow_up)
        for follow_up in follow_ups
        if form == "todos" or _day(follow_up)
    ]
    bonds = _Bonds.among(written)
    for item in written:
        yield item.uid, _component(item, bonds, stamps, form)


class _PlacedFollowUp(NamedTuple):
    """A follow-up that is written, with the UID that is its own in this form."""

    uid: str
    follow_up: FollowUp


def _uid(follow_up: FollowUp, form: Form) -> str:
    """The whole key, which lasts as long as the follow-up; an event is another thing than the to-do (§3.8.4.7)."""
    return f"{follow_up.key}@netcrm" if form == "todos" else f"{follow_up.key}-event@netcrm"


def _day(follow_up: FollowUp) -> date | None:
    """The day to do it on. What is held has none: its due day would ask for what must not be done yet."""
    if follow_up.due is None or follow_up.status == "held":
        return None
    later = follow_up.snoozed_until if follow_up.status == "snoozed" else None
    return max(follow_up.due, later) if later else follow_up.due


def _component(item: _PlacedFollowUp, bonds: "_Bonds", stamps: Stamps, form: Form) -> Component:
    uid, follow_up = item
    made: Component = Todo() if form == "todos" else Event()
    made.add("uid", _text(uid))
    made.add("dtstamp", stamps.changed_at)
    made.add("last-modified", stamps.changed_at)
    made.add("sequence", stamps.sequence(follow_up))
    made.add("class", _text("PRIVATE"))
    made.add("summary", _text(_title(follow_up)))
    made.add("description", _text("\n".join(_described(item, bonds))))
    if words := [word for word in (_line(follow_up.playbook), _line(follow_up.channel)) if word]:
        made.add("categories", vInline(",".join(map(_escaped, words))))
    for kind, related in bonds.of(item):
        made.add("related-to", _text(related), {"RELTYPE": kind})
    day = _day(follow_up)
    if day and follow_up.status in PRIORITY:
        made.add("priority", PRIORITY[follow_up.status])
    if form == "todos":
        _add_days_of_todo(made, follow_up, day)
    elif day:
        _add_days_of_event(made, day)
    if day and follow_up.status in RINGS:
        made.add_component(_alarm(follow_up, form))
    return made


def _add_days_of_todo(made: Component, follow_up: FollowUp, day: date | None) -> None:
    """DTSTART hides a to-do until it is snoozed no more; it must lie before DUE (§3.8.2.3)."""
    made.add("status", _text("NEEDS-ACTION"))
    if follow_up.snoozed_until and (day is None or follow_up.snoozed_until < day):
        made.add("dtstart", follow_up.snoozed_until)
    if day:
        made.add("due", day)


def _add_days_of_event(made: Component, day: date) -> None:
    """All of a day, on which I am free nevertheless; without an end it lasts that day as well (§3.6.1)."""
    made.add("dtstart", day)
    if day < date.max:
        made.add("dtend", day + timedelta(days=1))
    made.add("transp", _text("TRANSPARENT"))


def _alarm(follow_up: FollowUp, form: Form) -> Alarm:
    """An alarm in the morning of the day, wherever I am then; as an instant it would be in one time zone.

    It counts from the start of an event, but from the end of a to-do, which is its DUE: one that counts from a
    DTSTART that is not there never rings (§3.6.6).
    """
    alarm = Alarm()
    alarm.add("action", _text("DISPLAY"))
    alarm.add("description", _text(_title(follow_up)))
    alarm.add("trigger", vDuration(MORNING), {"RELATED": "END"} if form == "todos" else {})
    return alarm


# --------------------------------------------------------------------------- what belongs together


TOLD = "offer.told"
"""What is told of an offer is told for everybody on it; all else that a follow-up brings about, for its person."""

_Awaited = tuple[str, str, str]
"""What is waited for: by the key of its cause, its kind, and the uid of whom it must happen to."""


class _Bonds(NamedTuple):
    """The UIDs of what is written: by what doing it brings about, and by the id that others call it by."""

    bringing: Mapping[_Awaited, Sequence[str]]
    called: Mapping[str, _PlacedFollowUp]

    @classmethod
    def among(cls, items: Iterable[_PlacedFollowUp]) -> "_Bonds":
        bringing: dict[_Awaited, list[str]] = defaultdict(list)
        called: dict[str, _PlacedFollowUp] = {}
        for item in items:
            called[item.follow_up.id] = item
            for awaited in _brought_by(item.follow_up):
                bringing[awaited].append(item.uid)
        return cls(bringing, called)

    def of(self, item: _PlacedFollowUp) -> Iterator[tuple[str, str]]:
        """The relations of a follow-up, a RELTYPE and a UID each.

        A step that waits depends on those of the same cause whose doing ends the wait (RFC 9253 §5); programs that
        don't know the word take them for its parents (§3.2.15). What one call says as well is a sibling.
        """
        follow_up = item.follow_up
        if follow_up.waiting_for and follow_up.due is None:
            awaited = _awaited(follow_up, follow_up.waiting_for)
            yield from (("DEPENDS-ON", uid) for uid in self.bringing.get(awaited, ()))
        if sibling := self.together(item):
            yield "SIBLING", sibling.uid

    def together(self, item: _PlacedFollowUp) -> _PlacedFollowUp | None:
        """What is said to the same person on the same occasion, if it is written too."""
        sibling = self.called.get(item.follow_up.together_with) if item.follow_up.together_with else None
        return None if sibling is item else sibling


def _awaited(follow_up: FollowUp, kind: str) -> _Awaited:
    return follow_up.cause_key, kind, follow_up.contact.uid if follow_up.contact and kind != TOLD else ""


def _brought_by(follow_up: FollowUp) -> Iterator[_Awaited]:
    """What is true once it is done, as far as it shows: contact, what the message is for, the decline told."""
    if follow_up.due is None or follow_up.channel is None or follow_up.contact is None:
        return
    yield _awaited(follow_up, f"{follow_up.channel}.out")
    if follow_up.topic:
        yield _awaited(follow_up, f"message.{follow_up.topic}")
    offer = follow_up.offer
    made_it = {(follow_up.contact.id, role) for role in MADE_THE_OFFER}
    if offer and offer.decision == "declined" and made_it & {*offer.people}:
        yield _awaited(follow_up, TOLD)


# --------------------------------------------------------------------------- in words


def _described(item: _PlacedFollowUp, bonds: _Bonds) -> Iterator[str]:
    """What DESCRIPTION says, a line each: what, whom and how, when, why, and how to answer.

    To answer it names the whole key, since a short id may be another follow-up's on another day.
    """
    follow_up, sibling = item.follow_up, bonds.together(item)
    yield _title(follow_up)
    yield ""
    for title, text in (
        *_reached(follow_up.contact),
        ("Offer" if follow_up.offer else "About", _about(follow_up.about)),
        ("How", _how(follow_up)),
        ("Together with", f"{_title(sibling.follow_up)} ({_about(sibling.follow_up.about)})" if sibling else ""),
        ("When", _when(follow_up)),
        ("Waits until", happened(follow_up.waiting_for) if follow_up.waiting_for else ""),
        ("Don't announce yet", "; ".join(follow_up.held_by)),
        ("Missing", follow_up.missing),
        ("Because", f"{happened(follow_up.cause.kind)}, on {follow_up.cause.day}"),
        ("Rule", f"{follow_up.playbook} / {follow_up.step}"),
        ("Source", follow_up.source),
        ("Once done", f"netcrm done {follow_up.key}"),
    ):
        if line := _line(text):
            yield f"{title}: {line}"


def _title(follow_up: FollowUp) -> str:
    """What to do; a rule in Python may have no words for it."""
    return _line(follow_up.text) or _line(f"{follow_up.playbook} / {follow_up.step}")


def _reached(person: ContactView | None) -> Iterator[tuple[str, str | None]]:
    if person:
        yield "Contact", f"{person.name}, {person.company}" if person.company else person.name
        yield from (("Phone", person.phone), ("E-mail", person.email), ("LinkedIn", person.linkedin))


def _about(subject: Subject | None) -> str:
    return ", ".join(filter(None, (subject.organisation, subject.role))) if subject else ""


def _how(follow_up: FollowUp) -> str:
    return ", ".join(filter(None, (follow_up.channel, _best(follow_up.hours))))


def _best(hours: Hours | None) -> str:
    """When to call, on my clock and on theirs."""
    if hours is None:
        return ""
    if hours.theirs is None or hours.start is None or hours.end is None:
        return f"no working hour in {hours.zone} suits: agree on a time by mail"
    their_hours = "–".join(f"{at:%H:%M}" for at in hours.theirs)
    return f"best {hours.start:%H:%M}–{hours.end:%H:%M} ({their_hours} in {hours.zone})"


def _when(follow_up: FollowUp) -> str:
    """Its days, none of them as “today” or “in a week”, which would be another text tomorrow."""
    days = (
        ("due", follow_up.due),
        ("snoozed until", follow_up.snoozed_until),
        ("at the latest", follow_up.overdue_after),
        ("dropped after", follow_up.expires_on),
    )
    return ", ".join(f"{word} {day}" for word, day in days if day)


# --------------------------------------------------------------------------- text


def _line(text: str | None) -> str:
    """A text as one line: no control characters, whatever a name was made to hold."""
    return " ".join(clean((text or "").replace("\t", " "), keep="\n").split("\n"))


def _text(text: str) -> vInline:
    return vInline(_escaped(text))


def _escaped(text: str) -> str:
    r"""TEXT of §3.3.11: a backslash before “\”, “;” and “,”, and “\n” for a line break.

    >>> print(_escaped("C:\\NEW, and\nmore"))
    C:\\NEW\, and\nmore
    """
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")
