"""`Crm`: the facade, the transaction boundary, and the only place where the rooms meet.

Each method is one thing a person does. It says what today is, opens a snapshot to read or
the one door to write, and leaves the work to free functions (`netcrm.services`, `netcrm.planning.planner`).
The store is imported when it is first needed: asking a file what is due does not.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from netcrm import clock
from netcrm.domain.coercion import at_least_none, each, known_day, only, several, some
from netcrm.domain.dates import Span, subtract
from netcrm.domain.vocabulary import OFF, Channel, Direction, Reason
from netcrm.errors import InvalidValue
from netcrm.importing import Importing
from netcrm.planning.cadence import Rhythm, rhythm
from netcrm.planning.diff import Difference, differences
from netcrm.planning.explain import Reasons, explain
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import Stake
from netcrm.planning.quiet_period import SEASON, Quiet, quiet
from netcrm.planning.window import telling
from netcrm.playbooks import library
from netcrm.playbooks.model import Playbook
from netcrm.services.parameters import ContactCard, Details, Filters, TimelineEntry
from netcrm.store.planner_queries import read_stakes, read_touch

if TYPE_CHECKING:
    from netcrm.domain.models import Contact, Decision, Interaction, Job, Offer, Profile


class Crm(Importing):
    """A personal CRM over one database.

    `where` is a path or a postgresql:// URL; without it, the file in your data directory.
    `memory=True` keeps everything in memory, for tests and tries. `today` pins the day,
    which is otherwise the clock's in your profile's time zone. `rules` are functions
    `(history, today) -> follow-ups`, on top of the playbooks; `playbooks` is the folder
    of your own, `lock_timeout` the seconds to wait for another program's write.

    Use it as a context manager, or `close` it. Every object it returns is plain and typed
    and needs no open session. Every refusal is a `NetcrmError`, with a sentence.
    """

    # ------------------------------------------------------------------ me

    def profile(self) -> "Profile":
        """Me: name, contact details, time zone, weekend and holiday country."""
        from netcrm.domain.models import Profile
        from netcrm.store import queries

        with self._store.session() as session:
            return queries.profile(session) or Profile()

    def init(
        self,
        *,
        name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        linkedin: str | None = None,
        timezone: str | None = None,
        country: str | None = None,
        quiet_until: str | None = None,
        per_day: int | str | None = None,
    ) -> "Profile":
        """Create the database and my profile, or change what is given, "" to nothing; safe to repeat.

        `per_day` is how many follow-ups may come in a day, or "off": the least urgent come later then.
        """
        from netcrm.services import profile as me

        values = {"name": name, "email": email, "phone": phone, "linkedin": linkedin, "timezone": timezone}
        if country:
            library.holidays_of(country)
        with self._write("me", "Changed my profile") as writing:
            limit = "" if per_day == OFF else per_day
            return me.change(writing, {**values, "country": country, "quiet_until": quiet_until, "per_day": limit})

    # ------------------------------------------------------------------ contacts

    def add(self, name: str, **details: Unpack[Details]) -> "Contact":
        """A new contact, with any of the `Details`."""
        from netcrm.services import contacts

        only(details, Details)
        reach, tags, values = contacts.sorted_out(details)
        with self._write("add", f"Added {name}") as writing:
            added = contacts.add(writing, reach=reach, tags=tags, values={**values, "name": name})
            return writing.outcome(contacts.find, added)

    def edit(
        self,
        who: "Contact | int | str",
        *,
        name: str | None = None,
        drop: Iterable[str] = (),
        **details: Unpack[Details],
    ) -> "Contact":
        """Change a contact: lists are added to, the rest is replaced, also the LinkedIn profile; "" clears.

        `drop` takes out e-mails, phones, links and tags by their value.
        """
        from netcrm.services import contacts

        only(details, Details)
        reach, tags, values = contacts.sorted_out(details)
        with self._write("edit", "") as writing:
            contact = contacts.find(writing.session, who)
            writing.summary = f"Changed {contact.name}"
            values = {**values, "name": name}
            contacts.edit(writing, contact, reach=reach, tags=tags, values=values, drop=several(drop))
            return writing.outcome(contacts.find, contact)

    def remove(self, who: "Contact | int | str") -> "Contact":
        """Take a contact out, with everything that is theirs; `undo` brings it all back."""
        from netcrm.services import contacts

        with self._write("remove", "") as writing:
            contact = contacts.find(writing.session, who)
            writing.summary = f"Removed {contact.name}"
            contacts.remove(writing, contact, telling(self.playbooks))
        return contact

    def contact(self, who: "Contact | int | str") -> "Contact":
        """The one contact with that id, e-mail, or any part of the name."""
        from netcrm.services import contacts

        with self._store.session() as session:
            return contacts.find(session, who)

    def contacts(self, query: str | None = None, **filters: Unpack[Filters]) -> list["Contact"]:
        """The contacts that all the `Filters` let through, by name.

        `query` is looked for in names, companies, addresses, links and tags.
        """
        from netcrm.domain.models import Contact
        from netcrm.store import queries

        with self._store.session() as session:
            ids = self._ids(session, query, filters)
            found = {contact.number: contact for contact in queries.by_ids(session, Contact, ids)}
            return [found[number] for number in ids]

    def card(self, who: "Contact | int | str") -> ContactCard:
        """A contact with everything around them: work, offers, timeline, what is open."""
        from netcrm.services import contacts
        from netcrm.services import contacts as contacts_
        from netcrm.store import queries

        with self._store.session() as session:
            contact = contacts.find(session, who)
            parts = queries.parts_in_offers(session, contact.number)
            work = queries.affiliations(session, contact.number)
            timeline = [TimelineEntry(*entry) for entry in contacts_.timeline(session, contact, parts, work)]
        return ContactCard(contact, work, parts, timeline, self.plan(contact), self._rhythm(contact.number))

    def _rhythm(self, contact: int) -> Rhythm | None:
        """A contact's cadence, by the first playbook that has one for them."""
        ask = partial(read_touch, contact=contact)
        found = self._read(ask, None)
        paces = (rhythm(*found, book.every) for book in self.playbooks if book.every) if found else ()
        return next((pace for pace in paces if pace), None)

    def log(
        self,
        who: "Contact | int | str | Sequence[Contact | int | str]",
        channel: Channel,
        summary: str | None = None,
        *,
        on: date | None = None,
        at: datetime | None = None,
        direction: Direction = "out",
        answered: bool = True,
        topic: str | None = None,
        offer: "Offer | int | str | None" = None,
    ) -> "Interaction":
        """Something that happened, with one contact or several, today or `on` a day or `at` a time."""
        from netcrm.services import contacts, offers

        values: dict[str, Any] = {"channel": channel, "summary": summary, "direction": direction, "topic": topic}
        values |= {"answered": answered, "at": at or self._moment(on)}
        values["day"] = on or (clock.day_of(at, self._me().timezone) if at else self.today)
        with self._write("log", "") as writing:
            found = [contacts.find(writing.session, one) for one in each(who)]
            values["offer_id"] = offers.find(writing.session, offer).number if offer is not None else None
            return contacts.log(writing, found, values)

    # ------------------------------------------------------------------ offers and jobs

    def add_offer(
        self,
        organisation: str,
        *,
        role: str | None = None,
        received_on: date | None = None,
        respond_by: date | None = None,
        people: Iterable[str] = (),
    ) -> "Offer":
        """An offer made to me. `people` are "NAME <EMAIL>:ROLE"; the unknown are added as contacts."""
        from netcrm.services import offers

        values = {"organisation": organisation, "role": role, "received_on": received_on, "respond_by": respond_by}
        with self._write("offer", "") as writing:
            offer = offers.add(writing, values, several(people))
            return writing.outcome(offers.find, offer)

    def add_to_offer(self, offer: "Offer | int | str", people: Iterable[str], *, anyway: bool = False) -> "Offer":
        """Put people on an offer, or give them another role on it.

        `TwoReasons` where one of them heard another reason for another offer that was declined, unless `anyway`.
        """
        from netcrm.services import offers

        with self._write("offer", "") as writing:
            found = offers.find(writing.session, offer)
            put = offers.put_on(writing, found, several(people), anyway=anyway)
            writing.summary = f"Put on {found.titled}: {', '.join(put)}"
            return writing.outcome(offers.find, found)

    def edit_offer(  # noqa: PLR0913 - each corrects one thing
        self,
        offer: "Offer | int | str",
        *,
        organisation: str | None = None,
        role: str | None = None,
        received_on: date | str | None = None,
        respond_by: date | str | None = None,
        decided_on: date | None = None,
        because: Reason | str | None = None,
        reason: str | None = None,
        drop: "Contact | int | str | Sequence[Contact | int | str]" = (),
        anyway: bool = False,
    ) -> "Offer":
        """Correct an offer: what is given replaces what was said, "" clears; `drop` takes people off it.

        When the day of a decision moves, every open follow-up that hangs on it moves too. `TwoReasons` where somebody
        would hear another reason than for another offer, unless `anyway`.
        """
        from netcrm.services import contacts, offers

        values: dict[str, Any] = {"organisation": organisation, "role": role, "received_on": received_on}
        values |= {"respond_by": respond_by, "decided_on": decided_on, "because": because, "reason": reason}
        with self._write("offer", "") as writing:
            found = offers.find(writing.session, offer)
            people = [contacts.find(writing.session, who) for who in each(drop)]
            offers.edit(writing, found, values, people, anyway=anyway)
            return writing.outcome(offers.find, found)

    def remove_offer(self, offer: "Offer | int | str") -> "Offer":
        """Take an offer out; its people stay, and so does what was said to them. `undo` brings it back."""
        from netcrm.services import offers

        with self._write("offer", "") as writing:
            found = offers.find(writing.session, offer)
            writing.summary = f"Removed {found.titled}"
            offers.remove(writing, found)
        return found

    def reopen_offer(self, offer: "Offer | int | str") -> "Offer":
        """The decision was a mistake: the offer is undecided again, and no answer that hung on it stands."""
        from netcrm.services import offers

        with self._write("offer", "") as writing:
            found = offers.find(writing.session, offer)
            writing.summary = f"Took back that {found.titled} was {found.decision}"
            offers.reopen(writing, found)
            return writing.outcome(offers.find, found)

    def offers(self) -> list["Offer"]:
        """Every offer, the undecided first; each knows its `participants`."""
        from netcrm.store import queries

        with self._store.session() as session:
            return queries.offers(session)

    def offer(self, which: "Offer | int | str") -> "Offer":
        """The one offer with that id, or any part of the company's name."""
        from netcrm.services import offers

        with self._store.session() as session:
            return offers.find(session, which)

    def decline(
        self,
        offer: "Offer | int | str",
        *,
        because: Reason | None = None,
        reason: str | None = None,
        on: date | None = None,
        anyway: bool = False,
    ) -> "Offer":
        """I say no to an offer: `because` in one word, `reason` in mine, told the same to everyone.

        `NotLocked` while the accepted one is not signed, cleared and dated, `TwoReasons` where somebody heard another
        `because` for another offer within a year; unless `anyway`.
        """
        from netcrm.services import offers

        with self._write("decline", "") as writing:
            found = offers.find(writing.session, offer, open_first=True)
            writing.summary = f"Declined the {found.organisation} offer"
            values = {"because": because, "reason": reason, "decided_on": on or writing.today}
            offers.decline(writing, found, values, anyway=anyway)
            return writing.outcome(offers.find, found)

    def accept(
        self,
        offer: "Offer | int | str",
        *,
        on: date | None = None,
        signed_on: date | None = None,
        cleared_on: date | None = None,
        starts_on: date | None = None,
    ) -> "Offer":
        """I say yes to an offer; said again, it adds milestones as they come."""
        from netcrm.services import offers

        milestones = {"signed_on": signed_on, "cleared_on": cleared_on, "starts_on": starts_on}
        with self._write("accept", "") as writing:
            found = offers.find(writing.session, offer, open_first=True)
            writing.summary = f"Accepted the {found.organisation} offer"
            offers.accept(writing, found, on, milestones)
            return writing.outcome(offers.find, found)

    def job_started(
        self,
        on: date | None = None,
        *,
        email: str | None = None,
        phone: str | None = None,
        organisation: str | None = None,
        title: str | None = None,
    ) -> "Job":
        """My new job starts, and how I am reached in it; said again, it corrects that."""
        from netcrm.services import jobs

        values = {"email": email, "phone": phone, "organisation": organisation, "title": title}
        with self._write("job", "Recorded my new job") as writing:
            return jobs.start_job(writing, on, values)

    def job_settled(self, on: date | None = None) -> "Job":
        """I have settled in: the day people are told where I am now."""
        from netcrm.services import jobs

        with self._write("job", "Settled in the new job") as writing:
            return jobs.settle(writing, on or writing.today)

    # ------------------------------------------------------------------ follow-ups

    def due(
        self,
        *,
        on: date | None = None,
        within: Span | str | None = None,
        who: "Contact | int | str | None" = None,
        limit: int | None = None,
    ) -> list[FollowUp]:
        """What to do now, the overdue first; `within` looks that far ahead as well."""
        known_day(on)
        at_least_none(limit)
        day = on or self.today
        last = self._away("within", within, day) if within else day
        found = [one for one in self._plan(day, until=last) if one.status in ("overdue", "due") or _comes_by(one, last)]
        mine = found if who is None else _of(found, self.contact(who).number)
        return mine[:limit]

    def plan(
        self, what: "Contact | Offer | int | str | None" = None, *, until: Span | str | None = None
    ) -> list[FollowUp]:
        """Everything ahead: due, upcoming, snoozed, and what still waits, and for what.

        `what` is an offer or a contact (a bare number is a contact's, “offer 3” an offer's); `until` leaves out what
        falls due later than that.
        """
        found = self._plan(self.today)
        if until:
            last = self._away("until", until)
            found = [one for one in found if one.due is None or one.due <= last]
        return found if what is None else self._about(found, what)

    def _about(self, found: list[FollowUp], what: "Contact | Offer | int | str") -> list[FollowUp]:
        from netcrm.domain.models import Offer
        from netcrm.services import offers

        with self._store.session() as session:
            meant = offers.meant(session, what)
        if isinstance(meant, Offer):
            return [one for one in found if one.offer and one.offer.id == meant.number]
        return _of(found, meant.number)

    def quiet(self, on: date | None = None) -> Quiet:
        """May I announce the new job, today or `on` a day? What blocks, and the first safe day."""
        known_day(on)
        day = on or self.today
        since, tells, nothing = subtract(day, SEASON), telling(self.playbooks), list[Stake]()
        stakes = self._read(lambda query: read_stakes(query, since, tells), nothing)
        me = self._me()
        return quiet(stakes, day, me.lift, self._calendar(me))

    def diff(self, playbook: Playbook) -> list[Difference]:
        """What a playbook would change, were it in force (in the place of its namesake); nothing is changed."""
        others = [book for book in self.playbooks if book.name != playbook.name]
        return differences(self._plan(self.today), self._plan(self.today, playbooks=[*others, playbook]), playbook)

    def why(self, follow_up: str) -> Reasons:
        """Why a follow-up is there, and why on that day."""
        from netcrm.services import answers
        from netcrm.store import queries

        with self._store.session() as session:
            found = answers.choose(self._plan(self.today), [follow_up], lambda: queries.all_decisions(session))[0]
        return explain(found, self.playbooks, self._calendar(self._me()))

    def done(
        self, *follow_ups: str, on: date | None = None, note: str | None = None, log: bool = True
    ) -> list["Decision"]:
        """I did it; with `log`, the interaction that the step's channel says is logged as well."""
        day = on or self.today
        if day > self.today:
            raise InvalidValue("on", day, "lies in the future; say `done` once it is")
        return self._answer(follow_ups, "Done", verdict="done", day=day, reason=note, log=log, at=self._moment(on))

    def snooze(self, *follow_ups: str, until: date | Span | str) -> list["Decision"]:
        """Not now: ask me again on a day, or after a span."""
        day = until if isinstance(until, date) else self._away("until", until)
        return self._answer(follow_ups, "Snoozed", verdict="snoozed", day=self.today, until=day)

    def skip(self, *follow_ups: str, reason: str | None = None) -> list["Decision"]:
        """I won't do it, and needn't be asked again.

        With a reason, somebody whose cadence it was is left in peace from now on: dormant.
        """
        return self._answer(follow_ups, "Skipped", verdict="skipped", day=self.today, reason=reason)

    def reopen(self, *follow_ups: str) -> list["Decision"]:
        """That was no answer: what was done, snoozed or skipped is asked again, and what `done` logged goes."""
        from netcrm.services import answers

        some(follow_ups)
        with self._write("reopen", "") as writing:
            given = answers.answered(writing.session, follow_ups)
            writing.summary = f"Reopened: {'; '.join(str(one.snapshot['text']) for one in given)}"
            answers.take_back(writing, given)
        return given

    def _answer(self, ids: Sequence[str], verb: str, **said: Any) -> list["Decision"]:
        from netcrm.services import answers, contacts
        from netcrm.store import queries

        some(ids)
        with self._write(said["verdict"], "") as writing:
            open_ones = self._plan(writing.today, writing.query)
            chosen = answers.choose(open_ones, ids, lambda: queries.all_decisions(writing.session))
            writing.summary = f"{verb}: {'; '.join(one.text for one in chosen)}"
            if said["verdict"] == "skipped" and said["reason"]:
                contacts.retire(
                    writing, [one.contact.id for one in chosen if one.contact and one.is_cadence], said["reason"]
                )
            return answers.answer(writing, chosen, self._names, answers.Verdicts(**said))

    def _names(self, follow_up: FollowUp) -> Sequence[str]:
        steps = (step for book in self.playbooks if book.name == follow_up.playbook for step in book.steps)
        return next(((step.name, *step.was) for step in steps if step.name == follow_up.step), (follow_up.step,))


def _comes_by(follow_up: FollowUp, last: date) -> bool:
    return follow_up.status == "upcoming" and follow_up.due is not None and follow_up.due <= last


def _of(follow_ups: Iterable[FollowUp], contact: int) -> list[FollowUp]:
    return [one for one in follow_ups if one.contact and one.contact.id == contact]
