"""Hostile input at every entry of the command line: each value of each command, and each file that is read.

Whatever the input, a command ends with a documented exit code and a message. It sends nothing to the terminal that
controls it, and writes no other file. The database can then still be exported completely in every format.
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

COMMANDS: dict[str, CommandEntry] = {path: entry for entries in PANELS.values() for path, entry in leaves(entries)}
COMMANDS.pop("demo")  # takes no input and uses a database of its own

SHORT = ("add", "decline", "export csv", "log")
"""The commands that `make test` tries."""

PATHS = frozenset({"FILE", "FOLDER"})
"""The names that help uses for paths. They must not lead out of the folder, because these tests may run as root."""

PLAUSIBLE = ("1", "2", "dana", "globex", "today", "3 days", "call", "crm.db", "Connections.csv")

COLUMNS = ("First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On")

SHOWN = (
    *(("list",), ("show", "1"), ("due",), ("plan",), ("undo", "--list"), ("offer", "list")),
    *(("offer", "show", "1"), ("playbook", "list"), ("doctor",)),
)

EXAMPLES = settings().max_examples
"""The number of the Hypothesis profile: --hypothesis-profile=long asks for far more."""

few = settings(
    max_examples=max(4, EXAMPLES // 12),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
thorough = settings(few, max_examples=max(12, EXAMPLES // 4))


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that each test starts with."""
    folder = tmp_path_factory.mktemp("good")
    with Crm(folder / "crm.db", today=TODAY, playbooks=folder) as crm:
        season(crm)
    return folder / "crm.db"


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


def said_by(cli: Cli, *argv: str, codes: tuple[int, ...] = (0, 1, 2, 3)) -> Said:
    """Run a command that may fail, but only with a documented exit code and a message that can't control a terminal."""
    said = cli.run(*argv)
    assert said.code in codes, said
    assert said.err.startswith("netcrm: ") or said.code in (0, 1, 3), said
    assert raw(said.err) == set()
    return said


def harmless(cli: Cli, *argv: str, codes: tuple[int, ...] = (0, 1, 2, 3)) -> None:
    assert raw(said_by(cli, *argv, codes=codes).out) == set()


def whole(cli: Cli) -> None:
    """Check that every command can show the database, and that it is exported completely.

    The exports are vCards with known properties only, one archive, and a table without formulas.
    """
    for argv in SHOWN:
        harmless(cli, *argv, codes=(0, 3) if argv == ("doctor",) else (0, 2) if "1" in argv else (0,))
    exported = cards(cli("export", "vcard").out.encode())
    contacts = sorted(cli("list", "--json").json["contacts"], key=itemgetter("id"))
    assert sorted(text(card, "FN") for card in exported) == sorted(contact["name"] for contact in contacts)
    assert {line.name for card in exported for line in card} <= KNOWN
    archive = json.loads(cli("export", "json").out)
    assert [contact["name"] for contact in archive["contacts"]] == [contact["name"] for contact in contacts]
    rows = list(csv.DictReader(io.StringIO(cli("export", "csv").out.removeprefix("\ufeff"), newline="")))
    assert [row["uid"] for row in rows] == [contact["uid"] for contact in archive["contacts"]]
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
    (line,) = (line for line in card if line.name == name)
    return str(line.text)


# --------------------------------------------------------------------------- what is typed


@cache
def command(path: str) -> Any:
    """The command at a path, with its parameters."""
    return load(path.rsplit(maxsplit=1)[-1], COMMANDS[path], None)


def valued(param: Any) -> st.SearchStrategy[str]:
    """A value for a parameter: hostile or plausible."""
    values = texts | st.sampled_from(PLAUSIBLE)
    return values.map(lambda value: value.replace("/", "_")) if param.metavar in PATHS else values


@st.composite
def typed(draw: st.DrawFn, path: str) -> list[str]:
    """A command with some of its options, and any text as their values."""
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


@pytest.mark.parametrize("path", sorted(COMMANDS))
@few
@given(data=st.data())
def test_whatever_is_typed_is_done_or_refused_in_words(path: str, good: Path, cli: Cli, data: st.DataObject) -> None:
    """Any text for any option of any command gets a documented exit code, and writes nothing outside the folder."""
    shutil.copy(good, cli.db)
    argv, around = data.draw(typed(path)), set(cli.folder.parent.iterdir())
    said = said_by(cli, *argv)
    if "--json" not in argv:
        assert raw(said.out.replace("\r\n", "\n") if path.startswith("export ") else said.out) == set()
    assert set(cli.folder.parent.iterdir()) == around
    harmless(cli, "list", codes=(0,))


@thorough
@given(st.lists(texts, min_size=8, max_size=8))
@example([TEXTS[0]] * 8)
def test_whatever_is_said_of_people_goes_out_whole(good: Path, cli: Cli, words: list[str]) -> None:
    """A hostile name, note, tag or reason is shown as text, and is exported with its contact."""
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


@thorough
@given(st.lists(texts, min_size=1, max_size=6), texts)
def test_a_search_finds_nobody_else(names: list[str], query: str) -> None:
    """Quotes, wildcards and query syntax have no meaning in a search: every match contains the letters of the query."""
    with Crm(memory=True, today=TODAY) as crm:
        for name in names:
            try:
                crm.add(name)
            except NetcrmError:
                continue
        try:
            matches = [contact.name for contact in crm.contacts(query)]
        except NetcrmError:
            return
        words = re.findall("[a-z0-9]+", query.lower()) if query.isascii() and query.isprintable() else []
        assert [name for name in matches if not all(word in re.sub(r"\W", "", name.casefold()) for word in words)] == []


# --------------------------------------------------------------------------- what is handed in


rows = st.lists(st.lists(texts, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=5)


@thorough
@given(rows, st.binary(max_size=40), st.floats(0, 1), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_any_file_from_linkedin_is_read_or_named(
    good: Path, cli: Cli, rows: list[list[str]], noise: bytes, at: float, encoding: str
) -> None:
    """Each row is imported or reported with its line, and noise in the file changes no contact that exists."""
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
@thorough
@given(
    data=st.binary(max_size=40) | texts.map(lambda text: text[:2_000].encode("utf-8", "replace")), at=st.floats(0, 1)
)
def test_what_we_wrote_and_somebody_damaged_is_read_or_named(
    form: str, good: Path, cli: Cli, data: bytes, at: float
) -> None:
    """Noise in an export of netcrm changes no contact that exists, and the result can be exported completely."""
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


@thorough
@given(st.lists(texts, max_size=3), st.binary(max_size=20), st.floats(0, 1), st.integers(0, 3_000))
@example([], b"a = " + b"[" * 500, 0.0, 0)
@example([], b".".join([b"a"] * 50_000) + b" = 1", 0.0, 0)
def test_any_playbook_file_is_read_or_refused_with_its_line(
    good: Path, cli: Cli, words: list[str], noise: bytes, at: float, depth: int
) -> None:
    """Any playbook file is accepted or refused with a message, and the other playbooks still apply."""
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


@thorough
@given(st.binary(max_size=600), st.booleans())
def test_anything_for_a_backup_is_refused(good: Path, cli: Cli, noise: bytes, headed: bool) -> None:
    """A file that is not a backup is refused and leaves the database as it was."""
    shutil.copy(good, cli.db)
    (cli.folder / "some.backup").write_bytes((good.read_bytes()[:100] if headed else b"") + noise)
    said = said_by(cli, "restore", str(cli.folder / "some.backup"), codes=(3,))
    assert "can't use the backup" in said.err
    assert cli.db.read_bytes() == good.read_bytes()
