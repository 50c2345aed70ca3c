"""You and the people you know: profile, cards, timelines, and what was said."""

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

    On a terminal it asks for what is missing. Safe to repeat: what is stored stays, what you give is changed.
    """
    with o.opened(ctx) as crm:
        whole = completed(crm, {"name": name, "email": email, "timezone": timezone})
        profile = crm.init(**whole, phone=phone, linkedin=linkedin, country=country)
        if json:
            out_json(profile=json_output.profile(profile))
            return
        say(f"Ready, {profile.name or 'whoever you are'}. Your data is in {crm.where}")
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
        typer.Option(metavar="WHEN", help="When a new job may be announced: start, signed, or a SPAN after."),
    ] = None,
    per_day: Annotated[str | None, typer.Option(metavar="N|off", help="How many follow-ups may come in a day.")] = None,
    json: o.Json = False,
) -> None:
    """Show or change your profile.

    Give options to change it, none to show it. An empty value clears a field. With --per-day the least urgent
    follow-ups come later, but none when it is overdue.
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
            say("Your profile has no name yet: netcrm init")


# --------------------------------------------------------------------------- contacts


def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The person's name.")],
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
    """Add a contact; prints the id."""
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
        for other in crm.contacts(contact.name):
            if other.name == contact.name and other.id != contact.id:
                say(f"There is another {other.name} ({other.id}). One too many? netcrm undo")
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
        typer.Option(metavar="VALUE", help="An e-mail, phone, link or tag to take away; may be repeated."),
    ] = None,
    json: o.Json = False,
) -> None:
    """Change a contact.

    E-mails, phones, links and tags are added; everything else is replaced. An empty value, as in --title "", clears
    a field.
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
        if json:
            out_json(contact=json_output.contact(contact))
            return
        say(f"{'Changed' if crm.last else 'Nothing to change in'} {contact.name} ({contact.id})")


def remove(ctx: typer.Context, who: o.Who, json: o.Json = False) -> None:
    """Remove a contact; undo brings them back."""
    with o.opened(ctx) as crm:
        contact = crm.remove(who)
        if json:
            out_json(contact=json_output.contact(contact))
            return
        say(f"Removed {contact.name} ({contact.id}). To bring them back: netcrm undo")


def list_(
    ctx: typer.Context,
    query: o.Query = None,
    tag: o.WithTag = None,
    company: o.AtCompany = None,
    tier: o.OfTier = None,
    silent_for: o.SilentFor = None,
    json: o.Json = False,
) -> None:
    """Find contacts.

    In a pipe: one a line, fields parted by tabs: id, name, title, company, e-mail, phone, tier, tags.
    """
    with o.opened(ctx) as crm:
        found = crm.contacts(query, tag=tag, company=company, tier=tier, silent_for=o.span("--silent-for", silent_for))
        if json:
            out_json(contacts=[json_output.contact(contact) for contact in found])
        elif found:
            headings = ["id", "name", "title", "company", "e-mail", "phone", "tier", "tags"]
            table(headings, (_row(contact) for contact in found))
        else:
            asked = any((query, tag, company, tier, silent_for))
            say(
                "Nobody fits."
                if asked
                else "Nobody here yet: netcrm import linkedin Connections.csv, or netcrm add NAME"
            )


def _row(contact: "Contact") -> Sequence[str]:
    cells = (contact.name, contact.title, contact.company, contact.email, contact.phone, contact.tier)
    return [str(contact.id), *(cell or "" for cell in cells), ", ".join(contact.tags)]


# --------------------------------------------------------------------------- the card


def show(ctx: typer.Context, who: o.Who, json: o.Json = False) -> None:
    """Show a contact: card, open follow-ups and timeline."""
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
    who = card.contact
    work = [[_worked(who, job)] for job in card.affiliations]
    offers = [[f"{offer.organisation}, {offer.role or 'offer'} ({offer.id}): {role}"] for offer, role in card.offers]
    fields: list[tuple[str, Sequence[StyledLine]]] = [
        ("moved", _moved(card)),
        ("works", work or _one(", ".join(part for part in (who.title, who.company) if part))),
        ("e-mail", [[value] for value in who.reached_by("email")]),
        ("phone", [[value] for value in who.reached_by("phone")]),
        ("LinkedIn", [[value] for value in who.reached_by("linkedin")]),
        ("web", [[value] for value in who.reached_by("url")]),
        ("offers", offers),
        ("connected", _one(str(who.connected_on or ""))),
        ("tier", _one(who.tier or "")),
        ("touch", _one(_cadence(card))),
        ("birthday", _one(birthday_text(who.birthday) if who.birthday else "")),
        ("zone", _one(who.timezone or "")),
        ("tags", _one(", ".join(who.tags))),
        ("notes", [[text] for text in (who.notes or "").splitlines()]),
    ]
    return [(label, lines) for label, lines in fields if lines]


def _moved(card: ContactCard) -> Sequence[StyledLine]:
    """That somebody who was on one of my offers works elsewhere now: time to congratulate, and another door."""
    move = card.move
    if move is None:
        return []
    now = f"now works at {move.organisation}{f' as {move.title}' if move.title else ''}, since {move.since}"
    parts = [(role, offer) for offer, role in card.offers if not alike(offer.organisation, move.organisation)]
    return [
        [f"{'on' if role == 'other' else f'your {role} of'} the {offer.organisation} offer, {now}"]
        for role, offer in parts
    ]


def _cadence(card: ContactCard) -> str:
    """How often to be in touch with somebody, by which rule, and whether that rests."""
    who, pace = card.contact, card.rhythm
    if who.dormant_on:
        return f"left in peace since {who.dormant_on}" + (f": {who.dormant_reason}" if who.dormant_reason else "")
    if pace is None:
        return who.every or ""
    said = f"every {pace.slowed} ({'their own' if pace.rule == OWN else pace.rule})"
    if pace.rests:
        return f"rests: {pace.reason}. Anything from them wakes them"
    return (
        f"{said}, half as often as set: {pace.tries} attempts without an answer" if pace.slowed != pace.span else said
    )


def _one(text: str) -> Sequence[StyledLine]:
    return [[text]] if text else []


def _worked(who: "Contact", job: "Affiliation") -> str:
    """Where and as what; today's title is the one I have for them, and what a source calls it stands beside that."""
    title, beside = job.title, [f"from {job.since}" if job.since else "", f"to {job.until}" if job.until else ""]
    if job.until is None and who.title and job.organisation == who.company and who.title != title:
        beside.append(f"{SOURCES.get(job.source or '', 'a file')} says {title}" if title else "")
        title = who.title
    time = ", ".join(filter(None, (" ".join(filter(None, beside[:2])), *beside[2:])))
    return (f"{title}, " if title else "") + job.organisation + (f" ({time})" if time else "")


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
            help=f"One or several people, then one of {', '.join(CHANNELS)}, then what was said.",
        ),
    ],
    on: o.OnDay = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="The time, such as 14:30 or 2026-11-23T14:30.")] = None,
    incoming: Annotated[bool, typer.Option("--in/--out", help="From them to you, or from you to them.")] = False,
    no_answer: Annotated[bool, typer.Option("--no-answer", help="You tried and reached nobody.")] = False,
    topic: Annotated[str | None, typer.Option(metavar="WORD", help="What it was for, such as thanked.")] = None,
    offer: Annotated[str | None, typer.Option(metavar="OFFER", help="The offer it was about.")] = None,
    json: o.Json = False,
) -> None:
    """Record a call, a meeting, a message.

    Follow-ups that asked for it are settled by it: netcrm log "Dana Wu" call "She understood"
    """
    who, channel, summary = _split(words)
    with o.opened(ctx) as crm:
        day, before = o.day(crm, "--on", on), [] if json else crm.plan()
        interaction = crm.log(
            who,
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
    """What an interaction settled, and how much came of it."""
    keys = {one.key for one in after}
    for item in before:
        if item.due and item.key not in keys:
            say(f"Settled: {item.text}")
    opened = {one.key for one in after if one.due} - {one.key for one in before if one.due}
    if opened:
        say(f"{count(len(opened), 'follow-up')} {'comes' if len(opened) == 1 else 'come'} of it: netcrm plan")


def _warn_of_topic(crm: Crm, topic: str) -> None:
    """A topic that no rule reads may be a slip of the keyboard."""
    kinds = {kind for book in crm.playbooks for kind in book.kinds} - CONTACT.keys()
    topics = sorted(kind.removeprefix("message.") for kind in kinds if kind.startswith("message."))
    if topic not in topics:
        near = get_close_matches(topic, topics, n=1)
        hint = (
            f"did you mean {near[0]}? Then netcrm undo, and log it again" if near else f"they know {', '.join(topics)}"
        )
        say(f"No playbook asks for the topic “{topic}”; {hint}")


def _split(words: Sequence[str]) -> tuple[list[str], "Channel", str | None]:
    """WHO... CHANNEL [SUMMARY]: the first word after the first that is a channel parts them."""
    at = next((at for at, word in enumerate(words) if at and word in CHANNELS), None)
    if at is None:
        near = [match for word in words[1:] for match in get_close_matches(word, CHANNELS, n=1)]
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(CHANNELS)}"
        raise Refused(f"say how you were in touch: WHO, then a channel, then what was said; {hint}")
    return list(words[:at]), cast("Channel", words[at]), " ".join(words[at + 1 :]) or None


NOWHERE = "UTC"


def completed(crm: Crm, given: dict[str, str | None]) -> dict[str, str | None]:
    """What was given, and, asked for on a terminal, what neither that nor the profile knows.

    Where nobody can be asked, a profile that is stored stays as it is, a zone of UTC too.
    """
    known = crm.profile() if crm.exists else None
    zone = None if known and known.timezone != NOWHERE else system_zone()
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        stored = known is not None and known.id is not None
        return given if stored else {**given, "timezone": given["timezone"] or zone}
    questions = {
        "name": None if known and known.name else "Your name",
        "email": None if known and known.email else "Your e-mail (leave empty for none)",
        "timezone": zone and "Your time zone",
    }
    answers = dict(given)
    for field, question in questions.items():
        if question and given[field] is None:
            default = zone if field == "timezone" else ""
            answers[field] = _asked(field, question, default or "")
    return answers


def _asked(field: str, question: str, default: str) -> str | None:
    """The answer to a question, asked again until it can be one."""
    from netcrm.services.profile import check

    def fit(answer: str) -> str:
        try:
            check({field: answer})
        except InvalidValue as error:
            raise typer.BadParameter(f"“{answer}” {error.why}") from None
        return answer

    shown = bool(default)
    answer: str = typer.prompt(question, default=default, show_default=shown, value_proc=fit, err=True)
    return answer or None


def system_zone() -> str:
    """The IANA name of the time zone that the system is set to; UTC where it does not say."""
    return next((name for name in _candidates() if _is_zone(name)), NOWHERE)


def _candidates() -> Iterator[str]:
    yield os.environ.get("TZ", "").removeprefix(":")
    try:
        _, found, name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
        if found:
            yield name
        yield Path("/etc/timezone").read_text(encoding="utf-8").strip()
    except OSError:
        return


def _is_zone(name: str) -> bool:
    try:
        return bool(name and ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
