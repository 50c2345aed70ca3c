"""A story that uses every kind of write, one transaction for each step, and the rows of the database after each step.

After any interruption the database must equal the one after the last acknowledged step. It may also equal the one after
the current step, if that was durable already. Any other state has lost a step, or holds half of one.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text

from netcrm import Crm
from tests.helpers.books import TABLES, TODAY

Book = Mapping[str, Any]
Step = Callable[[Crm, Path], object]

VOLATILE = frozenset({"uid", "contact_uid", "cause", "snapshot", "changed_at", "at", "undone_at"})
"""Columns that differ from one run to the next: random identities, and instants."""

_CHANGED = 'SELECT DISTINCT operation_id, "table", "row", last FROM change ORDER BY operation_id, "table", "row"'
"""The rows that an operation wrote. The number of writes to a row depends on the clock, through `changed_at`."""


def _first(crm: Crm) -> str:
    return crm.plan()[0].id


def import_people(crm: Crm, file: Path) -> None:
    """Import a file: the one step that may run twice in a row, because it adds no contact twice."""
    crm.import_linkedin(file)


def keep_a_copy(crm: Crm, file: Path) -> None:
    """Write a backup beside the imported file; the database does not change."""
    crm.backup(file.with_name("kept.backup"), overwrite=True)


def put_the_copy_back(crm: Crm, file: Path) -> None:
    """Restore the backup: the step that replaces all rows at once."""
    crm.restore(file.with_name("kept.backup"))


STORY: tuple[Step, ...] = (
    lambda crm, _: crm.init(name="Robin Vale", email="robin@example.org", timezone="Europe/Berlin"),
    lambda crm, _: crm.add("Dana Wu", emails=["dana@acme.example"], phones=["+49 30 1234567"], tags=["ally"]),
    lambda crm, _: crm.add_offer("Acme", people=["Dana Wu:recruiter", "Sam Okafor <sam@acme.example>:interviewer"]),
    lambda crm, _: crm.add_offer("Globex", people=["Lena Fischer:hiring-manager", "Sam Okafor:interviewer"]),
    import_people,
    lambda crm, _: crm.edit("dana", notes="Met at a fair. " * 400, tags=["berlin", "fair"], company="Acme"),
    lambda crm, _: crm.decline("acme", because="career-path", reason="I want to lead a team"),
    lambda crm, _: crm.done(_first(crm), note="She was kind about it"),
    lambda crm, _: crm.snooze(_first(crm), until="3 days"),
    lambda crm, _: crm.undo(5),
    import_people,
    lambda crm, _: crm.log(["dana", "lena"], "meeting", "Lunch"),
    lambda crm, _: crm.accept("globex", signed_on=TODAY, starts_on=date(2027, 1, 4)),
    lambda crm, _: crm.remove("lena"),
    lambda crm, _: crm.undo(),
    import_people,
    keep_a_copy,
    lambda crm, _: crm.forget("sam"),
    put_the_copy_back,
    lambda crm, _: crm.add("Mia Lund"),
)
"""Operation 5 is the first import. The last import finds all contacts present, and changes nothing.

The restored copy still has the contact that was forgotten since, so the same step forgets them again.
"""

HEAVY = (4, 9, 10, 17, 18)
"""The steps that write the most: the imports, the undo of one, forgetting a contact and restoring a copy."""


def connections(file: Path, people: int) -> Path:
    """LinkedIn's export of `people` contacts."""
    rows = (f"Ana{n},Silva,https://www.linkedin.com/in/ana{n},,Acme {n % 40},Lead,05 Mar 2020" for n in range(people))
    head = "First Name,Last Name,URL,Email Address,Company,Position,Connected On"
    file.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return file


def book(crm: Crm, without: Iterable[str] = VOLATILE) -> Book:
    """Every row of every table and of the journal, without these columns."""
    hidden = frozenset(without)
    with crm.session() as session:
        ask = session.connection().execute
        held: dict[str, Any] = {"undone": ask(text("SELECT id FROM operation WHERE undone_at IS NOT NULL")).all()}
        held["change"] = ask(text(_CHANGED)).all()
        held["forgotten"] = ask(text("SELECT count(*) FROM forgotten")).scalar_one()
        for table in (*TABLES, "operation"):
            rows = ask(text(f"SELECT * FROM {table} ORDER BY id")).mappings()
            held[table] = [tuple(value for name, value in row.items() if name not in hidden) for row in rows]
    return held


def told(path: Path, file: Path, keep: Callable[[Crm], None]) -> None:
    """Run the whole story without interruption; `keep` gets the database before it and after each step."""
    with Crm(path, today=TODAY) as crm:
        keep(crm)
        for step in STORY:
            step(crm, file)
            keep(crm)
