"""Declare the CSV format of a program as data, and read the files of any such source.

A source declares the field of each header, as a whole header or as a pattern; the columns to ignore; the separators
within a cell; and the spelling of its days. To add a source, write one declaration in a new module.
`netcrm.formats.csv.columns` has the fields.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from netcrm.errors import Problem
from netcrm.formats.csv import dialect
from netcrm.formats.csv.columns import ColumnReader, ColumnRole, DayReader, FieldName, contacts
from netcrm.formats.csv.dialect import Dialect, Header, Row
from netcrm.formats.records import ImportedContact


class HeaderRule(NamedTuple):
    r"""The role of every column whose header, in lower case, matches a pattern.

    `label`, `label_in`, `service_in` and `group` are templates: `\1` stands for the first group of the pattern.
    `label_in` lists possible headers of the column with the label; the first that exists counts. With `short`, notes
    and problems name the column without its last part: “E-mail 1” for “E-mail 1 - Value”. `ColumnRole` explains the
    other fields.
    """

    holds: FieldName
    label: str = ""
    label_in: tuple[str, ...] = ()
    service_in: str = ""
    group: str = ""
    part: int = 0
    preferred: bool = False
    short: bool = False
    empty: re.Pattern[str] | None = None


Repair = Callable[[ColumnReader, Header, Iterator[Row]], Iterator[Row]]
"""Yields the usable rows of a file without their unusable cells, and adds a problem for each that it leaves out."""


class CsvSource(NamedTuple):
    """The CSV format of one program.

    A header, in lower case, is looked up in `noise`, then in `fields`, then in `rules`; the first match counts. `noise`
    and the keys of `rules` are patterns for the whole header; a column that matches `noise` is ignored. Any other
    column holds `unknown`; None means that it is ignored. A column that gives the label or the service of another is
    read only with that one. `empty` matches the cells that count as empty in the columns of `fields` and `unknown`.
    """

    dialect: Dialect
    fields: Mapping[str, FieldName]
    rules: Mapping[str, HeaderRule]
    noise: re.Pattern[str] | None = None
    unknown: FieldName | None = "rest"
    empty: re.Pattern[str] | None = None
    separators: Mapping[FieldName, re.Pattern[str]] = {}
    days: Mapping[FieldName, DayReader] = {}
    repair: Repair | None = None


def read(source: CsvSource, data: bytes, file: str) -> tuple[list[ImportedContact], list[Problem]]:
    """The contacts in a file, and the problems with its rows, by line.

    `WrongFormat` if the file does not come from that source.
    """
    problems: list[Problem] = []
    header, rows = dialect.read(data, file, source.dialect, problems)
    reader = ColumnReader(file, column_roles(source, header.names), problems, source.separators, source.days)
    records = list(contacts(reader, source.repair(reader, header, rows) if source.repair else rows))
    return records, sorted(problems, key=lambda problem: problem.line)


def column_roles(source: CsvSource, headers: Sequence[str]) -> list[ColumnRole | None]:
    """The role of each column; None for a column that is ignored."""
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
