"""Commands for your profile, your contacts and your interactions with them."""

import os
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from netcrm.cli import json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import StyledLine, block, heading, is_terminal, line, out_id, out_json, say, table
from netcrm.cli.wording import print_follow_ups
from netcrm.crm import Crm
from netcrm.domain.dates import birthday_text
from netcrm.domain.vocabulary import CHANNELS, CONTACT, SOURCES, count
from netcrm.errors import InvalidValue, Refused
from netcrm.matching.normalize import alike
from netcrm.planning.cadence import OWN
from netcrm.planning.follow_up import FollowUp
from netcrm.services.parameters import ContactCard

if TYPE_CHECKING:
    from netcrm.domain.models import Affiliation, Contact
    from netcrm.domain.vocabulary import Channel


# --------------------------------------------------------------------------- me


def init(
    ctx: typer.Context,
    name: o.Name = None,
    email: o.Email = None,
    phone: o.Phone = None,
    linkedin: o.LinkedIn = None,
    timezone: o.Zone = None,
    country: o.Country = None,
    json: o.Json = False,
) -> None:
    """Set up the database and your profile.

    On a terminal it asks for what is missing. You can run it again at any time: it changes only what you give.
    """
    with o.opened(ctx) as crm:
        basics = completed(crm, {"name": name, "email": email, "timezone": timezone})
        profile = crm.init(**basics, phone=phone, linkedin=linkedin, country=country)
        if json:
            out_json(profile=json_output.profile(profile))
            return
        say(f"Ready{f', {profile.name}' if profile.name else ''}. Your data is in {crm.where}")
        if not crm.contacts():
            say("Next: netcrm import linkedin Connections.csv, or netcrm add NAME")


def me(
    ctx: typer.Context,
    name: o.Name = None,
    email: o.Email = None,
    phone: o.Phone = None,
    linkedin: o.LinkedIn = None,
    timezone: o.Zone = None,
    country: o.Country = None,
    quiet_until: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When you may announce a new job: start, signed, or a SPAN after."),
    ] = None,
    per_day: Annotated[
        str | None, typer.Option(metavar="N|off", help="The most follow-ups in one day, or off.")
    ] = None,
    json: o.Json = False,
) -> None:
    """Show or change your profile.

    Give options to change it, or none to show it. An empty value clears a field. With --per-day, the least urgent
    follow-ups move to a later day, but never so far that they are overdue.
    """
    given = {"name": name, "email": email, "phone": phone, "linkedin": linkedin, "timezone": timezone}
    with o.opened(ctx) as crm:
        given |= {"country": country, "quiet_until": quiet_until, "per_day": per_day}
        profile = crm.init(**given) if any(value is not None for value in given.values()) else crm.profile()
        if json:
            out_json(profile=json_output.profile(profile))
            return
        for label, value in json_output.profile(profile).items():
            if value:
                block((label.replace("_", " "), "dim"), [[str(value)]], width=11)
        if not profile.name:
            say("Your profile has no name yet. Add it with: netcrm init")


# --------------------------------------------------------------------------- contacts


def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the person.")],
    email: o.Emails = None,
    phone: o.Phones = None,
    url: o.Urls = None,
    linkedin: o.LinkedIn = None,
    company: o.Company = None,
    title: o.Title = None,
    tag: o.Tags = None,
    tier: o.TierOf = None,
    every: o.Every = None,
    dormant: o.Dormant = None,
    birthday: o.Birthday = None,
    timezone: o.Zone = None,
    note: o.Note = None,
    json: o.Json = False,
) -> None:
    """Add a contact, and print its id."""
    with o.opened(ctx) as crm:
        contact = crm.add(
            name,
            emails=email or (),
            phones=phone or (),
            urls=url or (),
            linkedin=linkedin,
            company=company,
            title=title,
            tags=tag or (),
            tier=tier,
            every=o.cadence(every),
            dormant=dormant,
            birthday=o.birthday(birthday),
            timezone=timezone,
            notes=note,
        )
        if json:
            out_json(contact=json_output.contact(contact))
            return
        say(f"Added {contact.name} ({contact.id})")
        for namesake in crm.contacts(contact.name):
            if namesake.name == contact.name and namesake.id != contact.id:
                say(f"There is another {namesake.name} ({namesake.id}). If that is the same person: netcrm undo")
        out_id(contact.id)


def edit(
    ctx: typer.Context,
    who: o.Who,
    name: o.Name = None,
    email: o.Emails = None,
    phone: o.Phones = None,
    url: o.Urls = None,
    linkedin: o.LinkedIn = None,
    company: o.Company = None,
    title: o.Title = None,
    tag: o.Tags = None,
    tier: o.TierOrNone = None,
    every: o.Every = None,
    dormant: o.Dormant = None,
    birthday: o.Birthday = None,
    timezone: o.Zone = None,
    note: o.Note = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="VALUE", help="An e-mail address, phone number, link or tag to remove; may be repeated."),
    ] = None,
    json: o.Json = False,
) -> None:
    """Change a contact.

    E-mail addresses, phone numbers, links and tags are added; any other field is replaced. An empty value, as in
    --title "", clears a field.
    """
    with o.opened(ctx) as crm:
        contact = crm.edit(
            who,
            name=name,
            emails=email or (),
            phones=phone or (),
            urls=url or (),
            linkedin=linkedin,
            company=company,
            title=title,
            tags=tag or (),
            tier=tier,
            every=o.cadence(every),
            dormant=dormant,
            birthday=o.birthday(birthday),
            timezone=timezone,
            notes=note,
            drop=drop or (),
        )
        _tell(crm, contact, json=json)


def _tell(crm: Crm, contact: "Contact", *, json: bool) -> None:
    if json:
        out_json(contact=json_output.contact(contact))
    else:
        say(f"{'Changed' if crm.last else 'Nothing to change in'} {contact.name} ({contact.id})")


def remove(ctx: typer.Context, who: o.Who, json: o.Json = False) -> None:
    """Remove a contact; undo restores it."""
    with o.opened(ctx) as crm:
        contact = crm.remove(who)
        if json:
            out_json(contact=json_output.contact(contact))
            return
        say(f"Removed {contact.name} ({contact.id}). To restore the contact: netcrm undo")


def list_(
    ctx: typer.Context,
    query: o.Query = None,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
    json: o.Json = False,
) -> None:
    """List your contacts, or search them.

    In a pipe, each contact is one line of tab-separated fields: id, name, title, company, e-mail, phone, tier, tags.
    """
    with o.opened(ctx) as crm:
        contacts = crm.contacts(
            query, tag=tag, company=company, tier=tier, silent_for=o.span("--silent-for", silent_for)
        )
        if json:
            out_json(contacts=[json_output.contact(contact) for contact in contacts])
        elif contacts:
            headings = ["id", "name", "title", "company", "e-mail", "phone", "tier", "tags"]
            table(headings, (_row(contact) for contact in contacts))
        else:
            filtered = any((query, tag, company, tier, silent_for))
            say(
                "No contact matches."
                if filtered
                else "No contacts yet. Add some: netcrm import linkedin Connections.csv, or netcrm add NAME"
            )


def _row(contact: "Contact") -> Sequence[str]:
    cells = (contact.name, contact.title, contact.company, contact.email, contact.phone, contact.tier)
    return [str(contact.id), *(cell or "" for cell in cells), ", ".join(contact.tags)]


# --------------------------------------------------------------------------- one contact


def show(ctx: typer.Context, who: o.Who, json: o.Json = False) -> None:
    """Show a contact with open follow-ups and timeline."""
    with o.opened(ctx) as crm:
        card = crm.card(who)
        if json:
            _card_json(crm, card)
            return
        heading(f"{card.contact.name} ({card.contact.id})")
        for label, lines in _fields(card):
            block((label, "dim"), lines, width=9)
        if card.open:
            line()
            print_follow_ups(card.open, crm.today)
        if card.timeline:
            line()
            heading("Timeline")
            for entry in card.timeline:
                block((str(entry.day), "dim"), [[text] for text in entry.text.splitlines() or [""]], width=10)


def _fields(card: ContactCard) -> Sequence[tuple[str, Sequence[StyledLine]]]:
    contact = card.contact
    work = [[_work(contact, job)] for job in card.affiliations]
    offers = [[f"{offer.organisation}, {offer.role or 'offer'} ({offer.id}): {role}"] for offer, role in card.offers]
    fields: list[tuple[str, Sequence[StyledLine]]] = [
        ("moved", _moved(card)),
        ("works", work or _line(", ".join(part for part in (contact.title, contact.company) if part))),
        ("e-mail", [[value] for value in contact.reached_by("email")]),
        ("phone", [[value] for value in contact.reached_by("phone")]),
        ("LinkedIn", [[value] for value in contact.reached_by("linkedin")]),
        ("web", [[value] for value in contact.reached_by("url")]),
        ("offers", offers),
        ("connected", _line(str(contact.connected_on or ""))),
        ("tier", _line(contact.tier or "")),
        ("touch", _line(_cadence(card))),
        ("birthday", _line(birthday_text(contact.birthday) if contact.birthday else "")),
        ("zone", _line(contact.timezone or "")),
        ("tags", _line(", ".join(contact.tags))),
        ("notes", [[text] for text in (contact.notes or "").splitlines()]),
    ]
    return [(label, lines) for label, lines in fields if lines]


def _moved(card: ContactCard) -> Sequence[StyledLine]:
    """A line for each offer that the contact was on, if they have since moved to another company."""
    move = card.move
    if move is None:
        return []
    now = f"now works at {move.organisation}{f' as {move.title}' if move.title else ''}, since {move.since}"
    return [
        [f"{'on' if role == 'other' else f'your {role} for'} the {offer.organisation} offer, {now}"]
        for offer, role in card.offers
        if not alike(offer.organisation, move.organisation)
    ]


def _cadence(card: ContactCard) -> str:
    """The cadence of a contact in words: how often, by which rule, and whether it pauses."""
    contact, rhythm = card.contact, card.rhythm
    if contact.dormant_on:
        reason = f": {contact.dormant_reason}" if contact.dormant_reason else ""
        return f"dormant since {contact.dormant_on}{reason}"
    if rhythm is None:
        return contact.every or ""
    if rhythm.rests:
        return f"paused: {rhythm.reason}. It starts again when you hear from them"
    slowed = f", half as often as set, after {rhythm.tries} attempts without an answer"
    rule = "set for this contact" if rhythm.rule == OWN else rhythm.rule
    return f"every {rhythm.slowed} ({rule})" + (slowed if rhythm.slowed != rhythm.span else "")


def _line(text: str) -> Sequence[StyledLine]:
    return [[text]] if text else []


def _work(contact: "Contact", job: "Affiliation") -> str:
    """Title and company of a job; for the current one, the title the user gave, and beside it the imported one."""
    title, source = job.title, ""
    if job.until is None and contact.title and job.organisation == contact.company and contact.title != title:
        source = f"{SOURCES.get(job.source or '', 'a file')} says {title}" if title else ""
        title = contact.title
    days = (f"from {job.since}" if job.since else "", f"to {job.until}" if job.until else "")
    time = " ".join(filter(None, days))
    remarks = ", ".join(filter(None, (time, source)))
    return (f"{title}, " if title else "") + job.organisation + (f" ({remarks})" if remarks else "")


def _card_json(crm: Crm, card: ContactCard) -> None:
    out_json(
        today=crm.today,
        contact=json_output.contact(card.contact),
        affiliations=[json_output.affiliation(row) for row in card.affiliations],
        offers=[{**json_output.offer(offer), "their_role": role} for offer, role in card.offers],
        follow_ups=json_output.follow_ups(card.open),
        timeline=[{"day": entry.day, "kind": entry.kind, "text": entry.text} for entry in card.timeline],
        cadence=json_output.cadence(card.rhythm),
    )


# --------------------------------------------------------------------------- interactions


def log(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WHO... CHANNEL [SUMMARY]",
            help=f"One or more contacts; then the channel: {', '.join(CHANNELS)}; then what was said.",
        ),
    ],
    on: o.OnDay = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="The time it happened, such as 14:30 or 2026-11-23T14:30.")
    ] = None,
    incoming: Annotated[bool, typer.Option("--in/--out", help="Whether they contacted you, or you them.")] = False,
    no_answer: Annotated[bool, typer.Option("--no-answer", help="You tried, but did not reach them.")] = False,
    topic: Annotated[str | None, typer.Option(metavar="WORD", help="The purpose, such as thanked.")] = None,
    offer: Annotated[str | None, typer.Option(metavar="OFFER", help="The offer it was about.")] = None,
    json: o.Json = False,
) -> None:
    """Record a call, a meeting or a message.

    It settles the follow-ups that ask for it. For example: netcrm log "Dana Wu" call "She understood"
    """
    names, channel, summary = _split(words)
    with o.opened(ctx) as crm:
        day, before = o.day(crm, "--on", on), [] if json else crm.plan()
        interaction = crm.log(
            names,
            channel,
            summary,
            on=day,
            at=o.moment(crm, "--at", at, day),
            direction="in" if incoming else "out",
            answered=not no_answer,
            topic=topic,
            offer=offer,
        )
        if json:
            out_json(interaction=json_output.interaction(interaction))
            return
        say(f"{crm.last.summary if crm.last else ''}, {interaction.day}")
        _consequences(before, crm.plan())
        if topic:
            _warn_of_topic(crm, topic)


def _consequences(before: Sequence[FollowUp], after: Sequence[FollowUp]) -> None:
    """Print which follow-ups an interaction settled, and how many it started."""
    keys = {follow_up.key for follow_up in after}
    for follow_up in before:
        if follow_up.due and follow_up.key not in keys:
            say(f"Settled: {follow_up.text}")
    started = {item.key for item in after if item.due} - {item.key for item in before if item.due}
    if started:
        say(f"{count(len(started), 'new follow-up')}: netcrm plan")


def _warn_of_topic(crm: Crm, topic: str) -> None:
    """Warn of a topic that no playbook reads: it may be a typing mistake."""
    kinds = {kind for playbook in crm.playbooks for kind in playbook.kinds} - CONTACT.keys()
    topics = sorted(kind.removeprefix("message.") for kind in kinds if kind.startswith("message."))
    if topic not in topics:
        near = get_close_matches(topic, topics, n=1)
        hint = f"did you mean {near[0]}? Then undo this, and log it again" if near else f"topics: {', '.join(topics)}"
        say(f"No playbook uses the topic “{topic}”; {hint}")


def _split(words: Sequence[str]) -> tuple[list[str], "Channel", str | None]:
    """The contacts, the channel and the summary: the first word after the first contact that is a channel is it."""
    position = next((number for number, word in enumerate(words) if number and word in CHANNELS), None)
    if position is None:
        near = [match for word in words[1:] for match in get_close_matches(word, CHANNELS, n=1)]
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(CHANNELS)}"
        raise Refused(f"the channel is missing: give WHO, then the channel, then what was said; {hint}")
    return list(words[:position]), cast("Channel", words[position]), " ".join(words[position + 1 :]) or None


NO_ZONE = "UTC"
"""The time zone of a profile whose user has not given one."""


def completed(crm: Crm, given: dict[str, str | None]) -> dict[str, str | None]:
    """The given values, completed with the user's answers on a terminal.

    Questions are asked only about what neither `given` nor the profile holds. Without a terminal, a stored profile
    stays as it is, even if its time zone is UTC.
    """
    profile = crm.profile() if crm.exists else None
    zone = None if profile and profile.timezone != NO_ZONE else system_zone()
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        stored = profile is not None and profile.id is not None
        return given if stored else {**given, "timezone": given["timezone"] or zone}
    questions = {
        "name": None if profile and profile.name else "Your name",
        "email": None if profile and profile.email else "Your e-mail address (leave empty for none)",
        "timezone": zone and "Your time zone",
    }
    answers = dict(given)
    for field, question in questions.items():
        if question and given[field] is None:
            default = zone if field == "timezone" else ""
            answers[field] = _ask(field, question, default or "")
    return answers


def _ask(field: str, question: str, default: str) -> str | None:
    """The answer to a question, which is asked again until the answer is valid."""
    from netcrm.services.profile import check

    def checked(answer: str) -> str:
        try:
            check({field: answer})
        except InvalidValue as error:
            raise typer.BadParameter(f"“{answer}” {error.why}") from None
        return answer

    shown = bool(default)
    answer: str = typer.prompt(question, default=default, show_default=shown, value_proc=checked, err=True)
    return answer or None


def system_zone() -> str:
    """The IANA name of the system's time zone; UTC where the system does not say."""
    return next((name for name in _zone_names() if _is_zone(name)), NO_ZONE)


def _zone_names() -> Iterator[str]:
    yield os.environ.get("TZ", "").removeprefix(":")
    try:
        _, folder, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
        if folder:
            yield name
        yield Path("/etc/timezone").read_text(encoding="utf-8").strip()
    except OSError:
        return


def _is_zone(name: str) -> bool:
    try:
        return bool(name and ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
