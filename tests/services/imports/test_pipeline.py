"""Imports of CSV files: records are matched without guessing, and the same file again changes nothing."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from netcrm import Crm
from netcrm.domain.models import Contact
from netcrm.errors import InvalidValue
from netcrm.progress import unwatched
from netcrm.services.imports.pipeline import import_file
from netcrm.store import queries
from netcrm.workspace import Workspace
from tests.helpers.books import TODAY, everything
from tests.helpers.cli_runner import Cli

_HEADER = (
    "First Name,Middle Name,Last Name,Organization Name,Organization Title,Birthday,Notes,Labels,E-mail 1 - Label,"
    "E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Website 1 - Label,Website 1 - Value"
)
_DANA = (
    "Dana,,Wu,Acme Robotics,Recruiter, --04-12,Met at a fair,* myContacts ::: ally,* Work,dana@acme.example,Mobile,"
    "+49 170 1234567,Profile,https://www.linkedin.com/in/dana-wu"
)
_SAM = (
    "Sam,,Okafor,Globex,Engineer,1990-02-28,,ally ::: berlin,Home,sam@home.example ::: sam@globex.example,Work,"
    "030 7654321,,"
)
GOOGLE = f"{_HEADER}\n{_DANA}\n{_SAM}\n,,,,,,,,,,,,,\n"

OUTLOOK = (
    '"First Name","Last Name","Company","Job Title","Business Phone","Mobile Phone","E-mail Address","E-mail Type",'
    '"Birthday","Categories","Notes"\r\n'
    '"Zoë","Müller","Initech","Lead","","+49 170 999999","zoe@initech.example","SMTP","0/0/00","Work;Berlin","Hi"\r\n'
).encode("cp1252")

OTHER = "Name,Mobil,Firma,Was,Sort\nLena Fischer,+49 170 5555555,Umbra,Head of People,x\n"

LINKEDIN = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"

Import = Callable[[Crm, Path], object]


@pytest.fixture
def crm(empty_file: Path) -> Iterator[Crm]:
    with Crm(empty_file, today=TODAY) as opened:
        opened.init(name="Robin Vale", country="DE", timezone="Europe/Berlin")
        yield opened


@pytest.fixture
def book(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file of that name with this content."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


Book = Callable[[str, str | bytes], Path]


# --------------------------------------------------------------------------- formats


def test_google_contacts_come_in_whole(crm: Crm, book: Book) -> None:
    """Google's labels, several addresses in a cell, tags, a birthday without its year and a LinkedIn link are read."""
    report = crm.import_google(book("contacts.csv", GOOGLE))
    assert (report.added, report.left_out) == (2, 0)
    dana, sam = crm.contact("dana"), crm.contact("sam")
    assert (dana.company, dana.title, dana.notes, dana.tags) == (
        "Acme Robotics",
        "Recruiter",
        "Met at a fair",
        ("ally",),
    )
    assert (dana.linkedin, dana.phone) == ("https://www.linkedin.com/in/dana-wu", "+49 170 1234567")
    assert [(way.label, way.preferred) for way in dana.methods if way.kind == "email"] == [("work", True)]
    assert list(sam.reached_by("email")) == ["sam@home.example", "sam@globex.example"]
    assert next(way.normalised for way in sam.methods if way.kind == "phone") == "+49307654321"
    assert sam.tags == ("ally", "berlin")
    assert sam.birthday == date(1990, 2, 28)


def test_a_birthday_without_its_year_is_wished(crm: Crm, book: Book) -> None:
    """A birthday without its year is due each year."""
    crm.import_google(book("contacts.csv", GOOGLE))
    dana = crm.contact("dana")
    crm.edit(dana, tier="A")
    assert dana.birthday
    assert (dana.birthday.month, dana.birthday.day) == (4, 12)
    wishes = [follow_up for follow_up in crm.due(on=date(2027, 4, 12)) if follow_up.playbook == "birthdays"]
    assert [wish.contact.name for wish in wishes if wish.contact] == ["Dana Wu"]


def test_outlook_in_windows_1252(crm: Crm, book: Book) -> None:
    """Outlook's accents are read, 0/0/00 is not a birthday, and categories are tags."""
    report = crm.import_outlook(book("contacts.csv", OUTLOOK))
    assert report.added == 1
    zoe = crm.contact("Zoë")
    assert (zoe.name, zoe.birthday, zoe.tags) == ("Zoë Müller", None, ("Berlin", "Work"))


def test_any_other_csv_by_what_its_columns_hold(crm: Crm, book: Book) -> None:
    """Headers in other languages are guessed, `columns` names the others, and a preview writes nothing."""
    file = book("people.csv", OTHER)
    preview = crm.preview_csv(file, {"Was": "title", "Sort": "ignore"})
    assert [(column.name, column.field) for column in preview.columns] == [
        ("Name", "name"),
        ("Mobil", "phone"),
        ("Firma", "company"),
        ("Was", "title"),
        ("Sort", "ignore"),
    ]
    assert crm.contacts() == []
    crm.import_csv(file, {"Was": "title", "Sort": "ignore"})
    lena = crm.contact("lena")
    assert (lena.company, lena.title, lena.phone, lena.notes) == ("Umbra", "Head of People", "+49 170 5555555", None)
    with pytest.raises(InvalidValue, match="phone"):
        crm.import_csv(file, {"Was": "fone"})


def test_the_archive_that_linkedin_sends(crm: Crm, tmp_path: Path) -> None:
    """Connections.csv is found in LinkedIn's zip file, next to other files."""
    path = tmp_path / "Complete_LinkedInDataExport.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Profile.csv", "First Name,Last Name\nRobin,Vale\n")
        archive.writestr(
            "Connections.csv", f"{LINKEDIN}Ana,Silva,https://www.linkedin.com/in/ana,,Acme,Lead,1 May 2020\n,,,,,,\n"
        )
    report = crm.import_linkedin(path)
    assert (report.added, crm.contact("ana").company) == (1, "Acme")


IMPORTS: dict[str, tuple[str | bytes, Import]] = {
    "google": (GOOGLE, lambda crm, path: crm.import_google(path)),
    "outlook": (OUTLOOK, lambda crm, path: crm.import_outlook(path)),
    "csv": (OTHER, lambda crm, path: crm.import_csv(path, {"Was": "title"})),
}


@pytest.mark.parametrize("kind", IMPORTS)
def test_the_same_file_again_changes_nothing(crm: Crm, book: Book, kind: str) -> None:
    """A second import journals no operation, and undo takes the whole first import back."""
    content, take_in = IMPORTS[kind]
    file, empty = book(f"{kind}.csv", content), everything(crm)
    take_in(crm, file)
    after, operations = everything(crm), len(crm.operations(None))
    take_in(crm, file)
    assert everything(crm) == after
    assert len(crm.operations(None)) == operations
    crm.undo()
    assert everything(crm) == empty


# --------------------------------------------------------------------------- matching


def test_somebody_known_is_filled_up_and_not_overwritten(crm: Crm, book: Book) -> None:
    """The user's values stay, empty ones are filled, and notes are appended once."""
    crm.add("Dana Wu", emails=["DANA@acme.example"], title="Head of Talent", notes="Mine")
    report = crm.import_google(book("contacts.csv", GOOGLE))
    assert (report.added, report.updated) == (1, 1)
    dana = crm.contact("dana")
    assert (dana.title, dana.notes) == ("Head of Talent", "Mine\n\nMet at a fair")
    crm.import_google(book("contacts.csv", GOOGLE))
    assert crm.contact("dana").notes == "Mine\n\nMet at a fair"


def test_a_phone_tells_who_it_is_where_the_name_fits(crm: Crm, book: Book) -> None:
    """A phone number in any spelling identifies the contact whose name fits; a family shares it."""
    crm.add("Samuel Okafor Smith", phones=["0049 30 7654321"])
    crm.add("Sam Okafor", phones=["+49 (0)30 7654321"])
    crm.add("Grace Okafor", phones=["+49 30 7654321"])
    crm.import_google(book("contacts.csv", GOOGLE))
    assert [contact.name for contact in crm.contacts("okafor")] == ["Grace Okafor", "Sam Okafor", "Samuel Okafor Smith"]
    assert crm.contact("sam@home.example").name == "Sam Okafor"


def test_who_can_not_be_told_is_named_and_left_out(crm: Crm, book: Book) -> None:
    """A record whose addresses belong to two contacts is a problem that names both, and neither changes."""
    by_mail, by_link = crm.add("Dana W", emails=["dana@acme.example"]), crm.add("D Wu", linkedin="in/dana-wu")
    before = crm.contact(by_mail), crm.contact(by_link)
    report = crm.import_google(book("contacts.csv", GOOGLE))
    (problem,) = report.problems
    assert (problem.line, problem.lost, report.left_out) == (2, True, 1)
    assert f"Dana Wu may be Dana W ({by_mail.id}) or D Wu ({by_link.id})" in problem.message
    assert (crm.contact(by_mail), crm.contact(by_link)) == before


@pytest.mark.parametrize("by_mail_first", [True, False])
def test_an_address_tells_before_a_name_does(crm: Crm, book: Book, *, by_mail_first: bool) -> None:
    """One of two namesakes is matched by e-mail first, anywhere in the file; the same file again changes nothing."""
    crm.add("Sam Okafor", emails=["sam@a.example"], company="Acme")
    crm.add("Sam Okafor", emails=["sam@b.example"], company="Acme")
    by_mail = "Sam,Okafor,https://www.linkedin.com/in/sam-a,sam@a.example,Acme,,1 May 2020\n"
    by_name = "Sam,Okafor,https://www.linkedin.com/in/sam-b,,Acme,,1 May 2020\n"
    rows = by_mail + by_name if by_mail_first else by_name + by_mail
    first, second = (crm.import_linkedin(book("Connections.csv", LINKEDIN + rows)) for _ in range(2))
    assert (first.added, first.updated, first.problems) == (0, 2, [])
    assert (second.added, second.updated, second.unchanged, second.problems) == (0, 0, 2, [])
    assert [contact.linkedin for contact in crm.contacts()] == [
        f"https://www.linkedin.com/in/sam-{which}" for which in "ab"
    ]


def test_my_country_said_later_makes_numbers_one(crm: Crm, book: Book) -> None:
    """Numbers stored before the country was known are compared by it from then on."""
    crm.init(country="")
    crm.add("Sam Okafor", phones=["030 7654321"])
    crm.init(country="DE")
    assert [contact.name for contact in crm.contacts("+49 30 7654321")] == ["Sam Okafor"]


# --------------------------------------------------------------------------- job changes


def test_a_new_job_in_the_file_is_said_and_congratulated_on(crm: Crm, book: Book) -> None:
    """A later file from LinkedIn ends the old job and begins the new one; the report names the part in an offer."""
    row = "Dana,Wu,https://www.linkedin.com/in/dana-wu,,{},{},1 May 2020\n"
    crm.import_linkedin(book("Connections.csv", LINKEDIN + row.format("Acme Robotics", "Recruiter")))
    crm.add_offer("Acme Robotics", people=["Dana Wu:recruiter"])
    later = TODAY + timedelta(days=30)
    with Crm(crm.where, today=later) as then:
        report = then.import_linkedin(book("Connections.csv", LINKEDIN + row.format("Umbra Labs", "Lead")))
        assert report.moves == ["Dana Wu (recruiter of the Acme Robotics offer) now works at Umbra Labs as Lead"]
        assert [(job.organisation, job.since, job.until) for job in then.card("dana").affiliations] == [
            ("Acme Robotics", None, later),
            ("Umbra Labs", later, None),
        ]
        assert any(follow_up.playbook == "job-change" for follow_up in then.plan("dana"))
        assert then.import_linkedin(book("Connections.csv", LINKEDIN + row.format("Umbra Labs", "Lead"))).moves == []


def test_a_file_is_imported_without_the_facade(book: Book) -> None:
    """The service works on a workspace; the same file again changes nothing."""
    file = book("contacts.csv", GOOGLE)
    with closing(Workspace(memory=True, today=TODAY)) as workspace:
        first, second = (import_file(workspace, "google", file, dry_run=False, progress=unwatched) for _ in range(2))
        with workspace.session() as session:
            names = [name for (name,) in queries.every(session, Contact, "name")]
    assert (first.added, second.unchanged, second.changes) == (2, 2, [])
    assert names == ["Dana Wu", "Sam Okafor"]


# --------------------------------------------------------------------------- on the command line


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def test_where_my_recruiter_works_now_is_shown(cli: Cli, book: Book) -> None:
    """The import reports a job change, and `show` does from then on; other contacts have no such line."""
    row = "Dana,Wu,https://www.linkedin.com/in/dana-wu,,{},{},1 May 2020\n"
    cli("import", "linkedin", str(book("Connections.csv", LINKEDIN + row.format("Acme Robotics", "Recruiter"))))
    cli("offer", "add", "Acme Robotics", "--with", "Dana Wu:recruiter")
    assert "moved" not in cli("show", "dana").out
    moved = str(book("Connections.csv", LINKEDIN + row.format("Umbra Labs", "Lead")))
    assert (
        "Dana Wu (recruiter of the Acme Robotics offer) now works at Umbra Labs as Lead"
        in cli("import", "linkedin", moved).out
    )
    line = f"your recruiter for the Acme Robotics offer, now works at Umbra Labs as Lead, since {TODAY}"
    assert line in " ".join(cli("show", "dana").out.split())


def test_a_csv_is_shown_before_it_is_imported(cli: Cli, book: Book) -> None:
    """Without a terminal the import of a CSV needs --yes; until then nothing is written."""
    file = book("people.csv", OTHER)
    refused = cli("import", "csv", str(file), "--map", "Was=title", code=2).err
    assert "netcrm: nothing was imported yet. If these fields are right, import the 1 row with --yes" in refused
    assert not cli.db.exists()
    imported = cli("import", "csv", str(file), "--map", "Was=title", "--map", "Sort=ignore", "--yes")
    assert "  Firma: company (guessed), such as “Umbra”" in imported.err.splitlines()
    assert "1 row: 1 added, 0 updated, 0 unchanged" in imported.out
    assert "write it like “Mobile=phone”" in cli.refused("import", "csv", str(file), "--map", "title")


@pytest.mark.parametrize("kind", ["google", "outlook"])
def test_each_format_has_its_command(cli: Cli, book: Book, kind: str) -> None:
    """Each command reports counts, and refuses another kind of file with exit code 3."""
    content, _ = IMPORTS[kind]
    file = str(book(f"{kind}.csv", content))
    assert "would be added, 0 would be updated, 0 unchanged" in cli("import", kind, file, "--dry-run").out
    assert not cli.db.exists()
    cli("import", kind, file)
    assert "0 added, 0 updated" in cli("import", kind, file).out
    wrong = str(book("letter.csv", "Dear Dana,\nhow are you?\n"))
    assert "letter.csv" in cli.refused("import", kind, wrong, code=3)
