"""Open follow-ups as to-dos, or as all-day events, in iCalendar (RFC 5545).

The icalendar library builds the components, folds the lines (§3.1) and writes dates. Texts are escaped here (§3.3.11),
because the library takes a backslash before an N for a line break.

A day is written as a date (VALUE=DATE), which is the same day in every time zone, and an instant in UTC, so no TZID is
needed. METHOD, ORGANIZER and ATTENDEE are left out, because calendar programs would use them to send mail. CLASS is
PRIVATE, so that a shared calendar does not show whose offer was declined.

Only open follow-ups are written. A subscription or a rebuilt folder loses the others, but a file imported by hand
removes nothing from a calendar.
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
"""The component for a follow-up: VTODO, or VEVENT for programs without to-dos, such as Google Calendar."""

NAME = "netcrm follow-ups"
MAKER = "-//netcrm//follow-ups//EN"

REFRESHED = timedelta(hours=6)
"""The interval at which subscribers should look again, since a plan changes with the day and with each record;
netcrm's own choice.
"""

MORNING = timedelta(hours=9)
"""The time of day at which the alarm rings, counted from midnight; netcrm's own choice."""

PRIORITY: dict[Status, int] = {"overdue": 1, "due": 5, "upcoming": 9, "snoozed": 9}
"""High, medium, low (§3.8.1.9). Follow-ups without a day, which wait or are held, have no priority."""

RINGS: frozenset[Status] = frozenset({"due", "upcoming", "snoozed"})
"""The statuses with an alarm. An overdue follow-up has had its alarm; programs would ring again at every import."""

TURNS: dict[Status, int] = {"due": 1, "overdue": 2}
"""The steps that a follow-up has taken by the passing of days; upcoming, waiting and held ones have taken none."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """The time and the number of the plan's changes; the source of DTSTAMP, LAST-MODIFIED and SEQUENCE.

    `changed_at` is the instant of the newest operation in the journal, or of its undo. `changes` is a number that each
    of them raises, such as the id of the newest operation plus the number of undone ones. Neither depends on the time
    of the export, so an unchanged plan is exported byte for byte alike, and syncing programs see no change.

    DTSTAMP and LAST-MODIFIED are both `changed_at`, as §3.8.7.2 requires without a METHOD. SEQUENCE is three times
    `changes`, plus one for a follow-up that is due and plus two for an overdue one. So it also rises as days pass, and
    rises further with each record.
    """

    changed_at: datetime
    changes: int

    def __post_init__(self) -> None:
        if self.changed_at.tzinfo is None:
            raise InvalidValue("changed at", self.changed_at, "has no time zone; give an aware datetime")

    def sequence(self, follow_up: FollowUp) -> int:
        """A number that only rises, with each change and as days pass (§3.8.7.4)."""
        return self.changes * (1 + max(TURNS.values())) + TURNS.get(follow_up.status, 0)


def write(follow_ups: Iterable[FollowUp], *, stamps: Stamps, form: Form = "todos") -> str:
    """One VCALENDAR with these follow-ups, in their order, to be opened, imported or subscribed to.

    With `form="events"` only follow-ups with a day are written. Subscribers get the calendar's name and the refresh
    interval (RFC 7986 §5.1 and §5.7, and the older properties for both). Without follow-ups the calendar is empty,
    which §3.6 does not allow but every program accepts.
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
    """For each follow-up its UID and a VCALENDAR of its own, as a calendar folder holds them.

    A UID consists of letters, digits, “-” and “@”, so that “UID.ics” is a valid file name. One component per file is
    required by todoman, vdirsyncer and CalDAV servers (RFC 4791 §4.1).
    """
    for uid, component in _components(follow_ups, stamps, form):
        calendar = _calendar()
        calendar.add_component(component)
        yield uid, _serialized(calendar)


_WHEN = ("DTSTAMP:", "LAST-MODIFIED:", "SEQUENCE:")


def says_the_same(left: str, right: str) -> bool:
    """Whether two calendars of `each` differ only in their stamps."""
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
    """A follow-up to be written, with its UID in this form."""

    uid: str
    follow_up: FollowUp


def _uid(follow_up: FollowUp, form: Form) -> str:
    """The full key, which is as stable as the follow-up. The event has another UID than the to-do (§3.8.4.7)."""
    return f"{follow_up.key}@netcrm" if form == "todos" else f"{follow_up.key}-event@netcrm"


def _day(follow_up: FollowUp) -> date | None:
    """The day to do it on. A held follow-up has none, because its due day would ask for something not allowed yet."""
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
    """DTSTART hides a to-do until its snooze ends; it must be earlier than DUE (§3.8.2.3)."""
    made.add("status", _text("NEEDS-ACTION"))
    if follow_up.snoozed_until and (day is None or follow_up.snoozed_until < day):
        made.add("dtstart", follow_up.snoozed_until)
    if day:
        made.add("due", day)


def _add_days_of_event(made: Component, day: date) -> None:
    """The whole day, shown as free time. Without an end the event lasts that day as well (§3.6.1)."""
    made.add("dtstart", day)
    if day < date.max:
        made.add("dtend", day + timedelta(days=1))
    made.add("transp", _text("TRANSPARENT"))


def _alarm(follow_up: FollowUp, form: Form) -> Alarm:
    """An alarm in the morning of the day, in local time; an absolute time would be fixed to one time zone.

    It is relative to the start of an event, but to the end of a to-do, which is its DUE: relative to a missing DTSTART
    it would never ring (§3.6.6).
    """
    alarm = Alarm()
    alarm.add("action", _text("DISPLAY"))
    alarm.add("description", _text(_title(follow_up)))
    alarm.add("trigger", vDuration(MORNING), {"RELATED": "END"} if form == "todos" else {})
    return alarm


# --------------------------------------------------------------------------- related follow-ups


TOLD = "offer.told"
"""Telling someone about an offer counts for every contact on it; all other effects concern one contact."""

_Awaited = tuple[str, str, str]
"""An awaited event: the key of its cause, its kind, and the uid of its contact."""


class _Bonds(NamedTuple):
    """The UIDs of written follow-ups, by the events that they bring about, and the follow-ups by their ids."""

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
        """The relations of a follow-up, each a RELTYPE and a UID.

        A waiting step depends on the steps of the same cause that end the wait (RFC 9253 §5); programs without that
        type take them for parents (§3.2.15). A follow-up that the same call can do is a sibling.
        """
        follow_up = item.follow_up
        if follow_up.waiting_for and follow_up.due is None:
            awaited = _awaited(follow_up, follow_up.waiting_for)
            yield from (("DEPENDS-ON", uid) for uid in self.bringing.get(awaited, ()))
        if sibling := self.together(item):
            yield "SIBLING", sibling.uid

    def together(self, item: _PlacedFollowUp) -> _PlacedFollowUp | None:
        """The follow-up for the same contact and occasion, if it is written too."""
        sibling = self.called.get(item.follow_up.together_with) if item.follow_up.together_with else None
        return None if sibling is item else sibling


def _awaited(follow_up: FollowUp, kind: str) -> _Awaited:
    return follow_up.cause_key, kind, follow_up.contact.uid if follow_up.contact and kind != TOLD else ""


def _brought_by(follow_up: FollowUp) -> Iterator[_Awaited]:
    """The events that follow from doing it, as far as they are known: contact, the topic of the message, the decline
    told.
    """
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
    """The lines of DESCRIPTION: what, with whom and how, when, why, and how to answer.

    The answer names the full key, because a short id may mean another follow-up on another day.
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
    """The text of the follow-up; a rule in Python may have none."""
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
    """The best time to call, in the user's time zone and in the contact's."""
    if hours is None:
        return ""
    if hours.theirs is None or hours.start is None or hours.end is None:
        return f"no working hour in {hours.zone} suits: agree on a time by mail"
    their_hours = "–".join(f"{at:%H:%M}" for at in hours.theirs)
    return f"best {hours.start:%H:%M}–{hours.end:%H:%M} ({their_hours} in {hours.zone})"


def _when(follow_up: FollowUp) -> str:
    """The days as dates: “today” or “in a week” would change the text every day."""
    days = (
        ("due", follow_up.due),
        ("snoozed until", follow_up.snoozed_until),
        ("at the latest", follow_up.overdue_after),
        ("dropped after", follow_up.expires_on),
    )
    return ", ".join(f"{word} {day}" for word, day in days if day)


# --------------------------------------------------------------------------- text


def _line(text: str | None) -> str:
    """A text as one line, without control characters."""
    return " ".join(clean((text or "").replace("\t", " "), keep="\n").split("\n"))


def _text(text: str) -> vInline:
    return vInline(_escaped(text))


def _escaped(text: str) -> str:
    r"""A TEXT value of §3.3.11: a backslash before “\”, “;” and “,”, and “\n” for a line break.

    >>> print(_escaped("C:\\NEW, and\nmore"))
    C:\\NEW\, and\nmore
    """
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")
