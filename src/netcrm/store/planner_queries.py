"""The planner's reads, as SQL strings that SQLite and PostgreSQL both understand.

They select columns from the views `history` and `contacts`: no entity is built, and no row outside the window is
read. A `Query` runs one statement with named parameters. On a file the standard library's sqlite3 runs it, so that
`netcrm due` starts fast; on PostgreSQL the engine does.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from netcrm.domain.dates import EARLIEST, NO_YEAR, Calendar, Span, parse_cadence, subtract
from netcrm.domain.vocabulary import MILESTONES, OFF, STATES
from netcrm.planning.cadence import anniversaries
from netcrm.planning.follow_up import cause_key
from netcrm.planning.history import Answer, ContactView, Event, History, Stake, Subject, Touch
from netcrm.planning.window import Window
from netcrm.store.batches import batches
from netcrm.store.error_messages import in_words
from netcrm.store.location import SCHEMA
from netcrm.store.sqlite import connect, schema_of

Query = Callable[[str, Mapping[str, object]], Iterable[Sequence[Any]]]

MOST_AT_ONCE = 400
"""The most values in one IN list. SQLite pushes a list down into the branches of a view, but not a subquery."""

_EVENT = "SELECT kind, contact, day, about, source FROM history"
_ANSWER = "SELECT playbook, step, cause, contact_uid, verdict, day, until, due FROM decision"
_STAKE_DAYS = (
    *("received_on", "respond_by", "decided_on", "signed_on", "cleared_on", "starts_on"),
    *("told_on", "started_on"),
)
_STAKE = f"SELECT uid, id, organisation, decision, {', '.join(_STAKE_DAYS[:-2])} FROM offer"
_TOLD = "SELECT about, min(day) FROM history WHERE kind = 'offer.told'"
_ANSWERED = "SELECT playbook, step, day FROM decision WHERE verdict = 'done' AND cause = :cause"
_SNOOZED = "SELECT cause FROM decision WHERE until >= :since"
_STARTED = (
    "SELECT offer_id, min(started_on) FROM job WHERE started_on >= :since AND offer_id IS NOT NULL GROUP BY offer_id"
)
_LINK = "FROM interaction_contact WHERE interaction_contact.contact_id = contact.id AND interaction_contact.heard"
_SPOKEN = f"SELECT 1 {_LINK} IN (TRUE, FALSE)"
_KNOWN = "coalesce(contact.connected_on, contact.added_on)"
_HEARD = f"SELECT max(day) {_LINK} IN (TRUE)"
_SUBJECT = "SELECT id, uid, organisation, role, decision, decided_on FROM offer"


@dataclass(frozen=True, slots=True)
class ProfileSettings:
    """The settings of the profile that planning depends on."""

    timezone: str = "UTC"
    country: str | None = None
    weekend: str = "5 6"
    lift: str = "start"
    per_day: int | None = None


_DEFAULT = ProfileSettings()


def read_me(query: Query) -> ProfileSettings:
    sql = "SELECT timezone, country, weekend, coalesce(quiet_until, 'start'), per_day FROM profile ORDER BY id LIMIT 1"
    rows = list(query(sql, {}))
    return ProfileSettings(*rows[0]) if rows else ProfileSettings()


class NeedsMigration(Exception):
    """The file must be migrated before it can be read."""


@contextmanager
def sqlite_query(path: Path, lock_timeout: float) -> Iterator[Query]:
    """A snapshot of an SQLite file, read through the standard library alone."""
    with in_words(str(path), lock_timeout):
        opened = connect(path, writes=False, lock_timeout=lock_timeout)
    with closing(opened) as database, in_words(str(path), lock_timeout, of=(sqlite3.Error, UnicodeDecodeError)):
        if schema_of(database) < SCHEMA:
            raise NeedsMigration
        database.execute("BEGIN")

        def query(sql: str, parameters: Mapping[str, object]) -> Iterable[Sequence[Any]]:
            return database.execute(sql, in_iso(parameters))

        yield query
        database.execute("COMMIT")


def fetch(
    query: Query, window: Window, calendar: Calendar, me: ProfileSettings = _DEFAULT
) -> tuple[History, list[Answer]]:
    """The events, answers, people and subjects within the window."""
    touches = _touches(query, window)
    rounds = _rounds(query, window)
    live = {*_causes(query, window), *rounds}
    first = min((event.day for event in live), default=date.max)
    near = _near(query, window, subtract(first, window.before)) - live if live else set()
    causes = live | near
    ground = subtract(min(event.day for event in causes), window.before) if causes else date.max
    ground = min(ground, _earliest_round(touches, window))
    subjects = _subjects(query, live, window)
    people = _people(query, live, subjects, window, [touch.contact for touch in touches])
    subjects |= _subjects(query, near, window)
    events = {
        *(causes - rounds.keys()),
        *rounds.values(),
        *_of_everyone(query, window, ground),
        *_milestones(query, window, causes, ground),
    }
    events.update(_of_contacts(query, window, people, ground))
    answers = _answers(query, causes, people, EARLIEST if touches else ground)
    if me.per_day:
        answers |= {_answer(row) for row in query(f"{_ANSWER} WHERE due >= :since", {"since": window.due_since})}
        for where, parameters in _in("uid", {answer.contact for answer in answers}):
            people |= {person.id: person for person in _persons(query, f" WHERE {where}", parameters)}
    stakes = read_stakes(query, window.public_since, window.tells) if window.public_since else []
    history = History(list(events), people, subjects, calendar, stakes, touches, me.lift, me.timezone, me.per_day)
    return history, list(answers)


def fetch_all(
    query: Query, window: Window, calendar: Calendar, me: ProfileSettings = _DEFAULT
) -> tuple[History, list[Answer]]:
    """The whole history with every answer, for rules in Python, which may look back without a limit."""
    events = [_event(row) for row in query(_EVENT, {})]
    offers = {row[0]: row for row in query(_SUBJECT, {})}
    subjects = {**_offers(query, offers), **_jobs(query, "", {})}
    people = {person.id: person for person in _persons(query, "", {})}
    stakes = read_stakes(query, EARLIEST, window.tells)
    touches = _touches(query, window)
    history = History(events, people, subjects, calendar, stakes, touches, me.lift, me.timezone, me.per_day)
    return history, [_answer(row) for row in query(_ANSWER, {})]


def read_stakes(query: Query, since: date, tells: frozenset[tuple[str, str]]) -> list[Stake]:
    """The undecided offers, and those decided since a day, with the days on which they were told and started.

    An offer counts as told once contact was logged with its people, or a step in `tells` was done for it.
    """
    told = {row[0]: row[1] for row in query(f"{_TOLD} AND day >= :since GROUP BY about", {"since": since})}
    started = {row[0]: row[1] for row in query(_STARTED, {"since": EARLIEST})}
    decided = (f"decision = '{word}' AND decided_on >= :since" for word in ("declined", "accepted"))
    stakes = []
    for where in ("decision IS NULL", *decided):
        for uid, number, organisation, decision, *days in query(f"{_STAKE} WHERE {where}", {"since": since}):
            about = f"offer:{uid}"
            named = zip(_STAKE_DAYS, (*days, told.get(about), started.get(number)), strict=True)
            dates = {name: _day(day) if day else None for name, day in named}
            if decision == "declined" and dates["told_on"] is None:
                dates["told_on"] = _done(query, f"offer.declined|{about}", tells)
            stakes.append(Stake(id=number, organisation=organisation, decision=decision, **dates))
    return stakes


def _done(query: Query, cause: str, steps: frozenset[tuple[str, str]]) -> date | None:
    """The first day on which one of these steps was done for a cause."""
    days = (_day(day) for playbook, step, day in query(_ANSWERED, {"cause": cause}) if (playbook, step) in steps)
    return min(days, default=None)


def in_iso(parameters: Mapping[str, object]) -> dict[str, object]:
    """Parameters with dates as ISO text, as SQLite stores them."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in parameters.items()}


# --------------------------------------------------------------------------- events


def _causes(query: Query, window: Window) -> Iterator[Event]:
    for kind, since in window.causes.items():
        yield from map(_event, query(f"{_EVENT} WHERE kind = '{kind}' AND day >= :since", {"since": since}))
    for cause in sorted({row[0] for row in query(_SNOOZED, {"since": window.snoozed_since})}):
        kind, _, source = cause.partition("|")
        if kind in window.causes:
            sql = f"{_EVENT} WHERE kind = '{kind}' AND source = :source AND day >= :since"
            yield from map(_event, query(sql, {"source": source, "since": EARLIEST}))


def _rounds(query: Query, window: Window) -> dict[Event, Event]:
    """The anniversaries that a playbook can ask about, each with the event that it is the anniversary of."""
    rounds = {}
    for kind, since in window.yearly.items():
        snoozed = {row[0] for row in query(_SNOOZED, {"since": window.snoozed_since})}
        for row in query(f"{_EVENT} WHERE kind = '{kind}' AND day >= :since", {"since": date(NO_YEAR, 1, 1)}):
            event = _event(row)
            for anniversary in anniversaries(event, window.today):
                in_time = since <= anniversary.day <= (window.until or anniversary.day)
                if in_time or (snoozed and cause_key(anniversary) in snoozed):
                    rounds[anniversary] = event
    return rounds


def _near(query: Query, window: Window, since: date) -> set[Event]:
    """All causes since a day."""
    return {
        _event(row)
        for kind in window.causes
        for row in query(f"{_EVENT} WHERE kind = '{kind}' AND day >= :since", {"since": since})
    }


def _milestones(query: Query, window: Window, causes: Iterable[Event], before: date) -> Iterator[Event]:
    """The milestones of the causes' own offers and jobs, however long ago they were."""
    abouts = {event.about for event in causes if event.about}
    for kind in sorted(window.kinds & MILESTONES):
        for where, parameters in _in("about", (about for about in abouts if about[:3] == kind[:3])):
            sql = f"{_EVENT} WHERE kind = '{kind}' AND day < :before AND {where}"
            yield from map(_event, query(sql, {**parameters, "before": before}))


def _of_everyone(query: Query, window: Window, since: date) -> Iterator[Event]:
    """The events of offers and jobs, which concern all their people."""
    for kind in sorted(window.kinds):
        if kind.startswith(("offer.", "job.")):
            yield from map(_event, query(f"{_EVENT} WHERE kind = '{kind}' AND day >= :since", {"since": since}))


def _of_contacts(query: Query, window: Window, people: Iterable[int], since: date) -> Iterator[Event]:
    """The events of the people in the plan since a day, and their states since any day."""
    states = sorted(kind for kind in window.kinds if kind in STATES)
    for numbers in _lists(sorted(people)):
        for row in query(f"{_EVENT} WHERE contact IN ({numbers}) AND day >= :since", {"since": since}):
            if row[0] in window.kinds:
                yield _event(row)
        for kind in states:
            sql = f"{_EVENT} WHERE kind = '{kind}' AND contact IN ({numbers}) AND day >= :since"
            yield from map(_event, query(sql, {"since": EARLIEST}))


# --------------------------------------------------------------------------- cadences


def _touches(query: Query, window: Window) -> list[Touch]:
    """The last contact with each person whose cadence may fall due by the window's end."""
    contacts: set[int] = set()
    for cadence in _cadences(window):
        silent, latest = "", {}
        if window.until and cadence.span:
            known = f"({_KNOWN} IS NULL OR {_KNOWN} <= :latest OR EXISTS ({_SPOKEN}))"
            silent = f" AND NOT EXISTS ({_SPOKEN} AND day > :latest) AND {known}"
            latest = {"latest": window.until - timedelta(days=cadence.span.at_least)}
        sql = f"SELECT contact.id FROM {cadence.source} AND contact.dormant_on IS NULL{silent}"
        contacts.update(row[0] for row in query(sql, {**cadence.parameters, **latest}))
    return [touch for numbers in _lists(sorted(contacts)) for touch in _touched(query, numbers)]


def read_touch(query: Query, contact: int) -> tuple[Touch, ContactView] | None:
    """The last contact with a person, and the person; None if no contact has that number."""
    touches = list(_touched(query, str(contact)))
    people = list(_persons(query, f" WHERE id = {contact}", {}))
    return (touches[0], people[0]) if touches else None


class _Cadence(NamedTuple):
    """The contacts that have a cadence, as the SQL to select them from; `span` is None if each has its own."""

    source: str
    parameters: dict[str, object]
    span: Span | None


def _cadences(window: Window) -> Iterator[_Cadence]:
    if not window.every:
        return
    yield _Cadence("contact WHERE contact.every IS NOT NULL", {}, None)
    for who, span in window.every:
        kind, _, name = who.partition(":")
        if kind == "tag":
            tagged = "tag JOIN contact ON contact.id = tag.contact_id WHERE tag.name = :name"
            yield _Cadence(tagged, {"name": name}, span)
        else:
            yield _Cadence("contact WHERE contact.tier = :name", {"name": name}, span)


def _touched(query: Query, numbers: str) -> Iterator[Touch]:
    attempts: dict[int, list[date]] = {}
    sql = f"SELECT contact_id, day FROM interaction_contact WHERE contact_id IN ({numbers}) AND heard IN (FALSE)"
    for contact, day in query(sql, {}):
        attempts.setdefault(contact, []).append(_day(day))
    sql = f"SELECT id, every, {_KNOWN}, ({_HEARD}) FROM contact WHERE id IN ({numbers})"
    for contact, every, known, heard_on in query(sql, {}):
        heard, days = (_day(heard_on) if heard_on else None), attempts.get(contact, [])
        last = max((*days, *((heard,) if heard else ())), default=None) or (_day(known) if known else EARLIEST)
        yield Touch(contact, last, heard, tuple(day for day in days if heard is None or day > heard), every)


def _earliest_round(touches: Iterable[Touch], window: Window) -> date:
    """The first day on which the present round of a cadence may have begun: a round lasts at most two spans."""
    spans = {parse_cadence(touch.every) for touch in touches if touch.every and touch.every != OFF}
    longest = max((span.at_most for span in (*spans, *(span for _, span in window.every)) if span), default=0)
    return window.today - timedelta(days=2 * longest) if touches else date.max


# --------------------------------------------------------------------------- subjects and people


def _subjects(query: Query, causes: Iterable[Event], window: Window) -> dict[str, Subject]:
    abouts = {event.about for event in causes if event.about}
    offers: dict[int, Sequence[Any]] = {}
    for where, parameters in _in("uid", (about[6:] for about in abouts if about.startswith("offer:"))):
        offers |= {row[0]: row for row in query(f"{_SUBJECT} WHERE {where}", parameters)}
    jobs = [event.day for event in causes if event.kind.startswith("job.")]
    if window.season and jobs:
        since = subtract(min(jobs), window.season)
        for decision in ("declined", "accepted"):
            rows = query(f"{_SUBJECT} WHERE decision = '{decision}' AND decided_on >= :since", {"since": since})
            offers |= {row[0]: row for row in rows}
    subjects = _offers(query, offers)
    for where, parameters in _in("uid", (about[4:] for about in abouts if about.startswith("job:"))):
        subjects |= _jobs(query, f" WHERE {where}", parameters)
    return subjects


def _offers(query: Query, rows: Mapping[int, Sequence[Any]]) -> dict[str, Subject]:
    people: dict[int, list[tuple[int, str]]] = {number: [] for number in rows}
    for numbers in _lists(sorted(rows)):
        sql = f"SELECT offer_id, contact_id, role FROM participant WHERE offer_id IN ({numbers}) ORDER BY id"
        for offer, contact, role in query(sql, {}):
            people[offer].append((contact, role))
    return {
        f"offer:{uid}": Subject(
            f"offer:{uid}", number, organisation, role, decision, _day(decided_on) if decided_on else None,
            tuple(people[number]),
        )
        for number, uid, organisation, role, decision, decided_on in rows.values()
    }  # fmt: skip


def _jobs(query: Query, where: str, parameters: Mapping[str, object]) -> dict[str, Subject]:
    rows = query(f"SELECT id, uid, organisation, title FROM job{where}", parameters)
    return {
        f"job:{uid}": Subject(f"job:{uid}", number, organisation, title) for number, uid, organisation, title in rows
    }


def _people(
    query: Query, causes: Iterable[Event], subjects: Mapping[str, Subject], window: Window, touched: Iterable[int]
) -> dict[int, ContactView]:
    wanted = {*touched, *(event.contact for event in causes if event.contact is not None)}
    wanted |= {contact for subject in subjects.values() for contact, _ in subject.people}
    for tag in sorted(window.tags):
        wanted |= {row[0] for row in query("SELECT contact_id FROM tag WHERE name = :tag", {"tag": tag})}
    people: dict[int, ContactView] = {}
    for numbers in _lists(sorted(wanted)):
        people |= {person.id: person for person in _persons(query, f" WHERE id IN ({numbers})", {})}
    return people


def _persons(query: Query, where: str, parameters: Mapping[str, object]) -> Iterator[ContactView]:
    added = "(SELECT added_on FROM contact WHERE contact.id = contacts.id)"
    columns = f"id, uid, name, given_name, company, email, phone, linkedin, tier, timezone, {added}"
    rows = list(query(f"SELECT {columns} FROM contacts{where}", parameters))
    tags: dict[int, list[str]] = {row[0]: [] for row in rows}
    for numbers in _lists(sorted(tags)):
        for number, name in query(f"SELECT contact_id, name FROM tag WHERE contact_id IN ({numbers})", {}):
            tags[number].append(name)
    for number, uid, name, given_name, company, email, phone, linkedin, tier, timezone, day in rows:
        labels, added_on = frozenset(tags[number]), _day(day) if day else None
        yield ContactView(
            number, uid, name, given_name, company, email, phone, linkedin, labels, tier, timezone, added_on
        )  # fmt: skip


# --------------------------------------------------------------------------- answers


def _answers(query: Query, causes: Iterable[Event], people: Mapping[int, ContactView], since: date) -> set[Answer]:
    answers: set[Answer] = set()
    for where, parameters in _in("cause", {cause_key(event) for event in causes}):
        answers.update(map(_answer, query(f"{_ANSWER} WHERE {where}", parameters)))
    for where, parameters in _in("contact_uid", (person.uid for person in people.values())):
        rows = query(f"{_ANSWER} WHERE {where} AND day >= :since", {**parameters, "since": since})
        answers.update(map(_answer, rows))
    return answers


# --------------------------------------------------------------------------- rows


def _event(row: Sequence[Any]) -> Event:
    kind, contact, day, about, source = row
    return Event(kind, contact, _day(day), about, source)


def _answer(row: Sequence[Any]) -> Answer:
    playbook, step, cause, contact, verdict, day, *more = row
    until, due = (_day(value) if value else None for value in more)
    return Answer(playbook, step, cause, contact, verdict, _day(day), until, due)


def _day(value: date | str) -> date:
    """A date from the driver's value: SQLite has no dates, and returns their ISO text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _lists(numbers: Sequence[int]) -> Iterator[str]:
    """Row numbers, written as the inside of IN lists."""
    return (", ".join(map(str, piece)) for piece in batches(numbers, MOST_AT_ONCE))


def _in(column: str, values: Iterable[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Conditions with their parameters which together select the rows with one of these values."""
    for piece in batches(sorted(values), MOST_AT_ONCE):
        named: dict[str, object] = {f"v{at}": value for at, value in enumerate(piece)}
        yield f"{column} IN ({', '.join(f':{name}' for name in named)})", named
