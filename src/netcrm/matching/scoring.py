"""Pairs of contacts who may be one person, ranked, with the reasons for and against in words. Pure.

Nothing is merged here: the pairs are listed for the user to look at. Evidence is counted in points, the logarithms
(base e) of odds: +1 makes it 2.7 times as likely that two contacts are one person. The points are chosen by judgement
and tested on the labelled pairs of `tests/matching/pairs.toml`; no real database was used for them.

An address of one person (LinkedIn, an e-mail address that is not a team's) decides by itself: a pair that shares one
ranks above every pair that does not.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netcrm.domain.dates import NO_YEAR
from netcrm.matching.blocking import blocks
from netcrm.matching.comparison import MOST_FOR_A_NAME, Evidence, compare, first_names, last_names
from netcrm.matching.features import LAST_DIGITS, Features, LinkageRecord, handle, is_shared, read_features

__all__ = ["LIKELY", "Likeness", "LinkageRecord", "Search", "likely", "search"]

LIKELY = 0.5
"""The score from which a pair is worth a look."""

UNSHARED = 0.9
"""The score that a pair without a shared personal address stays below."""

PRIOR = -4.0
"""The odds of two people about whom nothing is known except that they share a key."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two people, by their numbers, who may be one; `score` lies between 0 and 1.

    Each of the `reasons` is a clause. Reasons for come first, the strongest at the head; reasons against follow, each
    with a “but”.
    """

    left: int
    right: int
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """The pairs found, the best first, and the most pairs that were not compared because of a crowd of namesakes."""

    found: tuple[Likeness, ...]
    overlooked: int


def likely(people: Iterable[LinkageRecord], *, at_least: float = LIKELY) -> list[Likeness]:
    """Pairs of people who may be one, the best first; `at_least` is a score from 0 to 1.

    Numbers must be unique. The order of the people makes no difference, nor do other people. Pairs without any evidence
    in favour are left out, even at 0.

    >>> robert, bob = LinkageRecord(1, "Robert Smith", company="Acme"), LinkageRecord(2, "Bob Smith", company="Acme")
    >>> likely([robert, bob])[0].reasons
    ('the same family name', 'the same company', '“Bob” is short for “Robert”')
    """
    return list(search(people, at_least=at_least).found)


def search(people: Iterable[LinkageRecord], *, at_least: float = LIKELY) -> Search:
    """The pairs of `likely`, and the number of pairs that were left out because a crowd shares a name and a company."""
    features = [read_features(record) for record in sorted(people, key=lambda record: record.number)]
    shared, least = blocks(features), _points_for(at_least)
    pairs = [
        likeness
        for place, candidates in shared.pairs()
        for later in candidates
        if not _is_hopeless(features[place], features[later], least)
        and (likeness := _likeness(features[place], features[later], at_least))
    ]
    pairs.sort(key=lambda pair: (-pair.score, pair.left, pair.right))
    return Search(tuple(pairs), shared.overlooked)


def _is_hopeless(left: Features, right: Features, least: float) -> bool:
    """Whether two people without a shared trace can't reach so many points. It is asked first, as nearly all pairs
    can't.
    """
    return left.traces.isdisjoint(right.traces) and any(most < least for most in _upper_bounds(left, right))


def _upper_bounds(left: Features, right: Features) -> Iterator[float]:
    """Upper bounds for the points of two people without a shared trace: the cheapest first, the exact sum last.

    Evidence that is slow to compute is replaced by the most that it can be.
    """
    known = [*_addresses(left, right), *_birthdays(left, right)]
    yield _total((*known, _BEST_NAME, *_BEST_WORK))
    if left.plain and right.plain and left.plain[0].loose != right.plain[1].loose:
        known += first_names(left.plain[0], right.plain[0]), last_names(left.plain[1], right.plain[1])
        yield _total((*known, *_BEST_WORK))
        yield _total((*known, *_work(left, right, has_telling=_has_telling(known))))


def _likeness(left: Features, right: Features, at_least: float) -> Likeness | None:
    """A pair, if its score is high enough and there is evidence in favour."""
    evidence = [*compare(left.name, right.name), *_addresses(left, right), *_birthdays(left, right)]
    evidence += _work(left, right, has_telling=_has_telling(evidence))
    score = _score(evidence)
    if score < at_least or left.number == right.number:
        return None
    reasons = _reasons(evidence)
    return Likeness(left.number, right.number, score, reasons) if reasons else None


def _total(evidence: Iterable[Evidence]) -> float:
    """The points of two people: the prior odds and all evidence."""
    return PRIOR + sum([item.points for item in evidence])


def _score(evidence: Sequence[Evidence]) -> float:
    """The points as a probability, below `UNSHARED` for two people without a shared personal address."""
    chance = 1 / (1 + math.exp(-_total(evidence)))
    if any(item.decides for item in evidence):
        return round(UNSHARED + (1 - UNSHARED) * chance, 4)
    return min(round(UNSHARED * chance, 4), UNSHARED - 0.0001)


def _points_for(score: float) -> float:
    """The points that a score needs without a shared personal address: the inverse of `_score`."""
    chance = min(score / UNSHARED, 1.0)
    return -math.inf if chance <= 0 else math.inf if chance == 1 else math.log(chance / (1 - chance))


def _has_telling(evidence: Iterable[Evidence]) -> bool:
    return any(item.telling for item in evidence)


def _reasons(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """The clauses, the strongest first and those against last; none if there is no evidence in favour."""
    worded = sorted((item for item in evidence if item.clause), key=lambda item: (item.points < 0, -abs(item.points)))
    clauses = dict.fromkeys(item.clause.format(*item.words) for item in worded)
    return tuple(clauses) if any(item.points > 0 for item in worded) else ()


# --------------------------------------------------------------------------- addresses

_OWN_EMAIL = Evidence(7.0, "the same e-mail address", telling=True, decides=True)
_OWN_LINKEDIN = Evidence(8.0, "the same LinkedIn profile", telling=True, decides=True)
_TWO_LINKEDINS = Evidence(-8.0, "but two LinkedIn profiles")
_SHARED_EMAIL = Evidence(1.0, "the same e-mail address of a team")
_PHONE = Evidence(5.0, "the same phone", telling=True)
_HOME_PHONE = Evidence(4.5, "the same phone, once without its country", telling=True)
_OTHERS = {
    "url": Evidence(3.5, "the same web page", telling=True),
    "im": Evidence(5.0, "the same messenger name", telling=True),
    "address": Evidence(2.0, "the same postal address", telling=True),
}
_HANDLE_OF_A_NAMESAKE = Evidence(0.5, "the same e-mail name at another address")
_HANDLE_OF_ONE = Evidence(4.5, "the same e-mail name at another address", telling=True)


def _addresses(left: Features, right: Features) -> Iterator[Evidence]:
    if not left.methods.isdisjoint(right.methods):
        for kind, form in sorted(left.methods & right.methods):
            yield _shared(kind, form)
    elif any(_same_at_home(left_phone, right_phone) for left_phone in left.phones for right_phone in right.phones):
        yield _HOME_PHONE
    if left.linkedin and right.linkedin and left.linkedin.isdisjoint(right.linkedin):
        yield _TWO_LINKEDINS
    if left.handles and not left.handles.isdisjoint(right.handles):
        yield from _handles(left, right)


def _shared(kind: str, form: str) -> Evidence:
    match kind:
        case "linkedin":
            return _OWN_LINKEDIN
        case "email":
            return _SHARED_EMAIL if is_shared(form) else _OWN_EMAIL
        case "phone":
            return _PHONE
        case _:
            return _OTHERS.get(kind, Evidence(0.0))


def _same_at_home(left: str, right: str) -> bool:
    """Whether one number with a country code is the other without: +49 30 12345 and 030 12345."""
    if left.startswith("+") == right.startswith("+"):
        return False
    abroad, home = (left, right) if left.startswith("+") else (right, left)
    digits = home.lstrip("0")
    return len(digits) >= LAST_DIGITS and abroad.endswith(digits)


def _handles(left: Features, right: Features) -> Iterator[Evidence]:
    """Equal parts before two @s: as weak as a name if both names produce them, else nearly as strong as an address."""
    addresses = {handle(form) for kind, form in left.methods & right.methods if kind == "email"}
    for name in sorted((left.handles & right.handles) - addresses):
        left_makes, right_makes = (_makes(person, name) for person in (left, right))
        yield _HANDLE_OF_A_NAMESAKE if left_makes and right_makes else _HANDLE_OF_ONE


def _makes(person: Features, address: str) -> bool:
    """Whether a name produces an e-mail name: danawu, wudana, dwu, wud, danaw, dana, wu. Digits are ignored."""
    letters = address.rstrip("0123456789")
    given, family = (part.form if part else "" for part in (person.name.given, person.name.family))
    made = (given + family, family + given, given[:1] + family, family + given[:1], given + family[:1], given, family)
    return letters in made


# --------------------------------------------------------------------------- birthdays and work

_BIRTHDAY = Evidence(4.0, "the same birthday", telling=True)
_DAY_OF_BIRTH = Evidence(2.5, "the same birthday, as far as the year is known")
_OTHER_YEAR = Evidence(-1.5, "but born in different years")
_OTHER_DAY = Evidence(-6.0, "but different birthdays")

_COMPANY = Evidence(2.5, "the same company")
_EARLIER_COMPANY = Evidence(2.5, "a company where both have worked")
_POSITION = Evidence(1.75, "the same position there")
_OTHER_COMPANY = Evidence(-2.0, "but at different companies")
_NEW_COMPANY = Evidence(-0.5, "but at different companies")
"""Beside evidence that counts more than a name, another company is a new job."""

_BEST_NAME = Evidence(MOST_FOR_A_NAME)
_BEST_WORK = (_COMPANY, _POSITION)
"""The most that names and work can give."""


def _birthdays(left: Features, right: Features) -> Iterator[Evidence]:
    if not left.birthday or not right.birthday:
        return
    years = {left.birthday.year, right.birthday.year}
    if (left.birthday.month, left.birthday.day) != (right.birthday.month, right.birthday.day):
        yield _OTHER_DAY
    elif NO_YEAR in years:
        yield _DAY_OF_BIRTH
    else:
        yield _OTHER_YEAR if len(years) > 1 else _BIRTHDAY


def _work(left: Features, right: Features, *, has_telling: bool) -> Iterator[Evidence]:
    """Companies, and the position if they share one; a title alone is too common."""
    if not left.companies or not right.companies:
        return
    if left.company and right.company and _alike(left.company, right.company):
        yield _COMPANY
        if left.title and left.title == right.title:
            yield _POSITION
    elif any(
        _alike(left_company, right_company) for left_company in left.companies for right_company in right.companies
    ):
        yield _EARLIER_COMPANY
    else:
        yield _NEW_COMPANY if has_telling else _OTHER_COMPANY


def _alike(left: str, right: str) -> bool:
    """Whether two folded names mean one company: they are equal, or one begins with the other."""
    return left == right or f"{left} ".startswith(f"{right} ") or f"{right} ".startswith(f"{left} ")
