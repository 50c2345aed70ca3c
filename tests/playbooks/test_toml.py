"""Reading playbooks from TOML: the values of a file, and its mistakes with their lines."""

import dataclasses
import tomllib
from contextlib import suppress
from dataclasses import MISSING, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.domain.dates import Span
from netcrm.domain.vocabulary import AUDIENCES, CHANNELS, COUNTS_AS, EVENTS, STATES
from netcrm.errors import BadPlaybook, InvalidValue
from netcrm.playbooks.model import Example, Playbook, Step
from netcrm.playbooks.toml import from_dict, read

HEAD = """name = "hello"
about = "Say hello."
trigger = "offer.declined"
"""
STEP = """
[[step]]
name = "wave"
to = "primary"
channel = "email"
do = "Wave at {first_name}."
due = "1 day"
expires = "1 week"
source = "own"
"""
WHOLE = HEAD + STEP
JOB = WHOLE.replace("offer.declined", "job.started")


def problems(text: str) -> list[str]:
    with pytest.raises(BadPlaybook) as caught:
        read(text, "mine.toml")
    return [str(problem) for problem in caught.value.problems]


def only(text: str) -> str:
    (problem,) = problems(text)
    return problem


# --------------------------------------------------------------------------- what is right


def test_the_smallest_playbook() -> None:
    """A playbook with only the needed keys has the defaults for the others."""
    book = read(WHOLE, "mine.toml")
    assert (book.name, book.about, book.trigger) == ("hello", "Say hello.", "offer.declined")
    (step,) = book.steps
    assert (step.name, step.to, step.do, step.source) == ("wave", ("primary",), "Wave at {first_name}.", "own")
    assert (step.due, step.expires, step.overdue, step.after, step.was) == (
        Span(1, "day"),
        Span(1, "week"),
        None,
        None,
        (),
    )


def test_everything_that_can_be_said() -> None:
    """Every key of a playbook and of a step is read."""
    text = (
        HEAD.replace("offer.declined", "job.started")
        + 'season = "1 year"\nends = ["contact.dormant"]\n'
        + STEP.replace('"primary"', '["everyone", "referrer", "tag:helper"]')
        + """overdue = "2 business days"
late = "1 week"
do_late = "Wave late."
unless = ["message.news", "email.in"]
after = "job.settled"
at = "job.details"
within = "2mo"
opens = "4w"
spread = "3 days"
once = "6 months"
topic = "news"
was = "greet"
draft = "hello"
"""
    )
    book = read(text, "mine.toml")
    step = book.steps[0]
    given_fields = {item.name for item in fields(Step)} - {
        item.name for item in fields(Step) if item.default is not MISSING and getattr(step, item.name) == item.default
    }
    assert given_fields == {item.name for item in fields(Step)} - {"upon"}  # a step has `upon` or `after`
    assert read(text.replace("after =", "upon ="), "mine.toml").steps[0].upon == "job.settled"
    assert only(text.replace("at = ", "upon = ")).endswith("a step has `after` or `upon`, not both; remove one")
    assert (step.within, step.was, step.topic) == (Span(2, "month"), ("greet",), "news")
    assert book.season == Span(1, "year")
    assert book.tags == {"helper"}
    assert book.kinds == {"message.news", "email.in", "job.settled", "job.details", "contact.dormant"}


def test_python_and_toml_say_the_same() -> None:
    """A mapping with the keys of the TOML form is read like the TOML form."""
    assert from_dict(tomllib.loads(WHOLE)) == read(WHOLE, "mine.toml")
    with pytest.raises(BadPlaybook, match="there is no key `nmae` here; did you mean “name”"):
        from_dict({**tomllib.loads(WHOLE), "nmae": "x"})
    with pytest.raises(BadPlaybook, match=r"a playbook needs at least one \[\[step\]\]"):
        from_dict({})


def test_strings_of_several_lines_and_other_spellings() -> None:
    """Other spellings in TOML are not errors, and the line numbers of errors stay right."""
    text = HEAD.replace('"Say hello."', '"""\nSay\n[[step]]\nname = "none"\n"""') + STEP.replace(
        "[[step]]", "[[ step ]]"
    )
    assert read(text, "mine.toml").about.startswith("Say")
    assert only(text.replace('due = "1 day"', '"due" = "x"')).startswith("mine.toml:14: `due` “x” is not a span")
    single = text.replace('"""', "'''")
    assert only(single.replace('due = "1 day"', "due = 1")).startswith("mine.toml:14: `due` takes a text")


def test_words_that_need_no_list() -> None:
    """A single word is read like a list of one word."""
    book = read(WHOLE + 'unless = "email.in"\n', "mine.toml")
    assert book.steps[0].unless == ("email.in",)
    assert book.steps[0].settled_by == ("email.in",)


def test_a_note_to_myself_needs_nothing_that_settles_it() -> None:
    """A step for the user needs neither a channel nor `unless`, since only the user knows whether it was done."""
    for to in ('"me"', '["me"]'):
        book = read(WHOLE.replace('"primary"', to).replace('channel = "email"\n', ""), "mine.toml")
        assert book.steps[0].settled_by == ()


# --------------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        # keys
        ('due = "1 day"', 'deu = "1 day"', 10, "there is no key `deu` here; did you mean “due”?"),
        ("trigger", "tigger", 3, "there is no key `tigger` here; did you mean “trigger”?"),
        (
            'source = "own"',
            'source = "own"\nzzz = 1',
            13,
            "there is no key `zzz` here; use one of: name, to, do, due, expires",
        ),
        ('due = "1 day"\n', "", 5, "`due` is missing; it is the time from the cause"),
        ('about = "Say hello."\n', "", 1, "`about` is missing; it is the purpose of the playbook"),
        # texts and names
        (
            'name = "wave"',
            'name = "wave hand"',
            6,
            "`name` takes letters, digits and hyphens, at most 100, such as “thank-you”",
        ),
        ('name = "wave"', 'name = ["wave"]', 6, "`name` takes a text in quotes"),
        ('source = "own"', 'source = " "', 12, "`source` takes a text in quotes"),
        ('source = "own"', "source = 3", 12, "`source` takes a text in quotes"),
        # spans
        ('"1 day"', '"soon"', 10, "`due` “soon” is not a span; write it like 3 days, 2 business days, 2w, 6mo or 1y"),
        ('"1 week"', '"999 years"', 11, "`expires` “999 years” is too long; write a shorter span"),
        ('"1 day"', "1", 10, "`due` takes a text in quotes"),
        # audiences
        ('"primary"', '"primry"', 7, "`to` does not know “primry”; did you mean “primary”?"),
        ('"primary"', '"tag:"', 7, "`to` does not know “tag:”"),
        ('"primary"', '"tag:NAME"', None, None),
        ('"primary"', "[]", 7, "`to` takes a text, or a list of texts"),
        ('"primary"', '["me", 3]', 7, "`to` takes a text, or a list of texts"),
        ('"primary"', "{ a = 1 }", 7, "`to` takes a text, or a list of texts"),
        ('"primary"', '"everybody"', 7, "`to` does not know “everybody”; did you mean “everyone”?"),
        # channels
        ('"email"', '"mail"', 8, "`channel` does not know “mail”; did you mean “email”?"),
        ('"email"', '"pigeon"', 8, "`channel` does not know “pigeon”; use one of: call, voicemail, email"),
        # what to do
        (
            "{first_name}",
            "{firstname}",
            9,
            "`do` has {firstname}, which is not a known name; did you mean “first_name”?",
        ),
        ("{first_name}", "{}", 9, "`do` has {}, which is not a known name; use one of: name, first_name"),
        ("{first_name}", "{name!r}", 9, "`do` has a format in {name}; write only the name between the braces"),
        ("{first_name}", "{name:>9}", 9, "`do` has a format in {name}; write only the name between the braces"),
        ("{first_name}", "{name", 9, "`do` has an unpaired brace; write {{ for a literal brace"),
        # kinds of event
        (
            "offer.declined",
            "offer.decline",
            3,
            "`trigger` names “offer.decline”, which is not a kind of event; did you mean",
        ),
        (
            "offer.declined",
            "offer.told",
            3,
            "“offer.told” can happen several times for an offer; use “offer.declined”",
        ),
        (
            'due = "1 day"',
            'due = "1 day"\nunless = ["email.sent"]',
            11,
            "`unless` names “email.sent”, which is not a kind",
        ),
        ('due = "1 day"', 'due = "1 day"\nunless = "message.tanked"', 11, "did you mean “message.thanked”?"),
        ("[[step]]", 'ends = "never"\n[[step]]', 5, "`ends` names “never”, which is not a kind of event; use one of:"),
        ('due = "1 day"', 'due = "1 day"\nunless = "2 call.unanswerd"', 11, "did you mean “call.unanswered”?"),
        ('due = "1 day"', 'due = "1 day"\nunless = "0 call.out"', 11, "`unless` names “0 call.out”"),
        ('due = "1 day"', 'due = "1 day"\nunless = "100 call.out"', 11, "`unless` names “100 call.out”"),
        ("[[step]]", 'ends = "2 call.in"\n[[step]]', 5, "`ends` names “2 call.in”, which is not a kind of event"),
        ('due = "1 day"', 'due = "x before"', 10, "`due` “x before” is not a span"),
        # what needs or excludes something else
        ('due = "1 day"', 'due = "1 day"\nlate = "1 week"', 11, "`late` needs `do_late`"),
        ('due = "1 day"', 'due = "1 day"\ndo_late = "Wave now."', 11, "`do_late` needs `late`"),
        ('due = "1 day"', 'due = "1 day"\nafter = "offer.told"', 11, "a step with `after` needs `within`"),
        ('due = "1 day"', 'due = "1 day"\nat = "offer.signed"', 11, "a step with `at` needs `within`"),
        (
            'to = "primary"',
            'to = "me"\nspread = "2 days"',
            8,
            "`spread` is for several people, and this step is only for you; remove it",
        ),
        (
            'due = "1 day"',
            'due = "1 day"\nwithin = "1 day"',
            11,
            "`within` needs `after`, `upon` or `at`, and this step has none of them",
        ),
        ('channel = "email"\n', "", 5, "a step needs `channel`, `unless` or `topic`, so that netcrm can see"),
        (
            'due = "1 day"',
            'due = "1 day"\ntopic = "out"',
            11,
            "`topic` can't be “out”: `message.out` is already a kind of event",
        ),
        (
            'due = "1 day"',
            'due = "1 day"\nwas = "wave"',
            6,
            "two steps are named “wave”; rename one",
        ),
        ('source = "own"\n', f'source = "own"\n{STEP}', 15, "two steps are named “wave”"),
        ("[[step]]", 'season = "1 year"\n[[step]]', 5, "`season` needs a trigger such as “job.started”; remove it"),
        # the whole file
        ("[[step]]", "[step]", 5, "a playbook needs at least one [[step]]"),
        (STEP, "", 1, "a playbook needs at least one [[step]]"),
        (STEP, "step = []", 4, "a playbook needs at least one [[step]]"),
        (STEP, "step = [1]", 4, "a playbook needs at least one [[step]]"),
        ('"Say hello."', '"Say hello.', 2, "this is not TOML: illegal character"),
        (STEP, f"x = '{'x' * 2000}'", 4, "this line is longer than 2,000 characters; split it into several lines"),
        (STEP, "x = " + "[\n" * 1000, 1, "brackets are nested hundreds of levels deep; a playbook needs two at most"),
        (STEP, "x = [", 4, "this is not TOML: invalid value; check the quotes and brackets here"),
        ("offer.declined", "offer\\qdeclined", 3, "this is not TOML: unescaped '\\' in a string"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int | None, message: str | None) -> None:
    """Each mistake is reported at its line, with a hint at what to write instead."""
    assert old in WHOLE
    text = WHOLE.replace(old, new, 1)
    if line is None or message is None:
        assert read(text, "mine.toml")
        return
    lines = problems(text)
    assert [
        message_line
        for message_line in lines
        if message_line.startswith(f"mine.toml:{line}: {message}") or message in message_line.split(": ", 1)[1]
    ]
    assert all(message_line.startswith("mine.toml:") for message_line in lines)
    assert any(message_line.startswith(f"mine.toml:{line}:") for message_line in lines)


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ('"primary"', "mine.toml:7: a job has no “primary”; write “everyone”, or a role"),
        ('"others"', "mine.toml:7: a job has no “others”; write “everyone”, or a role"),
        (
            '["me", "referrer"]',
            "mine.toml:7: “referrer” means people of offers; add `season",
        ),
        ('"everyone"', "mine.toml:7: “everyone” means people of offers; add `season"),
    ],
)
def test_a_job_has_no_people_of_its_own(to: str, message: str) -> None:
    """A playbook of a job needs `season` for audiences on offers, and has no primary."""
    assert only(JOB.replace('"primary"', to)).startswith(message)


def test_a_job_may_mean_me_a_tag_or_a_season() -> None:
    """Audiences without offers need no `season`; others are accepted with it."""
    assert read(JOB.replace('"primary"', '["me", "tag:helper"]'), "mine.toml").season is None
    season = JOB.replace('"primary"', '["everyone", "recruiter"]').replace("[[step]]", 'season = "6mo"\n[[step]]')
    assert read(season, "mine.toml").season == Span(6, "month")


CADENCE = WHOLE.replace("offer.declined", "contact.silent").replace("primary", "everyone")
TABLE = '\n[every]\n"tier:A" = "5 weeks"\n"tag:ally" = "off"\n'


def cadence(table: str = TABLE, text: str = CADENCE) -> str:
    """The text of a playbook with a cadence, with its table above the steps."""
    return text.replace("\n[[step]]", f"{table}\n[[step]]")


def test_a_cadence_says_how_often() -> None:
    """The table `every` gives tags and tiers a span, or “off”."""
    assert read(cadence(), "mine.toml").every == (("tier:A", Span(5, "week")), ("tag:ally", None))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CADENCE, "mine.toml:3: “contact.silent” needs a table [every] that says how often to be in touch"),
        (
            cadence(text=WHOLE),
            "mine.toml:5: `every` says how often to be in touch, and needs trigger = “contact.silent”",
        ),
        (cadence("\nevery = 3\n"), "mine.toml:5: `every` takes a table: [every], with lines such as"),
        (cadence("\n[every]\n"), "mine.toml:5: `every` takes a table"),
        (cadence(TABLE.replace("tier:A", "tier:D")), "mine.toml:6: `every` “tier:D” is not a group of contacts; write"),
        (cadence(TABLE.replace("tag:ally", "ally")), "mine.toml:7: `every` “ally” is not a group"),
        (cadence(TABLE.replace("tag:ally", "tag: ")), "mine.toml:7: `every` “tag: ” is not a group"),
        (cadence(TABLE.replace("5 weeks", "0 weeks")), "mine.toml:6: `every` “tier:A” is zero"),
        (cadence(TABLE.replace("5 weeks", "often")), "mine.toml:6: `every` “tier:A” is not a span"),
        (cadence(TABLE.replace('"5 weeks"', "5")), "mine.toml:6: `every` “tier:A” takes a text in quotes, or “off”"),
        (cadence(text=f'{CADENCE}once = "1 year"\n'), "mine.toml:17: `every` already says how often; remove `once`"),
        (
            cadence(text=CADENCE.replace("everyone", "recruiter")),
            "mine.toml:11: “recruiter” means people of an offer",
        ),
    ],
)
def test_what_is_wrong_with_a_cadence(text: str, message: str) -> None:
    """Each mistake of a cadence is reported at its line, in the table or outside it."""
    assert only(text).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (cadence(text=f"yearly = true\n{CADENCE}"), "mine.toml:1: `every` already says how often; remove `yearly`"),
        (f'yearly = true\n{WHOLE}once = "1 year"\n', "mine.toml:14: `yearly` already says how often; remove `once`"),
        (f'yearly = "true"\n{WHOLE}', "mine.toml:1: `yearly` takes true or false, without quotes"),
    ],
)
def test_what_is_wrong_with_a_yearly_day(text: str, message: str) -> None:
    """A playbook has either `every` or `yearly`, and neither with `once`."""
    assert only(text).startswith(message)
    assert read(f"yearly = true\n{WHOLE}", "mine.toml").yearly


@pytest.mark.parametrize("trigger", ["call.in", "linkedin.connected", "affiliation.started", "message.thanked"])
@pytest.mark.parametrize("to", ["recruiter", "primary", "others"])
def test_what_happens_with_a_person_asks_for_that_person(trigger: str, to: str) -> None:
    """A trigger with one person refuses audiences that name a role on an offer."""
    text = WHOLE.replace("offer.declined", trigger)
    assert only(text.replace('"primary"', f'"{to}"')).startswith(f"mine.toml:7: “{to}” means people of an offer")
    assert read(text.replace('"primary"', '["everyone", "me", "tag:ally"]'), "mine.toml").trigger == trigger


def test_all_that_is_wrong_is_said_at_once() -> None:
    """A file with several mistakes reports all of them, in the order of their lines."""
    text = WHOLE.replace("trigger", "tigger").replace("email", "mail").replace("1 week", "soon")
    assert [problem.split(":")[1] for problem in problems(text)] == ["1", "3", "8", "11"]


def test_a_step_written_inline_has_the_line_of_the_list() -> None:
    """A mistake in a step without separate lines is reported at the list of steps."""
    text = HEAD + 'step = [{ name = "a", to = "me", do = "Do.", due = "x", expires = "1d", source = "own" }]\n'
    assert only(text).startswith("mine.toml:4: `due` “x” is not a span")


def test_a_step_made_in_python_can_not_wait_for_ever() -> None:
    """A step that waits needs `within`, also when it is created in Python."""
    good: dict[str, Any] = {"name": "s", "to": ("me",), "do": "Do.", "source": "own"}
    good |= {"due": Span(1, "day"), "expires": Span(1, "day")}
    choices: tuple[dict[str, Any], ...] = ({"after": "offer.told"}, {"upon": "email.in"}, {"at": "job.settled"})
    for waits in choices:
        with pytest.raises(InvalidValue, match="is missing, and step “s” waits for an event; say how long it may wait"):
            Step(**good, **waits)
        assert Step(**good, **waits, within=Span(1, "day")).within


# --------------------------------------------------------------------------- what it means


@given(text=st.text(max_size=60) | st.text(alphabet='[]="\nstep ', max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is a playbook, or has problems with lines of the file."""
    with pytest.raises(BadPlaybook) as caught:
        read(text, "mine.toml")
    for problem in caught.value.problems:
        assert 1 <= problem.line <= text.count("\n") + 1


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(("me", "1 day", "email", "job.started")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
KEYS = [item.name for of in (Playbook, Step) for item in fields(of)]


@given(table=st.dictionaries(st.sampled_from(KEYS), values), step=st.dictionaries(st.sampled_from(KEYS), values))
def test_no_value_breaks_the_reader(table: dict[str, Any], step: dict[str, Any]) -> None:
    """Any value under any key is read or reported as a problem; it never raises another error."""
    wanted = {**tomllib.loads(HEAD), **table, "step": [{**tomllib.loads(STEP)["step"][0], **step}]}
    with suppress(BadPlaybook):
        assert from_dict(wanted).name == wanted["name"]


def test_every_field_is_described() -> None:
    """Every field has its text for the reference."""
    for of in (Playbook, Step, Example):
        for item in (item for item in fields(of) if item.name != "line"):
            assert item.metadata["about"][0].islower() or item.metadata["about"].startswith("`")


def test_the_vocabulary_hangs_together() -> None:
    """Each channel has kinds of event that settle its steps, and these and the states are known kinds."""
    assert set(COUNTS_AS) == set(CHANNELS)
    assert {kind for kinds in COUNTS_AS.values() for kind in kinds} | STATES.keys() <= EVENTS.keys()
    assert {f"{channel}.{way}" for channel in CHANNELS for way in ("out", "in")} <= EVENTS.keys()
    assert {kind for kind in EVENTS if kind.endswith(".unanswered")} == {"call.unanswered", "meeting.unanswered"}
    assert "tag:NAME" in AUDIENCES


@pytest.mark.parametrize(
    ("fields", "stands_for"),
    [
        ({"channel": "email"}, ("email.out",)),
        ({"channel": "email", "topic": "thanked"}, ("email.out", "message.thanked")),
        ({"channel": "call", "unless": ("offer.told", "call.in", "message.in")}, ("call.out", "offer.told")),
        ({"channel": "linkedin"}, ("linkedin.out",)),
        ({"unless": ("job.details", "linkedin.connected")}, ("job.details",)),
        ({}, ()),
    ],
)
def test_what_a_done_step_stands_for(fields: dict[str, Any], stands_for: tuple[str, ...]) -> None:
    """A step that is done stands for its message and its first milestone, but not for an answer from the contact."""
    assert (
        dataclasses.replace(read(WHOLE, "mine.toml").steps[0], **{"channel": None, **fields}).stands_for == stands_for
    )


def test_how_long_a_playbook_can_ask() -> None:
    """The window is the sum of the wait, the due span, the move to a business day and the time until it expires."""
    step = read(WHOLE, "mine.toml").steps[0]
    assert (step.lasts, step.at_most) == (7, 1 + 7)
    waits = dataclasses.replace(step, after="offer.told", within=Span(1, "month"), due=Span(2, "business day"))
    assert waits.at_most == 31 + (14 + 25) + 7
    assert dataclasses.replace(waits, channel="call").at_most == waits.at_most + 31
    book = Playbook(name="b", about="B.", trigger="offer.declined", steps=(step, waits))
    assert book.at_most == waits.at_most
