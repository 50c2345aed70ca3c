"""The whole library compared with a model of it (tests.helpers.model), on a file and on a server.

A user does one thing after another for a long time: edits contacts, imports, undoes, backs up, restores, forgets, and
is interrupted. After each step the database holds exactly the facts of the model. Whatever was undone or restored
equals the earlier state exactly.
"""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlmodel import col, select

from netcrm import Crm
from netcrm.domain.models import Affiliation, Change, Contact, Interaction, Tag, validated
from netcrm.domain.vocabulary import Reason
from netcrm.errors import CannotTakeBack, NetcrmError, NothingToUndo, RequestError, StandsOnIt, StoreError
from netcrm.services.imports.pipeline import ImportReport
from tests.helpers import model
from tests.helpers.books import TABLES, TODAY, VIEWS, Act, everything, whole
from tests.helpers.model import Facts, Refusal, Row

# --------------------------------------------------------------------------- the facts in the database


def shown(crm: Crm) -> Facts:
    """Every fact in the database."""
    facts: Facts = {}
    for contact in crm.contacts():
        number = contact.id
        facts["contact", number] = contact.name, contact.company, contact.notes
        facts |= {("tag", number, tag): True for tag in contact.tags}
        facts |= {("email", number, value.casefold()): value for value in contact.reached_by("email")}
        facts |= {("linkedin", number, value): value for value in contact.reached_by("linkedin")}
    for offer in crm.offers():
        facts["offer", offer.id] = offer.organisation, offer.decision, offer.because
        facts |= {("part", part.contact_id, offer.id): part.role for part in offer.participants}
    with crm.session() as session:
        for talk in session.exec(select(Interaction)):
            facts["talk", talk.id] = talk.channel, talk.summary
            facts |= {("with", link.contact_id, talk.id): True for link in talk.links}
        imported = select(Affiliation).where(Affiliation.source == "linkedin").order_by(col(Affiliation.id))
        facts |= {("said", work.contact_id): work.organisation for work in session.exec(imported)}
    return facts


def uid_of(crm: Crm, number: int) -> str:
    """The uid of a contact, which for a removed one is in the journal."""
    with crm.session() as session:
        if contact := session.get(Contact, number):
            return contact.uid
        changes = select(Change).where(Change.table == "contact", Change.row == number)
        return next(str(change.before["uid"]) for change in session.exec(changes) if change.before)


def standing(crm: Crm) -> list[int]:
    return [operation.number for operation in reversed(crm.operations(None)) if operation.undone_at is None]


# --------------------------------------------------------------------------- crashes


HALF = (
    "UPDATE contact SET notes = 'half', name = 'Half'",
    "UPDATE operation SET summary = 'half'",
    "DELETE FROM tag",
    "INSERT INTO operation (name, summary, at) SELECT 'half', hex(zeroblob(9000)), '2026' FROM sqlite_master",
)
"""A transaction that writes more than the cache holds, so that SQLite overwrites pages of the file."""

HOT = bytes.fromhex("d9d505f920a163d7")
"""The first bytes of a journal that must be rolled back (https://sqlite.org/fileformat.html#the_rollback_journal)."""


def cut_off(path: Path, copy: Path) -> None:
    """Copy the file and its journal in the middle of a transaction, as a power cut would leave them."""
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        for statement in HALF:
            writer.execute(statement)
        for suffix in ("", "-journal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        writer.execute("ROLLBACK")
    assert copy.read_bytes() != before
    assert copy.with_name(f"{copy.name}-journal").read_bytes().startswith(HOT)


def write_half(crm: Crm, then: Callable[[], object]) -> None:
    """Start an operation that changes every contact, and call `then` before it ends."""
    with crm._workspace.write("half", "Half") as unit:
        unit.add(validated(Contact, name="Half"))
        for tag in unit.session.exec(select(Tag)):
            unit.remove(tag)
        for contact in unit.session.exec(select(Contact)):
            unit.change(contact, notes="half")
        then()


def interrupt() -> None:
    raise KeyboardInterrupt


def hang_up(url: str) -> None:
    """End every other connection to the server's database."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def empty(url: str) -> None:
    """Remove all tables from the server's database."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


# --------------------------------------------------------------------------- the state machine


class Life(RuleBasedStateMachine):
    """A long use of netcrm: each rule is one thing that a user does, or that goes wrong."""

    database: ClassVar[str]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(mkdtemp(dir=self.folder))
        self.path = None if "://" in self.database else self.home / "crm.db"
        if self.path is None:
            empty(self.database)
        self.files = (self.home / f"{number}.db" for number in count(1))
        self.backups: list[tuple[Path, model.Model, Any]] = []
        self.gone = set[str]()
        self.model = model.Model()
        self.held: Any = None
        self.model.seen[()] = {name: [] for name in (*TABLES, *VIEWS)}
        self.open()
        self.begin()

    def begin(self) -> None:
        """Create the first contacts, an offer, an interaction, a decision and a backup."""
        tags, notes = ["ally", "berlin"], "Met at a fair"
        self.add("Dana Wu", {"company": "Acme", "emails": ["one@acme.example"], "tags": tags, "notes": notes})
        self.offer("Acme", [("Dana Wu", "", "recruiter"), ("Sam Okafor", "", "interviewer")])
        self.log([0, 1], "Lunch")
        self.decline(0, "fit", anyway=False)
        self.backup()

    def open(self) -> None:
        self.crm, self.known = Crm(self.path or self.database, today=TODAY, playbooks=self.home), False

    def teardown(self) -> None:
        self.crm.close()
        if self.path:
            with closing(sqlite3.connect(self.path)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        shutil.rmtree(self.home)

    @invariant()
    def the_book_says_what_the_model_says(self) -> None:
        """After each acknowledged operation and each opening, the database holds exactly the facts of the model."""
        if not self.known:
            assert shown(self.crm) == self.model.facts
            assert standing(self.crm) == list(self.model.standing)
        self.known = True

    # ------------------------------------------------------------------ a step and the model

    def does(self, act: Act, apply: Callable[[Facts], object]) -> None:
        """Run one operation and apply its effect to the model; if the model refuses it, netcrm must refuse it too."""
        facts = dict(self.model.facts)
        try:
            apply(facts)
        except Refusal:
            self.refuses(act)
        else:
            self.did(act, facts)

    def did(self, act: Act, facts: Facts) -> None:
        """Run one operation that leads to these facts; if it changes nothing, the journal must not record it."""
        before = self.crm.last
        act(self.crm)
        if any(fact[1] < 0 for fact in facts):
            facts = self.model.numbered(facts, shown(self.crm))
        if facts == self.model.facts:
            assert self.crm.last == before
            return
        assert self.crm.last
        assert self.crm.last != before
        self.model.did(self.crm.last.number, facts)
        self.seen()

    def seen(self) -> None:
        """Check that the same operations always lead to exactly the same content."""
        content = everything(self.crm)
        assert self.model.seen.setdefault(tuple(self.model.standing), content) == content
        self.held, self.known = None, False

    def refuses(self, act: Act, *errors: type[BaseException]) -> None:
        """Check that an act raises an error and changes nothing."""
        with pytest.raises(errors or RequestError):
            self.leaves_alone(act)

    def leaves_alone(self, act: Act) -> None:
        before = self.content()
        try:
            act(self.crm)
        finally:
            assert whole(self.crm) == before

    def content(self) -> Any:
        """All that the database holds, with the journal. It is read again only after an acknowledged operation."""
        self.held = self.held or whole(self.crm)
        return self.held

    def one_of(self, noun: str, which: int) -> int:
        numbers = sorted(fact[1] for fact in self.model.facts if fact[0] == noun)
        return int(numbers[which % len(numbers)])

    # ------------------------------------------------------------------ contacts

    @rule(name=model.names, details=model.details)
    def add(self, name: str, details: dict[str, Any]) -> None:
        def apply(facts: Facts) -> None:
            facts["contact", model.NEW] = name, None, None
            model.tell(facts, model.NEW, details)

        self.does(lambda crm: crm.add(name, **details), apply)

    @precondition(lambda self: self.model.people())
    @rule(who=model.some, name=st.none() | model.names, details=model.details, dropped=model.dropped)
    def edit(self, who: int, name: str | None, details: dict[str, Any], dropped: set[str]) -> None:
        number = self.one_of("contact", who)
        added = {value.casefold() for value in (*details.get("emails", ()), *details.get("tags", ()))}
        drop = {value for value in dropped if value.casefold() not in added}

        def apply(facts: Facts) -> None:
            named = {("email", number, value.casefold()) for value in drop} | {("tag", number, value) for value in drop}
            if drop and named.isdisjoint(facts):
                raise Refusal
            model.tell(facts, number, details | ({"name": name} if name else {}))
            model.drop(facts, named)

        self.does(lambda crm: crm.edit(number, name=name, drop=drop, **details), apply)

    @precondition(lambda self: self.model.people())
    @rule(who=model.some)
    def remove(self, who: int) -> None:
        number = self.one_of("contact", who)
        self.does(lambda crm: crm.remove(number), lambda facts: model.remove(facts, number))

    @precondition(lambda self: self.model.people())
    @rule(who=st.lists(model.some, min_size=1, max_size=2), summary=st.none() | st.just("Lunch"))
    def log(self, who: list[int], summary: str | None) -> None:
        numbers = [self.one_of("contact", choice) for choice in who]

        def apply(facts: Facts) -> None:
            facts["talk", model.NEW_TALK] = "call", summary
            facts.update({("with", number, model.NEW_TALK): True for number in numbers})

        self.does(lambda crm: crm.log(numbers, "call", summary), apply)

    # ------------------------------------------------------------------ offers

    @rule(company=model.companies, who=model.people)
    def offer(self, company: str, who: list[tuple[str, str, str]]) -> None:
        def apply(facts: Facts) -> None:
            facts["offer", model.NEW_OFFER] = company, None, None
            model.put_on(facts, model.NEW_OFFER, who)

        people = [f"{name} <{email}>:{role}" if email else f"{name}:{role}" for name, email, role in who]
        self.does(lambda crm: crm.add_offer(company, people=people), apply)

    @precondition(lambda self: any(fact[0] == "offer" for fact in self.model.facts))
    @rule(which=model.some, because=model.reasons, anyway=st.booleans())
    def decline(self, which: int, because: Reason | None, anyway: bool) -> None:
        offer = self.one_of("offer", which)
        self.does(
            lambda crm: crm.decline(offer, because=because, anyway=anyway),
            lambda facts: model.decline(facts, offer, because, anyway=anyway),
        )

    # ------------------------------------------------------------------ rows of files

    @rule(rows=model.rows)
    def import_twice(self, rows: list[Row]) -> None:
        """A second import of the same file changes nothing, unless the first one left out a row."""
        self.imports(rows)
        facts = dict(self.model.facts)
        if not self.imports(rows).left_out:
            assert self.model.facts == facts

    def imports(self, rows: Sequence[Row]) -> ImportReport:
        """An import does what its dry run reports, and the dry run changes nothing."""
        file, reports = self.home / "Connections.csv", list[ImportReport]()
        lines = (f"{row.name.replace(' ', ',')},{row.url},{row.email},{row.company},," for row in rows)
        file.write_text("\n".join(("First Name,Last Name,URL,Email Address,Company,Position,Connected On", *lines, "")))
        self.leaves_alone(lambda crm: reports.append(crm.import_linkedin(file, dry_run=True)))
        left_out = [problem.line for problem in reports[0].problems if "was forgotten" in problem.message]
        facts = self.model.imported(rows, left_out)
        self.did(lambda crm: reports.append(crm.import_linkedin(file)), facts)
        assert replace(reports[0], dry_run=False) == reports[1]
        return reports[1]

    # ------------------------------------------------------------------ undo

    @rule(times=st.integers(1, 3))
    def undo(self, times: int) -> None:
        """Undo the newest operations one by one, until there is none left or the next one forgot a contact."""
        for _ in range(times):
            newest = next(reversed(self.model.standing), None)
            if newest is None or self.model.standing[newest] is None:
                self.refuses(lambda crm: crm.undo(), CannotTakeBack if newest else NothingToUndo)
                return
            assert [operation.number for operation in self.crm.undo()] == [newest]
            self.model.take_back(newest)
            self.seen()

    @precondition(lambda self: any(self.model.standing.values()))
    @rule(which=model.some)
    def undo_an_older_one(self, which: int) -> None:
        """Undo an older operation alone, or together with the later ones that build on it."""
        numbers = [number for number, deed in self.model.standing.items() if deed]
        chosen = numbers[which % len(numbers)]
        above = list[int]()
        try:
            undone = self.crm.undo(chosen)
        except StandsOnIt as refusal:
            above = [number for number, _ in refusal.later]
        if above:
            self.refuses(lambda crm: crm.undo(chosen), StandsOnIt)
            undone = self.crm.undo(chosen, with_later=True)
        assert [operation.number for operation in undone] == [*above, chosen]
        for operation in undone:
            self.model.take_back(operation.number)
        self.seen()

    # ------------------------------------------------------------------ backups

    @precondition(lambda self: self.backups[-1][1].standing != self.model.standing)
    @rule()
    def backup(self) -> None:
        copy = self.crm.backup(next(self.files))
        assert (copy.contacts, copy.operations) == (len(self.model.people()), len(self.crm.operations(None)))
        self.backups.append((copy.path, deepcopy(self.model), self.content()))

    @rule(which=model.some)
    def restore(self, which: int) -> None:
        """A restore brings back all content and what can be undone, except contacts forgotten since the backup.

        The replaced database is kept.
        """
        path, then, content = self.backups[which % len(self.backups)]
        returning = self.returning(path, then)
        self.leaves_alone(lambda crm: crm.restore(path, dry_run=True))
        replaced = self.model, self.content()
        restored = self.crm.restore(path)
        assert restored.kept
        assert restored.forgotten == len(returning)
        self.backups.append((Path(shutil.copy(restored.kept, next(self.files))), *replaced))
        self.model = deepcopy(then)
        self.model.forgotten = replaced[0].forgotten
        if returning:
            self.forgot(returning)
        else:
            assert whole(self.crm) == content
        self.seen()

    def returning(self, path: Path, then: model.Model) -> list[int]:
        """The contacts in a backup that were forgotten after it was made."""
        numbers = [*then.people(), *then.removed()]
        with Crm(path, today=TODAY) as copy:
            return [number for number in numbers if uid_of(copy, number) in self.gone] if numbers else []

    def forgot(self, numbers: Sequence[int]) -> None:
        """Check that nothing is left of these contacts, and that this can't be undone."""
        newest = self.crm.operations(1)[0].number
        imports = [operation.number for operation in self.crm.operations(None) if operation.name == "import"]
        for number in numbers:
            self.model.forget(number, imports)
        self.model.standing[newest] = None
        assert not [uid for uid in self.gone if uid in str(whole(self.crm))]
        assert self.path is None or not [uid for uid in self.gone if uid.encode() in self.path.read_bytes()]

    # ------------------------------------------------------------------ forgetting

    @precondition(lambda self: self.model.people() or self.model.removed())
    @rule(who=model.some)
    def forget(self, who: int) -> None:
        """Forget a contact, even a removed one: the uid is gone everywhere, and a second `forget` is refused."""
        numbers = [*self.model.people(), *self.model.removed()]
        number = numbers[who % len(numbers)]
        self.gone.add(uid_of(self.crm, number))
        self.leaves_alone(lambda crm: crm.forget(number, dry_run=True))
        assert self.crm.forget(number).overwritten
        self.forgot([number])
        self.seen()
        self.refuses(lambda crm: crm.forget(number))

    # ------------------------------------------------------------------ mishaps

    @precondition(lambda self: self.held is None)
    @rule(what=st.sampled_from(("open anew", "interrupt", "crash", *model.BAD)))
    def mishap(self, what: str) -> None:
        """One mishap between two acknowledged operations is enough."""
        match what:
            case "open anew":
                self.crm.close()
                self.open()
            case "interrupt":
                self.refuses(lambda crm: write_half(crm, interrupt), KeyboardInterrupt)
            case "crash":
                self.crash()
            case _:
                self.refuses(model.BAD[what], NetcrmError)

    def crash(self) -> None:
        """A power cut or the loss of the server in the middle of an operation loses only that operation."""
        if self.path is None:
            self.refuses(lambda crm: write_half(crm, lambda: hang_up(self.database)), StoreError)
            return
        before = self.content()
        self.crm.close()
        copy = next(self.files)
        cut_off(self.path, copy)
        self.path = copy
        self.open()
        assert whole(self.crm) == before


EXAMPLES = settings().max_examples
"""The number of the Hypothesis profile: --hypothesis-profile=long asks for far more."""


def test_a_book_lives_as_the_model_does(url: str, tmp_path: Path) -> None:
    """In any order of operations, refusals and crashes, the database equals the model, and its file is sound."""

    class Here(Life):
        database, folder = url, tmp_path

    examples, steps = (max(1, EXAMPLES // 20), 15) if "://" in url else (max(2, EXAMPLES // 8), 20)
    run_state_machine_as_test(Here, settings=settings(max_examples=examples, stateful_step_count=steps))
