"""Every kind of write leaves the same rows and the same journal on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from netcrm import Crm
from tests.faults.story import STORY, VOLATILE, connections
from tests.helpers.books import TODAY, everything, whole
from tests.store_contract.conftest import Both


def stable(crm: Crm) -> list[Any]:
    """All rows and the journal, without the random columns and those that the clock fills.

    Only the rows of each operation are compared in the journal: the clock decides how often an operation writes a row.
    """
    *nouns, changes = whole(crm)
    rows = [[{name: row[name] for name in row.keys() - VOLATILE} for row in noun] for noun in nouns]
    return [*rows, {(change["operation_id"], change["table"], change["row"], change["last"]) for change in changes}]


@pytest.mark.server
@pytest.mark.short
def test_a_story_is_the_same_on_both_engines(postgresql_url: str, tmp_path: Path) -> None:
    """After each step, whatever it writes, imports, undoes, forgets or restores, both hold the same rows."""
    for folder in (folders := (tmp_path / "file", tmp_path / "server")):
        folder.mkdir()
    people = [connections(folder / "Connections.csv", 30) for folder in folders]
    with Crm(tmp_path / "book.db", today=TODAY) as file, Crm(postgresql_url, today=TODAY) as server:
        for number, step in enumerate(STORY):
            step(file, people[0])
            step(server, people[1])
            assert stable(file) == stable(server), number


IMPORTS: dict[str, Callable[[Crm, Path], object]] = {
    "json": lambda crm, folder: crm.import_json(folder / "book.json"),
    "vcard": lambda crm, folder: crm.import_vcard(folder / "book.vcf"),
    "csv": lambda crm, folder: crm.import_csv(folder / "book.csv"),
}


@pytest.fixture(scope="module")
def exported(read_only: Both, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the server exports."""
    _, server = read_only
    folder = tmp_path_factory.mktemp("exported")
    server.export_json(folder / "book.json")
    server.export_vcard(folder / "book.vcf")
    server.export_csv(folder / "book.csv")
    return folder


@pytest.mark.parametrize("form", IMPORTS)
def test_an_import_writes_the_same_on_both_engines(form: str, exported: Path, both_empty: Both) -> None:
    """An export of the server comes into an empty database of each engine alike; twice is as once; undo empties it."""
    file, server = both_empty
    assert IMPORTS[form](file, exported) == IMPORTS[form](server, exported)
    assert stable(file) == stable(server)
    before = [whole(crm) for crm in both_empty]
    for crm in both_empty:
        IMPORTS[form](crm, exported)
    assert [whole(crm) for crm in both_empty] == before
    for crm in both_empty:
        crm.undo()
        assert not any(everything(crm).values())


def file_of(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


CARD = (
    "BEGIN:VCARD\nVERSION:3.0\nUID:card-1\nFN:Dana Wu\nTITLE:Head\nEMAIL:dana@acme.example\nX-TEA:Oolong\nEND:VCARD\n"
)
GOOGLE = (
    "First Name,Last Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n"
    "Dana,Wu,Met at a fair,ally,* Work,dana@acme.example,Mobile,+49 30 1234567\n"
)
LINKEDIN = (
    "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    "Dana,Wu,https://www.linkedin.com/in/dana,dana@acme.example,Initech,Lead,05 Mar 2020\n"
)


def twins(crm: Crm) -> None:
    """Merge two contacts of which both have methods, tags, jobs, interactions, parts in offers and answers."""
    crm.add("D. Wu", emails=["d@home.example"], tags=["berlin"], company="Initech", title="Lead", birthday="--11-23")
    crm.edit("d@home.example", notes="Knows the city", tier="A")
    for offer in ("acme", "globex"):
        crm.add_to_offer(offer, ["d@home.example:interviewer"])
    crm.log("d@home.example", "meeting", "Lunch")
    crm.log(["dana@acme.example", "d@home.example"], "call")
    crm.skip(crm.plan("d@home.example")[0].id, reason="Done in person")
    crm.merge("dana@acme.example", "d@home.example")


WRITES: dict[str, Callable[[Crm, Path], object]] = {
    "merge": lambda crm, _: twins(crm),
    "country": lambda crm, _: crm.init(country="AT", phone="+43 1 99"),
    "card": lambda crm, folder: crm.import_vcard(file_of(folder, "card.vcf", CARD)),
    "google": lambda crm, folder: crm.import_google(file_of(folder, "google.csv", GOOGLE)),
    "linkedin": lambda crm, folder: crm.import_linkedin(file_of(folder, "Connections.csv", LINKEDIN)),
    "edit": lambda crm, _: crm.edit("dana", name="Dana Berg", tier="B", birthday=date(1990, 2, 28), drop=["ally"]),
    "edit offer": lambda crm, _: crm.edit_offer("acme", role="Lead", reason="", drop=["sam"]),
    "reopen offer": lambda crm, _: crm.reopen_offer("acme"),
    "remove offer": lambda crm, _: crm.remove_offer("acme"),
    "done": lambda crm, _: crm.done(crm.plan()[0].id, note="Well"),
    "remove": lambda crm, _: crm.remove("dana"),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_and_its_undo_are_the_same_on_both_engines(both: Both, tmp_path: Path, write: str) -> None:
    """An operation on a busy database writes the same rows on both engines, and undo leaves what was there before."""
    before = [everything(crm) for crm in both]
    first = [crm.operations(1)[0].number for crm in both]
    for crm in both:
        WRITES[write](crm, tmp_path)
    assert stable(both[0]) == stable(both[1])
    assert [everything(crm) for crm in both] != before
    for crm, number in zip(both, first, strict=True):
        while crm.operations(None) and next(one.number for one in crm.operations(None) if not one.undone_at) > number:
            crm.undo()
    assert [everything(crm) for crm in both] == before
