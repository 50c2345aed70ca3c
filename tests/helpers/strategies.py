"""Small random worlds, so small that everything in them interacts.

`Facts` are the records of a user; `Facts.history()` returns their events, as the `history` view does. A `World`
adds playbooks, answers and a day. Three people, three offers, two jobs and a few days make ties, overlaps and repeats
common.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import strategies as st

from netcrm.domain.dates import Calendar, Span
from netcrm.domain.vocabulary import MADE_THE_OFFER, ROLES
from netcrm.planning.follow_up import cause_key
from netcrm.planning.history import Answer, ContactView, Event, History, Subject
from netcrm.planning.planner import plan
from netcrm.playbooks import library
from netcrm.playbooks.model import Playbook, Step

TODAY = date(2026, 11, 23)
"""A Monday."""

BUILT_IN = tuple(library.load(Path("no folder of mine")).playbooks)

NAMES = {1: "Ann Ito", 2: "Bob Ruiz", 3: "Cyd Moe"}
UIDS = ("", *(f"uid-{who}" for who in NAMES), "uid-gone")
TELLING = (
    *("call.out", "call.in", "meeting.out", "meeting.in", "voicemail.out"),
    *("email.out", "letter.out", "message.out", "linkedin.out"),
)
"""The contacts that tell the people of an offer about the decision."""


# --------------------------------------------------------------------------- facts


@dataclass(frozen=True)
class Deal:
    """An offer."""

    uid: str
    people: tuple[tuple[int, str], ...] = ()
    decision: str | None = "declined"
    decided_on: date = TODAY
    received_on: date | None = None
    respond_by: date | None = None
    signed_on: date | None = None
    starts_on: date | None = None

    @property
    def about(self) -> str:
        return f"offer:{self.uid}"


@dataclass(frozen=True)
class Position:
    """A job of the user."""

    uid: str
    started_on: date = TODAY
    settled_on: date | None = None
    has_details: bool = False

    @property
    def about(self) -> str:
        return f"job:{self.uid}"


@dataclass(frozen=True)
class Deed:
    """An interaction with one person or several."""

    kind: str
    contacts: tuple[int, ...]
    day: date = TODAY
    topic: str | None = None
    offer: str | None = None


@dataclass(frozen=True)
class Facts:
    """The recorded facts; `history()` returns what the planner reads of them."""

    deals: tuple[Deal, ...] = ()
    positions: tuple[Position, ...] = ()
    deeds: tuple[Deed, ...] = ()
    connected: tuple[tuple[int, date], ...] = ()
    dormant: tuple[tuple[int, date], ...] = ()
    helpers: frozenset[int] = frozenset()
    names: tuple[tuple[int, str], ...] = tuple(NAMES.items())
    companies: tuple[tuple[int, str], ...] = ()
    calendar: Calendar = Calendar()

    def history(self) -> History:
        return History(list(self.events()), self.people(), self.subjects(), self.calendar)

    def people(self) -> dict[int, ContactView]:
        tags = {who: frozenset({"helper"}) for who in self.helpers}
        work = dict(self.companies)
        return {
            who: ContactView(who, f"uid-{who}", name, tags=tags.get(who, frozenset()), company=work.get(who))
            for who, name in self.names
        }

    def subjects(self) -> dict[str, Subject]:
        offers = {
            deal.about: Subject(
                deal.about,
                number,
                deal.uid.title(),
                "Engineer",
                deal.decision,
                deal.decided_on if deal.decision else None,
                deal.people,
            )
            for number, deal in enumerate(self.deals, 1)
        }
        jobs = {job.about: Subject(job.about, number, "Newco") for number, job in enumerate(self.positions, 1)}
        return {**offers, **jobs}

    def events(self) -> Iterator[Event]:
        for number, deed in enumerate(self.deeds):
            about, source = deed.offer and f"offer:{deed.offer}", f"interaction:{number}"
            for who in deed.contacts:
                yield Event(deed.kind, who, deed.day, about, source)
                if deed.topic:
                    yield Event(f"message.{deed.topic}", who, deed.day, about, source)
        for kind, held in (("linkedin.connected", self.connected), ("contact.dormant", self.dormant)):
            yield from (Event(kind, who, day, None, f"contact:uid-{who}") for who, day in held)
        for deal in self.deals:
            yield from self._of(deal)
        for job in self.positions:
            yield Event("job.started", None, job.started_on, job.about, job.about)
            if job.settled_on:
                yield Event("job.settled", None, job.settled_on, job.about, job.about)
            if job.has_details:
                yield Event("job.details", None, job.started_on, job.about, job.about)

    def _of(self, deal: Deal) -> Iterator[Event]:
        if deal.received_on:
            yield Event("offer.received", None, deal.received_on, deal.about, deal.about)
        if deal.respond_by and not deal.decision:
            yield Event("offer.respond-by", None, deal.respond_by, deal.about, deal.about)
        if deal.decision:
            yield Event(f"offer.{deal.decision}", None, deal.decided_on, deal.about, deal.about)
        if deal.decision == "accepted":
            for kind, day in (("signed", deal.signed_on), ("starts", deal.starts_on)):
                if day:
                    yield Event(f"offer.{kind}", None, day, deal.about, deal.about)
        if deal.decision == "declined":
            made = {who for who, role in deal.people if role in MADE_THE_OFFER}
            for number, deed in enumerate(self.deeds):
                told = deed.kind in TELLING and deed.day >= deal.decided_on and deed.offer in (None, deal.uid)
                for _ in made & set(deed.contacts) if told else ():
                    yield Event("offer.told", None, deed.day, deal.about, f"interaction:{number}")


@dataclass(frozen=True)
class World:
    """Everything that a plan depends on."""

    facts: Facts
    playbooks: tuple[Playbook, ...]
    decisions: tuple[Answer, ...]
    today: date


def without_once(book: Playbook) -> Playbook:
    """The same rules, with a separate ground for each cause."""
    return replace(book, steps=tuple(replace(step, once=None) for step in book.steps))


# --------------------------------------------------------------------------- strategies

near = st.integers(-12, 12)
offsets = st.one_of(near, near, st.integers(-60, 60), st.integers(-400, 60))
days = offsets.map(lambda offset: TODAY + timedelta(days=offset))
who = st.sampled_from(sorted(NAMES))
some = st.lists(who, min_size=1, max_size=2, unique=True).map(tuple)
offers = st.sampled_from(("acme", "globex", "umbra"))
kinds = st.sampled_from(
    ("call.out", "call.in", "call.unanswered", "email.out", "email.in", "voicemail.out", "linkedin.out")
)
topics = st.sampled_from((None, "thanked", "details"))
deeds = st.builds(Deed, kind=kinds, contacts=some, day=days, topic=topics, offer=st.none() | offers)
held = st.dictionaries(who, days, max_size=1).map(lambda found: tuple(found.items()))


def _deal(uid: str) -> st.SearchStrategy[Deal]:
    people = st.dictionaries(who, st.sampled_from(ROLES), max_size=3).map(lambda found: tuple(found.items()))
    decision = st.sampled_from(("declined", "declined", "accepted", None))
    return st.builds(
        Deal,
        uid=st.just(uid),
        people=people,
        decision=decision,
        decided_on=days,
        received_on=st.none() | days,
        respond_by=st.none() | days,
        signed_on=st.none() | days,
        starts_on=st.none() | days,
    )


def _position(uid: str) -> st.SearchStrategy[Position]:
    return st.builds(
        Position, uid=st.just(uid), started_on=days, settled_on=st.none() | days, has_details=st.booleans()
    )


facts = st.builds(
    Facts,
    deals=st.tuples(_deal("acme"), _deal("globex"), _deal("umbra")) | st.tuples(_deal("acme")),
    positions=st.one_of(st.just(()), st.tuples(_position("new")), st.tuples(_position("new"), _position("next"))),
    deeds=st.lists(deeds, max_size=6).map(tuple),
    connected=held,
    dormant=held,
    helpers=st.frozensets(who, max_size=2),
    companies=st.dictionaries(who, st.sampled_from(("Acme", "Globex"))).map(lambda found: tuple(found.items())),
)

spans = st.builds(Span, st.integers(0, 3), st.sampled_from(("day", "day", "business day", "week", "month")))
offsets_of_a_step = (
    spans | spans | st.builds(Span, st.integers(-3, -1), st.sampled_from(("day", "business day", "month")))
)
looks_back = st.builds(Span, st.integers(1, 190), st.just("day")) | st.builds(Span, st.integers(1, 6), st.just("month"))
triggers = st.sampled_from(
    ("offer.declined",) * 4
    + ("job.started",) * 2
    + ("offer.respond-by",) * 2
    + ("offer.accepted",) * 2
    + ("offer.received", "call.in", "message.thanked", "linkedin.connected")
)
awaited = st.sampled_from(
    (
        "offer.told",
        "offer.starts",
        "call.unanswered",
        "2 call.unanswered",
        "2 call.in",
        "email.in",
        "job.settled",
        "linkedin.connected",
    )
)
settling = st.sampled_from(
    (
        *(
            "offer.told",
            "offer.accepted",
            "offer.signed",
            "email.out",
            "email.in",
            "linkedin.connected",
            "message.thanked",
        ),
        *("job.details", "2 call.unanswered", "2 email.out", "2 message.thanked", "2 offer.told"),
    )
)
audiences = st.lists(
    st.sampled_from(("primary", "others", "everyone", "me", "referrer", "recruiter", "tag:helper")),
    min_size=1,
    max_size=2,
    unique=True,
).map(tuple)


@st.composite
def steps(draw: st.DrawFn, name: str) -> Step:
    """Any step: most fields are often left out."""
    after, at = draw(st.none() | awaited), draw(st.none() | st.none() | awaited)
    upon = None if after else draw(st.none() | st.none() | awaited)
    return Step(
        name=name,
        to=draw(audiences),
        do="Reach {name} about {organisation}.",
        due=draw(offsets_of_a_step),
        expires=draw(spans),
        source="own",
        channel=draw(st.sampled_from((None, "call", "email", "linkedin", "message"))),
        overdue=draw(st.none() | offsets_of_a_step),
        unless=tuple(draw(st.lists(settling, max_size=2, unique=True))),
        after=after,
        upon=upon,
        at=at,
        within=draw(spans) if after or upon or at else None,
        opens=draw(st.none() | st.none() | spans),
        once=draw(st.none() | looks_back),
        spread=draw(st.none() | spans),
        topic=draw(topics),
        was=draw(st.sampled_from(((), (), (f"old-{name}",)))),
    )


@st.composite
def playbooks(draw: st.DrawFn, name: str) -> Playbook:
    trigger = draw(triggers)
    made = tuple(draw(steps(step)) for step in draw(st.sampled_from((("s",), ("s", "t"), ("s", "t", "u")))))
    ends = draw(st.sampled_from(((), (), ("contact.dormant",), ("email.in",))))
    season = draw(st.none() | looks_back) if trigger == "job.started" else None
    return Playbook(name=name, about="Made up.", trigger=trigger, steps=made, ends=ends, season=season)


books = st.one_of(
    st.just(BUILT_IN),
    st.tuples(playbooks("p")),
    st.tuples(playbooks("p"), playbooks("q")),
    st.tuples(playbooks("p")).map(lambda mine: (*BUILT_IN, *mine)),
)


@st.composite
def answers(draw: st.DrawFn, history: History, rules: Sequence[Playbook], today: date) -> tuple[Answer, ...]:
    """Answers to follow-ups of these playbooks, open or possible; at most one for each follow-up."""
    named = {book.name: [name for step in book.steps for name in (step.name, *step.was)] for book in rules}
    causes = {(book.name, cause_key(event)) for book in rules for event in history.events if event.kind == book.trigger}
    might = [(*cause, name, uid) for cause in sorted(causes) for name in named[cause[0]] for uid in UIDS]
    now = [
        (one.playbook, one.cause_key, one.step, one.contact.uid if one.contact else "")
        for one in plan(history, rules, [], today)
    ]
    found: dict[tuple[str, ...], Answer] = {}
    for _ in range(draw(st.integers(0, 4)) if might else 0):
        playbook, cause, step, uid = draw(
            st.sampled_from(now) | st.sampled_from(might) if now else st.sampled_from(might)
        )
        verdict, day = draw(st.sampled_from(("done", "snoozed", "skipped"))), draw(days)
        put_off = verdict == "snoozed" or (verdict == "done" and draw(st.booleans()))
        until = day + timedelta(days=draw(st.integers(1, 60))) if put_off else None
        due = draw(st.none() | days)
        found[playbook, cause, step, uid] = Answer(playbook, step, cause, uid, verdict, day, until, due)
    return tuple(found.values())


@st.composite
def worlds(draw: st.DrawFn, rules: st.SearchStrategy[tuple[Playbook, ...]] = books) -> World:
    known, chosen, today = draw(facts), draw(rules), draw(days)
    said = draw(answers(known.history(), chosen, today))
    return World(known, chosen, said, today)
