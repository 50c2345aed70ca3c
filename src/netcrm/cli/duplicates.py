"""Commands that list duplicate contacts and combine two of them."""

from typing import TYPE_CHECKING, Annotated

import typer

from netcrm.cli import json_output
from netcrm.cli import options as o
from netcrm.cli.terminal import block, line, out_json, patience, say
from netcrm.domain.vocabulary import count

if TYPE_CHECKING:
    from netcrm.domain.models import Contact


def duplicates(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(metavar="N", help="The most pairs to show.")] = 20,
    json: o.Json = False,
) -> None:
    """List contacts you may have twice.

    The most likely pairs come first, with the reasons for and against. Nothing is changed; to combine a pair, use
    `netcrm merge`.
    """
    with o.opened(ctx) as crm:
        with patience("Comparing contacts"):
            search = crm.duplicates()
        shown = search.found[:limit]
        contacts = {contact.number: contact for contact in crm.contacts()}
    if json:
        out_json(pairs=[json_output.pair(pair, contacts) for pair in shown], more=len(search.found) - len(shown))
        return
    for pair in shown:
        left, right = contacts[pair.left], contacts[pair.right]
        reasons = ("; ".join(pair.reasons), "dim")
        block((f"{pair.score:.0%}", "bold"), [[_details(left)], [_details(right)], [reasons]], width=4)
    _summarise(len(shown), len(search.found), search.overlooked)


def _details(contact: "Contact") -> str:
    details = ", ".join(filter(None, (contact.title, contact.company, contact.email)))
    return f"{contact.number}  {contact.name}" + (f" ({details})" if details else "")


def _summarise(shown: int, pairs: int, overlooked: int) -> None:
    if not pairs:
        say("No duplicates found.")
    else:
        total = f" of {pairs}" if pairs > shown else ""
        say(f"{count(shown, 'pair')}{total}. To combine a pair and keep the first contact: netcrm merge ID ID")
    if overlooked:
        say(f"{overlooked:,} pairs with the same name were not compared: too many contacts share that name")


def merge(
    ctx: typer.Context,
    kept: Annotated[str, typer.Argument(metavar="WHO", help="The contact to keep, with its number, name and UID.")],
    merged: Annotated[str, typer.Argument(metavar="WHO", help="The contact to merge into it.")],
    json: o.Json = False,
) -> None:
    """Combine two contacts into one.

    The first contact gets everything the second one has: addresses, tags, jobs, interactions, offers, answers and
    notes. Where the two differ, the other value goes into the notes. To separate them again, use `netcrm undo`.
    """
    with o.opened(ctx) as crm:
        contact = crm.merge(kept, merged)
        if json:
            out_json(contact=json_output.contact(contact))
        elif crm.last:
            line(crm.last.summary)
