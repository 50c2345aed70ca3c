"""`Crm`: everything netcrm does, one method each. The work is done in `netcrm.services`.

The services are imported when a method first needs them, so that asking what is due imports no database toolkit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from netcrm.domain.dates import Span
from netcrm.domain.vocabulary import Channel, Direction, Reason
from netcrm.errors import Problem
from netcrm.planning.diff import Difference
from netcrm.planning.explain import Reasons
from netcrm.planning.follow_up import FollowUp, Rule
from netcrm.planning.quiet_period import Quiet
from netcrm.playbooks.model import Playbook
from netcrm.progress import Progress, unwatched
from netcrm.services import follow_ups
from netcrm.services.parameters import ContactCard, Details, Filters
from netcrm.workspace import Workspace

if TYPE_CHECKING:
    from sqlmodel import Session

    from netcrm.domain.models import Contact, Decision, Interaction, Job, Offer, Operation, Profile
    from netcrm.files.vdir import Kept
    from netcrm.formats.csv.mapped import Preview
    from netcrm.formats.icalendar import Form
    from netcrm.formats.vcard import Version
    from netcrm.matching.scoring import Search
    from netcrm.services.erasure import Forgetting
    from netcrm.services.health import Finding
    from netcrm.services.imports.pipeline import ImportReport
    from netcrm.store.backup import Backup, Restored


class Crm:
    """A personal CRM over one database.

    `where` is a path or a postgresql:// URL; the default is a file in your data directory. `memory=True` keeps
    everything in memory. `today` pins the calendar day, which is otherwise the current one in your profile's time
    zone. `rules` are functions `(history, today) -> follow-ups` that add to the playbooks. `playbooks` is the folder of
    your playbook files. `lock_timeout` is how many seconds to wait while another program writes.

    Use it as a context manager, or `close` it. The objects it returns are plain and typed, and need no open session.
    Every error it raises on purpose is a `NetcrmError` with a full sentence.

    >>> with Crm(memory=True, today=date(2026, 11, 23)) as crm:
    ...     offer = crm.add_offer("Acme", role="Staff Engineer", people=["Dana Wu <dana@acme.example>:recruiter"])
    ...     offer = crm.decline("acme", because="career-path")
    ...     crm.due()[0].step
    'call'

    The examples of the methods go on from here: `crm` holds this declined offer, and today is 23 November 2026.
    """

    def __init__(
        self,
        where: str | Path | None = None,
        *,
        memory: bool = False,
        today: date | None = None,
        rules: Sequence[Rule] = (),
        playbooks: Path | None = None,
        lock_timeout: float = 30.0,
    ) -> None:
        self._workspace = Workspace(
            where, memory=memory, today=today, rules=rules, playbooks=playbooks, lock_timeout=lock_timeout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the database. Only a database in memory is held open between calls.

        >>> crm.close()
        """
        self._workspace.close()

    # ------------------------------------------------------------------ me

    def profile(self) -> "Profile":
        """Your profile: name, contact details, time zone, weekend and holiday country. Empty before `init`.

        >>> crm.profile().timezone
        'UTC'
        """
        from netcrm.services import profile

        return profile.get(self._workspace)

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
        """Create the database and your profile, or change what is given; "" clears a value. Safe to repeat.

        `per_day` limits how many follow-ups fall on one day, or "off"; the least urgent ones then come later.
        `InvalidValue` names the value that can't be stored.

        >>> crm.init(name="Alex Reed", timezone="Europe/Berlin").timezone
        'Europe/Berlin'
        """
        from netcrm.services import profile

        values = {"name": name, "email": email, "phone": phone, "linkedin": linkedin, "timezone": timezone}
        values |= {"country": country, "quiet_until": quiet_until}
        return profile.change(self._workspace, {**values, "per_day": per_day})

    def my_card(self, version: "Version" = "3.0") -> str:
        """Your own vCard to hand out: name, job and contact details. Raises `Refused` if your name is unknown.

        >>> _ = crm.init(name="Alex Reed")
        >>> crm.my_card().splitlines()[0]
        'BEGIN:VCARD'
        """
        from netcrm.services import profile

        return profile.card(self._workspace, version)

    def export_my_card(self, path: str | Path, *, version: "Version" = "3.0", overwrite: bool = False) -> None:
        """Write that card to a file, whole or not at all.

        Raises `CannotWrite` if the file exists, unless `overwrite` is true.

        >>> _ = crm.init(name="Alex Reed")
        >>> crm.export_my_card("me.vcf")
        """
        from netcrm.services import profile

        profile.write_card(self._workspace, Path(path), version, overwrite=overwrite)

    # ------------------------------------------------------------------ contacts

    def add(self, name: str, **details: Unpack[Details]) -> "Contact":
        """Add a contact with any of the `Details`.

        Raises `Refused` if an e-mail address or a profile belongs to another contact.

        >>> crm.add("Sam Okafor", company="Acme", tags=["robotics"]).tags
        ('robotics',)
        """
        from netcrm.services import contacts

        return contacts.add(self._workspace, name, details)

    def edit(
        self,
        who: "Contact | int | str",
        *,
        name: str | None = None,
        drop: Iterable[str] = (),
        **details: Unpack[Details],
    ) -> "Contact":
        """Change a contact: lists are added to, other values are replaced, "" clears a value.

        `drop` removes e-mails, phones, links and tags by their value.

        >>> crm.edit("dana", title="Head of Talent").title
        'Head of Talent'
        """
        from netcrm.services import contacts

        return contacts.edit(self._workspace, who, name, drop, details)

    def remove(self, who: "Contact | int | str") -> "Contact":
        """Remove a contact and everything that belongs to them alone; `undo` brings it all back.

        >>> crm.remove("dana").name
        'Dana Wu'
        """
        from netcrm.services import contacts

        return contacts.remove(self._workspace, who)

    def contact(self, who: "Contact | int | str") -> "Contact":
        """The one contact with that id, UID, e-mail address or part of a name.

        Raises `NoSuch` if there is none, and `Ambiguous`, which lists the candidates, if there are several.

        >>> crm.contact("dana").email
        'dana@acme.example'
        """
        from netcrm.services import contacts

        return contacts.get(self._workspace, who)

    def contacts(self, query: str | None = None, **filters: Unpack[Filters]) -> list["Contact"]:
        """The contacts that match all `Filters`, by name. `query` searches names, companies, addresses and tags.

        >>> [contact.name for contact in crm.contacts("acme")]
        ['Dana Wu']
        """
        from netcrm.services import contacts

        return contacts.search(self._workspace, query, filters)

    def card(self, who: "Contact | int | str") -> ContactCard:
        """A contact with everything around them: work, offers, timeline, open follow-ups and cadence.

        >>> crm.card("dana").offers[0][1]
        'recruiter'
        """
        from netcrm.services import contact_card

        return contact_card.card(self._workspace, who)

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
        """Record an interaction with one contact or several: now, `on` a day or `at` an aware time.

        `answered=False` is a call or meeting that didn't happen. `topic` says what a message was for, such as
        "thanked". `InvalidValue` for a day in the future.

        >>> crm.log("dana", "call", "Told her about my decision").direction
        'out'
        """
        from netcrm.services import interactions

        said = {"channel": channel, "summary": summary, "direction": direction, "answered": answered, "topic": topic}
        return interactions.log(self._workspace, who, offer, {**said, "at": at, "day": on})

    def duplicates(self, *, at_least: float | None = None) -> "Search":
        """Pairs of contacts who may be one person, the likeliest first, each with the evidence for and against.

        `at_least` is a score from 0 to 1. Nothing is merged: look at the pairs, then `merge`.

        >>> _ = crm.add("Wu, Dana", emails=["dana.wu@home.example"])
        >>> [(pair.left, pair.right) for pair in crm.duplicates().found]
        [(1, 2)]
        """
        from netcrm.services import merging

        return merging.duplicates(self._workspace, at_least)

    def merge(self, kept: "Contact | int | str", other: "Contact | int | str") -> "Contact":
        """Merge two contacts: the first keeps its id, name and UID, and gets everything the other has.

        The other UID stays known, so a later import finds the merged contact. `undo` separates them again.

        >>> _ = crm.add("Dana W.", emails=["dana@home.example"])
        >>> [method.value for method in crm.merge("dana wu", "dana w.").methods]
        ['dana@acme.example', 'dana@home.example']
        """
        from netcrm.services import merging

        return merging.merge(self._workspace, kept, other)

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
        """Record an offer made to you. `people` are "NAME <EMAIL>:ROLE"; unknown ones become contacts.

        >>> offer = crm.add_offer("Hooli", people=["Sam Okafor <sam@hooli.example>:interviewer"])
        >>> [(part.contact.name, part.role) for part in offer.participants]
        [('Sam Okafor', 'interviewer')]
        """
        from netcrm.services import offers

        values = {"organisation": organisation, "role": role, "received_on": received_on, "respond_by": respond_by}
        return offers.add(self._workspace, values, people)

    def add_to_offer(self, offer: "Offer | int | str", people: Iterable[str], *, anyway: bool = False) -> "Offer":
        """Put people on an offer, or change their role on it.

        Raises `TwoReasons` if one of them was given a different reason for another declined offer, unless
        `anyway` is true.

        >>> offer = crm.add_to_offer("acme", ["Sam Okafor:interviewer"])
        >>> [part.contact.name for part in offer.participants]
        ['Dana Wu', 'Sam Okafor']
        """
        from netcrm.services import offers

        return offers.put_on(self._workspace, offer, people, anyway=anyway)

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
        """Correct an offer: given values are replaced, "" clears a value, `drop` takes people off it.

        When the day of a decision moves, every open follow-up that counts from it moves too. Raises
        `TwoReasons` if a person would hear two different reasons, unless `anyway` is true.

        >>> crm.edit_offer("acme", role="Principal Engineer").role
        'Principal Engineer'
        """
        from netcrm.services import offers

        values = {"organisation": organisation, "role": role, "received_on": received_on, "respond_by": respond_by}
        values |= {"decided_on": decided_on, "because": because, "reason": reason}
        return offers.edit(self._workspace, offer, values, drop, anyway=anyway)

    def remove_offer(self, offer: "Offer | int | str") -> "Offer":
        """Remove an offer. Its people and the interactions with them stay; `undo` brings the offer back.

        >>> crm.remove_offer("acme").organisation
        'Acme'
        """
        from netcrm.services import offers

        return offers.remove(self._workspace, offer)

    def reopen_offer(self, offer: "Offer | int | str") -> "Offer":
        """Take a decision back: the offer is undecided again, and answers to its follow-ups are removed.

        >>> crm.reopen_offer("acme").decision is None
        True
        """
        from netcrm.services import offers

        return offers.reopen(self._workspace, offer)

    def offers(self) -> list["Offer"]:
        """Every offer, the undecided ones first, each with its `participants`.

        >>> [(offer.organisation, offer.decision) for offer in crm.offers()]
        [('Acme', 'declined')]
        """
        from netcrm.services import offers

        return offers.all_offers(self._workspace)

    def offer(self, which: "Offer | int | str") -> "Offer":
        """The one offer with that id or part of the company's name; `NoSuch` or `Ambiguous` otherwise.

        >>> crm.offer("acme").decided_on
        datetime.date(2026, 11, 23)
        """
        from netcrm.services import offers

        return offers.get(self._workspace, which)

    def decline(
        self,
        offer: "Offer | int | str",
        *,
        because: Reason | None = None,
        reason: str | None = None,
        on: date | None = None,
        anyway: bool = False,
    ) -> "Offer":
        """Decline an offer. `because` is the reason in one word, `reason` the sentence you give everyone.

        Raises `NotLocked` if the accepted offer is not signed, cleared and dated yet. Raises `TwoReasons` if someone
        was given another reason for another offer within a year. `anyway` allows both.

        >>> _ = crm.add_offer("Hooli")
        >>> crm.decline("hooli", because="location").decision
        'declined'
        """
        from netcrm.services import offers

        values = {"because": because, "reason": reason, "decided_on": on}
        return offers.decline(self._workspace, offer, values, anyway=anyway)

    def accept(
        self,
        offer: "Offer | int | str",
        *,
        on: date | None = None,
        signed_on: date | None = None,
        cleared_on: date | None = None,
        starts_on: date | None = None,
    ) -> "Offer":
        """Accept an offer; repeat it to add milestones as they come.

        Raises `AlreadyAccepted` if another one is accepted.

        >>> _ = crm.add_offer("Hooli")
        >>> crm.accept("hooli", starts_on=date(2027, 1, 4)).starts_on
        datetime.date(2027, 1, 4)
        """
        from netcrm.services import offers

        milestones = {"signed_on": signed_on, "cleared_on": cleared_on, "starts_on": starts_on}
        return offers.accept(self._workspace, offer, on, milestones)

    def job_started(
        self,
        on: date | None = None,
        *,
        email: str | None = None,
        phone: str | None = None,
        organisation: str | None = None,
        title: str | None = None,
    ) -> "Job":
        """Record the first day of your new job and your contact details there; repeat it to correct them.

        >>> crm.job_started(organisation="Hooli", email="alex@hooli.example").started_on
        datetime.date(2026, 11, 23)
        """
        from netcrm.services import jobs

        values = {"email": email, "phone": phone, "organisation": organisation, "title": title}
        return jobs.start(self._workspace, on, values)

    def job_settled(self, on: date | None = None) -> "Job":
        """Record that you have settled in, which is when people are told your new contact details.

        >>> _ = crm.job_started(organisation="Hooli")
        >>> crm.job_settled().settled_on
        datetime.date(2026, 11, 23)
        """
        from netcrm.services import jobs

        return jobs.settle(self._workspace, on)

    # ------------------------------------------------------------------ follow-ups

    def due(
        self,
        *,
        on: date | None = None,
        within: Span | str | None = None,
        who: "Contact | int | str | None" = None,
        limit: int | None = None,
    ) -> list[FollowUp]:
        """The follow-ups to do now, overdue first; `within` adds those that fall due within a span.

        >>> [(follow_up.step, follow_up.status) for follow_up in crm.due()]
        [('call', 'due')]
        """
        return follow_ups.due(self._workspace, on, within, who, limit)

    def plan(
        self, what: "Contact | Offer | int | str | None" = None, *, until: Span | str | None = None
    ) -> list[FollowUp]:
        """Everything ahead: due, upcoming, snoozed and waiting follow-ups, and what they wait for.

        `what` is an offer or a contact; a bare number is a contact's id, "offer 3" an offer's. `until` leaves out what
        falls due later.

        >>> [follow_up.step for follow_up in crm.plan("acme") if follow_up.status == "due"]
        ['call']
        """
        return follow_ups.plan(self._workspace, what, until)

    def why(self, follow_up: str) -> Reasons:
        """The explanation of a follow-up and of its day: its rule, its cause and the date arithmetic.

        >>> crm.why(crm.due()[0].id).rule
        'graceful-decline / call'
        """
        return follow_ups.why(self._workspace, follow_up)

    def quiet(self, on: date | None = None) -> Quiet:
        """Whether you may announce the new job, today or `on` a day; what blocks it, and the first safe day.

        >>> crm.quiet().lifted
        False
        """
        return follow_ups.may_announce(self._workspace, on)

    def done(
        self, *follow_ups: str, on: date | None = None, note: str | None = None, log: bool = True
    ) -> list["Decision"]:
        """Answer follow-ups: done. With `log`, the interaction that the step's channel names is recorded too.

        >>> crm.done(crm.due()[0].id, note="She was kind about it.")[0].verdict
        'done'
        """
        from netcrm.services import answers

        return answers.done(self._workspace, follow_ups, on, note, log=log)

    def snooze(self, *follow_ups: str, until: date | Span | str) -> list["Decision"]:
        """Put follow-ups off until a day, or for a span such as "3 days".

        >>> crm.snooze(crm.due()[0].id, until="3 days")[0].until
        datetime.date(2026, 11, 26)
        """
        from netcrm.services import answers

        return answers.snooze(self._workspace, follow_ups, until)

    def skip(self, *follow_ups: str, reason: str | None = None) -> list["Decision"]:
        """Drop follow-ups for good. If a cadence is skipped with a reason, its contact becomes dormant.

        >>> crm.skip(crm.due()[0].id)[0].verdict
        'skipped'
        """
        from netcrm.services import answers

        return answers.skip(self._workspace, follow_ups, reason)

    def reopen(self, *follow_ups: str) -> list["Decision"]:
        """Take answers back: the follow-ups are open again, and the interactions that `done` recorded are removed.

        >>> _ = crm.done(call := crm.due()[0].id)
        >>> [answer.verdict for answer in crm.reopen(call)]
        ['done']
        """
        from netcrm.services import answers

        return answers.reopen(self._workspace, follow_ups)

    # ------------------------------------------------------------------ rules

    @property
    def playbooks(self) -> list[Playbook]:
        """The playbooks in force: the built-in ones, each replaced by yours of the same name.

        >>> "graceful-decline" in {playbook.name for playbook in crm.playbooks}
        True
        """
        return self._workspace.playbooks

    @property
    def playbook_folder(self) -> Path:
        """The folder of your playbook files.

        >>> crm.playbook_folder.name
        'playbooks'
        """
        return self._workspace.playbook_folder

    @property
    def builtin(self) -> frozenset[str]:
        """The names of the built-in playbooks in force.

        >>> "graceful-decline" in crm.builtin
        True
        """
        return self._workspace.loaded.builtin

    @property
    def problems(self) -> list[Problem]:
        """The problems in your playbook files and Python rules; the others keep working.

        A mistake in a Python rule is known once something was planned.

        >>> crm.problems
        []
        """
        return self._workspace.problems

    def diff(self, playbook: Playbook) -> list[Difference]:
        """The follow-ups that a playbook would add, move or drop if it replaced the one with its name.

        Nothing is changed.

        >>> crm.diff(crm.playbooks[0])
        []
        """
        return follow_ups.diff(self._workspace, playbook)

    # ------------------------------------------------------------------ in

    def import_linkedin(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """Add and update contacts from LinkedIn's Connections.csv, or the archive it came in, in one operation.

        Importing the same file again changes nothing. Rows that can't be used are listed in `problems` with their
        line. With `dry_run` nothing is written. `progress` is called with the finished part, from 0 to 1.

        >>> crm.import_linkedin("Connections.csv").added
        16
        """
        from netcrm.services.imports import pipeline

        return pipeline.import_file(self._workspace, "linkedin", Path(path), dry_run=dry_run, progress=progress)

    def import_google(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """Add and update contacts from Google's CSV file of any year, as `import_linkedin` does from LinkedIn's.

        >>> crm.import_google("google.csv").added
        1
        """
        from netcrm.services.imports import pipeline

        return pipeline.import_file(self._workspace, "google", Path(path), dry_run=dry_run, progress=progress)

    def import_outlook(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """Add and update contacts from Outlook's CSV file, as `import_linkedin` does from LinkedIn's.

        >>> crm.import_outlook("outlook.csv").added
        1
        """
        from netcrm.services.imports import pipeline

        return pipeline.import_file(self._workspace, "outlook", Path(path), dry_run=dry_run, progress=progress)

    def import_csv(
        self,
        path: str | Path,
        columns: Mapping[str, str] | None = None,
        *,
        dry_run: bool = False,
        progress: Progress = unwatched,
    ) -> "ImportReport":
        """Add and update contacts from any CSV file, as `import_linkedin` does from LinkedIn's.

        `columns` maps a column to a field; the others are guessed by their headers.

        >>> crm.import_csv("people.csv", {"Who": "name"}).added
        1
        """
        from netcrm.services.imports import pipeline

        return pipeline.import_csv(self._workspace, Path(path), columns or {}, dry_run=dry_run, progress=progress)

    def preview_csv(self, path: str | Path, columns: Mapping[str, str] | None = None) -> "Preview":
        """For each column of a file, the field that `import_csv` would fill, with samples. Nothing is written.

        >>> [(column.name, column.field) for column in crm.preview_csv("people.csv").columns]
        [('Who', None), ('E-mail', 'email')]
        """
        from netcrm.services.imports import pipeline

        return pipeline.preview_csv(Path(path), columns or {})

    def import_vcard(
        self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched
    ) -> "ImportReport":
        """Add and update contacts from a file of vCards, as `import_linkedin` does from LinkedIn's.

        The cards have version 2.1, 3.0 or 4.0; each card is also kept verbatim.

        >>> crm.import_vcard("cards.vcf").added
        1
        """
        from netcrm.services.imports import pipeline

        return pipeline.import_vcard(self._workspace, Path(path), dry_run=dry_run, progress=progress)

    def import_json(self, path: str | Path, *, dry_run: bool = False, progress: Progress = unwatched) -> "ImportReport":
        """Add what a JSON archive (`export_json`) holds and this database does not, in one operation.

        Contacts are matched by their UID first, then as in any import; stored values are never overwritten. Offers,
        jobs, interactions and answers are added once. Entries that can't be used are left out, with whatever refers to
        them, and listed in `problems`. `others` counts what else was added.

        >>> crm.import_json("archive.json").others
        {'offer': 1}
        """
        from netcrm.services.imports import archive

        return archive.import_json(self._workspace, Path(path), dry_run=dry_run, progress=progress)

    # ------------------------------------------------------------------ out

    def vcards(
        self, query: str | None = None, *, version: "Version" = "3.0", **filters: Unpack[Filters]
    ) -> Iterator[str]:
        """One vCard per contact, as text, by name; a few hundred contacts are in memory at a time.

        Every address book reads version 3.0, the default. A contact imported from a vCard is exported as that card
        with only your changes. What vCard has no property for is written as X-NETCRM properties: the tier, the part in
        your offers, the last contact, who introduced them.

        Nothing is held open between cards, so you may write inside the loop. A contact removed meanwhile is left out.

        >>> sum(card.startswith("BEGIN:VCARD") for card in crm.vcards())
        1
        """
        from netcrm.services.exports import vcards

        return vcards.text(self._workspace, query, version, filters)

    def export_vcard(
        self,
        path: str | Path,
        *,
        query: str | None = None,
        version: "Version" = "3.0",
        overwrite: bool = False,
        progress: Progress = unwatched,
        **filters: Unpack[Filters],
    ) -> int:
        """Write those cards to a file, whole or not at all; returns their number. No match leaves the file as is.

        >>> crm.export_vcard("contacts.vcf")
        1
        """
        from netcrm.services.exports import vcards

        return vcards.write_file(
            self._workspace, Path(path), query, version, filters, overwrite=overwrite, progress=progress
        )

    def mirror_vcards(
        self,
        folder: str | Path,
        *,
        query: str | None = None,
        version: "Version" = "3.0",
        overwrite: bool = False,
        progress: Progress = unwatched,
        **filters: Unpack[Filters],
    ) -> "Kept":
        """Keep a folder with one card per contact, as vdirsyncer and khard read it (see `netcrm.files.vdir`).

        Unchanged cards are not touched; cards of contacts that no longer match are removed. A card that another program
        changed is kept and listed until you import it; `overwrite` replaces it.

        >>> crm.mirror_vcards("cards").written
        1
        """
        from netcrm.services.exports import vcards

        return vcards.mirror(
            self._workspace, Path(folder), query, version, filters, overwrite=overwrite, progress=progress
        )

    def ics(self, *, form: "Form" = "todos") -> str:
        """Every open follow-up as iCalendar (RFC 5545): to-dos, or all-day events for calendars without to-dos.

        The text stays the same until something changes, since it holds no time of export.

        >>> crm.ics().count("BEGIN:VTODO")
        6
        """
        from netcrm.services.exports import calendar

        return calendar.text(self._workspace, form)

    def export_ics(self, path: str | Path, *, form: "Form" = "todos", overwrite: bool = False) -> None:
        """Write that calendar to a file, whole or not at all; a calendar program may subscribe to it.

        >>> crm.export_ics("follow-ups.ics")
        """
        from netcrm.services.exports import calendar

        calendar.write_file(self._workspace, Path(path), form, overwrite=overwrite)

    def mirror_ics(self, folder: str | Path, *, form: "Form" = "todos", overwrite: bool = False) -> "Kept":
        """Keep a folder with one file per follow-up, as todoman and vdirsyncer read it; see `mirror_vcards`.

        >>> crm.mirror_ics("todos", form="events").written
        1
        """
        from netcrm.services.exports import calendar

        return calendar.mirror(self._workspace, Path(folder), form, overwrite=overwrite)

    def json(self, query: str | None = None, **filters: Unpack[Filters]) -> Iterator[str]:
        """The database as one JSON archive, in pieces of text; no pieces where there is nothing.

        A query or filters select contacts, with the offers, interactions and answers that concern them. Nothing is held
        open between pieces. Raises `Refused` if the database is written to meanwhile.

        >>> next(crm.json())[:10]
        '{"netcrm":'
        """
        from netcrm.services.exports import archive

        return archive.text(self._workspace, query, filters)

    def export_json(
        self,
        path: str | Path,
        *,
        query: str | None = None,
        overwrite: bool = False,
        **filters: Unpack[Filters],
    ) -> dict[str, int]:
        """Write one snapshot as a JSON archive to a file, whole or not at all; returns the entries per section.

        An empty database or selection leaves the file as it was. `docs/formats.md` describes the archive.

        >>> crm.export_json("all.json")["contacts"]
        1
        """
        from netcrm.services.exports import archive

        return archive.write_file(self._workspace, Path(path), query, filters, overwrite=overwrite)

    def csv(self, query: str | None = None, *, table: str = "contacts", **filters: Unpack[Filters]) -> Iterator[str]:
        """One table as CSV, in pieces of text; no pieces where there are no rows.

        `table` is contacts, work, offers, people, interactions or answers. Everything else works as in `json`.

        >>> next(crm.csv(table="offers")).split(",")[1]
        'organisation'
        """
        from netcrm.services.exports import tables

        return tables.text(self._workspace, table, query, filters)

    def export_csv(
        self,
        path: str | Path,
        *,
        table: str = "contacts",
        query: str | None = None,
        overwrite: bool = False,
        **filters: Unpack[Filters],
    ) -> int:
        """Write one snapshot of a table as CSV to a file, whole or not at all; returns the number of rows.

        `import_csv` reads the contacts again. A table without rows leaves the file as it was.

        >>> crm.export_csv("contacts.csv")
        1
        """
        from netcrm.services.exports import tables

        return tables.write_file(self._workspace, Path(path), table, query, filters, overwrite=overwrite)

    # ------------------------------------------------------------------ care

    @property
    def where(self) -> str:
        """The database as text: a path, or a URL without its password.

        >>> crm.where
        'memory'
        """
        return str(self._workspace.location)

    @property
    def exists(self) -> bool:
        """Whether anything was ever written. Until then every answer is empty.

        >>> crm.exists
        True
        """
        return not self._workspace.location.is_new

    @property
    def today(self) -> date:
        """The calendar day that all methods act on: the pinned one, or the current one in your time zone.

        >>> crm.today
        datetime.date(2026, 11, 23)
        """
        return self._workspace.today

    @property
    def last(self) -> "Operation | None":
        """The operation that this `Crm` wrote last, or None before the first.

        >>> crm.last.summary if crm.last else None
        'Declined the Acme offer'
        """
        return self._workspace.last_operation

    def undo(
        self, operation: int | None = None, *, with_later: bool = False, dry_run: bool = False
    ) -> list["Operation"]:
        """Undo the newest operation that is not undone yet, or the one with that number.

        The undone operations are returned in order. Raises `StandsOnIt` if later operations build on it; `with_later`
        undoes those first. Raises `CannotTakeBack` if a contact was forgotten. With `dry_run` nothing is changed.

        >>> [operation.summary for operation in crm.undo()]
        ['Declined the Acme offer']
        """
        return self._workspace.store.undo(operation, with_later=with_later, dry_run=dry_run)

    def operations(self, limit: int | None = 20) -> list["Operation"]:
        """The operations, newest first; `undone_at` is set on those that were undone.

        >>> [operation.name for operation in crm.operations()]
        ['decline', 'offer']
        """
        from netcrm.services import health

        return health.operations(self._workspace, limit)

    def backup(self, path: str | Path, *, overwrite: bool = False) -> "Backup":
        """Copy the database into one private file, consistent while others write, checked and sealed.

        The file is an SQLite database even if yours is on a server; `Crm(path)` opens it. Raises `CannotWrite` if the
        file exists, unless `overwrite` is true. A failure leaves no file.

        >>> crm.backup("copy.backup").path.name
        'copy.backup'
        """
        return self._workspace.store.backup(Path(path), overwrite=overwrite)

    def restore(self, path: str | Path, *, dry_run: bool = False) -> "Restored":
        """Replace everything with a backup, after checking it whole; what it replaces is kept in a file.

        Raises `BadBackup` if it can't be trusted. A backup of a file can be restored into a server and the other
        way round. Contacts forgotten since the backup stay forgotten. With `dry_run` nothing is changed.

        >>> _ = crm.backup("before.backup")
        >>> crm.restore("before.backup", dry_run=True).forgotten
        0
        """
        from netcrm.services import erasure

        return erasure.restore(self._workspace, Path(path), dry_run=dry_run)

    def forget(self, who: "Contact | int | str", *, dry_run: bool = False) -> "Forgetting":
        """Erase a contact for good, also one who was removed before. Not even `undo` brings them back.

        Their rows leave every table and the journal; their full names and addresses are redacted in notes, reasons
        and summaries. A keyed hash remains, so that an import leaves them out. Earlier backups and exports are not
        reached.

        >>> crm.forget("dana").name
        'Dana Wu'
        """
        from netcrm.services import erasure

        return erasure.forget(self._workspace, who, dry_run=dry_run)

    def damage(self) -> list[str]:
        """The damage in the database file: each page and value that can't be read or is not valid.

        Empty where the file is sound, and for a server. `doctor` checks more.

        >>> crm.damage()
        []
        """
        return self._workspace.store.damage()

    def doctor(self, *, fix: bool = False, backups: str | Path | None = None) -> list["Finding"]:
        """The findings about the database, rules, backups and file permissions, each with what to do about it.

        `backups` is the folder of your backups. `fix` mends what can be mended safely; `undo` takes back what that
        changed.

        >>> [finding.check for finding in crm.doctor()]
        ['backups']
        """
        from netcrm.services import health

        return health.check_up(self._workspace, backups, fix=fix)

    def session(self) -> AbstractContextManager["Session"]:
        """A read-only session for your own queries with `sqlmodel.select`.

        >>> from sqlmodel import select
        >>> with crm.session() as session:
        ...    [contact.name for contact in session.exec(select(Contact))]
        ['Dana Wu']
        """
        return self._workspace.session()
