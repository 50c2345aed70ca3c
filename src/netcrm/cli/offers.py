"""Offers, what became of them, and the job that follows."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import heading, line, out_id, out_json, say, table
from netcrm.cli.wording import print_follow_ups
from netcrm.crm import Crm

if TYPE_CHECKING:
    from netcrm.domain.models import Job, Offer

Received = Annotated[str | None, typer.Option(metavar="DATE", help="The day you got it.")]
RespondBy = Annotated[str | None, typer.Option(metavar="DATE", help="The last day to answer.")]
AnotherReason = Annotated[bool, typer.Option("--anyway", help="Though somebody heard another reason.")]
Person = Annotated[
    list[str], typer.Argument(metavar="PERSON", help='"NAME <EMAIL>:ROLE", or "WHO:ROLE" for somebody known.')
]


# --------------------------------------------------------------------------- the offers


def add(
    ctx: typer.Context,
    company: Annotated[str, typer.Argument(metavar="COMPANY", help="Who made the offer.")],
    role: o.JobRole = None,
    received: Received = None,
    respond_by: RespondBy = None,
    people: o.People = None,
    json: o.Json = False,
) -> None:
    """Record an offer and the people on it; prints its id.

    ROLE is one of recruiter, hiring-manager, interviewer, referrer, other. People who are unknown are added.
    """
    with o.opened(ctx) as crm:
        offer = crm.add_offer(
            company,
            role=role,
            received_on=o.day(crm, "--received", received),
            respond_by=o.day(crm, "--respond-by", respond_by),
            people=people or (),
        )
        if json:
            out_json(offer=json_output.offer(offer))
            return
        say(f"{_last(crm)} ({offer.id})")
        if not offer.participants:
            say(_add_people(offer))
        for other in crm.offers():
            if other.id != offer.id and other.decision is None and other.organisation == offer.organisation:
                say(f"There is another undecided {other.organisation} offer ({other.id}). One too many? netcrm undo")
        say(f"Decided? netcrm accept {offer.id}, or netcrm decline {offer.id}")
        out_id(offer.id)


def with_(
    ctx: typer.Context, offer: o.OfferName, people: Person, anyway: AnotherReason = False, json: o.Json = False
) -> None:
    """Put people on an offer, or change their role on it.

    ROLE is one of recruiter, hiring-manager, interviewer, referrer, other. People who are unknown are added.
    """
    with o.opened(ctx) as crm:
        changed = crm.add_to_offer(offer, people, anyway=anyway)
        if json:
            out_json(offer=json_output.offer(changed))
            return
        say(_last(crm) or "Nothing to change", f"On {changed.titled} now: {_people(changed)}")


def edit(
    ctx: typer.Context,
    offer: o.OfferName,
    company: Annotated[str | None, typer.Option(metavar="COMPANY", help="Who made the offer.")] = None,
    role: o.JobRole = None,
    received: Received = None,
    respond_by: RespondBy = None,
    decided: Annotated[str | None, typer.Option(metavar="DATE", help="The day you declined or accepted.")] = None,
    because: o.BecauseOrNone = None,
    anyway: AnotherReason = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="The one reason you give, in your words.")] = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="WHO", help="A person to take off the offer; may be repeated.")
    ] = None,
    json: o.Json = False,
) -> None:
    """Correct an offer.

    What you give replaces what was said; an empty value, as in --role "", clears it. When the day of a decision
    moves, every open follow-up that hangs on it moves too.
    """
    with o.opened(ctx) as crm:
        changed = crm.edit_offer(
            offer,
            organisation=company,
            role=role,
            received_on=o.day(crm, "--received", received) if received else received,
            respond_by=o.day(crm, "--respond-by", respond_by) if respond_by else respond_by,
            decided_on=o.day(crm, "--decided", decided),
            because=because,
            reason=reason,
            drop=drop or (),
            anyway=anyway,
        )
        if json:
            out_json(offer=json_output.offer(changed))
            return
        say(f"{_last(crm) or 'Nothing to change'} ({changed.id}): {_state(changed)}")


def remove(ctx: typer.Context, offer: o.OfferName, json: o.Json = False) -> None:
    """Remove an offer; undo brings it back."""
    with o.opened(ctx) as crm:
        removed = crm.remove_offer(offer)
        if json:
            out_json(offer=json_output.offer(removed))
            return
        say(f"{_last(crm)} ({removed.id}); its people stay. To bring it back: netcrm undo")


def reopen(ctx: typer.Context, offer: o.OfferName, json: o.Json = False) -> None:
    """Take a decision back: the offer is open again.

    Answers to what the decision had set in motion go with it; what was said to people stays in their timelines.
    """
    with o.opened(ctx) as crm:
        reopened = crm.reopen_offer(offer)
        if json:
            out_json(offer=json_output.offer(reopened))
            return
        say(f"{_last(crm)}. It is {_state(reopened)}.")


def list_(ctx: typer.Context, json: o.Json = False) -> None:
    """List the offers, the undecided first."""
    with o.opened(ctx) as crm:
        offers = crm.offers()
        if json:
            out_json(offers=[json_output.offer(offer) for offer in offers])
        elif offers:
            table(["id", "company", "role", "state", "people"], map(_row, offers))
        else:
            say('No offers yet. Record one: netcrm offer add COMPANY --with "NAME <EMAIL>:recruiter"')


def show(ctx: typer.Context, offer: o.OfferName, json: o.Json = False) -> None:
    """Show an offer, its people and what is open about it."""
    with o.opened(ctx) as crm:
        found = crm.offer(offer)
        items = crm.plan(found)
        if json:
            out_json(today=crm.today, offer=json_output.offer(found), follow_ups=json_output.follow_ups(items))
            return
        heading(f"{found.titled} ({found.id})")
        line(_state(found), indent=2)
        for part in found.participants:
            line(f"{part.role}: {part.contact.name} ({part.contact.id})", indent=2)
        if found.reason:
            line(f"your reason: {found.reason}", indent=2)
        if items:
            line()
            print_follow_ups(items, crm.today)


# --------------------------------------------------------------------------- decisions


def decline(
    ctx: typer.Context,
    offer: o.OfferName,
    because: o.Because = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="The one reason you give, in your words.")] = None,
    on: o.OnDay = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Though the accepted job is not safe, or somebody heard another reason.")
    ] = False,
    json: o.Json = False,
) -> None:
    """Turn an offer down, and see what to do about it.

    Records the decision and prints the plan it sets in motion. Nobody is written to: that is yours to do.
    """
    with o.opened(ctx) as crm:
        day = o.day(crm, "--on", on)
        declined = crm.decline(offer, because=because, reason=reason, on=day, anyway=anyway)
        items = crm.plan(declined)
        if json:
            out_json(today=crm.today, offer=json_output.offer(declined), follow_ups=json_output.follow_ups(items))
            return
        say(f"Declined {declined.titled} on {declined.decided_on}. What to do about it:")
        print_follow_ups(items, crm.today)
        if not declined.participants:
            say(f"Nobody is on this offer yet. {_add_people(declined)}")


def accept(
    ctx: typer.Context,
    offer: o.OfferName,
    on: o.OnDay = None,
    signed: Annotated[str | None, typer.Option(metavar="DATE", help="The contract was signed.")] = None,
    cleared: Annotated[str | None, typer.Option(metavar="DATE", help="The background checks were passed.")] = None,
    starts: Annotated[str | None, typer.Option(metavar="DATE", help="The first day of work.")] = None,
    json: o.Json = False,
) -> None:
    """Record that you accept an offer, and its milestones.

    May be repeated as milestones come: what is given is added, the rest stays.
    """
    with o.opened(ctx) as crm:
        accepted = crm.accept(
            offer,
            on=o.day(crm, "--on", on),
            signed_on=o.day(crm, "--signed", signed),
            cleared_on=o.day(crm, "--cleared", cleared),
            starts_on=o.day(crm, "--starts", starts),
        )
        if json:
            out_json(offer=json_output.offer(accepted))
            return
        say(f"Accepted {accepted.titled}: {_state(accepted)}")
        for other in crm.offers():
            if other.decision is None:
                say(f"Still undecided: {other.titled}. To turn it down: netcrm decline {other.id}")
        say("Once you have started: netcrm job started")


# --------------------------------------------------------------------------- my job


def started(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Argument(metavar="DATE", help="Your first day; else today.")] = None,
    email: o.Email = None,
    phone: o.Phone = None,
    company: Annotated[str | None, typer.Option(metavar="COMPANY", help="Where; else where you accepted.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="As what; else the role you accepted.")] = None,
    json: o.Json = False,
) -> None:
    """Record your first day, and how you are reached there.

    May be repeated: what is given corrects what was said of the job before.
    """
    with o.opened(ctx) as crm:
        job = crm.job_started(o.day(crm, "DATE", on), email=email, phone=phone, organisation=company, title=title)
        _told(
            crm,
            job,
            f"Your job{_at(job)} {_tense(crm, job.started_on, 'started', 'starts')} on {job.started_on}.",
            json=json,
        )


def settled(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Argument(metavar="DATE", help="The day; else today.")] = None,
    json: o.Json = False,
) -> None:
    """Record that you have settled in.

    From then on it is time to tell the people you met where you are now.
    """
    with o.opened(ctx) as crm:
        job = crm.job_settled(o.day(crm, "DATE", on))
        _told(
            crm,
            job,
            f"You {_tense(crm, job.settled_on, 'settled', 'settle')} in{_at(job)} on {job.settled_on}.",
            json=json,
        )


def _told(crm: Crm, job: "Job", sentence: str, *, json: bool) -> None:
    if json:
        out_json(job=json_output.job(job))
        return
    ahead = [item for item in crm.plan() if item.cause.kind.startswith("job.")]
    say(sentence + (f" Follow-ups about it: {len(ahead)}, see netcrm plan" if ahead else ""))


def _tense(crm: Crm, day: date | None, past: str, future: str) -> str:
    return future if day and day > crm.today else past


def _at(job: "Job") -> str:
    return f" at {job.organisation}" if job.organisation else ""


# --------------------------------------------------------------------------- in words


def _last(crm: Crm) -> str:
    """What the command did, as the journal has it."""
    return crm.last.summary if crm.last else ""


def _row(offer: "Offer") -> list[str]:
    return [str(offer.id), offer.organisation, offer.role or "", _state(offer), _people(offer)]


def _state(offer: "Offer") -> str:
    if offer.decision == "declined":
        return f"declined {offer.decided_on}" + (f", because of {offer.because}" if offer.because else "")
    if offer.decision is None:
        return f"open, answer by {offer.respond_by}" if offer.respond_by else "open"
    milestones = {"signed": offer.signed_on, "cleared": offer.cleared_on, "starts": offer.starts_on}
    return ", ".join([f"accepted {offer.decided_on}", *(f"{name} {day}" for name, day in milestones.items() if day)])


def _people(offer: "Offer") -> str:
    return ", ".join(f"{part.contact.name} ({part.role})" for part in offer.participants)


def _add_people(offer: "Offer") -> str:
    return f'Say whom you met: netcrm offer with {offer.id} "NAME <EMAIL>:recruiter"'
