"""A CSV source as data, and the function that reads any of them.

A source declares which headers mean which field, as whole headers or as patterns, which columns say nothing, which
separators divide several values in a cell, and how its days are read. A new source is one such declaration in a module
of its own. See `netcrm.formats.csv.columns` for the fields.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from netcrm.errors import Problem
from netcrm.formats.csv import dialect
from netcrm.formats.csv.columns import ColumnReader, ColumnRole, DayReader, Holds, people
from netcrm.formats.csv.dialect import Dialect, Header, Row
from netcrm.formats.records import ImportedContact


class HeaderRule(NamedTuple):
    r"""The role of every column whose header, in lower case, matches a pattern.

    `label`, `label_in`, `service_in` and `group` are templates: `\1` stands for the pattern's first group. `label_in`
    are the headers that the column with the label may have, the first choice first. With `short`, notes and problems
    name the column without its last part: “E-mail 1” for “E-mail 1 - Value”. The other fields are those
    of `ColumnRole`.
    """

    holds: Holds
    label: str = ""
    label_in: tuple[str, ...] = ()
    service_in: str = ""
    group: str = ""
    part: int = 0
    preferred: bool = False
    short: bool = False
    empty: re.Pattern[str] | None = None


Repair = Callable[[ColumnReader, Header, Iterator[Row]], Iterator[Row]]
"""The rows of a file that can be used, with the cells that can be used. Adds a problem for each that can't."""


class CsvSource(NamedTuple):
    """What there is to know of the CSV files of one program.

    A header, in lower case, is looked up in `noise`, then in `fields`, then in `rules`, whose keys are patterns for the
    whole header; the first that fits counts. Columns with other headers hold `unknown`; None means they are not read. A
    column that gives the label or the service of another is read with that one only. `empty` fits the cells that say
    nothing in the columns of `fields` and of `unknown`.
    """

    dialect: Dialect
    fields: Mapping[str, Holds]
    rules: Mapping[str, HeaderRule]
    noise: re.Pattern[str] | None = None
    unknown: Holds | None = "rest"
    empty: re.Pattern[str] | None = None
    separators: Mapping[Holds, re.Pattern[str]] = {}
    days: Mapping[Holds, DayReader] = {}
    repair: Repair | None = None


def read(source: CsvSource, data: bytes, file: str) -> tuple[list[ImportedContact], list[Problem]]:
    """The contacts in a file of a source, and the problems with its rows, by line.

    `WrongFormat` when the file is not of that source.
    """
    problems: list[Problem] = []
    header, rows = dialect.read(data, file, source.dialect, problems)
    reader = ColumnReader(file, column_roles(source, header.names), problems, source.separators, source.days)
    records = list(people(reader, source.repair(reader, header, rows) if source.repair else rows))
    return records, sorted(problems, key=lambda problem: problem.line)


def column_roles(source: CsvSource, headers: Sequence[str]) -> list[ColumnRole | None]:
    """The role of each column; None for one that is not read."""
    names = [header.lower() for header in headers]
    places = {name: at for at, name in enumerate(names)}
    roles = [_role(source, header, places) for header in headers]
    described = {names[at] for role in roles if role for at in (role.label_at, role.service_at) if at >= 0}
    return [None if name in described else role for name, role in zip(names, roles, strict=True)]


def _role(source: CsvSource, header: str, places: Mapping[str, int]) -> ColumnRole | None:
    name = header.lower()
    if source.noise and source.noise.fullmatch(name):
        return None
    if name not in source.fields:
        for pattern, rule in source.rules.items():
            if match := re.fullmatch(pattern, name):
                return _by_rule(rule, match, header, places)
    holds = source.fields.get(name, source.unknown)
    return ColumnRole(holds, header, empty=source.empty) if holds else None


def _by_rule(rule: HeaderRule, match: re.Match[str], header: str, places: Mapping[str, int]) -> ColumnRole:
    labels = [places[name] for name in map(match.expand, rule.label_in) if name in places]
    return ColumnRole(
        rule.holds,
        header.rpartition(" - ")[0] if rule.short else header,
        match.expand(rule.label),
        label_at=labels[0] if labels else -1,
        service_at=places.get(match.expand(rule.service_in), -1) if rule.service_in else -1,
        group=match.expand(rule.group),
        part=rule.part,
        preferred=rule.preferred,
        empty=rule.empty,
    )
