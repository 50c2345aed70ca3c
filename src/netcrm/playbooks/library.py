"""The playbooks in force, built-in and the user's, and the calendar that their business days count on."""

from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from netcrm.domain.dates import Calendar
from netcrm.errors import BadPlaybook, InvalidValue, MissingExtra, Problem, UnreadableFile
from netcrm.files.atomic import read_input
from netcrm.playbooks.model import LONGEST_NAME, Playbook, is_name
from netcrm.playbooks.toml import read, without_examples

BUILT_IN = Path(__file__).parent / "builtin"
STARTER = BUILT_IN / "starter.txt"
LARGEST_PLAYBOOK = 256 << 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """The loaded playbooks, the problems of the user's files, and the names of the built-in playbooks in force."""

    playbooks: list[Playbook]
    problems: list[Problem]
    builtin: frozenset[str]


def load(folder: Path) -> Loaded:
    """The built-in playbooks and those of a folder; one of the same name replaces a built-in one."""
    built_in = {book.name: book for book in _built_in()}
    own: dict[str, Playbook] = {}
    problems: list[Problem] = []
    try:
        paths = _files(folder)
    except OSError as error:
        why = f"your playbooks can't be read ({str(error.strerror).lower()}); check the permissions of the folder"
        return Loaded(list(built_in.values()), [Problem(str(folder), 1, why)], frozenset(built_in))
    for path in paths:
        try:
            book = _in_force(path)
        except BadPlaybook as error:
            problems += error.problems
        except UnreadableFile as error:
            problems.append(Problem(str(path), 1, str(error)))
        else:
            if book.name in own:
                why = f"another file has a playbook named “{book.name}” too; rename one"
                problems.append(Problem(str(path), 1, why))
            own.setdefault(book.name, book)
    playbooks = {**built_in, **own}
    return Loaded(list(playbooks.values()), problems, frozenset(built_in.keys() - own.keys()))


@cache
def _built_in() -> tuple[Playbook, ...]:
    """The built-in playbooks, read once per process."""
    return tuple(map(_in_force, _files(BUILT_IN)))


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except (FileNotFoundError, NotADirectoryError):
        return []


def check(path: Path) -> Playbook:
    """The playbook in a file, with its examples; `BadPlaybook` lists all its mistakes."""
    return read(_text(path), str(path))


def _in_force(path: Path) -> Playbook:
    """The playbook in a file without its examples, which planning does not need."""
    return read(without_examples(_text(path)), str(path))


def _text(path: Path) -> str:
    try:
        return read_input(path, LARGEST_PLAYBOOK).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadPlaybook([Problem(str(path), line, "this is not UTF-8 text; save the file as UTF-8")]) from None


def starter(name: str) -> str:
    """The text of a new playbook: a copy of the built-in one of that name, else a short one with comments."""
    built_in = next((path for path in _files(BUILT_IN) if path.stem == name), None)
    if built_in:
        return built_in.read_text(encoding="utf-8")
    if not is_name(name):
        raise InvalidValue("name", name, f"is not a name; use letters, digits and hyphens, at most {LONGEST_NAME}")
    return STARTER.read_text(encoding="utf-8").replace('"NAME"', f'"{name}"')


@lru_cache(maxsize=8)
def calendar(weekend: str, country: str | None) -> Calendar:
    """The calendar of a profile: its weekend ("5 6") and the holidays of its country."""
    days = frozenset(int(day) for day in weekend.split())
    return Calendar(days, holidays_of(country)) if country else Calendar(days)


class Holidays:
    """A country's public holidays from the `holidays` package, computed one year at a time."""

    def __init__(self, country: str) -> None:
        try:
            import holidays
        except ImportError:
            raise MissingExtra(f"the holidays of {country}", "holidays") from None
        if country.upper() not in holidays.list_supported_countries():
            raise InvalidValue("country", country, "has no known holidays; use a two-letter code such as DE or US")
        self._days = holidays.country_holidays(country.upper())

    def __call__(self, day: date) -> bool:
        return day in self._days


def holidays_of(country: str) -> Holidays:
    return Holidays(country.strip())
