"""A model of a database: plain facts in a dict, and the changes of each operation.

It has no tables and no transactions. An act is a function that changes the facts, or raises `Refusal`. An operation is
the difference that the act made, and undo restores the facts from before.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import strategies as st

from netcrm.domain.vocabulary import Reason
from tests.helpers.books import Act

Fact = tuple[Any, ...]
"""A noun and its number, such as ("contact", 3); a fact of a contact has their number, such as ("tag", 3, "ally")."""

Facts = dict[Fact, Any]

Deed = dict[Fact, tuple[Any, Any]]
"""The changes of an operation: each fact before and after, or None."""

THEIRS = ("contact", "said", "email", "linkedin", "tag", "part", "with")
"""The facts that belong to one contact."""

NOBODY, NEW, NEW_OFFER, NEW_TALK = 0, -1, -100, -200
"""Negative numbers stand for numbers that the database will give."""


class Refusal(Exception):
    """The model expects that the library refuses this."""


# --------------------------------------------------------------------------- what may be said


class Row(NamedTuple):
    """A row of LinkedIn's export."""

    name: str
    url: str
    email: str
    company: str


NAMES = ("Dana Wu", "Sam Okafor", "Ana Silva")
EMAILS = ("one@acme.example", "ONE@acme.example", "two@acme.example", "three@globex.example")
URLS = tuple(f"https://www.linkedin.com/in/who{number}" for number in range(4))
COMPANIES = ("Acme", "Globex")
TAGS = ("ally", "berlin", "Straße")
MET = ("interviewer", "hiring-manager")

names, companies = st.sampled_from(NAMES), st.sampled_from(COMPANIES)
some = st.integers(0, 7)
"""An index into what there is, modulo its length."""

details = st.fixed_dictionaries(
    {},
    optional={
        "company": companies | st.just(""),
        "notes": st.sampled_from(("Met at a fair", "Two\nlines", "x" * 9000, "")),
        "linkedin": st.sampled_from((*URLS, "")),
        "emails": st.lists(st.sampled_from(EMAILS), max_size=2),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2),
    },
)
people = st.lists(
    st.tuples(names, st.sampled_from(("", *EMAILS)), st.sampled_from(("recruiter", *MET))), min_size=1, max_size=3
)
rows = st.lists(
    st.builds(Row, names, st.sampled_from(URLS), st.sampled_from(("", *EMAILS)), st.sampled_from(("", *COMPANIES))),
    min_size=1,
    max_size=4,
    unique_by=lambda row: row.url,
)
dropped = st.sets(st.sampled_from((*EMAILS, *TAGS)), max_size=1)
reasons: st.SearchStrategy[Reason | None] = st.sampled_from((None, "fit", "terms"))

BAD: dict[str, Act] = {
    "nobody of that name": lambda crm: crm.edit("Nobody At All", notes="x"),
    "nobody to remove": lambda crm: crm.remove("Nobody At All"),
    "nobody to forget": lambda crm: crm.forget("Nobody At All"),
    "half a contact": lambda crm: crm.add("New Face", tags=["new"], emails=["new@face.example", "no address"]),
    "half an offer": lambda crm: crm.add_offer("Initech", people=["New Face:recruiter", "Other Face:boss"]),
    "half a talk": lambda crm: crm.log([*crm.contacts()[:1], "Nobody At All"], "call"),
    "no such offer": lambda crm: crm.decline("Nobody Ltd"),
    "no such operation": lambda crm: crm.undo(999_999, with_later=True),
    "no connections": lambda crm: crm.import_linkedin(__file__),
    "no backup": lambda crm: crm.restore(__file__),
}
"""Acts that must be refused."""


# --------------------------------------------------------------------------- what each thing done means


def owner(facts: Facts, kind: str, value: str) -> int | None:
    """The number of the contact with this address."""
    return next((fact[1] for fact in facts if fact[0] == kind and fact[2] == value), None)


def has(facts: Facts, kind: str, who: int) -> bool:
    return any(fact[:2] == (kind, who) for fact in facts)


def called(facts: Facts, name: str) -> set[int]:
    return {fact[1] for fact, value in facts.items() if fact[0] == "contact" and value[0] == name}


def next_new(facts: Facts) -> int:
    return min([NOBODY, *(int(fact[1]) for fact in facts if fact[0] == "contact")]) - 1


def tell(facts: Facts, who: int, said: dict[str, Any]) -> None:
    """Set details of a contact: lists grow, other values are replaced, "" clears. An address has one contact."""
    before = dict(zip(("name", "company", "notes"), facts["contact", who], strict=True))
    facts["contact", who] = tuple({key: said.get(key, value) or None for key, value in before.items()}.values())
    if "linkedin" in said:
        drop(facts, {("linkedin", who, url) for url in URLS if url != said["linkedin"]})
    addresses = [("email", email.casefold(), email) for email in said.get("emails", ())]
    addresses += [("linkedin", url, url) for url in [said.get("linkedin")] if url]
    for kind, folded, value in addresses:
        if owner(facts, kind, folded) not in (None, who):
            raise Refusal
        facts.setdefault((kind, who, folded), value)
    facts.update({("tag", who, tag): True for tag in said.get("tags", ())})


def drop(facts: dict[Fact, Any], gone: Iterable[Fact]) -> None:
    for fact in gone:
        facts.pop(fact, None)


def theirs(facts: Collection[Fact], who: int) -> set[Fact]:
    return {fact for fact in facts if fact[0] in THEIRS and fact[1] == who}


def remove(facts: Facts, who: int) -> None:
    """Remove all facts of a contact, and the interactions without another contact."""
    mine = theirs(facts, who)
    talks = {fact[2] for fact in mine if fact[0] == "with"}
    drop(facts, mine)
    shared = {fact[2] for fact in facts if fact[0] == "with"}
    drop(facts, {("talk", talk) for talk in talks - shared})


def put_on(facts: Facts, offer: int, who: Iterable[tuple[str, str, str]]) -> None:
    """Add people to an offer: the contact with the e-mail, else the one of that name, else a new one."""
    for name, email, role in who:
        named, found = called(facts, name), owner(facts, "email", email.casefold())
        if found is None and (len(named) > 1 or (email and any(has(facts, "email", one) for one in named))):
            raise Refusal
        number = found or next(iter(named), None) or next_new(facts)
        newcomer = name, facts["offer", offer][0] if role in MET else None, None
        facts.setdefault(("contact", number), newcomer)
        if email and not has(facts, "email", number):
            facts["email", number, email.casefold()] = email
        facts["part", number, offer] = role


def decline(facts: Facts, offer: int, because: str | None, *, anyway: bool) -> None:
    """Decline an offer once; offers of one company, or with a common contact, get the same reason."""
    organisation, decision, _ = facts["offer", offer]
    if decision:
        raise Refusal
    facts["offer", offer] = organisation, "declined", because
    on = {fact[1:] for fact in facts if fact[0] == "part"}
    told = {who for who, which in on if which == offer}
    for fact, (same, _, other) in [item for item in facts.items() if item[0][0] == "offer"]:
        heard = same == organisation or any((who, fact[1]) in on for who in told)
        if heard and because and other not in (None, because) and not anyway:
            raise Refusal


def meant(facts: Facts, row: Row) -> set[int]:
    """The contacts that a row may be about: none, one, or several."""
    by_link = {owner(facts, "linkedin", row.url)} - {None}
    found = by_link | ({owner(facts, "email", row.email.casefold())} - {None})
    if found and (by_link or not any(has(facts, "linkedin", who or 0) for who in found)):
        return {who or 0 for who in found}
    if found:
        return {NOBODY, *(who or 0 for who in found)}
    fits = (None, row.company) if row.company else (None, *COMPANIES)
    return {
        who for who in called(facts, row.name) if facts["contact", who][1] in fits and not has(facts, "linkedin", who)
    }


def take_in(facts: Facts, who: int, row: Row) -> None:
    """Import a row: its company is new if none was known, or if LinkedIn named another one before."""
    name, company, notes = facts.get(("contact", who), (row.name, None, None))
    said = facts.get(("said", who))
    if row.company and row.company != said:
        company = row.company if said or not company else company
        facts["said", who] = row.company
    facts["contact", who] = name, company, notes
    facts.setdefault(("linkedin", who, row.url), row.url)
    if row.email:
        facts.setdefault(("email", who, row.email.casefold()), row.email)


# --------------------------------------------------------------------------- the model


Traits = set[tuple[str, str]]


def traits(facts: Iterable[tuple[Fact, Any]], who: int) -> Traits:
    """The names, companies and addresses by which a contact is recognised."""
    found: Traits = set()
    for fact, value in facts:
        if fact == ("contact", who) and value:
            found |= {("name", value[0]), ("company", value[1] or "-")}
        elif fact == ("said", who) and value:
            found.add(("company", value))
        elif fact[:2] in (("email", who), ("linkedin", who)):
            found.add((fact[0], fact[2]))
    return found


def fits(row: Row, known: Traits) -> bool:
    if ("linkedin", row.url) in known or ("email", row.email.casefold()) in known:
        return True
    return {("name", row.name), ("company", row.company)} <= known


@dataclass
class Model:
    """The expected facts, and the changes of each operation that is not undone (None: it can't be undone).

    `seen` maps the operations in force to all rows. `ever` has the traits that contacts had at any time.
    `forgotten` has two sets of traits for each forgotten contact: the library must recognise the first, and may
    recognise the second, which later changes may have left in its journal.
    """

    facts: Facts = field(default_factory=dict)
    standing: dict[int, Deed | None] = field(default_factory=dict)
    seen: dict[tuple[int, ...], Any] = field(default_factory=dict)
    ever: dict[int, Traits] = field(default_factory=dict)
    forgotten: list[tuple[Traits, Traits]] = field(default_factory=list)
    given: set[Fact] = field(default_factory=set)

    def did(self, number: int, facts: Facts) -> None:
        """Record an acknowledged operation, with the facts after it."""
        keys = self.facts.keys() | facts.keys()
        changed = {key: (self.facts.get(key), facts.get(key)) for key in keys}
        self.standing[number] = {key: both for key, both in changed.items() if both[0] != both[1]}
        self.facts = facts
        self.given |= facts.keys()
        for who in self.people():
            self.ever[who] = self.ever.get(who, set()) | traits(facts.items(), who)

    def imported(self, rows: Iterable[Row], lost: Collection[int]) -> Facts:
        """The facts after an import; `lost` are the lines that the library leaves out for a forgotten contact."""
        facts, forgotten = dict(self.facts), set()
        for line, row in enumerate(rows, 2):
            who = meant(facts, row)
            if not who and self.was_forgotten(row, perhaps=line in lost):
                forgotten.add(line)
            elif len(who) < 2:
                take_in(facts, next(iter(who), next_new(facts)), row)
        assert forgotten == set(lost)
        return facts

    def was_forgotten(self, row: Row, *, perhaps: bool) -> bool:
        return any(fits(row, known) or (perhaps and fits(row, ever)) for known, ever in self.forgotten)

    def take_back(self, number: int) -> None:
        """Undo an operation on which no other one builds: its rows are as it left them."""
        for fact, (before, after) in (self.standing.pop(number) or {}).items():
            assert self.facts.get(fact) == after
            self.facts.pop(fact, None)
            if before is not None:
                self.facts[fact] = before

    def forget(self, who: int, imports: Collection[int]) -> None:
        """Remove a contact from the facts and from all changes, and drop operations that are then without effect.

        An import may stay, because rows that were added together are one entry of the journal.
        """
        deeds = [deed for deed in self.standing.values() if deed]
        kept = [*self.facts.items(), *((fact, deed[fact][0]) for deed in deeds for fact in deed if deed[fact][0])]
        self.forgotten.append((traits(kept, who), self.ever.pop(who, set())))
        talks = {fact[2] for fact, _ in kept if fact[:2] == ("with", who)}
        shared = {fact[2] for fact, _ in kept if fact[0] == "with" and fact[1] != who}
        for facts in (self.facts, *deeds):
            drop(facts, theirs(facts, who) | {("talk", talk) for talk in talks - shared})
        self.standing = {
            number: deed for number, deed in self.standing.items() if deed or deed is None or number in imports
        }
        self.seen.clear()

    def people(self) -> list[int]:
        return sorted(fact[1] for fact in self.facts if fact[0] == "contact")

    def removed(self) -> list[int]:
        """The contacts that were removed and that undo could bring back."""
        deeds = [deed.items() for deed in self.standing.values() if deed]
        return sorted({fact[1] for deed in deeds for fact, both in deed if fact[0] == "contact" and both[1] is None})

    def numbered(self, facts: Facts, now: Facts) -> Facts:
        """The facts with the numbers that the database gave to new ones, in order; no number was given before."""
        numbers: dict[Any, int] = {}
        for noun in ("contact", "offer", "talk"):
            fresh = sorted(fact for fact in now.keys() - self.facts.keys() if fact[0] == noun)
            assert self.given.isdisjoint(fresh)
            made = sorted((fact for fact in facts if fact[0] == noun and fact[1] < 0), reverse=True)
            numbers |= {mine[1]: its[1] for mine, its in zip(made, fresh, strict=False)}
        return {(fact[0], *(numbers.get(part, part) for part in fact[1:])): value for fact, value in facts.items()}
