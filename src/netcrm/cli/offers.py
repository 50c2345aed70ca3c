"""Commands for offers, your decisions on them, and your new job."""

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

Received = Annotated[str | None, typer.Option(metavar="DATE", help="The day you received it.")]
RespondBy = Annotated[str | None, typer.Option(metavar="DATE", help="The last day to answer it.")]
AnotherReason = Annotated[
    bool, typer.Option("--anyway", help="Go ahead even if a contact was given a different reason.")
]
DecisionText = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The reason you give, in full.")]
Person = Annotated[
    list[str],
    typer.Argument(metavar="PERSON", help='"NAME <EMAIL>:ROLE" for a new contact, "WHO:ROLE" for a known one.'),
]


# --------------------------------------------------------------------------- the offers


def add(
    ctx: typer.Context,
    company: Annotated[str, typer.Argument(metavar="COMPANY", help="The company that made the offer.")],
    role: o.JobRole = None,
    received: Received = None,
    respond_by: RespondBy = None,
    people: o.People = None,
    json: o.Json = False,
) -> None:
    """Record an offer and the people on it, and print its id.

    ROLE is recruiter, hiring-manager, interviewer, referrer or other. People who are not yet contacts are added.
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
        for twin in crm.offers():
            if twin.id != offer.id and twin.decision is None and twin.organisation == offer.organisation:
                say(f"There is another undecided {twin.organisation} offer ({twin.id}). If it is the same: netcrm undo")
        say(f"When you have decided: netcrm accept {offer.id}, or netcrm decline {offer.id}")
        out_id(offer.id)


def with_(
    ctx: typer.Context, offer: o.OfferName, people: Person, anyway: AnotherReason = False, json: o.Json = False
) -> None:
    """Add people to an offer, or change their role on it.

    ROLE is recruiter, hiring-manager, interviewer, referrer or other. People who are not yet contacts are added.
    """
    with o.opened(ctx) as crm:
        changed = crm.add_to_offer(offer, people, anyway=anyway)
        if json:
            out_json(offer=json_output.offer(changed))
            return
        say(_last(crm) or "Nothing to change", f"People on {changed.titled}: {_people(changed)}")


def edit(
    ctx: typer.Context,
    offer: o.OfferName,
    company: Annotated[str | None, typer.Option(metavar="COMPANY", help="The company that made the offer.")] = None,
    role: o.JobRole = None,
    received: Received = None,
    respond_by: RespondBy = None,
    decided: Annotated[str | None, typer.Option(metavar="DATE", help="The day you declined or accepted.")] = None,
    because: o.BecauseOrNone = None,
    anyway: AnotherReason = False,
    reason: DecisionText = None,
    drop: Annotated[
        list[str] | None, typer.Option(metavar="WHO", help="A person to remove from the offer; may be repeated.")
    ] = None,
    json: o.Json = False,
) -> None:
    """Correct an offer.

    A value you give replaces the stored one; an empty value, as in --role "", clears it. If you change the day of a
    decision, every open follow-up that depends on it moves too.
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
    """Remove an offer; undo restores it."""
    with o.opened(ctx) as crm:
        removed = crm.remove_offer(offer)
        if json:
            out_json(offer=json_output.offer(removed))
            return
        say(f"{_last(crm)} ({removed.id}); the people remain contacts. To restore the offer: netcrm undo")


def reopen(ctx: typer.Context, offer: o.OfferName, json: o.Json = False) -> None:
    """Take a decision back, so that the offer is open again.

    This also removes your answers to follow-ups that the decision started. Interactions stay in the timelines.
    """
    with o.opened(ctx) as crm:
        reopened = crm.reopen_offer(offer)
        if json:
            out_json(offer=json_output.offer(reopened))
            return
        say(f"{_last(crm)}. It is {_state(reopened)}.")


def list_(ctx: typer.Context, json: o.Json = False) -> None:
    """List your offers, the undecided ones first."""
    with o.opened(ctx) as crm:
        offers = crm.offers()
        if json:
            out_json(offers=[json_output.offer(offer) for offer in offers])
        elif offers:
            table(["id", "company", "role", "state", "people"], map(_row, offers))
        else:
            say('No offers yet. To record one: netcrm offer add COMPANY --with "NAME <EMAIL>:recruiter"')


def show(ctx: typer.Context, offer: o.OfferName, json: o.Json = False) -> None:
    """Show an offer, its people and its open follow-ups."""
    with o.opened(ctx) as crm:
        stored = crm.offer(offer)
        items = crm.plan(stored)
        if json:
            out_json(today=crm.today, offer=json_output.offer(stored), follow_ups=json_output.follow_ups(items))
            return
        heading(f"{stored.titled} ({stored.id})")
        line(_state(stored), indent=2)
        for participant in stored.participants:
            line(f"{participant.role}: {participant.contact.name} ({participant.contact.id})", indent=2)
        if stored.reason:
            line(f"your reason: {stored.reason}", indent=2)
        if items:
            line()
            print_follow_ups(items, crm.today)


# --------------------------------------------------------------------------- decisions


def decline(
    ctx: typer.Context,
    offer: o.OfferName,
    because: o.Because = None,
    reason: DecisionText = None,
    on: o.OnDay = None,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway",
            help="Go ahead even if the job you accepted is not secured, or a contact was given a different reason.",
        ),
    ] = False,
    json: o.Json = False,
) -> None:
    """Decline an offer, and show what to do about it.

    This records the decision and shows the follow-ups that it starts. netcrm does not contact anyone; you do.
    """
    with o.opened(ctx) as crm:
        day = o.day(crm, "--on", on)
        declined = crm.decline(offer, because=because, reason=reason, on=day, anyway=anyway)
        items = crm.plan(declined)
        if json:
            out_json(today=crm.today, offer=json_output.offer(declined), follow_ups=json_output.follow_ups(items))
            return
        say(f"Declined {declined.titled} on {declined.decided_on}. Your follow-ups:")
        print_follow_ups(items, crm.today)
        if not declined.participants:
            say(f"This offer has no people yet. {_add_people(declined)}")


def accept(
    ctx: typer.Context,
    offer: o.OfferName,
    on: o.OnDay = None,
    signed: Annotated[str | None, typer.Option(metavar="DATE", help="The day the contract was signed.")] = None,
    cleared: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day you passed the background checks.")
    ] = None,
    starts: Annotated[str | None, typer.Option(metavar="DATE", help="The first day of work.")] = None,
    json: o.Json = False,
) -> None:
    """Record that you accept an offer, and its milestones.

    Run it again for each milestone: it changes only what you give.
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
        for undecided in crm.offers():
            if undecided.decision is None:
                say(f"Still undecided: {undecided.titled}. To decline it: netcrm decline {undecided.id}")
        say("When you have started: netcrm job started")


# --------------------------------------------------------------------------- the new job


def started(
    ctx: typer.Context,
    on: Annotated[
        str | None,
        typer.Argument(
            metavar="DATE",
            help="Your first day. Default: the day already recorded, else that of the accepted offer, else today.",
        ),
    ] = None,
    email: o.Email = None,
    phone: o.Phone = None,
    company: Annotated[
        str | None, typer.Option(metavar="COMPANY", help="The company. Default: that of the accepted offer.")
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="TITLE", help="Your job title. Default: the role you accepted.")
    ] = None,
    json: o.Json = False,
) -> None:
    """Record your first day and your new contact details.

    Run it again to correct the job: it changes only what you give.
    """
    with o.opened(ctx) as crm:
        job = crm.job_started(o.day(crm, "DATE", on), email=email, phone=phone, organisation=company, title=title)
        _report_job(
            crm,
            job,
            f"Your job{_at(job)} {_tense(crm, job.started_on, 'started', 'starts')} on {job.started_on}.",
            json=json,
        )


def settled(
    ctx: typer.Context,
    on: Annotated[str | None, typer.Argument(metavar="DATE", help="The day. Default: today.")] = None,
    json: o.Json = False,
) -> None:
    """Record that you have settled in.

    The follow-ups that send your new contact details become due then.
    """
    with o.opened(ctx) as crm:
        job = crm.job_settled(o.day(crm, "DATE", on))
        _report_job(
            crm,
            job,
            f"You {_tense(crm, job.settled_on, 'settled', 'settle')} in{_at(job)} on {job.settled_on}.",
            json=json,
        )


def _report_job(crm: Crm, job: "Job", sentence: str, *, json: bool) -> None:
    if json:
        out_json(job=json_output.job(job))
        return
    number = sum(item.cause.kind.startswith("job.") for item in crm.plan())
    say(sentence + (f" Follow-ups about it: {number}, see netcrm plan" if number else ""))


def _tense(crm: Crm, day: date | None, past: str, future: str) -> str:
    return future if day and day > crm.today else past


def _at(job: "Job") -> str:
    return f" at {job.organisation}" if job.organisation else ""


# --------------------------------------------------------------------------- in words


def _last(crm: Crm) -> str:
    """The summary of the operation, as it stands in the journal."""
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
    return ", ".join(f"{participant.contact.name} ({participant.role})" for participant in offer.participants)


def _add_people(offer: "Offer") -> str:
    return f'To add the people you met: netcrm offer with {offer.id} "NAME <EMAIL>:recruiter"'
