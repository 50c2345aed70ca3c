"""Whole stories through the command line: the commands a user types, and the output they see."""

import os
import re
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest

from netcrm.cli import demo, terminal
from netcrm.playbooks.library import BUILT_IN
from tests.helpers.cli_runner import TODAY, Cli

FOLLOW_UP = {
    "id",
    "status",
    "due",
    "overdue_after",
    "text",
    "channel",
    "best_hours",
    "contact",
    "offer",
    "playbook",
    "step",
    "cause",
    "waiting_for",
    "held_by",
    "snoozed_until",
    "moved_from",
    "together_with",
    "source",
}


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


@pytest.fixture
def declined(cli: Cli) -> Cli:
    """Acme made an offer through Dana, and the user also met Sam. The user declined it today."""
    people = ("--with", "Dana Wu:recruiter", "--with", "Sam Roe <sam@acme.example>:interviewer")
    cli.begins_as(
        ("init", "--name", "Robin Vale", "--timezone", "Europe/Berlin"),
        ("add", "Dana Wu", "--email", "dana@acme.example", "--phone", "+1 555 0100", "--company", "Acme"),
        ("offer", "add", "Acme", "--role", "Engineer", "--received", "-4d", *people),
        ("decline", "acme", "--because", "career-path", "--reason", "I want to go deeper"),
    )
    return cli


# --------------------------------------------------------------------------- the decline


def test_declining_shows_the_plan_it_sets_in_motion(cli: Cli) -> None:
    """`decline` shows what to do: the call now, and the other steps after the call."""
    cli("offer", "add", "Acme", "--role", "Engineer", "--with", "Dana Wu:recruiter", "--with", "Sam Roe:interviewer")
    said = cli("decline", "acme")
    assert said.lines[0] == "Now"
    assert re.fullmatch(r"  \w{3,}  Call Dana.*", said.lines[1])
    assert "Dana Wu (the Acme offer) · today (2026-11-23)" in said.lines[2]
    assert "Waiting" in said.lines
    assert "Declined the Acme offer (Engineer) on 2026-11-23" in said.err


def test_declining_an_offer_with_nobody_on_it_says_what_is_missing(cli: Cli) -> None:
    """An offer without people still gets follow-ups, and the output names the command that adds people."""
    number = cli("offer", "add", "Acme").out.strip()
    said = cli("decline", "acme")
    mend = f'netcrm offer with {number} "NAME <EMAIL>:recruiter"'
    assert "has no recruiter or hiring manager yet" in said.out
    assert mend in said.out
    assert mend in said.err
    cli("offer", "with", number, "Dana Wu <dana@acme.example>:recruiter")
    assert "Call Dana" in cli("due").out


def test_due_is_advice_and_its_json_is_as_promised(declined: Cli) -> None:
    """`due` says what to do, for whom, by when and how; its JSON has exactly the promised fields."""
    said = declined("due")
    assert said.lines[0] == "Now"
    assert "Dana Wu, Acme · today (2026-11-23), at the latest tomorrow (2026-11-24) · call +1 555 0100" in said.out
    envelope = declined("due", "--json").json
    assert envelope.keys() == {"schema", "today", "follow_ups"}
    assert (envelope["schema"], envelope["today"]) == (1, "2026-11-23")
    first = envelope["follow_ups"][0]
    assert first.keys() == FOLLOW_UP
    assert first["status"] == "due"
    assert (first["due"], first["overdue_after"]) == ("2026-11-23", "2026-11-24")
    assert first["contact"].keys() == {"id", "uid", "name", "company", "email", "phone", "linkedin"}
    assert first["offer"] == {"id": 1, "company": "Acme", "role": "Engineer"}
    assert first["cause"].keys() == {"kind", "on", "id"}
    assert (first["cause"]["kind"], first["cause"]["on"]) == ("offer.declined", "2026-11-23")
    assert {first["playbook"], first["step"], first["channel"]} == {"graceful-decline", "call"}
    assert (first["waiting_for"], first["held_by"], first["snoozed_until"]) == (None, [], None)


def test_due_may_be_asked_for_another_day_person_or_number(declined: Cli) -> None:
    """--on shows another day, --within looks ahead, --who shows one contact, --limit shows the first ones."""
    declined("done", declined.ids()[0])
    assert declined("due", "--on", "2026-11-26", "--json").json["today"] == "2026-11-26"
    assert len(declined("due", "--within", "3d", "--json").json["follow_ups"]) > len(declined.ids())
    sams = declined("due", "--within", "3d", "--who", "sam", "--json").json["follow_ups"]
    assert {item["contact"]["name"] for item in sams} == {"Sam Roe"}
    assert len(declined("due", "--within", "3d", "--limit", "1", "--json").json["follow_ups"]) == 1
    assert "--limit" in declined.refused("due", "--limit", "0")
    assert "--limit" in declined.refused("due", "--limit", "few")


def test_what_is_late_comes_first(declined: Cli) -> None:
    """The call may wait for one day, so after two days it is overdue, and `due` says that it is one day late."""
    declined.today = TODAY + timedelta(days=2)
    said = declined("due")
    assert said.lines[0] == "Overdue"
    assert "since Monday 2026-11-23, 1 day late" in said.out


def test_doing_the_call_opens_the_rest(declined: Cli) -> None:
    """`done` logs the call, which `show` then shows, and the steps that waited for the call get a date."""
    call = declined.ids()[0]
    assert "Done, and logged: Call Dana" in declined("done", call, "--note", "She was kind").err
    assert call not in declined.ids("plan")
    assert "She was kind" in declined("show", "dana").out
    dated = [item for item in declined("plan", "--json").json["follow_ups"] if item["due"]]
    assert "Sam Roe" in {item["contact"]["name"] for item in dated}
    declined.today = TODAY + timedelta(days=1)
    assert "Sam" in declined("due").out


def test_when_nothing_is_due_the_next_one_is_named(declined: Cli) -> None:
    """If nothing is due, `due` says so and names the next follow-up."""
    for follow_up in declined.ids():
        declined("snooze", follow_up, "2d")
    said = declined("due")
    assert said.out == ""
    assert said.err.startswith("Nothing to do now. Next: snoozed until Wednesday (2026-11-25): Call Dana")
    assert declined.ids("plan")


def test_a_logged_call_settles_the_call(declined: Cli) -> None:
    """A logged call settles the follow-up that asks for it, and the next steps count from the call."""
    said = declined("log", "dana", "call", "She understood").err.splitlines()
    assert said[0] == "Logged a call with Dana Wu, 2026-11-23"
    assert said[1].startswith("Settled: Call Dana")
    assert said[2].endswith("new follow-ups: netcrm plan")
    assert len(said) == 3
    assert not [item for item in declined("plan", "--json").json["follow_ups"] if item["step"] == "call"]


def test_an_attempt_that_reached_nobody_tells_nobody(declined: Cli) -> None:
    """`--no-answer` records an attempt; after two of them a voicemail replaces the call, and the thanks still wait."""
    assert "if they don't answer two calls" in declined("plan").out
    assert "a call without an answer to Dana Wu" in declined("log", "dana", "call", "--no-answer").err
    assert "Call Dana" in declined("due").out
    assert "Settled: Call Dana" in declined("log", "dana", "call", "--no-answer").err
    assert "You have called Dana twice" in declined("due").out
    assert "once you have told them no" in declined("plan").out
    assert "no answer" in declined("show", "dana").out


def test_log_says_what_it_understood(cli: Cli) -> None:
    """`log` repeats the full names and the direction, and warns of a topic that no playbook uses."""
    cli("add", "Dana Wu")
    cli("add", "Sam Roe")
    said = cli("log", "dana", "sam", "email", "hi", "--in").err
    assert "Logged an e-mail from Dana Wu, Sam Roe" in said
    assert "did you mean thanked" in cli("log", "dana", "email", "hi", "--topic", "thnked").err
    assert (
        "topics: birthday, confirmed, congratulated, details, suggested, thanked"
        in cli("log", "dana", "email", "hi", "--topic", "zzz").err
    )


def test_a_topic_says_what_a_message_was_for(declined: Cli) -> None:
    """`--topic thanked` settles the thank-you step on any channel."""
    declined("done", declined.ids()[0])
    assert "Thank Sam" in declined("plan").out
    declined("log", "sam", "message", "Thank you", "--topic", "thanked")
    assert "Thank Sam" not in declined("plan").out


def test_why_gives_the_whole_reason(declined: Cli) -> None:
    """`why` gives the rule, the cause, the dates, what the step waits for, what settles it, and the source."""
    follow_up = declined.ids()[0]
    said = declined("why", follow_up).out
    for expected in ("graceful-decline / call", "you turned the offer down, on 2026-11-23", "settled by", "source"):
        assert expected in said
    reasons = declined("why", follow_up, "--json").json
    assert reasons["follow_up"].keys() == FOLLOW_UP
    assert reasons.keys() > {"rule", "about", "lines", "skipped", "settled_by", "source"}
    waiting = next(item for item in declined("plan", "--json").json["follow_ups"] if item["waiting_for"])
    assert "waits for" in declined("why", waiting["id"]).out


def test_why_names_the_days_it_skipped(declined: Cli) -> None:
    """A call that falls on a weekend moves to Monday, and `why` names the days that are not business days."""
    declined("undo")
    declined.today = date(2026, 11, 28)
    declined("decline", "acme")
    follow_up = declined.ids("plan")[0]
    assert "Sunday 2026-11-29: not business days" in declined("why", follow_up).out


def test_skipping_is_for_good(declined: Cli) -> None:
    """A skipped follow-up never comes back."""
    follow_up = declined.ids()[0]
    assert "Skipped: Call Dana" in declined("skip", follow_up, "--reason", "She left").err
    declined.today = TODAY + timedelta(days=3)
    assert follow_up not in declined.ids("plan")


def test_undo_takes_back_the_last_thing_and_reads_like_a_diary(declined: Cli) -> None:
    """`undo` undoes one operation at a time, as a whole, and the list keeps the undone operations."""
    follow_up = declined.ids()[0]
    declined("done", follow_up)
    assert declined("undo").out.startswith("Undid: Done: Call Dana")
    assert follow_up in declined.ids()
    assert declined("undo").out.startswith("Undid: Declined the Acme offer")
    assert follow_up not in declined.ids("plan")
    _, *listed = declined("undo", "--list").lines
    assert "undone" in listed[0]
    assert listed[-1].endswith("Changed my profile")
    operations = declined("undo", "--list", "--json").json["operations"]
    assert len(operations) == len(listed)
    assert operations[-1]["undone_at"] is None


# --------------------------------------------------------------------------- the new job


def test_the_new_job(declined: Cli) -> None:
    """After the new job has started and settled, the people of the declined offer get the new contact details."""
    declined("offer", "add", "Globex", "--role", "Lead", "--with", "Yuki Tan:recruiter")
    assert "accepted 2026-11-23, signed 2026-11-23" in declined("accept", "globex", "--signed", "today").err
    offer = declined("accept", "globex", "--starts", "+2w", "--json").json["offer"]
    assert (offer["signed_on"], offer["starts_on"]) == ("2026-11-23", "2026-12-07")
    declined("done", declined.ids()[0])
    declined.today = date(2026, 12, 7)
    assert (
        "Your job at Globex started on 2026-12-07" in declined("job", "started", "--email", "robin@globex.example").err
    )
    job = declined("job", "settled", "-0d", "--json").json["job"]
    assert (job["title"], job["settled_on"], job["email"]) == ("Lead", "2026-12-07", "robin@globex.example")
    plan = declined("plan", "--json").json["follow_ups"]
    assert "Dana Wu" in {item["contact"]["name"] for item in plan if item["cause"]["kind"].startswith("job.")}


def test_settling_in_needs_a_job(cli: Cli) -> None:
    """Without a job, `job settled` fails, and the message names the command that records one."""
    assert "netcrm job started" in cli.refused("job", "settled")


# --------------------------------------------------------------------------- people


def test_a_contact_from_adding_to_removing(cli: Cli) -> None:
    """`add` prints only the id; `edit` adds, replaces, clears and drops; `undo` restores a removed contact."""
    said = cli(
        "add", "Dana Wu", "--email", "dana@acme.example", "--email", "d@home.example", "--tag", "ally", "--every", "3mo"
    )
    assert said.out == "1\n"
    assert "Added Dana Wu (1)" in said.err
    edited = cli(
        "edit",
        "dana",
        "--name",
        "Dana Wu-Smith",
        "--title",
        "CTO",
        "--every",
        "",
        "--drop",
        "ally",
        "--drop",
        "d@home.example",
        "--url",
        "https://dana.example",
        "--birthday",
        "1980-02-29",
        "--json",
    ).json["contact"]
    assert (edited["name"], edited["title"], edited["every"], edited["tags"]) == ("Dana Wu-Smith", "CTO", None, [])
    assert (edited["emails"], edited["urls"]) == (["dana@acme.example"], ["https://dana.example"])
    assert edited["birthday"] == "1980-02-29"
    assert "Changed Dana Wu-Smith (1)" in cli("edit", "dana", "--birthday", "").err
    assert cli("list", "--json").json["contacts"][0]["birthday"] is None
    assert "undo" in cli("remove", "1").err
    cli.refused("show", "dana")
    cli("undo")
    assert "Dana Wu-Smith (1)" in cli("show", "dana@acme.example").out


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tier", "A"),
        ("linkedin", "https://www.linkedin.com/in/dana-wu"),
        ("company", "Acme"),
        ("birthday", "1985-04-12"),
        ("title", "CTO"),
        ("every", "3 months"),
        ("timezone", "Europe/Berlin"),
    ],
)
def test_an_empty_value_clears_a_field(field: str, value: str, cli: Cli) -> None:
    """An empty value clears any field with a single value, also a choice or a day."""
    cli("add", "Dana Wu", f"--{field}", value)
    assert cli("edit", "dana", "--json").json["contact"][field] == value
    assert cli("edit", "dana", f"--{field}", "", "--json").json["contact"][field] is None
    assert cli("edit", "dana", f"--{field}", "").err.startswith("Nothing to change")


def test_the_reason_of_a_decision_can_be_cleared(declined: Cli) -> None:
    """An empty value clears a choice that is stored; where nothing can be cleared, it is not a valid choice."""
    assert declined("offer", "edit", "acme", "--because", "", "--json").json["offer"]["because"] is None
    assert "is not valid here; use one of: terms" in declined.refused("decline", "acme", "--because", "")
    assert "“” is not valid here; use one of: A, B, C" in declined.refused("list", "--tier", "")
    assert "“x” is not valid here; use one of: A, B, C" in declined.refused("edit", "dana", "--tier", "x")


def test_a_list_in_a_pipe_is_one_record_a_line(declined: Cli) -> None:
    """In a pipe `list` prints tab-separated fields in full length, and the filters combine."""
    long = "A company name that is far longer than any terminal would like to show in one column of a table"
    declined("edit", "sam", "--company", long, "--tier", "B", "--tag", "x,y")
    rows = [row.split("\t") for row in declined("list").lines]
    assert [len(row) for row in rows] == [8, 8]
    assert rows[1] == ["2", "Sam Roe", "", long, "sam@acme.example", "", "B", "x,y"]
    assert [row.split("\t")[1] for row in declined("list", "--tier", "B", "--tag", "x,y", "--company", long).lines] == [
        "Sam Roe"
    ]
    assert declined("list", "nobody-at-all").err == "No contact matches.\n"
    assert [contact["name"] for contact in declined("list", "dana", "--json").json["contacts"]] == ["Dana Wu"]


def test_list_finds_those_i_have_been_silent_with(declined: Cli) -> None:
    """--silent-for lists the contacts the user has not been in touch with for this long."""
    declined("log", "dana", "call", "--on", "-10d")
    declined("log", "sam", "email", "--on", "-40d")
    assert [row.split("\t")[1] for row in declined("list", "--silent-for", "2w").lines] == ["Sam Roe"]


def test_show_is_card_open_follow_ups_and_timeline(declined: Cli) -> None:
    """`show` prints a contact, the open follow-ups and the timeline, also as JSON."""
    declined("log", "dana", "meeting", "Lunch\nand coffee", "--at", "2026-11-20T12:30", "--in", "--offer", "acme")
    declined(
        "edit",
        "dana",
        "--note",
        "Likes tea\nPlays chess",
        "--tag",
        "ally",
        "--tier",
        "A",
        "--linkedin",
        "https://www.linkedin.com/in/dana-wu-0example",
    )
    shown = declined("show", "dana").out
    for expected in (
        "Dana Wu (1)",
        "dana@acme.example",
        "Acme, Engineer (1): recruiter",
        "Plays chess",
        "Now",
        "Timeline",
        "and coffee",
    ):
        assert expected in shown
    card = declined("show", "dana", "--json").json
    assert card.keys() == {"schema", "today", "contact", "affiliations", "offers", "follow_ups", "timeline", "cadence"}
    assert card["contact"]["notes"] == "Likes tea\nPlays chess"
    assert card["offers"][0]["their_role"] == "recruiter"


def test_a_time_is_meant_in_my_time_zone(declined: Cli) -> None:
    """A time is in the profile's time zone, on the given day or today; a time with an offset keeps its instant."""
    logged = declined("log", "dana", "call", "--at", "14:30", "--on", "2026-11-20", "--json").json["interaction"]
    assert (logged["at"], logged["day"]) == ("2026-11-20T14:30:00+01:00", "2026-11-20")
    logged = declined("log", "dana", "call", "--at", "2026-11-20T23:30+00:00", "--json").json["interaction"]
    assert logged["day"] == "2026-11-21"


def test_my_profile_is_shown_and_changed(cli: Cli) -> None:
    """`init` may run twice and keeps what is stored; `me` shows, changes and clears the profile."""
    cli("init", "--name", "Robin Vale")
    cli("init", "--email", "robin@home.example", "--timezone", "Europe/Berlin")
    assert "Robin Vale" in cli("me").out
    profile = cli("me", "--phone", "+49 30 1", "--json").json["profile"]
    assert profile == {
        "name": "Robin Vale",
        "email": "robin@home.example",
        "phone": "+49 30 1",
        "linkedin": None,
        "timezone": "Europe/Berlin",
        "country": None,
        "quiet_until": None,
        "per_day": None,
    }
    cli("me", "--phone", "")
    assert "+49" not in cli("me").out


def test_offers_are_listed_and_shown(declined: Cli) -> None:
    """`offer list` prints one line for each offer; `offer show` adds the people and the open follow-ups."""
    declined("offer", "add", "Globex", "--respond-by", "+3d")
    rows = [row.split("\t") for row in declined("offer", "list").lines]
    assert ["2", "Globex", "", "open, answer by 2026-11-26", ""] in rows
    assert [
        "1",
        "Acme",
        "Engineer",
        "declined 2026-11-23, because of career-path",
        "Dana Wu (recruiter), Sam Roe (interviewer)",
    ] in rows
    shown = declined("offer", "show", "acme").out
    assert "interviewer: Sam Roe (2)" in shown
    assert "your reason: I want to go deeper" in shown
    assert "Call Dana" in shown
    assert declined("offer", "show", "acme", "--json").json["offer"]["because"] == "career-path"
    assert {offer["company"] for offer in declined("offer", "list", "--json").json["offers"]} == {"Acme", "Globex"}


def test_playbooks_are_listed_shown_and_checked(cli: Cli) -> None:
    """The playbooks can be listed and shown, and `check` confirms that a correct file is fine."""
    listed = [row.split("\t") for row in cli("playbook", "list").lines]
    assert ["graceful-decline", "built in"] in [row[:2] for row in listed]
    shown = cli("playbook", "show", "graceful-decline").out
    assert "starts when: you turned the offer down" in shown
    assert "source: " in shown
    playbook = cli("playbook", "show", "graceful-decline", "--json").json["playbook"]
    assert (playbook["trigger"], playbook["builtin"], playbook["steps"][0]["name"]) == ("offer.declined", True, "call")
    assert "did you mean" not in cli.refused("playbook", "show", "nothing")
    assert cli("playbook", "list", "--json").json["playbooks"]
    mine = cli.folder / "mine.toml"
    mine.write_text(
        'name = "mine"\nabout = "Wave."\ntrigger = "job.started"\n[[step]]\nname = "wave"\nto = "me"\ndo = "Wave."\n'
        'due = "1 day"\nexpires = "1 week"\nsource = "own"\n',
        encoding="utf-8",
    )
    assert f"{mine} is fine: mine, 1 step" in cli("playbook", "check", mine).err


# --------------------------------------------------------------------------- JSON, as docs/cli.md promises it

PROMISED = {
    "due": "today follow_ups",
    "plan": "today follow_ups",
    "plan dana": "today follow_ups",
    "why ID": "today follow_up rule about lines skipped settled_by source",
    "list": "contacts",
    "add Kim": "contact",
    "edit dana --tier A": "contact",
    "show dana": "today contact affiliations offers follow_ups timeline cadence",
    "log dana call": "interaction",
    "offer list": "offers",
    "offer add Initech": "offer",
    "offer with globex Kim:interviewer": "offer",
    "offer show acme": "today offer follow_ups",
    "decline globex": "today offer follow_ups",
    "accept globex": "offer",
    "job started": "job",
    "me": "profile",
    "init": "profile",
    "init --name Ada": "profile",
    "done ID": "answers",
    "snooze ID 3d": "answers",
    "skip ID": "answers",
    "reopen DONE": "answers",
    "remove dana": "contact",
    "duplicates": "pairs more",
    "merge dana sam": "contact",
    "offer remove acme": "offer",
    "offer edit acme": "offer",
    "offer reopen acme": "offer",
    "playbook check mine.toml": "playbook",
    "playbook test mine.toml": "playbook examples",
    "playbook diff mine.toml": "today differences",
    "quiet": "today quiet first_safe_day blockers",
    "undo": "operations",
    "undo --list": "operations",
    "backup book.backup": "backup",
    "doctor": "findings",
    "forget dana --yes": "forgotten",
    "restore --dry-run crm.db": "restored",
    "playbook list": "playbooks",
    "playbook show graceful-decline": "playbook",
}


@pytest.mark.parametrize("command", PROMISED)
def test_every_json_is_the_envelope_that_is_promised(command: str, declined: Cli) -> None:
    """`schema` is 1, the other keys are those in docs/cli.md, and nothing else is on stdout or stderr."""
    declined("offer", "add", "Globex")
    shutil.copyfile(BUILT_IN / "graceful-decline.toml", "mine.toml")
    ids = {"ID": declined.ids()[0], "DONE": declined.ids()[0]}
    if "DONE" in command:
        declined("done", ids["DONE"])
    said = declined(*(ids.get(word, word) for word in command.split()), "--json", code=int(command == "quiet"))
    assert said.err == ""
    printed = said.json
    assert printed.pop("schema") == 1
    assert printed.keys() == set(PROMISED[command].split())


def test_an_answer_is_told_whole(declined: Cli) -> None:
    """The JSON of an answer says what was answered and how, with an id that `reopen` accepts."""
    call = declined.ids()[0]
    (answer,) = declined("done", call, "--note", "She was kind", "--json").json["answers"]
    assert answer["id"].startswith(call)
    assert answer["text"].startswith("Call Dana")
    assert (answer["verdict"], answer["on"], answer["until"], answer["reason"], answer["logged"]) == (
        *("done", "2026-11-23", None, "She was kind"),
        True,
    )
    (answer,) = declined("reopen", answer["id"], "--json").json["answers"]
    assert answer["id"].startswith(call)
    (answer,) = declined("snooze", call, "3d", "--json").json["answers"]
    assert (answer["verdict"], answer["until"], answer["logged"]) == ("snoozed", "2026-11-26", False)


# --------------------------------------------------------------------------- on a terminal


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_init_asks_on_a_terminal_for_what_is_missing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal `init` asks for a missing name, e-mail address and time zone, and suggests the system's zone."""
    monkeypatch.setenv("TZ", ":Europe/Berlin")
    monkeypatch.setattr("sys.stdin", Terminal("Ada Lovelace\n\n\n"))
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    assert cli("init").code == 0
    asked = screen.getvalue()
    assert ["Your name" in asked, "Your e-mail" in asked, "[Europe/Berlin]" in asked] == [True, True, True]
    profile = cli("me", "--json").json["profile"]
    assert (profile["name"], profile["email"], profile["timezone"]) == ("Ada Lovelace", None, "Europe/Berlin")
    monkeypatch.setattr("sys.stdin", Terminal("ada@home.example\n"))
    cli("init")
    assert cli("me", "--json").json["profile"]["email"] == "ada@home.example"


def test_init_asks_again_until_the_answer_can_be_one(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an invalid answer `init` says what a valid one looks like, and asks again."""
    monkeypatch.setenv("TZ", ":Europe/Berlin")
    monkeypatch.setattr("sys.stdin", Terminal("Ada\nnot-an-email\nada@home.example\nLisbon\nEurope/Lisbon\n"))
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    assert cli("init").code == 0
    assert "dana@example.com" in screen.getvalue()
    assert "did you mean Europe/Lisbon?" in screen.getvalue()
    profile = cli("me", "--json").json["profile"]
    assert (profile["name"], profile["email"], profile["timezone"]) == ("Ada", "ada@home.example", "Europe/Lisbon")


def test_an_id_is_only_printed_for_scripts(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe the new id stands alone on a line; on a terminal only the message names it."""
    assert cli("add", "Dana Wu").out == "1\n"
    monkeypatch.setattr("sys.stdout", shown := Terminal())
    monkeypatch.setattr("sys.stderr", Terminal())
    cli("add", "Sam Roe")
    assert shown.getvalue() == ""


def test_giving_up_while_asked_changes_nothing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the input ends at a question, the command exits with 130 and has written nothing."""
    monkeypatch.setattr("sys.stdin", Terminal(""))
    monkeypatch.setattr("sys.stderr", Terminal())
    cli("init", code=130)
    assert not cli.db.exists()


@pytest.mark.parametrize(("zone", "stored"), [("Mars/Olympus", None), ("Europe/Berlin", "Europe/Berlin")])
def test_the_zone_of_the_system_must_be_one(
    zone: str, stored: str | None, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`init` takes the time zone of the system only if that zone exists."""
    monkeypatch.setenv("TZ", zone)
    cli("init", "--name", "Ada")
    found = cli("me", "--json").json["profile"]["timezone"]
    assert found == stored if stored else found != zone


@pytest.mark.parametrize(
    ("first", "zone"),
    [(["init", "--timezone", "UTC"], "UTC"), (["me", "--name", "Ada"], "UTC"), (["add", "Kim"], "Europe/Berlin")],
)
def test_init_changes_only_what_is_given_once_there_is_a_profile(
    first: list[str], zone: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stored time zone is kept, even UTC; a database without a profile takes the zone of the system."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    cli(*first)
    cli("init", "--email", "ada@home.example")
    assert cli("me", "--json").json["profile"]["timezone"] == zone


def test_a_long_import_shows_that_it_works(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a long import shows the file name, which is not read as markup."""
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    Path("[bold]\x1b[2J.csv").write_bytes(demo.PEOPLE.read_bytes())
    cli("import", "linkedin", "[bold]\x1b[2J.csv")
    assert "Reading [bold]\\x1b[2J.csv" in screen.getvalue()


def test_on_a_terminal_help_is_drawn_and_lists_are_tables(declined: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal rich lays out help and tables, and a table leaves out empty columns."""
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", screen := Terminal())
        patch.setenv("NO_COLOR", "1")
        patch.setenv("TERM", "xterm")
        for argv in (["--help"], ["due", "--help"], ["list"], ["due"], ["show", "dana"]):
            declined(*argv)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert "╭─ What to do" in shown
    assert "dana@acme.example" in shown
    assert "birthday" not in shown.rpartition("╰")[2]


# --------------------------------------------------------------------------- in and out


def test_importing_and_exporting(cli: Cli) -> None:
    """A dry run shows the changes without making them; a second import of the same file changes nothing."""
    dry = cli("import", "linkedin", demo.PEOPLE, "--dry-run")
    assert "+ Dana Whitfield (Birchwater Analytics)" in dry.lines
    assert dry.lines[-1].endswith("16 rows: 16 would be added, 0 would be updated, 0 unchanged, 0 problems")
    assert not cli("list").out
    assert "16 added" in cli("import", "linkedin", demo.PEOPLE).out
    again = cli("import", "linkedin", demo.PEOPLE, "--json").json["reports"][0]
    assert (again["rows"], again["added"], again["updated"], again["unchanged"]) == (16, 0, 0, 16)
    cards = cli("export", "vcard", "--company", "Birchwater").out
    assert cards.count("BEGIN:VCARD") == 2
    target = cli.folder / "all.vcf"
    assert "Wrote 16 cards" in cli("export", "vcard", "-o", target).err
    assert "exists already" in cli.refused("export", "vcard", "-o", target, code=3)
    cli("export", "vcard", "whitfield", "-o", target, "--force")
    assert target.read_bytes().count(b"BEGIN:VCARD\r\n") == 1
    assert "No contact matches" in cli("export", "vcard", "nobody-at-all").err


@pytest.mark.parametrize("bad", ["none.csv", ".", "other.csv"])
def test_what_was_imported_is_reported_though_the_next_file_is_bad(bad: str, cli: Cli) -> None:
    """The report on the good file is on stdout, also as JSON; the error and the exit code are about the bad file."""
    Path("other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    said = cli("import", "linkedin", demo.PEOPLE, bad, demo.PEOPLE, "--json", code=3)
    assert said.json["schema"] == 1
    assert [(report["file"], report["added"]) for report in said.json["reports"]] == [(str(demo.PEOPLE), 16)]
    assert bad in said.err
    assert said.err.startswith("netcrm: ")
    assert len(cli("list").lines) == 16
    assert cli("import", "linkedin", bad, "--json", code=3).out == ""


@pytest.mark.parametrize("before", [b"what was there", None])
@pytest.mark.parametrize("force", [["--force"], []])
def test_an_export_of_nobody_leaves_the_file_alone(before: bytes | None, force: list[str], cli: Cli) -> None:
    """If no contact matches, an export neither replaces a file nor creates one."""
    cli("add", "Dana Wu")
    target = cli.folder / "all.vcf"
    if before:
        target.write_bytes(before)
    said = cli("export", "vcard", "zzz", "-o", target, *force)
    assert said.out == ""
    assert said.err.startswith(f"No contact matches, so {target} was {'left as it was' if before else 'not created'}")
    assert (target.read_bytes() if target.exists() else None) == before


def test_a_hyphen_is_stdout(cli: Cli) -> None:
    """`-o -` prints to stdout and creates no file called “-”."""
    cli("add", "Dana Wu")
    said = cli("export", "vcard", "-o", "-")
    assert (said.out, said.err) == (cli("export", "vcard").out, "")
    assert not Path("-").exists()


def test_rows_that_can_not_be_used_are_named_and_the_others_land(cli: Cli) -> None:
    """A bad row is reported on stderr with file and line, and the other rows are imported."""
    file = cli.folder / "Connections.csv"
    file.write_text(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        "Dana,Wu,https://www.linkedin.com/in/dana-wu-0example,,Acme,CTO,31 Feb 2024\n"
        "Sam,Roe,https://www.linkedin.com/in/sam-roe-0example,,Acme,CTO,12 Feb 2024\n",
        encoding="utf-8",
    )
    said = cli("import", "linkedin", file)
    assert said.err.startswith(f"netcrm: {file}:2: ")
    assert "Sam Roe" in cli("list").out


# --------------------------------------------------------------------------- bad input


def test_a_file_that_is_none_is_refused(cli: Cli) -> None:
    """A missing file, a folder, a different CSV or bytes that are not text: a message, exit 3, and no database."""
    other = cli.folder / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    binary = cli.folder / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81" * 100)
    long = cli.folder / "long.csv"
    long.write_bytes(b"x" * (51 << 20))
    for file, words in (
        (cli.folder / "none.csv", "no such file"),
        (cli.folder, "it is a folder"),
        (other, "is not"),
        (binary, ""),
        (long, "larger than 50 MiB"),
    ):
        assert words in cli.refused("import", "linkedin", file, code=3)
    assert not cli.db.exists()


def test_a_line_of_fifty_megabytes_is_survived(cli: Cli) -> None:
    """A field of 49 MB is reported with its line, not printed, and not imported as a name."""
    file = cli.folder / "Connections.csv"
    head = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    file.write_text(f"{head}{'x' * (49 << 20)},Wu,,,,,\n", encoding="utf-8")
    said = cli("import", "linkedin", file)
    assert said.err.startswith(f"netcrm: {file}:2: ")
    assert len(said.err) < 1000
    assert not cli("list").out


def test_a_nul_never_gets_in(cli: Cli) -> None:
    """A NUL in an imported name is not stored."""
    file = cli.folder / "Connections.csv"
    head = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
    file.write_bytes(f"{head}Da\0na,Wu,https://www.linkedin.com/in/dana-wu-0example,,,,12 Feb 2024\n".encode())
    cli("import", "linkedin", file)
    assert "\0" not in cli("list", "--json").json["contacts"][0]["name"]


def test_a_declined_offer_is_not_declined_again(declined: Cli) -> None:
    """A second decision on an offer is refused, and the message says how to take the first one back."""
    sentence = declined.refused("decline", "acme")
    assert "was declined on 2026-11-23" in sentence
    assert "netcrm offer reopen 1" in sentence
    assert "was declined on" in declined.refused("accept", "acme")


def test_nobody_is_turned_down_before_the_other_offer_is_safe(cli: Cli) -> None:
    """While the accepted job can fall through, `decline` says what is missing and asks for --anyway."""
    for company in ("Acme", "Globex", "Initech"):
        cli("offer", "add", company, "--with", f"Dana {company}:recruiter")
    cli("accept", "globex", "--signed", "tomorrow")
    sentence = cli.refused("decline", "acme")
    assert "the contract is not signed, the checks are not cleared, no first day is set" in sentence
    assert "--anyway" in sentence
    assert "declined 2026-11-23" in cli("decline", "acme", "--anyway").err + cli("offer", "list").out
    cli("accept", "globex", "--signed", "today", "--cleared", "today", "--starts", "+2w")
    cli("decline", "initech")


def test_quiet_until_it_is_safe(declined: Cli) -> None:
    """`quiet` names each reason to wait and the first safe day, and exits with 1."""
    declined("offer", "add", "Globex")
    declined("accept", "globex", "--signed", "today", "--cleared", "today", "--starts", "2027-01-04")
    said = declined("quiet", code=1)
    assert said.lines == [
        "Don't announce yet",
        "  you have not told Acme yet that you declined",
        "  your job at Globex starts on 2027-01-04 (until 2027-01-04)",
        "No safe day is known yet.",
    ]
    (announce,) = (item for item in declined("plan", "--json").json["follow_ups"] if item["step"] == "announce")
    assert announce["status"] == "held"
    assert announce["held_by"] == [
        "you have not told Acme yet that you declined",
        "your job at Globex starts on 2027-01-04",
    ]
    assert "don't announce yet: you have not told Acme" in declined("plan").out
    declined("log", "dana", "call")
    assert declined("quiet", code=1).lines[-1] == "The first safe day: 2027-01-04"
    answer = declined("quiet", "--json", code=1).json
    assert (answer["quiet"], answer["first_safe_day"], len(answer["blockers"])) == (True, "2027-01-04", 1)
    declined("me", "--quiet-until", "2w")
    assert declined("quiet", code=1).lines[-1] == "The first safe day: 2027-01-18"
    assert "You may announce" in declined("quiet", "--on", "2027-01-18").out
    declined("me", "--quiet-until", "signed")
    assert "You may announce" in declined("quiet").out
    assert "is not an end of the quiet period" in declined.refused("me", "--quiet-until", "never")


def test_nobody_accepts_two(cli: Cli) -> None:
    """A second offer can't be accepted while the first one is; after that job has started, it can."""
    cli("offer", "add", "Acme")
    cli("offer", "add", "Globex")
    cli("accept", "globex")
    assert "netcrm offer reopen 2" in cli.refused("accept", "acme")
    cli("job", "started")
    cli("accept", "acme")


def test_an_offer_can_be_put_right(declined: Cli) -> None:
    """`offer edit` corrects days, words and people; the open follow-ups move with the day of the decision."""
    declined.today = TODAY + timedelta(days=2)
    said = declined("offer", "edit", "acme", "--decided", "today", "--company", "Acme Inc", "--drop", "sam")
    assert "Changed the Acme Inc offer" in said.err
    assert "declined 2026-11-25" in said.err
    assert "Nothing to change" in declined("offer", "edit", "acme").err
    assert "Sam" not in declined("plan").out
    assert "today (2026-11-25)" in declined("due").out
    assert "lies in the future" in declined.refused("offer", "edit", "acme", "--decided", "tomorrow")
    assert "person on this offer" in declined.refused("offer", "edit", "acme", "--drop", "sam")
    assert "until now recruiter" in declined("offer", "with", "acme", "Dana Wu:interviewer").err


def test_a_decision_can_be_taken_back(declined: Cli) -> None:
    """`offer reopen` makes the offer undecided and removes the answers that depended on it; interactions stay."""
    call = declined.ids()[0]
    declined("done", call, "--note", "She was kind")
    assert "It is open" in declined("offer", "reopen", "acme").err
    assert not declined.ids("plan")
    assert "She was kind" in declined("show", "dana").out
    assert "is undecided; there is nothing" in declined.refused("offer", "reopen", "acme")
    assert "not decided yet" in declined.refused("offer", "edit", "acme", "--because", "fit")
    declined("undo")
    assert call not in declined.ids("plan")
    assert declined("offer", "reopen", "acme", "--json").json["offer"]["decision"] is None


def test_an_offer_can_be_removed(declined: Cli) -> None:
    """Removing an offer removes its follow-ups; people and interactions stay, and undo restores the offer."""
    declined("done", declined.ids()[0], "--note", "She was kind")
    before = declined("plan").out
    assert "the people remain contacts" in declined("offer", "remove", "acme").err
    assert not declined.ids("plan")
    assert "She was kind" in declined("show", "dana").out
    declined("undo")
    assert declined("plan").out == before


def test_an_answer_can_be_taken_back(declined: Cli) -> None:
    """`reopen` opens a follow-up again, whatever was done since, and removes the call that `done` logged."""
    call = declined.ids()[0]
    declined("done", call, "--note", "She was kind")
    declined("add", "Someone Else")
    assert f"netcrm reopen {call}" in declined.refused("done", call)
    assert "Open again: Call Dana" in declined("reopen", call).err
    assert call in declined.ids()
    assert "She was kind" not in declined("show", "dana").out
    assert "netcrm undo --list" in declined.refused("reopen", call)


def test_an_answer_needs_an_id_that_is_open(declined: Cli) -> None:
    """An unknown id, an answered id and a snooze into the past are refused, each with what to do."""
    assert "netcrm due" in declined.refused("done", "zzzz")
    follow_up = declined.ids()[0]
    declined("done", follow_up)
    for command in (["done"], ["skip"]):
        assert "was done on 2026-11-23" in declined.refused(*command, follow_up)
    assert "does not lie after today" in declined.refused("snooze", declined.ids("plan")[0], "yesterday")


def test_an_ambiguous_name_lists_the_candidates(cli: Cli) -> None:
    """A name that matches two contacts lists both with their ids, and changes nothing."""
    cli("add", "Dana Wu")
    cli("add", "Dana Li", "--company", "Globex")
    sentence = cli.refused("remove", "dana")
    assert "matches 2 contacts" in sentence
    assert "  2  Dana Li (Globex)" in sentence.splitlines()
    assert len(cli("list").lines) == 2


@contextmanager
def ordinary() -> Iterator[None]:
    """Give up root for a while, because permissions do not bind root."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_database_is_named(declined: Cli) -> None:
    """A read-only database can be read; writing fails with exit 4, says what to do, and changes nothing."""
    declined("add", "Loads Every Module")
    declined("due")  # this too: another user may not be allowed to read Python's own files
    with tempfile.TemporaryDirectory() as name:
        folder, database = Path(name), Path(name) / "crm.db"
        shutil.copy(declined.db, database)
        content = database.read_bytes()
        database.chmod(0o444)
        folder.chmod(0o555)
        with ordinary():
            assert "Call" in declined("--db", database, "due").out
            assert "it is read-only; change its permissions" in declined.refused(
                "--db", database, "add", "Kim Lee", code=4
            )
        folder.chmod(0o755)
        assert database.read_bytes() == content


def test_a_database_that_is_none_is_left_alone(cli: Cli) -> None:
    """A file of another program and a folder are refused with exit 4, and not changed."""
    cli.db.write_text("not a database", encoding="utf-8")
    for command in (["due"], ["add", "Dana Wu"], ["list"]):
        assert "nothing was changed" in cli.refused(*command, code=4)
    assert cli.db.read_text(encoding="utf-8") == "not a database"
    cli.refused("--db", cli.folder, "due", code=4)
    cli.refused("--db", "mysql://u:secret@host/db", "due", code=4)


def test_a_password_is_never_printed(cli: Cli) -> None:
    """The password in a database URL is not printed, not even when the URL is refused."""
    assert "secret" not in cli.refused("--db", "mysql://u:secret@host/db", "due", code=4)


def test_a_locked_database_is_waited_for_and_then_named(declined: Cli) -> None:
    """A command waits for another program's write; after the timeout it says so and exits with 4."""
    with sqlite3.connect(declined.db, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "in use by another program" in declined.refused("add", "Kim", code=4, lock_timeout=0.1)
        other.execute("ROLLBACK")
    other.close()
    declined("add", "Kim")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["add", ""], "is empty"),
        (["add", "Dana", "--email", "nonsense"], "is not an e-mail address"),
        (["add", "Dana", "--timezone", "Mars/Olympus"], "is not a time zone"),
        (["init", "--country", "Germany"], "country"),
        (["offer", "add", "Acme", "--received", "2026-11-20", "--respond-by", "2026-11-19"], "check both days"),
        (["offer", "add", "Acme", "--with", "Dana Wu:boss"], "is not a role"),
        (["offer", "add", "Acme", "--with", "<>:recruiter"], "is not a person"),
        (["log", "dana", "call", "--on", "+3d"], "no contact"),
        (["undo"], "nothing to undo"),
    ],
)
def test_a_value_that_can_not_be_is_refused_with_what_to_do(argv: list[str], words: str, cli: Cli) -> None:
    """An impossible value gets a message and exit 2."""
    assert words in cli.refused(*argv)


# --------------------------------------------------------------------------- the demo


def test_the_demo_and_the_examples_know_the_same_people() -> None:
    """The file in examples/ equals the one that the demo imports."""
    examples = Path(__file__).parent.parent.parent / "examples" / "Connections.csv"
    assert examples.read_bytes() == demo.PEOPLE.read_bytes()


def test_the_demo_plays_a_season_and_leaves_nothing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command of the demo is printed and succeeds; it creates no database of the user and deletes its folder."""
    monkeypatch.setenv("NETCRM_DB", str(cli.db))
    said = cli("demo")
    commands = [line for line in said.lines if line.startswith("$ netcrm ")]
    typed = [command for _, _, scene in demo.SEASON for command in scene]
    assert len(commands) == len(typed)
    assert "@" not in "".join(command for command in commands if " done " in command or " why " in command)
    assert said.err == ""
    assert not cli.db.exists()
    folder = re.search(r"The demo runs in (\S+) and", said.out)
    assert folder
    assert not Path(folder[1]).exists()


def test_the_demo_is_the_same_on_the_same_day(cli: Cli) -> None:
    """Two runs of the demo differ only in ids, spaces, the folder and the time of day."""

    def output() -> str:
        text = re.sub(r"/\S*netcrm-demo-\w+", "FOLDER", cli("demo").out)
        return re.sub(" +", " ", re.sub(r"\b[a-z0-9]{3,5}\b|\d\d:\d\d", "", text))

    assert output() == output()


def test_the_command_line_keeps_in_touch(cli: Cli) -> None:
    """`show` says how often to be in touch, by which rule, and why a cadence pauses."""
    cli("add", "Dana Wu", "--tier", "B", "--every", "2 weeks")
    assert "every 2 weeks (set for this contact)" in cli("show", "dana").out
    assert cli("show", "dana", "--json").json["cadence"] == {
        "every": "2 weeks",
        "rule": "own",
        "tries": 0,
        "rests": False,
    }
    cli("edit", "dana", "--every", "")
    assert "every 3 months (tier:B)" in cli("show", "dana").out
    cli("edit", "dana", "--every", "OFF")
    assert "touch      off" in cli("show", "dana").out
    cli("edit", "dana", "--every", "3 weeks")
    for day in ("2026-08-01", "2026-09-01"):
        cli("log", "dana", "email", "--on", day)
    assert "every 6 weeks (set for this contact), half as often as set, after 2 attempts" in cli("show", "dana").out
    cli("log", "dana", "email", "--on", "2026-10-10")
    assert "paused: no answer to 3 attempts" in cli("show", "dana").out
    cli("edit", "dana", "--dormant", "asked not to be contacted")
    assert "dormant since 2026-11-23: asked not to be contacted" in cli("show", "dana").out
    assert "is zero" in cli("edit", "dana", "--every", "0 days", code=2).err
    assert cli("edit", "dana", "--dormant", "").err.startswith("Changed Dana Wu")


def test_the_load_of_the_weeks(declined: Cli) -> None:
    """`plan --load` counts the follow-ups of each week and marks the first week of the new job, also as JSON."""
    declined("offer", "add", "Globex")
    declined("accept", "globex", "--starts", "2026-12-09")
    rows = [row.split("\t") for row in declined("plan", "--load").lines]
    assert rows[0][0] == "2026-11-23"
    assert int(rows[0][1]) >= 1
    assert rows[2] == ["2026-12-07", rows[2][1], "you start at Globex"]
    weeks = declined("plan", "--load", "--json").json["weeks"]
    assert [[week["monday"], str(week["follow_ups"])] for week in weeks] == [row[:2] for row in rows]
    due = [item for item in declined("plan", "--json").json["follow_ups"] if item["due"]]
    assert sum(week["follow_ups"] for week in weeks) == len(due)


def test_a_call_abroad_says_when(cli: Cli) -> None:
    """A call to another time zone shows the best hours in both zones; if no hour suits, it says what to do."""
    cli("init", "--timezone", "Europe/Berlin", "--name", "Robin")
    cli("add", "Dana Wu", "--timezone", "America/New_York", "--phone", "+1 212 5550100")
    cli("offer", "add", "Acme", "--with", "Dana Wu:recruiter")
    cli("decline", "acme")
    assert "call +1 212 5550100, best 15:00–20:00 (09:00–14:00 in America/New_York)" in cli("due").out
    hours = cli("due", "--json").json["follow_ups"][0]["best_hours"]
    assert hours["from"] == "2026-11-23T15:00:00+01:00"
    cli("edit", "dana", "--timezone", "Pacific/Auckland")
    assert "no working hour in Pacific/Auckland suits: agree on a time by e-mail" in cli("due").out


def test_a_playbook_is_begun_and_tried(declined: Cli, tmp_path: Path) -> None:
    """A new playbook can be compared with the plan; an existing file is kept, and a name can't be a path."""
    declined("log", "dana", "call", "Told her")
    assert "[[step]]" in declined("playbook", "new", "hello", "-o", "-").out
    declined("playbook", "new", "graceful-decline", "-o", "mine.toml")
    assert "changes nothing" in declined("playbook", "diff", "mine.toml").err
    mine = Path("mine.toml")
    mine.write_text(
        mine.read_text()
        .replace('due = "5 business days"', 'due = "2 weeks"')
        .replace("Don't ask for anything", "Don't ask")
    )
    said = declined("playbook", "diff", "mine.toml")
    assert "graceful-decline: 1 moved, 1 changed" in said.err
    assert "→" in said.out
    was = "Write Dana a short note: say how you are doing and ask how they are. Don't ask for anything."
    assert f"until now: {was}" in said.out
    assert "exists already" in declined.refused("playbook", "new", "x", "-o", "mine.toml")
    assert "letters, digits and hyphens" in declined.refused("playbook", "new", "../x")
    assert "letters, digits and hyphens" in declined.refused("playbook", "new", "x" * 300)
    assert "name too long" in declined.refused("playbook", "new", "x", "-o", f"{'x' * 300}/x.toml", code=3)
    assert "is a file, not a folder" in declined.refused("playbook", "new", "x", "-o", "mine.toml/x.toml", code=3)
    assert not stat.S_IMODE((declined.folder / "mine.toml").stat().st_mode) & 0o077


def test_leaving_somebody_in_peace_is_said(cli: Cli) -> None:
    """If you skip a cadence with a reason, the contact becomes dormant, and the command says so."""
    cli("add", "Dana Wu", "--every", "2 weeks")
    cli.today = TODAY + timedelta(weeks=2)
    assert "Dana Wu is dormant from now on" in cli("skip", cli.ids()[0], "--reason", "asked for it").err
    assert "dormant since 2026-12-07: asked for it" in cli("show", "dana").out
