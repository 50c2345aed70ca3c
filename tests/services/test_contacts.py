"""Contacts as people write them down: every spelling finds them, and a correction is not a change of job."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.errors import CannotUse, InvalidValue
from netcrm.services.parameters import Details
from tests.helpers.books import TODAY, everything

LATER = TODAY + timedelta(days=30)


@pytest.fixture
def crm() -> Iterator[Crm]:
    with Crm(memory=True, today=TODAY) as opened:
        yield opened


def work(crm: Crm, who: str = "dana") -> list[tuple[str, str | None, date | None, date | None]]:
    """The work of a contact: company, title, start and end."""
    return [(item.organisation, item.title, item.since, item.until) for item in crm.card(who).affiliations]


# --------------------------------------------------------------------------- finding


@pytest.mark.parametrize(
    "query",
    [
        *("dana", "WU", "acme", "robo"),
        *("école", "ÉCOLE", "ecole", "col"),
        *("https://www.linkedin.com/in/Dana-Wu/?trk=people", "linkedin.com/in/dana-wu", "in/dana-wu", "dana-w"),
        *("https://blog.example/dana/", "blog.example", "https://social.example/@Dana/", "social.example/@da"),
        *("+49 30 1234-567", "0049 30 1234567", "1234567", "12 34 567"),
        *("Dana@ACME.example", "acme.example", "dana@"),
    ],
)
def test_every_spelling_finds_them(crm: Crm, query: str) -> None:
    """A name, a company, a tag, an address or a number finds its contact and no other, in whatever
    form it is pasted.
    """
    crm.add("Ann Ito", emails=["ann@globex.example"], phones=["+49 40 999999"], tags=["ally"])
    crm.add(
        "Dana Wu",
        emails=["dana@acme.example"],
        phones=["+49 30 1234567"],
        urls=["https://blog.example/dana", "https://social.example/@Dana"],
        linkedin="https://www.linkedin.com/in/dana-wu",
        company="Acme Robotics",
        tags=["ÉCOLE"],
    )
    assert [who.name for who in crm.contacts(query)] == ["Dana Wu"]


@pytest.mark.parametrize(
    "query", ["zzz", "%", "_", "\\", "\ud800q", "\ud800", "\0", "www.", "bob@acme.example", "acme.example/nobody"]
)
def test_what_fits_nobody_finds_nobody(crm: Crm, query: str) -> None:
    """Special characters of SQL stand for themselves, and half a letter finds no contact."""
    crm.add("Dana Wu", emails=["dana@acme.example"], urls=["https://acme.example/dana"], tags=["ally"])
    assert crm.contacts(query) == []


@pytest.mark.parametrize("tier", ["Z", "a", "\ud800", "A "])
def test_a_tier_that_is_none_is_refused(crm: Crm, tier: str) -> None:
    """Asking for a tier that does not exist is an error."""
    with pytest.raises(InvalidValue, match="A, B, C"):
        crm.contacts(tier=tier)


def test_a_page_of_text_is_no_query(crm: Crm) -> None:
    """A query longer than any name is refused before it reaches the database."""
    with pytest.raises(InvalidValue, match="search for a part"):
        crm.contacts("x" * 100_000)


@pytest.mark.parametrize("word", ["\ud800", "a\0b"])
def test_no_filter_breaks(crm: Crm, word: str) -> None:
    """A query that no name can contain finds no contact."""
    crm.add("Dana Wu", company="Acme", tags=["ally"])
    assert crm.contacts(company=f"{word}zz") == crm.contacts(tag=f"{word}zz") == []


# --------------------------------------------------------------------------- changing


def test_linkedin_is_replaced_and_cleared(crm: Crm) -> None:
    """A contact has one LinkedIn profile: another one replaces it, and another spelling changes nothing."""
    crm.add("Dana Wu", linkedin="https://www.linkedin.com/in/dana")
    new = crm.edit("dana", linkedin="https://www.linkedin.com/in/dana-wu")
    assert list(new.reached_by("linkedin")) == ["https://www.linkedin.com/in/dana-wu"]
    count = len(crm.operations(100))
    crm.edit("dana", linkedin="linkedin.com/in/Dana-Wu/")
    assert len(crm.operations(100)) == count
    assert crm.edit("dana", linkedin="").linkedin is None


def test_tags_and_addresses_are_compared_as_they_are_stored(crm: Crm) -> None:
    """A tag with a blank around it is the same tag, and an address given twice is stored once."""
    dana = crm.add("Dana Wu", tags=["vip", " vip", "vip\0"], emails=["Dana@acme.example", "dana@ACME.example"])
    assert (dana.tags, [item.value for item in dana.methods]) == (("vip",), ["Dana@acme.example"])
    assert crm.edit("dana", tags=["vip "], phones=["+49 30 1234", "0049 30 12-34"]).tags == ("vip",)
    assert list(crm.contact("dana").reached_by("phone")) == ["+49 30 1234"]


def test_what_is_dropped_is_dropped_once(crm: Crm) -> None:
    """Values can be dropped in any spelling, named twice, or replaced in the same call."""
    crm.add("Dana Wu", linkedin="linkedin.com/in/dana", phones=["+49 30 1234"], emails=["d@x.example"], tags=["vip"])
    crm.edit("dana", linkedin="linkedin.com/in/dana-wu", drop=["https://www.linkedin.com/in/dana"])
    left = crm.edit("dana", drop=["0049 30 12-34", "+49 30 1234", "D@x.example ", "vip "])
    assert ([item.value for item in left.methods], left.tags) == (["linkedin.com/in/dana-wu"], ())


@pytest.mark.parametrize("blank", ["", " ", "\0", "\ud800"])
def test_what_is_blank_is_nothing(crm: Crm, blank: str) -> None:
    """A text of blanks counts as empty, when it is added and when it replaces another."""
    texts = ("company", "title", "notes", "dormant")
    ann = crm.add("Ann Ito", **dict.fromkeys(texts, blank))
    crm.add("Dana Wu", **dict.fromkeys(texts, "something"))
    dana = crm.edit("dana", **dict.fromkeys(texts, blank))
    for who in (ann, dana):
        assert (who.company, who.title, who.notes, who.dormant_reason, who.dormant_on) == (None,) * 5
    assert [item.until for item in crm.card("dana").affiliations] == [TODAY]
    crm.init(name="Robin")
    assert crm.init(name=blank).name is None


def test_work_begins_changes_and_ends(crm: Crm) -> None:
    """The first job has no start; a new company starts today; a corrected title starts nothing."""
    crm.add("Dana Wu")
    crm.edit("dana", company="Acme")
    assert work(crm) == [("Acme", None, None, None)]
    crm.edit("dana", title="Lead")
    assert work(crm) == [("Acme", "Lead", None, None)]
    crm.edit("dana", company="ACME")
    assert work(crm) == [("ACME", "Lead", None, None)]
    crm._workspace.pinned = LATER
    crm.edit("dana", company="Globex", title="Head")
    assert work(crm) == [("ACME", "Lead", None, LATER), ("Globex", "Head", LATER, None)]
    crm.edit("dana", company="")
    assert work(crm)[1] == ("Globex", "Head", LATER, LATER)
    crm.edit("dana", title="Freelancer")
    assert work(crm)[1] == ("Globex", "Head", LATER, LATER)
    crm.edit("dana", company="Initech")
    assert work(crm)[2] == ("Initech", "Freelancer", LATER, None)


def test_my_profile_is_cleared_by_nothing(crm: Crm) -> None:
    """An empty text clears a value, but not the user's time zone."""
    given = {"name": "Robin", "email": "r@example.org", "phone": "+49 30 1", "linkedin": "linkedin.com/in/r"}
    given = {**given, "phone": "+49 30 123", "country": "DE", "quiet_until": "signed"}
    crm.init(**given)
    me = crm.init(**dict.fromkeys(given, ""))
    assert {getattr(me, key) for key in given} == {None}
    with pytest.raises(InvalidValue, match="not a time zone"):
        crm.init(timezone="")


# --------------------------------------------------------------------------- removing


def test_a_company_that_was_told_stays_told(crm: Crm) -> None:
    """A removed recruiter does not make netcrm ask you to call the hiring manager instead."""
    crm.add_offer("Acme", people=["Dana Wu:recruiter", "Max Ode:hiring-manager"])
    crm.decline("acme")
    crm.done(crm.due()[0].id)
    crm.skip(next(item.id for item in crm.plan("dana") if item.step == "connect"))
    before = everything(crm)
    crm.remove("dana")
    assert "call" not in {item.step for item in crm.plan()}
    assert crm.quiet().lifted
    crm.undo()
    assert everything(crm) == before


# --------------------------------------------------------------------------- location


@pytest.mark.parametrize("where", [":memory:", "sqlite://", "sqlite:///:memory:"])
def test_memory_is_no_file(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A location that says memory is in memory, and leaves no file of that name."""
    monkeypatch.chdir(tmp_path)
    with Crm(where) as crm:
        crm.add("Dana Wu")
        assert crm.contact("dana").name == "Dana Wu"
    assert list(tmp_path.iterdir()) == []


def test_a_port_is_a_number() -> None:
    """An invalid URL gives an error message."""
    with pytest.raises(CannotUse, match="write it like postgresql://"):
        Crm("postgresql://h:abc/db").contacts()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://h/db?password=s3cret",
        "postgresql://me:s3cret@h/db",
        "postgresql://h/db?user=me&password=s3cret&sslmode=require",
        "postgresql://h/db?sslpassword=s3cret",
        "postgresql://h/db?pass%77ord=s3cret",
        "postgresql://h/db?password=a&s3cret@x",
        "postgresql://me:s3cret?x@h/db",
        "postgresql://me:x?s3cret@h/db",
        "postgresql://me:x/s3cret@h/db",
        "postgresql://me:x@s3cret@h/db",
        "mysql://me:s3cret@h/db?password=s3cret",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    """The password does not appear in an error, wherever it stands in the URL."""
    try:
        shown = Crm(url).where
    except Exception as error:  # noqa: BLE001 - no error may name the password
        shown = str(error)
    assert "s3cret" not in shown
    assert "db" in shown


# --------------------------------------------------------------------------- LinkedIn

HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
ROWS = st.lists(
    st.sampled_from(
        (
            "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,Lead,05 Mar 2020",
            "Ana,Silva,https://www.linkedin.com/in/ana,ana@x.example,,,",
            "Dana,Wu,,dana@acme.example,Acme,Lead,05 Mar 2020",
            "Dana,Wu,https://www.linkedin.com/in/dana,dana@acme.example,,,",
            "Dana,Wu,,,,,",
            "Kim,Lee,,kim@x.example,Umbra,,",
            "Kim,Lee,nonsense,,,,",
            ",,,,,,05 Mar 2020",
            '"Broken,Row',
        )
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30)
@given(files=st.lists(ROWS, min_size=1, max_size=3))
def test_every_row_is_counted_once(tmp_path_factory: pytest.TempPathFactory, files: list[list[str]]) -> None:
    """Each row of any file is added, updated, unchanged, merged or left out."""
    file = tmp_path_factory.mktemp("linkedin") / "Connections.csv"
    with Crm(memory=True, today=TODAY) as crm:
        for rows in files:
            file.write_text(HEADER + "\n".join([*rows, ""]))
            count = len(crm.contacts())
            report = crm.import_linkedin(file)
            outcomes = (report.added, report.updated, report.unchanged, report.merged, report.left_out)
            assert min(outcomes) >= 0
            assert report.rows == sum(outcomes)
            assert len(crm.contacts()) == count + report.added


def imported(crm: Crm, folder: Path, row: str) -> list[str]:
    """The changes of an import of one row, in words."""
    file = folder / "Connections.csv"
    file.write_text(f"{HEADER}{row}\n")
    changes = crm.import_linkedin(file, dry_run=True).changes
    crm.import_linkedin(file)
    return changes


def test_what_an_import_did_is_said(crm: Crm, tmp_path: Path) -> None:
    """The journal counts what was imported and what was updated; an affiliation alone is listed by name."""
    crm.add("Dana Wu", emails=["dana@acme.example"], company="Acme")
    summary = imported(crm, tmp_path, "Dana,Wu,,dana@acme.example,Acme Holding,Lead,")
    assert summary == ["~ Dana Wu: LinkedIn says Lead at Acme Holding"]
    assert (crm.last.summary if crm.last else "") == "Updated 1 contact from Connections.csv"
    imported(crm, tmp_path, "Ana,Silva,,,,,\nDana,Wu,https://www.linkedin.com/in/dana,dana@acme.example,,,")
    assert (crm.last.summary if crm.last else "") == "Imported 1 new contact and updated 1 from Connections.csv"


def test_a_new_title_leaves_a_corrected_company_alone(crm: Crm, tmp_path: Path) -> None:
    """An unchanged company is not listed beside a new title."""
    row = "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,{},"
    imported(crm, tmp_path, row.format("Lead"))
    crm.edit("ana", company="Acme Robotics SE")
    assert imported(crm, tmp_path, row.format("Head")) == ["~ Ana Silva: title Head"]
    assert (crm.contact("ana").company, crm.contact("ana").title) == ("Acme Robotics SE", "Head")
    assert imported(crm, tmp_path, row.format("Head")) == []
    assert imported(crm, tmp_path, row.format("Head").replace("Acme", "Globex")) == ["~ Ana Silva: company Globex"]


@pytest.mark.parametrize("correction", [{"title": "CTO"}, {"company": "ACME"}, {"company": "Acme SE"}, {"company": ""}])
def test_a_correction_outlives_the_same_file(crm: Crm, tmp_path: Path, correction: Details) -> None:
    """LinkedIn's last statement is remembered: repeating it changes nothing, and a new one does."""
    row = "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,{},"
    imported(crm, tmp_path, row.format("Lead"))
    crm.edit("ana", **correction)
    before = everything(crm)
    assert imported(crm, tmp_path, row.format("Lead")) == []
    assert everything(crm) == before
    assert imported(crm, tmp_path, row.format("Head")) == ["~ Ana Silva: title Head"]
    assert imported(crm, tmp_path, row.format("Head")) == []


def test_a_title_put_right_ends_no_work(crm: Crm, tmp_path: Path) -> None:
    """This also holds if LinkedIn spells the company differently from the user."""
    row = "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,{},"
    imported(crm, tmp_path, row.format("Lead"))
    crm.edit("ana", company="Acme SE")
    imported(crm, tmp_path, row.format("Head"))
    before = work(crm, "ana")
    assert crm.edit("ana", title="CTO").title == "CTO"
    assert work(crm, "ana") == before


def test_moving_to_where_linkedin_has_them_ends_the_other_work(crm: Crm, tmp_path: Path) -> None:
    """Two affiliations are open while LinkedIn and the user disagree, and one once they agree."""
    crm.add("Ana Silva", company="Globex", linkedin="linkedin.com/in/ana")
    imported(crm, tmp_path, "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,Lead,")
    crm.edit("ana", company="acme", title="Lead")
    assert work(crm, "ana") == [("Globex", None, None, TODAY), ("Acme", "Lead", None, None)]


@pytest.mark.parametrize(("own_spelling", "kept"), [("CTO", "CTO"), (None, "Lead")])
def test_what_i_typed_is_mine(crm: Crm, tmp_path: Path, own_spelling: str | None, kept: str) -> None:
    """LinkedIn's first statement about a company fills in a missing title, and replaces neither title nor spelling."""
    crm.add("Ana Silva", company="ACME", title=own_spelling, linkedin="https://www.linkedin.com/in/ana")
    row = "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,Lead,"
    imported(crm, tmp_path, row)
    assert (crm.contact("ana").company, crm.contact("ana").title) == ("ACME", kept)
    assert imported(crm, tmp_path, row) == []


def test_a_title_belongs_to_its_company(crm: Crm, tmp_path: Path) -> None:
    """A new title at a company that the contact has left does not become their current title."""
    row = "Ana,Silva,https://www.linkedin.com/in/ana,,Acme,{},"
    imported(crm, tmp_path, row.format("Lead"))
    crm.edit("ana", company="Globex", title="Founder")
    imported(crm, tmp_path, row.format("Head"))
    assert (crm.contact("ana").company, crm.contact("ana").title) == ("Globex", "Founder")
    assert [job[0] for job in work(crm, "ana") if job[3] is None] == ["Globex"]
    assert imported(crm, tmp_path, row.format("Head")) == []
    assert "congratulate" not in {
        one.step for one in crm.plan("ana") if one.text.endswith("Acme. Don't ask for anything.")
    }
