"""The examples of playbooks: those of the built-in playbooks pass, and mistakes and failures are reported."""

from dataclasses import replace
from pathlib import Path

import pytest

from netcrm import Crm, Rehearsal, rehearse
from netcrm.domain.vocabulary import EVENTS
from netcrm.errors import BadPlaybook
from netcrm.playbooks.library import BUILT_IN, check, load, starter
from netcrm.playbooks.scenarios import DERIVED
from netcrm.playbooks.toml import read, without_examples
from tests.helpers.cli_runner import Cli

FILES = sorted(BUILT_IN.glob("*.toml"))

BOOK = """name = "p"
about = "Made up."
trigger = "{trigger}"
{more}
[[step]]
name = "wave"
to = "{to}"
channel = "email"
unless = ["message.waved"]
topic = "waved"
due = "2 days"
expires = "1 month"
source = "own"
do = "Wave at {{name}}."
"""

EXAMPLE = """
[[example]]
about = "Two days later."
people = [{people}]
facts = [
  {facts},
]
today = 2026-11-23
expect = [{expect}]
"""


DANA = '"Dana recruiter"'


def text_of(
    facts: str,
    expect: str = "",
    *,
    people: str = '"Dana recruiter"',
    trigger: str = "offer.declined",
    to: str = "everyone",
) -> str:
    more = '[every]\n"tier:A" = "1 week"' if trigger == "contact.silent" else ""
    more = 'season = "1 year"' if trigger.startswith("job.") and to != "me" else more
    return BOOK.format(trigger=trigger, to=to, more=more) + EXAMPLE.format(people=people, facts=facts, expect=expect)


def played(*args: str, **kwargs: str) -> Rehearsal:
    (rehearsal,) = rehearse(read(text_of(*args, **kwargs), "mine.toml"))
    return rehearsal


def wrong(text: str) -> list[str]:
    with pytest.raises(BadPlaybook) as refused:
        rehearse(read(text, "mine.toml"), "mine.toml")
    return [str(problem) for problem in refused.value.problems]


# --------------------------------------------------------------------------- the built-in ones


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_examples_of_the_built_in_playbooks_hold(path: Path) -> None:
    """The examples of each built-in playbook pass, and each step is open in one of them."""
    book = check(path)
    failed = [rehearsal for rehearsal in rehearse(book) if not rehearsal.passed]
    assert [(rehearsal.example.about, rehearsal.missing, rehearsal.unexpected) for rehearsal in failed] == []
    lines = [line.split() for example in book.examples for line in example.expect if not line.startswith("waiting")]
    assert {step.name for step in book.steps} <= {words[1] for words in lines}


def test_the_starter_holds_what_it_says() -> None:
    """A new playbook has an example that passes."""
    assert all(rehearsal.passed for rehearsal in rehearse(read(starter("mine"), "mine.toml")))


def test_the_guide_holds_what_it_says() -> None:
    """The playbook of docs/playbooks.md passes its examples, and fails without `once` as shown there."""
    guide = (Path(__file__).parent.parent.parent / "docs" / "playbooks.md").read_text(encoding="utf-8")
    rule, examples = (block.split("```")[0] for block in guide.split("```toml\n")[1:3])
    assert all(rehearsal.passed for rehearsal in rehearse(read(rule + examples, "a-book.toml")))
    *held, last = rehearse(read(rule.replace('once    = "1 year"\n', "") + examples, "a-book.toml"))
    assert all(rehearsal.passed for rehearsal in held)
    assert (last.missing, last.unexpected) == ((), ("2026-12-09 book Sam",))
    assert "+ 2026-12-09 book Sam  (open, but not expected)" in guide


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_playbook_in_force_is_the_same_without_its_examples(path: Path) -> None:
    """A playbook read for planning is without its examples and otherwise complete."""
    whole = check(path)
    short = read(without_examples(path.read_text(encoding="utf-8")), str(path))
    assert (short.steps, short.examples) == (whole.steps, ())
    assert whole.examples


@pytest.mark.parametrize("head", ["[[step]]", "  [[ step ]]  # more", "[every]"])
def test_what_follows_an_example_is_read(head: str) -> None:
    """A file with another table below an example is read in full, however the head of the table is spelled."""
    text = f'name = "p"\n[[example]]\nabout = "x"\n{head}\n'
    assert without_examples(text) == text
    assert without_examples(text.replace(head, "")) == 'name = "p"'


def test_a_text_may_speak_of_examples() -> None:
    """A line in a multi-line string is not taken for the head of an example."""
    text = 'about = """\n[[example]]\n"""\nname = "p"'
    assert without_examples(text) == text


def test_steps_below_an_example_are_in_force(tmp_path: Path) -> None:
    """Steps that follow the examples are in force."""
    more = BOOK.split("[[step]]")[1].format(to="everyone").replace("wave", "greet")
    text = text_of('"2026-11-23 offer.declined"') + "\n[[step]]" + more.replace("waved", "greeted")
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    playbook = next(book for book in load(tmp_path).playbooks if book.name == "p")
    assert [step.name for step in playbook.steps] == ["wave", "greet"]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(tmp_path, capsys, monkeypatch)


# --------------------------------------------------------------------------- how one goes


def test_one_that_goes_as_it_says() -> None:
    """An example passes if the open follow-ups are the expected ones."""
    assert played('"2026-11-21 offer.declined"', '"2026-11-23 wave Dana"').passed


def test_one_that_does_not() -> None:
    """Missing and unexpected follow-ups are lines in the form of `expect`."""
    result = played('"2026-11-20 offer.declined"', '"2026-11-23 wave Dana"')
    assert (result.passed, result.missing, result.unexpected) == (
        False,
        ("2026-11-23 wave Dana",),
        ("2026-11-22 wave Dana",),
    )


def test_the_same_line_twice_is_two_follow_ups() -> None:
    """A person on two offers has two follow-ups if the playbook has no `once`, and two equal lines expect them."""
    facts = '"2026-11-21 offer.declined Acme", "2026-11-21 offer.declined Globex"'
    people = '"Dana recruiter@Acme recruiter@Globex"'
    assert played(facts, '"2026-11-23 wave Dana", "2026-11-23 wave Dana"', people=people).passed
    assert played(facts, '"2026-11-23 wave Dana"', people=people).unexpected == ("2026-11-23 wave Dana",)


def test_facts_may_stand_in_any_order() -> None:
    """Facts are played in the order of their days."""
    assert played('"2026-11-22 done wave Dana", "2026-11-21 offer.declined"').passed


PERSONAL = [kind for kind in EVENTS if kind.partition(".")[0] not in ("offer", "job") and kind not in DERIVED]
MATTERS = [kind for kind in EVENTS if kind.partition(".")[0] in ("offer", "job") and kind not in DERIVED]


@pytest.mark.parametrize("kind", [*PERSONAL, "message.thanked"])
def test_whatever_happens_with_a_person_can_be_said(kind: str) -> None:
    """Every kind of event with a person triggers a run for that person."""
    yearly = kind == "contact.birthday"
    day = "1990-11-21" if yearly else "2026-11-21"
    text = text_of(f'"{day} {kind} Dana"', '"2026-11-23 wave Dana"', people='"Dana", "Ann"', trigger=kind)
    if yearly:
        text = text.replace("[[step]]", "yearly = true\n[[step]]")
        text = text.replace('["2026-11-23 wave Dana"]', '["2026-11-23 wave Dana", "2027-11-23 wave Dana"]')
    (rehearsal,) = rehearse(read(text, "mine.toml"))
    assert rehearsal.passed, rehearsal


@pytest.mark.parametrize("kind", MATTERS)
def test_whatever_happens_to_an_offer_or_a_job_can_be_said(kind: str) -> None:
    """Every kind of event of an offer or job can be played, after the event it depends on."""
    before = {
        "offer.signed": "offer.accepted",
        "offer.cleared": "offer.accepted",
        "offer.starts": "offer.accepted",
        "job.settled": "job.started",
        "job.details": "job.started",
    }.get(kind)
    facts = [f'"2026-11-21 {event}"' for event in (before, kind) if event]
    result = played(", ".join(facts), '"2026-11-23 wave"', trigger=kind, to="me")
    assert result.passed, result


# --------------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("facts", "expect", "people", "why"),
    [
        ('"tomorrow offer.declined"', "", DANA, "mine.toml:20: “tomorrow offer.declined” does not begin"),
        ('"2026-11-21 offer.decline"', "", DANA, "mine.toml:20: “offer.decline” in “2026-11-21 offer.decline” is not"),
        ('"2026-11-21 message.thankd Dana"', "", DANA, "is not a kind of event; did you mean “message.thanked”"),
        ('"2026-11-21 offer.told"', "", DANA, "write call.out NAME"),
        ('"2026-11-21"', "", DANA, "is not a kind of event"),
        ('"2026-11-21 call.out"', "", DANA, "names no person; add a name from `people`"),
        ('"2026-11-21 call.out Dan"', "", DANA, "who is not in `people`; did you mean “Dana”?"),
        ('"2026-11-21 done waev Dana"', "", DANA, "first word or words; did you mean “wave”"),
        ('"2026-11-21 done"', "", DANA, "has no known step"),
        ('"2026-11-21 offer.declined Globex"', "", DANA, "does not name an offer; add Acme after the kind"),
        ('"2026-11-21 offer.declined"', "", '"Dana recruiter", "Sam other@Globex"', "add Acme or Globex"),
        ('"2026-11-21 job.started Acme"', "", DANA, "an event of your job takes no name; remove it"),
        ('"2026-11-21 offer.declined"', '"wave Dana"', DANA, "mine.toml:23: “wave Dana” does not begin with a day"),
        ('"2026-11-21 offer.declined"', '"waiting wave Sam"', DANA, "who is not in `people`"),
        ('"2026-11-21 offer.declined"', "", '"Dana recruter"', "mine.toml:18: “Dana recruter” has an unknown word"),
        ('"2026-11-21 offer.declined"', "", '"Dana", "Dana"', "two people are named “Dana”"),
        ('"2026-11-21 offer.declined"', "", "1", "`people` takes a list of lines"),
    ],
)  # fmt: skip
def test_a_line_that_says_nothing_is_refused(facts: str, expect: str, people: str, why: str) -> None:
    """A line that can't be read is reported with the nearest known word."""
    assert any(why in problem for problem in wrong(text_of(facts, expect, people=people)))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("today = 2026-11-23", 'today = "soon"', "mine.toml:22: `today` takes a day"),
        ("today = 2026-11-23", "today = 2026-11-23T10:00:00", "`today` takes a day"),
        ('about = "Two days later."', "", "mine.toml:16: `about` is missing"),
        ("[[example]]", "[example]", "write [[example]] above it"),
        ("expect", "expects", "there is no key `expects` here; did you mean “expect”?"),
    ],
)
def test_an_example_has_its_fields(old: str, new: str, why: str) -> None:
    """A missing or misspelt key of an example is reported with its line."""
    assert any(why in problem for problem in wrong(text_of('"2026-11-21 offer.declined"').replace(old, new)))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ('"2026-11-24 call.out Dana"', "mine.toml:16: “2026-11-24 call.out Dana” can't happen in this example"),
        ('"2026-11-21 job.settled"', "no job is recorded yet"),
        ('"2026-11-21 done wave Dana"', "“wave” is not open for Dana on 2026-11-21"),
    ],
)
def test_what_cannot_happen_is_refused(facts: str, why: str) -> None:
    """A fact that can't be recorded can't be played, and is reported as such."""
    assert why in wrong(text_of(facts))[0]


def test_a_playbook_without_examples_has_nothing_to_play() -> None:
    """A playbook without examples fails the test command."""
    assert "there is no [[example]] to play" in wrong(BOOK.format(trigger="offer.declined", to="everyone", more=""))[0]


def test_an_example_made_in_python_is_held_to_the_same() -> None:
    """A line that can't be read is refused with the same message in an example from Python."""
    book = read(text_of('"2026-11-21 offer.declined"'), "mine.toml")
    wrong_one = replace(book.examples[0], facts=("soon offer.declined",))
    with pytest.raises(BadPlaybook, match="does not begin with a day"):
        rehearse(replace(book, examples=(wrong_one,)))


def test_the_people_who_play_are_nobody_i_know(tmp_path: Path) -> None:
    """Playing an example neither reads nor changes your database."""
    with Crm(tmp_path / "book.db") as crm:
        crm.add("Zoe")
        before = crm.contacts()
        assert played('"2026-11-21 offer.declined"', '"2026-11-23 wave Dana"').passed
        assert crm.contacts() == before


# --------------------------------------------------------------------------- the command


def test_playing_them_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    """`netcrm playbook test` lists the examples, and for each failed one the missing and unexpected lines."""
    path = tmp_path / "p.toml"
    path.write_text(text_of('"2026-11-21 offer.declined"', '"2026-11-23 wave Dana"'), encoding="utf-8")
    result = cli("playbook", "test", path)
    assert "Two days later." in result.out
    assert "p: 1 example, none failed" in result.err
    path.write_text(text_of('"2026-11-20 offer.declined"', '"2026-11-23 wave Dana"'), encoding="utf-8")
    result = cli("playbook", "test", path, code=1)
    assert "- 2026-11-23 wave Dana" in result.out
    assert "+ 2026-11-22 wave Dana" in result.out
    assert "p: 1 example, 1 failed" in result.err
    output = cli("playbook", "test", path, "--json", code=1).json
    assert output["examples"] == [
        {
            "about": "Two days later.",
            "passed": False,
            "missing": ["2026-11-23 wave Dana"],
            "unexpected": ["2026-11-22 wave Dana"],
        }
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_knows_where_it_stands(path: Path) -> None:
    """Each example has the line of its table."""
    lines = path.read_text(encoding="utf-8").splitlines()
    where = [number for number, line in enumerate(lines, 1) if line == "[[example]]"]
    assert [example.line for example in check(path).examples] == where
