"""Time zones: the user's day, times when clocks change, and a move to another zone."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from netcrm import Crm, clock
from netcrm.domain.dates import Calendar, Span, parse_span
from netcrm.domain.models import Interaction
from netcrm.errors import InvalidValue, MissingExtra
from netcrm.playbooks.library import calendar
from tests.helpers.cli_runner import Cli

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
    *("Pacific/Kiritimati", "Pacific/Pago_Pago"),
)
MARCH, OCTOBER = date(2026, 3, 29), date(2026, 10, 25)
"""The Sundays on which Berlin's clocks go forward, from 2 to 3, and back, from 3 to 2."""

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
instants = st.integers(0, int((LAST - FIRST).total_seconds())).map(lambda count: FIRST + timedelta(seconds=count))
zones = st.sampled_from(ZONES)


def stored(crm: Crm) -> Sequence[Interaction]:
    """All interactions, in the order in which they were recorded."""
    with crm.session() as session:
        return session.exec(select(Interaction)).all()


def on_the_clock(patch: pytest.MonkeyPatch, at: datetime) -> None:
    patch.setattr(clock, "now", lambda: at)


# --------------------------------------------------------------------------- the day


@given(instants, zones, zones)
def test_a_day_is_that_of_the_zone(at: datetime, mine: str, other: str) -> None:
    """The day of an instant is the day in the user's zone, whichever zone the instant has."""
    day = clock.day_of(at, mine)
    assert day == at.astimezone(ZoneInfo(mine)).date()
    assert clock.day_of(at.astimezone(ZoneInfo(other)), mine) == day
    assert abs(day - clock.day_of(at, other)) <= timedelta(days=2)


@given(st.data(), zones)
def test_the_day_changes_at_my_midnight(data: st.DataObject, zone: str) -> None:
    """The day ends at midnight in the user's zone, also when clocks change."""
    day = data.draw(st.dates(date(2026, 1, 2), date(2027, 12, 30)) | st.sampled_from((MARCH, OCTOBER)))
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert clock.day_of(midnight, zone) == day
    assert clock.day_of(midnight - timedelta(seconds=1), zone) == day - timedelta(days=1)


@pytest.mark.parametrize("zone", ZONES)
def test_today_is_mine(zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interaction gets the day in the user's zone and the instant; follow-ups are due by that day."""
    at = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    on_the_clock(monkeypatch, at)
    with Crm(tmp_path / "book.db") as crm:
        crm.init(timezone=zone)
        mine = at.astimezone(ZoneInfo(zone)).date()
        crm.add("Dana", birthday=mine.replace(year=1990))
        assert [follow_up.due for follow_up in crm.due()] == [mine]
        logged = crm.log("Dana", "email")
        assert (logged.day, logged.at) == (mine, at)


# --------------------------------------------------------------------------- times


@settings(max_examples=12)
@given(instants, zones, zones)
def test_an_instant_is_kept_whatever_zone_it_is_said_in(at: datetime, mine: str, theirs: str) -> None:
    """A time given in another zone is the same instant, and counts on the user's day."""
    with Crm(memory=True, today=date(2028, 1, 2)) as crm:
        crm.init(timezone=mine)
        crm.add("Dana")
        crm.log("Dana", "call", at=at.astimezone(ZoneInfo(theirs)))
        (interaction,) = stored(crm)
        assert (interaction.at, interaction.day) == (at, at.astimezone(ZoneInfo(mine)).date())


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_comes_twice_is_two(fold: int) -> None:
    """The hour that comes twice when clocks go back gives two instants, an hour apart, on the same day."""
    with Crm(memory=True, today=OCTOBER) as crm:
        crm.init(timezone="Europe/Berlin")
        crm.add("Dana")
        crm.log("Dana", "call", at=datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Berlin")))
        (interaction,) = stored(crm)
        assert (interaction.at, interaction.day) == (datetime(2026, 10, 25, fold, 30, tzinfo=UTC), OCTOBER)


def test_an_hour_that_never_comes_is_the_next(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time in the hour that is skipped when clocks go forward is read as one hour later."""
    cli = Cli(tmp_path, capsys, monkeypatch)
    cli("init", "--name", "Robin", "--timezone", "Europe/Berlin")
    cli("add", "Dana")
    logged = cli("log", "Dana", "call", "--at", "02:30", "--on", str(MARCH), "--json").json["interaction"]
    assert datetime.fromisoformat(logged["at"]) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert logged["day"] == str(MARCH)
    logged = cli("log", "Dana", "call", "--at", "02:30", "--on", str(OCTOBER), "--json").json["interaction"]
    assert datetime.fromisoformat(logged["at"]) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_refused() -> None:
    """A time without a zone is refused in a script."""
    with Crm(memory=True, today=MARCH) as crm:
        crm.add("Dana")
        with pytest.raises(InvalidValue, match="zone"):
            crm.log("Dana", "call", at=datetime.fromisoformat("2026-03-28T14:30"))
        assert stored(crm) == []


# --------------------------------------------------------------------------- another zone


@pytest.mark.parametrize(("there", "day"), [("Pacific/Kiritimati", 24), ("Pacific/Pago_Pago", 22), ("UTC", 23)])
def test_moving_leaves_what_was(there: str, day: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move to another zone changes today, but no recorded day or instant, and no due date."""
    at = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    on_the_clock(monkeypatch, at)
    with Crm(tmp_path / "book.db") as crm:
        crm.init(timezone="Europe/Berlin")
        crm.add_offer("Acme", people=["Dana:recruiter", "Sam:interviewer"])
        crm.decline("Acme")
        crm.log("Dana", "call")
        crm.done(next(follow_up.id for follow_up in crm.plan() if follow_up.step == "confirm"))
        before = [(interaction.day, interaction.at) for interaction in stored(crm)]
        dates = {
            follow_up.key: (follow_up.due, follow_up.overdue_after, follow_up.expires_on) for follow_up in crm.plan()
        }
        crm.init(timezone=there)
        assert crm.today == date(2026, 11, day)
        assert [(interaction.day, interaction.at) for interaction in stored(crm)] == before
        assert {
            follow_up.key: (follow_up.due, follow_up.overdue_after, follow_up.expires_on) for follow_up in crm.plan()
        } == dates
        assert {follow_up.step for follow_up in crm.due(on=date(2026, 11, 24))} == {"thank"}
        crm.undo()
        assert crm.today == date(2026, 11, 23)


def test_a_clock_that_goes_back_loses_nothing(tmp_path: Path) -> None:
    """With today before the recorded days, the data is complete, answered follow-ups stay away, and nothing fails."""
    today = date(2026, 11, 23)
    with Crm(tmp_path / "book.db", today=today) as crm:
        crm.add_offer("Acme", people=["Dana:recruiter", "Sam:interviewer"])
        crm.decline("Acme")
        crm.done(next(follow_up.id for follow_up in crm.due() if follow_up.step == "call"))
        answered = {follow_up.key for follow_up in crm.plan()}
    for back in (1, 40, 400):
        with Crm(tmp_path / "book.db", today=today - timedelta(days=back)) as crm:
            assert {follow_up.key for follow_up in crm.plan()} <= answered
            assert crm.due() == []
            assert len(crm.card("Dana").timeline) >= 2
            assert not crm.quiet().lifted


# --------------------------------------------------------------------------- months, weekends, holidays


@given(st.dates(date(2024, 1, 1), date(2104, 12, 31)), st.integers(1, 60))
def test_a_month_is_never_skipped(day: date, count: int) -> None:
    """A number of months later is the same day of that month, or its last day."""
    moved = Calendar().add(day, Span(count, "month"))
    months = day.year * 12 + day.month - 1 + count
    assert (moved.year, moved.month - 1) == divmod(months, 12)
    assert moved.day == day.day or ((moved + timedelta(days=1)).day == 1 and moved.day < day.day)


@pytest.mark.parametrize(
    ("born", "year", "day"),
    [((1992, 2, 29), 2027, (2, 28)), ((1992, 2, 29), 2028, (2, 29)), ((1992, 2, 29), 2100, (2, 28))],
)
def test_a_leap_day_comes_every_year(born: tuple[int, int, int], year: int, day: tuple[int, int]) -> None:
    """29 February counts as the 28th in other years, also in 2100, which is not a leap year."""
    with Crm(memory=True, today=date(year, 2, 1)) as crm:
        crm.add("Leo", birthday=date(*born))
        wish = next(follow_up for follow_up in crm.plan() if follow_up.step == "wish")
        assert wish.due == date(year, *day)


@pytest.mark.parametrize(("last", "span", "day"), [(31, "1 month", 28), (31, "2 months", 31), (30, "1 month", 28)])
def test_a_cadence_from_the_end_of_a_month(last: int, span: str, day: int) -> None:
    """One month after 31 January is the last of February; two months after it are 31 March."""
    start = date(2027, 1, last)
    with Crm(memory=True, today=start) as crm:
        crm.add("Ann", every=span)
        crm.log("Ann", "email")
        (touch,) = crm.plan()
        assert touch.due == date(2027, 1 + parse_span(span).count, day)


def test_a_call_moves_to_a_working_day_and_mail_does_not() -> None:
    """On a holiday before a weekend, a call moves to Monday, and a message does not."""
    with Crm(memory=True, today=date(2026, 5, 1)) as crm:  # a Friday, and Labour Day
        crm.init(country="DE")
        crm.add_offer("Acme", people=["Dana:recruiter", "Priya:referrer"])
        crm.decline("Acme")
        due = {follow_up.step: follow_up.due for follow_up in crm.plan()}
        assert (due["call"], due["referrer"]) == (date(2026, 5, 4), date(2026, 5, 1))


def test_without_the_extra_one_is_told_which(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A country without the holidays package is refused with the package to install, and nothing is stored."""
    cli = Cli(tmp_path, capsys, monkeypatch)
    cli("init", "--name", "Robin", "--timezone", "Europe/Berlin")
    calendar.cache_clear()
    monkeypatch.setitem(sys.modules, "holidays", None)
    for command in (("me", "--country", "DE"), ("init", "--country", "DE")):
        refusal = cli.refused(*command)
        assert "holidays of DE" in refusal
        assert "netcrm[holidays]" in refusal
    assert cli("me", "--json").json["profile"]["country"] is None
    with pytest.raises(MissingExtra):
        Crm(memory=True).init(country="DE")


def test_a_country_that_was_set_before_is_said_too(
    tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stored country without the holidays package gives the same message, and no traceback."""
    cli = Cli(tmp_path, capsys, monkeypatch)
    cli("init", "--name", "Robin", "--timezone", "Europe/Berlin", "--country", "DE")
    calendar.cache_clear()
    monkeypatch.setitem(sys.modules, "holidays", None)
    assert "netcrm[holidays]" in cli.refused("due")
    cli("me", "--country", "")
    assert "Nothing to do now" in cli("due").err
