"""Who may be the same person, and making one of two."""

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
    limit: Annotated[int, typer.Option(metavar="N", help="No more than so many pairs.")] = 20,
    json: o.Json = False,
) -> None:
    """List contacts who may be one person.

    The likeliest first, with what speaks for it and against it. Nothing is changed: `netcrm merge` makes one of two.
    """
    with o.opened(ctx) as crm:
        with patience("Comparing everybody"):
            search = crm.duplicates()
        shown = search.found[:limit]
        people = {one.number: one for one in crm.contacts()}
    if json:
        out_json(pairs=[json_output.pair(one, people) for one in shown], more=len(search.found) - len(shown))
        return
    for one in shown:
        left, right = people[one.left], people[one.right]
        head = [(f"{one.score:.0%}", "bold")]
        block(head[0], [[_named(left)], [_named(right)], [("; ".join(one.reasons), "dim")]], width=4)
    _closing(len(shown), len(search.found), search.overlooked)


def _named(contact: "Contact") -> str:
    about = ", ".join(filter(None, (contact.title, contact.company, contact.email)))
    return f"{contact.number}  {contact.name}" + (f" ({about})" if about else "")


def _closing(shown: int, found: int, overlooked: int) -> None:
    if not found:
        say("Nobody seems to be there twice.")
    else:
        more = f", of {found}" if found > shown else ""
        say(f"{count(shown, 'pair')}{more}; netcrm merge ID ID makes one of two, the first is kept")
    if overlooked:
        say(f"{overlooked:,} pairs of namesakes were not looked at: too many people have one name there")


def merge(
    ctx: typer.Context,
    kept: Annotated[str, typer.Argument(metavar="WHO", help="Who is kept: number, name and UID stay.")],
    other: Annotated[str, typer.Argument(metavar="WHO", help="Who becomes part of them.")],
    json: o.Json = False,
) -> None:
    """Make one contact of two.

    The first gets all that the second has: ways to reach them, tags, work, talks, parts in offers, answers, notes. What
    the two say differently goes into the notes. Undo parts them again.
    """
    with o.opened(ctx) as crm:
        one = crm.merge(kept, other)
        if json:
            out_json(contact=json_output.contact(one))
        elif crm.last:
            line(crm.last.summary)
