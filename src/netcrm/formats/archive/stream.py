"""The archive as text: written piece by piece, and read entry by entry, each one validated."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from itertools import groupby
from typing import Any, NamedTuple

from pydantic import ValidationError

from netcrm.domain.validation import in_words
from netcrm.errors import Problem, WrongFormat
from netcrm.formats.archive import json_scanner
from netcrm.formats.archive.schema import LISTS, SCHEMA, SECTIONS, Archive, ArchiveEntry

FORMAT = "a netcrm archive"

LONGEST_SHOWN = 40

MOST_PROBLEMS = 10_000

_HALF = re.compile("[\ud800-\udfff]")


# --------------------------------------------------------------------------- writing


def write(items: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """An archive as pieces of text, from the sections and values of its entries, in the order of `SECTIONS`.

    Without entries, nothing is written.
    """
    groups = groupby(items, key=lambda item: item[0])
    group = next(groups, None)
    if group is None:
        return
    yield f'{{"netcrm": "book", "schema": {SCHEMA},\n'
    for section in SECTIONS:
        texts: Iterator[str] = iter(())
        if group and group[0] == section:
            texts = (_line(values) for _, values in group[1])
        if section == "me":
            yield f'"me": {next(texts, "null")},\n'
        else:
            yield from _listed(section, texts)
        if group and group[0] == section:
            group = next(groups, None)


def _listed(section: str, texts: Iterator[str]) -> Iterator[str]:
    end = "}\n" if section == LISTS[-1] else ",\n"
    text = next(texts, None)
    if text is None:
        yield f'"{section}": []{end}'
        return
    yield f'"{section}": [\n'
    for following in texts:
        yield f"{text},\n"
        text = following
    yield f"{text}\n]{end}"


def _line(values: Mapping[str, Any]) -> str:
    """An entry on one line, without empty fields. A lone surrogate, which no encoding can write, becomes U+FFFD."""
    text = json.dumps(_filled(values), ensure_ascii=False, default=_plain)
    return text if text.isascii() else _HALF.sub("\ufffd", text)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _filled_list(value) for key, value in values.items() if value is not None and value not in ("", [])}


def _filled_list(value: Any) -> Any:
    return (
        [_filled(item) if isinstance(item, Mapping) else item for item in value] if isinstance(value, list) else value
    )


def _plain(value: date | datetime) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value.isoformat()


# --------------------------------------------------------------------------- reading


class LocatedEntry(NamedTuple):
    """An entry of an archive: the line on which it begins, its section, and its index in a list, from 0.

    `item` is None if the entry is invalid; `uid` is the name by which other entries refer to it.
    """

    line: int
    section: str
    at: int | None
    item: Any
    uid: str | None

    @property
    def path(self) -> str:
        return self.section if self.at is None else f"{self.section}[{self.at}]"


class _ArchiveReader(NamedTuple):
    """The state of reading an archive: the problems so far, and the unknown fields, each reported once."""

    name: str
    problems: list[Problem]
    unknown: set[str]

    def complain(self, line: int, why: str, *, lost: bool = False) -> None:
        """Report a problem.

        After too many, the file is refused: it is another kind of file, or has too many errors to correct by hand.
        """
        if len(self.problems) == MOST_PROBLEMS:
            why = f"more than {MOST_PROBLEMS:,} problems were found by this line; nothing of the file was imported"
            raise WrongFormat(self.name, FORMAT, f"line {line}: {why}. {_EXPORT_AGAIN}")
        self.problems.append(Problem(self.name, line, why, lost=lost))


def read(file: json_scanner.Source, name: str, problems: list[Problem]) -> Iterator[LocatedEntry]:
    """The entries of an archive in a file, one after the other.

    Problems with an entry are appended to `problems`. Raises `WrongFormat` if the file is not an archive, or a newer
    one.
    """
    reading = _ArchiveReader(name, problems, set())
    marks: dict[str, Any] = {}
    for item in json_scanner.read(file, name, FORMAT, LISTS):
        if item.key in _MARKS:
            marks[item.key] = item.value
            _known(marks, name)
        elif item.key in LISTS and item.at is None:
            raise WrongFormat(
                name, FORMAT, f"line {item.line}: {item.key} is not a list; correct it, or export it again"
            )
        elif item.key not in SECTIONS:
            why = f"there is no “{_shown(item.key)}” in an archive; it was left out. {_nearest(item.key, Archive)}"
            reading.complain(item.line, why, lost=True)
        elif item.value is not None:
            yield _entry(item, reading)
    if marks.keys() != _MARKS:
        why = f"it lacks “netcrm”: “book” or its “schema”. {_EXPORT_AGAIN}"
        raise WrongFormat(name, FORMAT, why)


_MARKS = {"netcrm", "schema"}

_EXPORT_AGAIN = "Export the archive again with `netcrm export json`"


def _known(marks: Mapping[str, Any], name: str) -> None:
    """Refuse marks that are not those of an archive that this program reads (`WrongFormat`)."""
    if marks.get("netcrm", "book") != "book":
        raise WrongFormat(name, FORMAT, f"“netcrm” in it does not say “book”. {_EXPORT_AGAIN}")
    schema = marks.get("schema", SCHEMA)
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise WrongFormat(name, FORMAT, f"its “schema” is not a whole number of 1 or more. {_EXPORT_AGAIN}")
    if schema > SCHEMA:
        why = f"it was written by a newer netcrm (schema {schema}, this program knows {SCHEMA}). Upgrade and try again"
        raise WrongFormat(name, f"{FORMAT} that can be read here", why)


def _entry(item: json_scanner.JsonItem, reading: _ArchiveReader) -> LocatedEntry:
    uid = item.value.get("uid") if isinstance(item.value, dict) else None
    entry = LocatedEntry(item.line, item.key, item.at, None, uid if isinstance(uid, str) else None)
    try:
        return entry._replace(item=_item(SECTIONS[item.key], item.value, entry, reading))
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        reading.complain(item.line, f"{entry.path}{_sentence(wrong[0], len(wrong) - 1)}", lost=True)
    return entry


def _item(model: type[ArchiveEntry], value: Any, entry: LocatedEntry, reading: _ArchiveReader) -> ArchiveEntry:
    """A validated entry, without unknown fields."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        extra = [problem["loc"] for problem in error.errors(include_url=False) if problem["type"] == "extra_forbidden"]
        if not extra:
            raise
    for place in extra:
        field = f"{entry.section}.{'.'.join(str(part) for part in place if isinstance(part, str))}"
        if field not in reading.unknown:
            reading.unknown.add(field)
            why = f"{entry.path}{_place(place)} is not a field; it was left out everywhere in the file"
            reading.complain(entry.line, f"{why}. {_nearest(str(place[-1]), model)}")
        _drop(value, place)
    return model.model_validate(value)


def _drop(value: Any, place: tuple[int | str, ...]) -> None:
    for part in place[:-1]:
        value = value[part]
    if isinstance(value, MutableMapping):
        del value[place[-1]]


def _sentence(error: Any, further: int) -> str:
    """The problem in words: “.birthday: “soon” is not a day; …”."""
    given = "" if error["type"] == "missing" or isinstance(error["input"], dict | list) else error["input"]
    rest = f" ({further} more like it)" if further else ""
    quoted = f" “{_shown(given)}”" if given != "" else ""
    return f"{_place(error['loc'])}:{quoted} {in_words(error)}{rest}; the item was left out"


def _place(parts: Iterable[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_shown(part)}" for part in parts)


def _shown(value: object) -> str:
    text = str(value)
    return f"{text[:LONGEST_SHOWN]}…" if len(text) > LONGEST_SHOWN else text


def _nearest(word: str, model: type[ArchiveEntry]) -> str:
    names = [field.alias or name for name, field in model.model_fields.items()]
    near = get_close_matches(word[:LONGEST_SHOWN], names, n=1)
    return f"Did you mean “{near[0]}”?" if near else f"There are {', '.join(names)}"
