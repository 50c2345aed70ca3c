"""Every door of the command line, with what means harm at it: each value of each command, each file that is read.

Whatever is typed or handed in, a command ends with a documented code and in words, nothing reaches the terminal raw,
nothing is written elsewhere, and what the book then holds goes out through every format whole.
"""

import csv
import io
import json
import re
import shutil
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netcrm import Crm
from netcrm.cli.app import PANELS, CommandEntry, load
from netcrm.cli.reference import leaves
from netcrm.errors import NetcrmError
from tests.helpers.books import TODAY, season
from tests.helpers.cli_runner import Cli, Said
from tests.helpers.hostile import TEXTS, raw, texts
from tests.helpers.strict_vcard import cards

DOORS: dict[str, CommandEntry] = {path: entry for entries in PANELS.values() for path, entry in leaves(entries)}
DOORS.pop("demo")  # takes nothing, and has a book of its own

SHORT = ("add", "decline", "export csv", "log")
"""The commands that `make test` tries."""

PATHS = frozenset({"FILE", "FOLDER"})
"""How help calls what is a path, which must not lead out of the folder: these tests may run as root."""

PLAUSIBLE = ("1", "2", "dana", "globex", "today", "3 days", "call", "book.db", "Connections.csv")

COLUMNS = ("First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On")

SHOWN = (
    *(("list",), ("show", "1"), ("due",), ("plan",), ("undo", "--list"), ("offer", "list")),
    *(("offer", "show", "1"), ("playbook", "list"), ("doctor",)),
)

EXAMPLES = settings().max_examples
"""As the profile says: --hypothesis-profile=long asks for far more."""

few = settings(
    max_examples=max(4, EXAMPLES // 12),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
some = settings(few, max_examples=max(12, EXAMPLES // 4))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book to begin with."""
    folder = tmp_path_factory.mktemp("good")
    with Crm(folder / "book.db", today=TODAY, playbooks=folder) as crm:
        season(crm)
    return folder / "book.db"


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def said_by(cli: Cli, *argv: str, codes: tuple[int, ...] = (0, 1, 2, 3)) -> Said:
    """Run a command that may be refused, but only as documented and in words that drive no terminal."""
    said = cli.run(*argv)
    assert said.code in codes, said
    assert said.err.startswith("netcrm: ") or said.code in (0, 1, 3), said
    assert raw(said.err) == set()
    return said


def harmless(cli: Cli, *argv: str, codes: tuple[int, ...] = (0, 1, 2, 3)) -> None:
    assert raw(said_by(cli, *argv, codes=codes).out) == set()


def whole(cli: Cli) -> None:
    """The book is shown by every command and leaves whole.

    As one card a contact, without a property of nobody's; as one document; as a row a contact, with no formula in it.
    """
    for argv in SHOWN:
        harmless(cli, *argv, codes=(0, 3) if argv == ("doctor",) else (0, 2) if "1" in argv else (0,))
    found = cards(cli("export", "vcard").out.encode())
    people = cli("list", "--json").json["contacts"]
    assert sorted(text(card, "FN") for card in found) == sorted(person["name"] for person in people)
    assert {one.name for card in found for one in card} <= KNOWN
    book = json.loads(cli("export", "json").out)
    assert [one["name"] for one in book["contacts"]] == [one["name"] for one in sorted(people, key=itemgetter("id"))]
    rows = list(csv.DictReader(io.StringIO(cli("export", "csv").out.removeprefix("\ufeff"), newline="")))
    assert [row["uid"] for row in rows] == [one["uid"] for one in book["contacts"]]
    cells = (cell for row in rows for name, cell in row.items() if name != "phone")
    assert [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))] == []


KNOWN = frozenset(
    (
        *("BEGIN", "VERSION", "PRODID", "UID", "FN", "N", "NICKNAME", "EMAIL", "TEL", "URL", "ORG", "TITLE", "NOTE"),
        *("CATEGORIES", "BDAY", "REV", "END", "X-SOCIALPROFILE", "ADR", "IMPP", "TZ", "ROLE"),
        *(
            "X-ABRELATEDNAMES",
            "X-ABLABEL",
            "X-NETCRM-TIER",
            "X-NETCRM-STAGE",
            "X-NETCRM-LAST-CONTACT",
            "X-NETCRM-ALIAS",
        ),
    )
)


def text(card: Any, name: str) -> str:
    (found,) = (one for one in card if one.name == name)
    return str(found.text)


# --------------------------------------------------------------------------- what is typed


@cache
def command(path: str) -> Any:
    """The real command behind a path, with its parameters."""
    return load(path.rsplit(maxsplit=1)[-1], DOORS[path], None)


def valued(param: Any) -> st.SearchStrategy[str]:
    """Something to say for a parameter."""
    values = texts | st.sampled_from(PLAUSIBLE)
    return values.map(lambda value: value.replace("/", "_")) if param.metavar in PATHS else values


@st.composite
def typed(draw: st.DrawFn, path: str) -> list[str]:
    """A command with some of its options, and anything for their values."""
    options, arguments = [], []
    for param in command(path).params:
        if param.name == "help":
            continue
        if param.param_type_name == "argument":
            often = st.integers(int(param.required), 2 if param.nargs == -1 else 1)
            arguments += [draw(valued(param)) for _ in range(draw(often))]
        elif draw(st.integers(0, 3)) == 0:
            options.append(param.opts[-1])
            options += [] if param.is_flag else [draw(valued(param))]
    return [*path.split(), *options, *(["--"] if draw(st.booleans()) else []), *arguments]


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=pytest.mark.short) if path in SHORT else path for path in sorted(DOORS)]
)
@few
@given(data=st.data())
def test_whatever_is_typed_is_done_or_refused_in_words(path: str, good: Path, cli: Cli, data: st.DataObject) -> None:
    """Any text for any option of any command: a documented exit code, no raw control, and nothing written outside."""
    shutil.copy(good, cli.db)
    argv, around = data.draw(typed(path)), set(cli.folder.parent.iterdir())
    said = said_by(cli, *argv)
    if "--json" not in argv:
        assert raw(said.out.replace("\r\n", "\n") if path.startswith("export ") else said.out) == set()
    assert set(cli.folder.parent.iterdir()) == around
    harmless(cli, "list", codes=(0,))


@some
@given(st.lists(texts, min_size=8, max_size=8))
@example([TEXTS[0]] * 8)
def test_whatever_is_said_of_people_goes_out_whole(good: Path, cli: Cli, words: list[str]) -> None:
    """A name, a note, a tag, a reason that means harm is shown as text, and leaves as a vCard of its own contact."""
    shutil.copy(good, cli.db)
    name, company, title, tag, note, summary, about, reason = (word[:500] for word in words)
    of_people = (
        ("add", f"--company={company}", f"--title={title}", f"--note={note}", "--", name),
        ("edit", "1", f"--name={name}", f"--tag={tag}", f"--note={note}"),
        ("log", "1", "call", f"--topic={about}", "--", summary),
        ("offer", "add", f"--role={title}", f"--with={name}:recruiter", "--", company),
        ("decline", "globex", f"--reason={reason}"),
    )
    for argv in of_people:
        said = said_by(cli, *argv)
        assert "No such option" not in said.err
        assert raw(said.out) == set()
    whole(cli)


@pytest.mark.short
@some
@given(st.lists(texts, min_size=1, max_size=6), texts)
def test_a_search_finds_nobody_else(names: list[str], query: str) -> None:
    """Quotes, wildcards and query syntax are marks like any other: who is found has the letters of the query."""
    with Crm(memory=True, today=TODAY) as crm:
        for name in names:
            try:
                crm.add(name)
            except NetcrmError:
                continue
        try:
            found = [one.name for one in crm.contacts(query)]
        except NetcrmError:
            return
        words = re.findall("[a-z0-9]+", query.lower()) if query.isascii() and query.isprintable() else []
        assert [name for name in found if not all(word in re.sub(r"\W", "", name.casefold()) for word in words)] == []


# --------------------------------------------------------------------------- what is handed in


rows = st.lists(st.lists(texts, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=5)


@some
@given(rows, st.binary(max_size=40), st.floats(0, 1), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_any_file_from_linkedin_is_read_or_named(
    good: Path, cli: Cli, rows: list[list[str]], noise: bytes, at: float, encoding: str
) -> None:
    """Each row comes in, or is named with its line; noise anywhere in the file harms nobody who was there."""
    file, written = cli.folder / "Connections.csv", io.StringIO()
    csv.writer(written).writerows([COLUMNS, *rows])
    data = written.getvalue().encode(encoding, "replace")
    cut = int(at * len(data))
    file.write_bytes(data[:cut] + noise + data[cut:])
    shutil.copy(good, cli.db)
    before = {person["name"] for person in cli("list", "--json").json["contacts"]}
    harmless(cli, "import", "linkedin", str(file), codes=(0, 3))
    assert before <= {person["name"] for person in cli("list", "--json").json["contacts"]}
    whole(cli)


@pytest.mark.parametrize("form", ["json", "csv"])
@some
@given(
    data=st.binary(max_size=40) | texts.map(lambda text: text[:2_000].encode("utf-8", "replace")), at=st.floats(0, 1)
)
def test_what_we_wrote_and_somebody_damaged_is_read_or_named(
    form: str, good: Path, cli: Cli, data: bytes, at: float
) -> None:
    """Noise anywhere in an export of ours harms nobody who was there, and what comes of it goes out whole."""
    file = cli.folder / f"book.{form}"
    shutil.copy(good, cli.db)
    cli("export", form, "-o", str(file), "--force")
    written = file.read_bytes()
    cut = int(at * len(written))
    file.write_bytes(written[:cut] + data + written[cut:])
    before = {person["uid"] for person in cli("list", "--json").json["contacts"]}
    said = cli.run("import", form, *(["--yes"] if form == "csv" else []), str(file))
    assert (said.code in (0, 2, 3), raw(said.out + said.err)) == (True, set())  # a broken header is shown, then refused
    assert before <= {person["uid"] for person in cli("list", "--json").json["contacts"]}
    whole(cli)


@some
@given(st.lists(texts, max_size=3), st.binary(max_size=20), st.floats(0, 1), st.integers(0, 3_000))
@example([], b"a = " + b"[" * 500, 0.0, 0)
@example([], b".".join([b"a"] * 50_000) + b" = 1", 0.0, 0)
def test_any_playbook_file_is_read_or_refused_with_its_line(
    good: Path, cli: Cli, words: list[str], noise: bytes, at: float, depth: int
) -> None:
    """Whatever a file of rules holds, checking it ends in words, and the other rules go on working."""
    starter = said_by(cli, "playbook", "new", "mine", "--output", "-").out.encode()
    file = cli.folder / "home" / "netcrm" / "playbooks" / "mine.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    cut = int(at * len(starter))
    noise = " ".join(words).encode("utf-8", "replace") + noise + b"[" * depth
    file.write_bytes(starter[:cut] + noise + starter[cut:])
    shutil.copy(good, cli.db)
    harmless(cli, "playbook", "check", str(file), codes=(0, 3))
    harmless(cli, "playbook", "test", str(file), codes=(0, 1, 3))
    harmless(cli, "due", codes=(0,))


@pytest.mark.short
@some
@given(st.binary(max_size=600), st.booleans())
def test_anything_for_a_backup_is_refused(good: Path, cli: Cli, noise: bytes, headed: bool) -> None:
    """What is no backup leaves the book as it was."""
    shutil.copy(good, cli.db)
    (cli.folder / "some.backup").write_bytes((good.read_bytes()[:100] if headed else b"") + noise)
    said = said_by(cli, "restore", str(cli.folder / "some.backup"), codes=(3,))
    assert "can't use the backup" in said.err
    assert cli.db.read_bytes() == good.read_bytes()
