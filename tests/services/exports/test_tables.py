"""Tables for a spreadsheet: what they hold, that no cell is run as a formula, and that contacts can
be imported again.
"""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.errors import InvalidValue
from netcrm.formats.csv import mapped, writer
from tests.helpers.books import TODAY, Act, act_out
from tests.helpers.cli_runner import Cli
from tests.helpers.hostile import texts
from tests.services.imports.test_archive import book_acts


def rows_of(text: str) -> list[dict[str, str]]:
    """A table as another program reads it."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def told(crm: Crm, table: str = "contacts", **filters: Any) -> list[dict[str, str]]:
    return rows_of("".join(crm.csv(table=table, **filters)))


# --------------------------------------------------------------------------- cells


@given(st.text() | texts | st.text(alphabet="'=+-@\t\r\uff1d1a", max_size=6))
@example("'")
@example("''=1")
@example("\uff1d1+1")
def test_a_guarded_cell_is_no_formula_and_comes_back(cell: str) -> None:
    """No spreadsheet runs a written cell as a formula, and it is read back unchanged."""
    written = writer.guarded(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    assert writer.bare(written) == cell


@given(st.lists(st.text(alphabet=": ab", min_size=1).map(str.strip).filter(bool) | st.just(":::"), max_size=4))
@example(["::: a", "b :::", ":::", "a :::: b", "a::: b"])
def test_values_in_one_cell_come_apart_again(values: list[str]) -> None:
    """Joined values are split into the same values, even if one contains the separator."""
    assert writer.parted(writer.joined(values)) == values


@pytest.mark.parametrize(
    ("phone", "cell"),
    [
        ("+49 30 1234567", "+49 30 1234567"),
        ("+1 (415) 555-2671", "+1 (415) 555-2671"),
        ("+49 30 1234567;ext=5", "'+49 30 1234567;ext=5"),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
    ],
)
def test_a_plain_phone_number_is_left_as_it_is(phone: str, cell: str) -> None:
    """A phone number is not a formula; a cell with anything else in it is guarded."""
    assert writer._cell("phone", phone) == cell
    assert writer._cell("name", "+49 30 1234567") == "'+49 30 1234567"


# --------------------------------------------------------------------------- export and import again


def same(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The columns that can be imported again: all but the derived ones."""
    return [{name: cell for name, cell in row.items() if name not in writer.WORKED_OUT} for row in rows]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=max(4, settings().max_examples // 3)
)
@given(st.lists(book_acts, min_size=1, max_size=10))
def test_the_contacts_of_every_book_come_back(tmp_path: Path, lived: list[Act]) -> None:
    """After any operations with any texts, the table of contacts imported into an empty database gives the same table;
    a second import changes nothing; and another program can read every other table.
    """
    path = tmp_path / "contacts.csv"
    with Crm(memory=True, today=TODAY) as crm, Crm(memory=True, today=TODAY) as other:
        other.init(name="Robin Vale", country="DE")
        act_out(crm, {str(at): act for at, act in enumerate(lived)}, map(str, range(len(lived))))
        crm.init(name="Robin Vale", country="DE")
        for table, columns in writer.COLUMNS.items():
            assert all(tuple(row) == columns for row in told(crm, table))
        if not crm.export_csv(path, overwrite=True):
            return
        assert other.import_csv(path).problems == []
        assert same(told(other)) == same(told(crm))
        again = other.import_csv(path)
        assert (again.added, again.updated, again.problems) == (0, 0, [])


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """A file with this content."""

    def written(content: str) -> Path:
        path = tmp_path / "contacts.csv"
        path.write_bytes(content.encode())
        return path

    return written


@pytest.fixture
def told_season(season_file: Path) -> Iterator[Crm]:
    """The season of tests.helpers.books, with a meeting, an answer, and a contact with every field."""
    with Crm(season_file, today=TODAY) as crm:
        crm.done(crm.due()[0].id)
        crm.log(["dana", "sam"], "meeting", "Two\nlines", at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
        crm.edit(
            "priya", emails=["p@x.example", "priya@home.example"], phones=["+49 30 99"], urls=["https://x.example"]
        )
        crm.edit("priya", tags=["ally", "a ::: b"], birthday="--02-29", tier="A", every="3 months", title="Lead")
        crm.edit("priya", company="=Acme", notes='He said "no",\n\n=1+1\tand left', timezone="Europe/Berlin")
        yield crm


def test_each_table_says_its_facts_with_names_and_uids(told_season: Crm) -> None:
    """Each row is one fact: work, offers, people on them, interactions, answers."""
    dana, priya = told_season.contact("dana"), told_season.contact("priya")
    people = {row["name"]: row for row in told(told_season)}
    assert people["Dana Wu"]["last contact"] == str(TODAY)
    assert people["Priya Raman"] == {
        **dict.fromkeys(writer.COLUMNS["contacts"], ""),
        "uid": priya.uid,
        "name": "Priya Raman",
        "company": "'=Acme",
        "title": "Lead",
        "tier": "A",
        "email": "p@x.example ::: priya@home.example",
        "phone": "+49 30 99",
        "url": "https://x.example",
        "birthday": "'--02-29",
        "timezone": "Europe/Berlin",
        "every": "3 months",
        "tags": "a :::: b ::: ally",
        "notes": 'He said "no",\n\n=1+1\tand left',
    }
    work = told(told_season, "work")[0]
    assert (work["contact uid"], work["contact"], work["organisation"]) == (dana.uid, "Dana Wu", "Acme Robotics")
    offers = told(told_season, "offers")
    assert [(row["organisation"], row["decision"]) for row in offers] == [
        ("Acme Robotics", "declined"),
        ("Globex Analytics", ""),
    ]
    on_it = [(row["organisation"], row["contact"], row["role"]) for row in told(told_season, "people")]
    assert on_it[0] == ("Acme Robotics", "Dana Wu", "recruiter")
    assert on_it[-1] == ("Globex Analytics", "Sam Okafor", "interviewer")
    talk = told(told_season, "interactions")[-1]
    assert (talk["at"], talk["contacts"], talk["answered"]) == (
        "2026-11-20T09:30:00+00:00",
        "Dana Wu ::: Sam Okafor",
        "yes",
    )
    answer = told(told_season, "answers")[0]
    assert (answer["contact"], answer["verdict"], answer["step"]) == ("Dana Wu", "done", "call")
    assert answer["interaction uid"] == told(told_season, "interactions")[0]["uid"]


def test_filters_choose_what_concerns_some_contacts(told_season: Crm) -> None:
    """With a query, the tables hold only the matching contacts' rows, and name no other contact."""
    assert [row["name"] for row in told(told_season, query="dana")] == ["Dana Wu"]
    assert {row["contact"] for row in told(told_season, "people", query="dana")} == {"Dana Wu"}
    assert {row["contacts"] for row in told(told_season, "interactions", query="dana")} == {"Dana Wu"}
    assert told(told_season, query="nobody at all") == []
    with pytest.raises(InvalidValue, match="is not one of contacts, work, offers"):
        told(told_season, "notes")


def test_what_a_spreadsheet_did_to_the_columns_does_no_harm(file: Callable[[str], Path]) -> None:
    """Columns may be missing, moved or separated by semicolons; invalid cells are reported and left out."""
    rows = [
        "Name;uid;birthday;tier;email;tags;notes",
        "Dana Wu;dana-1;soon;Z;no address ::: dana@acme.example;ally ::: b;'=1",
        ";sam-1;;;;;",
        "Ana;;1990-02-28;B;;;\"'it's\nhers\"",
        "Lena;;never;;;;",
    ]
    with Crm(memory=True, today=TODAY) as crm:
        report = crm.import_csv(file("\n".join(rows)))
        dana, ana = crm.contact("dana"), crm.contact("ana")
        assert (dana.uid, dana.email, dana.tags, dana.notes) == ("dana-1", "dana@acme.example", ("ally", "b"), "=1")
        assert (ana.birthday, ana.tier, ana.notes) == (date(1990, 2, 28), "B", "'it's\nhers")
        assert [problem.line for problem in report.problems] == [2, 2, 2, 3, 6]
        assert "“soon” is not a day" in report.problems[0].message
        assert "“Z” is not one of A, B, C; Dana Wu was" in report.problems[1].message
        assert (report.rows, report.left_out) == (4, 1)


def test_a_column_may_be_left_out(file: Callable[[str], Path]) -> None:
    """A column mapped to ignore is not read; an unknown column is refused as in any file."""
    path = file("uid,name,notes\nd-1,Dana Wu,old\n")
    with Crm(memory=True, today=TODAY) as crm:
        crm.import_csv(path, {"Notes": "ignore"})
        assert (crm.contact("dana").uid, crm.contact("dana").notes) == ("d-1", None)
        with pytest.raises(InvalidValue, match="is not in the file"):
            crm.import_csv(path, {"zzz": "ignore"})


def test_what_is_no_table_of_ours_is_guessed_as_before(file: Callable[[str], Path]) -> None:
    """A table without uid, or with a foreign column, is read like any other CSV, and its apostrophes are kept."""
    path = file("name,tier,every,notes\nDana Wu,b,3 months,'=1\nSam,x,never,\n")
    preview = mapped.preview(path.read_bytes(), "f", {})
    assert not preview.ours
    assert [(column.field, column.guessed) for column in preview.columns] == [
        ("name", True),
        ("tier", True),
        ("every", True),
        ("note", True),
    ]
    with Crm(memory=True, today=TODAY) as crm:
        report = crm.import_csv(path)
        assert (crm.contact("dana").tier, crm.contact("dana").every) == ("B", "3 months")
        assert (crm.contact("dana").notes, crm.contact("sam").notes) == ("'=1", "tier: x\nevery: never")
        assert len(report.problems) == 2
        crm.import_csv(file("Who,ID\nLena,lena-1\n"), {"ID": "uid", "Who": "name"})
        assert crm.contact("lena").uid == "lena-1"


def test_an_empty_field_is_filled_and_what_is_said_stays(file: Callable[[str], Path]) -> None:
    """For a known contact, a table fills tier and cadence if they are empty."""
    with Crm(memory=True, today=TODAY) as crm:
        dana = crm.add("Dana Wu", tier="A")
        crm.import_csv(file(f"uid,name,tier,every\n{dana.uid},Dana Wu,C,2 weeks\n"))
        assert (crm.contact(dana).tier, crm.contact(dana).every) == ("A", "2 weeks")


# --------------------------------------------------------------------------- on the command line


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_a_table_goes_out_and_comes_in_without_a_question(cli: Cli, tmp_path: Path) -> None:
    """`import csv` reads what `export csv` writes, without --yes; an export without rows leaves the file unchanged."""
    cli.begins_as(("add", "Dana Wu", "--email", "dana@acme.example", "--tier", "A"))
    assert "Wrote 1 row to people.csv" in cli("export", "csv", "-o", "people.csv").err
    written = (tmp_path / "people.csv").read_bytes()
    assert (written[:12], written[-2:]) == (b"\xef\xbb\xbfuid,name,", b"\r\n")
    assert cli("export", "csv").out.encode() == written
    assert "it exists already" in cli.refused("export", "csv", "-o", "people.csv", code=3)
    said = cli("export", "csv", "zzz", "-o", "people.csv", "--force")
    assert "No contact matches, so people.csv was left as it was" in said.err
    assert "No contact matches" in cli("export", "csv", "--table", "offers").err
    assert (tmp_path / "people.csv").read_bytes() == written
    assert "1 row: 0 added, 0 updated, 1 unchanged" in cli("import", "csv", "people.csv").out
    cli("remove", "dana")
    output = cli("import", "csv", "people.csv")
    assert ("1 row: 1 added" in output.out, output.err) == (True, "")
    assert "--table" in cli.refused("export", "csv", "--table", "notes")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=max(4, settings().max_examples // 2)
)
@given(
    st.lists(
        st.sampled_from(("\n", ",", '"', "uid,name\n", ";", "'=", " ::: ")) | texts.map(lambda text: text[:200]),
        max_size=12,
    ).map("".join)
)
def test_no_file_breaks_the_reader(text: str) -> None:
    """Any rows after netcrm's header are imported or reported."""
    data = f"uid,name,notes\n{text}".encode("utf-8", "replace")
    items = writer.read(data, "f", ())
    assert items is not None
    last = data.count(b"\n") + data.count(b"\r") + 1
    lines = [record.line for record in items.records] + [problem.line for problem in items.problems]
    assert all(1 <= line <= last for line in lines)
