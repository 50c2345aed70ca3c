"""Everything that reaches the screen: no character that controls it, and in JSON the exact data."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.cli import terminal, wording
from netcrm.cli.followups import print_load
from netcrm.domain.vocabulary import Status
from netcrm.errors import CannotWrite
from netcrm.planning.follow_up import FollowUp
from netcrm.planning.history import ContactView, Event, Subject
from tests.helpers.hostile import TO_TERMINALS, drives_a_terminal

TODAY = date(2026, 11, 23)


# --------------------------------------------------------------------------- safe_text


@given(st.text(st.characters()))
def test_safe_text_holds_nothing_that_drives_a_terminal(text: str) -> None:
    """For any text, the result has no control, override, separator, tag or surrogate."""
    assert not any(drives_a_terminal(char) for char in terminal.safe_text(text))


@given(st.text(st.characters()))
def test_safe_text_leaves_everything_else_alone(text: str) -> None:
    """Harmless characters stay as they are, in their order, and a second call changes nothing."""
    harmless = "".join(char for char in text if not drives_a_terminal(char))
    assert terminal.safe_text(harmless) == harmless
    assert terminal.safe_text(terminal.safe_text(text)) == terminal.safe_text(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x9b\x7f", "\\x9b\\x7f"),
        ("\u202e\u2028", "\\u202e\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud83d", "\\ud83d"),
        ("Zoë 王小明 😀 \\n", "Zoë 王小明 😀 \\n"),
    ],
)
def test_safe_text_shows_escapes_that_people_know(text: str, shown: str) -> None:
    """Each dangerous character is shown as an escape that names it."""
    assert terminal.safe_text(text) == shown


# --------------------------------------------------------------------------- every way out


class Terminal(StringIO):
    """A stdout that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@contextmanager
def stdout_is(stream: StringIO | TextIOWrapper) -> Iterator[None]:
    """Replace stdout. A fixture can't do this, because pytest puts its own stdout back before the test runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        patch.setenv("COLUMNS", "100")
        patch.setenv("TERM", "xterm")
        patch.setenv("NO_COLOR", "1")
        yield


def pipe(encoding: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(), encoding=encoding, newline="")


def written(stream: TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue()


def print_everywhere(text: str) -> None:
    """Print one hostile text with every function that prints."""
    terminal.say(text)
    terminal.out(text)
    terminal.line("a ", (text, "bold"))
    terminal.heading(text)
    terminal.block((text, "dim"), [[text], [(text, "red")]], width=4)
    terminal.table(["h", "i"], [[text, text]])


@pytest.mark.parametrize("text", TO_TERMINALS)
def test_nothing_printed_in_a_pipe_drives_a_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe the only control characters are the ends of lines and the tabs between fields."""
    print_everywhere(text)
    said = capsys.readouterr()
    assert not any(drives_a_terminal(char) for char in said.out + said.err if char not in "\n\t")
    assert said.err.count("\n") == 1
    assert said.out.count("\n") == 6
    assert said.out.count("\t") == 1


cells = st.lists(st.text("ab ", max_size=30), min_size=1, max_size=4)


@given(st.lists(cells, min_size=1, max_size=6), st.integers(10, 120))
def test_a_table_fits_the_screen_and_cuts_no_word(columns: list[list[str]], screen: int) -> None:
    """A column is as wide as its longest word or wider, but no wider than needed; otherwise there is no table."""
    needs = [max((len(word) for cell in column for word in cell.split()), default=1) for column in columns]
    column_widths = terminal.widths(columns, screen)
    if column_widths is None:
        assert sum(needs) + terminal.BETWEEN_COLUMNS * len(columns) > screen
        return
    assert sum(column_widths) + terminal.BETWEEN_COLUMNS * len(columns) <= screen
    for width, need, column in zip(column_widths, needs, columns, strict=True):
        assert need <= width <= max(need, *map(len, column))


def test_what_fits_no_table_is_shown_as_blocks() -> None:
    """On a narrow screen the cells of a record stand one below the other, and no word is cut."""
    with stdout_is(screen := Terminal()):
        terminal.table(["id", "name", "e-mail"], [["1", "a" * 60, "b" * 60], ["2", "c d", ""]])
    said = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert [line.strip() for line in said.splitlines()] == [f"1   {'a' * 60}", "b" * 60, "2   c d"]


@pytest.mark.parametrize("text", TO_TERMINALS)
def test_nothing_printed_on_a_terminal_is_read_as_markup(text: str) -> None:
    """On a terminal rich shows the same text, without controls, markup, emoji codes or links."""
    with stdout_is(screen := Terminal()):
        print_everywhere(text)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert not any(drives_a_terminal(char) for char in shown.replace("\n", ""))
    assert terminal.safe_text(text) in shown


def test_the_load_is_bars() -> None:
    """On a terminal each week is a bar with its note, and the fullest week has the longest bar."""
    monday = date(2026, 11, 23)
    weeks = [(monday + timedelta(weeks=week), many) for week, many in enumerate((4, 0, 80, 1))]
    with stdout_is(screen := Terminal()):
        print_load(weeks, {monday + timedelta(weeks=2): "you start at Globex"})
    said = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert [line.rstrip() for line in said.splitlines()] == [
        "2026-11-23  ██ 4",
        "2026-11-30",
        f"2026-12-07  {'█' * 40} 80  you start at Globex",
        "2026-12-14  █ 1",
    ]


def test_a_file_is_written_as_it_is_and_shown_safely() -> None:
    """A card reaches a pipe byte for byte; on a terminal its dangerous characters are escaped."""
    card = "NOTE:a\u202eb\r\n"
    with stdout_is(screen := Terminal()):
        assert terminal.out_raw([card]) == 1
    assert screen.getvalue() == "NOTE:a\\u202eb\n"
    with stdout_is(stream := pipe("ascii")):
        terminal.out_raw([card, card])
    assert written(stream) == 2 * card.encode()


# --------------------------------------------------------------------------- JSON


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_keeps_the_data_exactly_and_drives_nothing(text: str) -> None:
    """A program reads back exactly the stored text, and the printed JSON is safe on a terminal."""
    with stdout_is(stream := pipe("utf-8")):
        terminal.out_json(name=text, day=TODAY)
    printed = written(stream).decode()
    assert json.loads(printed) == {"schema": 1, "name": text, "day": "2026-11-23"}
    assert not any(drives_a_terminal(char) for char in printed.replace("\n", ""))


def test_json_survives_an_encoding_that_lacks_its_characters() -> None:
    """On an ASCII stdout the same object is printed with escapes."""
    with stdout_is(stream := pipe("ascii")):
        terminal.out_json(name="Zoë 😀")
    assert json.loads(written(stream))["name"] == "Zoë 😀"


def test_json_refuses_what_has_no_place_in_it() -> None:
    """An object that JSON can't hold raises an error and is not printed."""
    with pytest.raises(TypeError, match="object has no place in JSON"):
        terminal.out_json(thing=object())


# --------------------------------------------------------------------------- streams that fail


class Full(StringIO):
    """A stdout on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_named() -> None:
    """Output that can't be written raises an error with a message."""
    with stdout_is(Full()), pytest.raises(CannotWrite, match="no space left on device"):
        terminal.out("anything")


def test_a_stdout_that_is_no_file_needs_no_care(capsys: pytest.CaptureFixture[str]) -> None:
    """If stdout has no file descriptor, silencing it changes nothing."""
    terminal.silence_stdout()
    terminal.out("still here")
    assert capsys.readouterr().out == "still here\n"


# --------------------------------------------------------------------------- words

DANA = ContactView(
    3, "u3", "Dana Wu", company="Acme", email="dana@acme.example", phone="+1 555 0100", linkedin="in/dana"
)
NOBODY = ContactView(4, "u4", "Kim Lee")
ACME = Subject("offer:1", 1, "Acme", "Engineer")


def follow_up(
    due: int | None,
    overdue_after: int | None = None,
    *,
    status: Status = "due",
    snoozed_until: int | None = None,
    waiting_for: str | None = None,
) -> FollowUp:
    """A follow-up whose days are given relative to today."""

    def day(offset: int | None) -> date | None:
        return None if offset is None else TODAY + timedelta(days=offset)

    return FollowUp(
        playbook="p",
        step="s",
        text="Do it.",
        due=day(due),
        overdue_after=day(overdue_after),
        status=status,
        snoozed_until=day(snoozed_until),
        waiting_for=waiting_for,
        cause=Event("offer.declined", None, TODAY, "offer:1", "offer:1"),
        contact=DANA,
        about=ACME,
        id="abc",
    )


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (follow_up(0), "today (2026-11-23)"),
        (follow_up(0, 0), "today (2026-11-23)"),
        (follow_up(0, 1), "today (2026-11-23), at the latest tomorrow (2026-11-24)"),
        (follow_up(-1, 0), "since Sunday 2026-11-22, at the latest today"),
        (follow_up(-3, 9), "since Friday 2026-11-20, at the latest 2026-12-02, in 9 days"),
        (follow_up(-3, -2, status="overdue"), "since Friday 2026-11-20, 2 days late"),
        (follow_up(-1, -1, status="overdue"), "since Sunday 2026-11-22, 1 day late"),
        (follow_up(-30, -20, status="overdue"), "since 2026-10-24, 20 days late"),
        (follow_up(1, status="upcoming"), "tomorrow (2026-11-24)"),
        (follow_up(4, status="upcoming"), "Friday (2026-11-27)"),
        (follow_up(40, status="upcoming"), "2027-01-02, in 40 days"),
        (follow_up(2, status="snoozed", snoozed_until=2), "snoozed until Wednesday (2026-11-25)"),
        (follow_up(None, status="waiting", waiting_for="job.settled"), "once you have settled in"),
        (follow_up(None, status="waiting", waiting_for="offer.told"), "once you have told them no"),
        (follow_up(None, status="waiting", waiting_for="message.thanked"), "once you thanked them for their time"),
        (follow_up(None, status="waiting", waiting_for="message.x"), "once you logged a message about “x”"),
        (follow_up(None, status="waiting", waiting_for="2 email.in"), "once email, from them to you, 2 times"),
        (follow_up(None, status="waiting", waiting_for="message.out"), "once message, from you to them"),
        (follow_up(None, status="waiting", waiting_for="my.rule"), "once “my.rule” has happened"),
    ],
)
def test_by_when_is_said_as_a_friend_would(item: FollowUp, said: str) -> None:
    """Near days have names, late days are counted, and the ISO date is always shown."""
    assert wording.when(item, TODAY) == said


@pytest.mark.parametrize(
    ("channel", "person", "said"),
    [
        ("call", DANA, "call +1 555 0100"),
        ("email", DANA, "e-mail dana@acme.example"),
        ("linkedin", DANA, "LinkedIn in/dana"),
        ("call", NOBODY, "call (no phone number yet: netcrm edit 4 --phone NUMBER)"),
        ("letter", NOBODY, "write (no e-mail yet: netcrm edit 4 --email ADDRESS)"),
        ("linkedin", NOBODY, "LinkedIn (no LinkedIn address yet: netcrm edit 4 --linkedin URL)"),
        ("public", DANA, ""),
        (None, DANA, ""),
        ("call", None, ""),
    ],
)
def test_how_names_what_to_use_or_what_is_missing(channel: str | None, person: ContactView | None, said: str) -> None:
    """The phone number, address or link of the channel is shown, or the command that stores it."""
    item = FollowUp(
        playbook="p",
        step="s",
        text="Do it.",
        due=TODAY,
        cause=Event("offer.declined", None, TODAY, "offer:1", "offer:1"),
        channel=channel,
        contact=person,
    )
    assert wording.how(item) == said


def test_a_follow_up_without_anybody_says_how_to_mend_it(capsys: pytest.CaptureFixture[str]) -> None:
    """For an offer without people, the follow-up ends with the command that adds them."""
    item = FollowUp(
        playbook="p",
        step="s",
        text="Call whoever made the Acme offer.",
        due=TODAY,
        cause=Event("offer.declined", None, TODAY, "offer:1", "offer:1"),
        about=ACME,
        status="due",
        id="abc",
        missing="the Acme offer has no recruiter or hiring manager yet",
        held_by=("the Acme offer is undecided",),
    )
    wording.print_follow_ups([item], TODAY)
    assert capsys.readouterr().out.splitlines() == [
        "Now",
        "  abc  Call whoever made the Acme offer.",
        "       Acme · today (2026-11-23)",
        "       don't announce yet: the Acme offer is undecided",
        '       the Acme offer has no recruiter or hiring manager yet; to add them: netcrm offer with 1 "NAME <EMAIL>:recruiter"',  # noqa: E501 - a line as it is printed
    ]


def lines_of(items: Sequence[FollowUp], capsys: pytest.CaptureFixture[str]) -> list[str]:
    wording.print_follow_ups(items, TODAY)
    return capsys.readouterr().out.splitlines()


def test_each_status_has_one_heading(capsys: pytest.CaptureFixture[str]) -> None:
    """The follow-ups keep their order, and each status has one heading."""
    items = [follow_up(-3, -2, status="overdue"), follow_up(0), follow_up(0), follow_up(5, status="upcoming")]
    headings = [line for line in lines_of(items, capsys) if not line.startswith(" ")]
    assert headings == ["Overdue", "", "Now", "", "Later"]
