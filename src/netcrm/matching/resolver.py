"""The known contact that a record means, by UID, address or name; an `Ambiguity` if it could be several.

A LinkedIn address belongs to one person, an e-mail address nearly always does, a name may belong to many. So they are
tried in that order. Nothing is guessed: if the result is not one person, the `Ambiguity` names the candidates and the
user decides.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from netcrm.matching.normalize import normalise_name

MOST_CANDIDATES = 10
"""The most candidates that an `Ambiguity` names: a longer list is not read, and a file of namesakes stays fast."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A record that may mean several people, and the reason."""

    candidates: tuple[int, ...]
    reason: str


_Key = TypeVar("_Key")

_Bucket = int | dict[int, None]
"""One number, as nearly every bucket holds, or several in insertion order, removable in constant time."""


def _put(buckets: dict[_Key, _Bucket], key: _Key, number: int) -> None:
    before = buckets.setdefault(key, number)
    if isinstance(before, dict):
        before[number] = None
    elif before != number:
        buckets[key] = {before: None, number: None}


def _drop(buckets: dict[_Key, _Bucket], key: _Key, number: int) -> None:
    bucket = buckets[key]
    if isinstance(bucket, dict):
        del bucket[number]
    if bucket in (number, {}):
        del buckets[key]


def _numbers(bucket: _Bucket | None) -> Iterable[int]:
    if bucket is None:
        return ()
    return bucket if isinstance(bucket, dict) else (bucket,)


class _Called:
    """People by name and company, and by name alone."""

    def __init__(self) -> None:
        self._exact: dict[tuple[str, str], _Bucket] = {}
        self._whole: dict[str, _Bucket] = {}

    def put(self, called: tuple[str, str], number: int) -> None:
        _put(self._exact, called, number)
        _put(self._whole, called[0], number)

    def drop(self, called: tuple[str, str], number: int) -> None:
        _drop(self._exact, called, number)
        _drop(self._whole, called[0], number)

    def fitting(self, name: str, company: str) -> Iterator[int]:
        """The people with that name at that company or at an unknown one; at any company if none is given."""
        if not company:
            yield from _numbers(self._whole.get(name))
            return
        for at in (company, ""):
            yield from _numbers(self._exact.get((name, at)))


class Known:
    """The people in the database, by what identifies them; each record is matched in constant time.

    `contacts` are (number, name, company, whether a LinkedIn address is known), `methods` are (number, kind, normal
    form); a UID has the kind “uid”. A database of 100,000 people takes about 100 MB, so everything is stored once and
    compactly.
    """

    def __init__(
        self, contacts: Iterable[tuple[int, str, str | None, bool]], methods: Iterable[tuple[int, str, str]]
    ) -> None:
        self._reached: dict[str, dict[str, _Bucket]] = defaultdict(dict)
        self._linked, self._unlinked = _Called(), _Called()  # apart: people with a LinkedIn address, and people without
        self._names: dict[int, tuple[str, str]] = {}
        self._companies: dict[str, str] = {}
        self._has_linkedin: set[int] = set()
        for number, name, company, has_linkedin in contacts:
            self._add_name(number, name, company)
            if has_linkedin:
                self._link(number)
        for number, kind, value in methods:
            _put(self._reached[kind], value, number)

    def _add_name(self, number: int, name: str, company: str | None) -> None:
        at = normalise_name(company or "")
        self._names[number] = called = normalise_name(name), self._companies.setdefault(at, at)
        self._unlinked.put(called, number)

    def _link(self, number: int) -> None:
        """Note that the LinkedIn address of a contact is known from now on."""
        if number not in self._has_linkedin:
            self._has_linkedin.add(number)
            self._unlinked.drop(self._names[number], number)
            self._linked.put(self._names[number], number)

    def add(self, number: int, name: str, company: str | None, methods: Iterable[tuple[str, str]]) -> None:
        """Add a contact, or further ways to reach one."""
        if number not in self._names:
            self._add_name(number, name, company)
        elif company and not self._names[number][1]:
            self._employ(number, company)
        for kind, value in methods:
            self.learn(number, kind, value)

    def _employ(self, number: int, company: str) -> None:
        """Note the company of a contact whose company was unknown."""
        before, index = self._names[number], self._linked if number in self._has_linkedin else self._unlinked
        at = normalise_name(company)
        self._names[number] = before[0], self._companies.setdefault(at, at)
        index.drop(before, number)
        index.put(self._names[number], number)

    def learn(self, number: int, kind: str, value: str) -> None:
        """Note one more identifier of a known contact: an address, or a UID."""
        _put(self._reached[kind], value, number)
        if kind == "linkedin":
            self._link(number)

    def knows(self, kind: str, value: str) -> bool:
        """Whether any contact has an address or a UID."""
        return value in self._reached[kind]

    def match(
        self,
        name: str,
        company: str | None,
        methods: Iterable[tuple[str, str]],
        taken: Callable[[int], bool] = lambda _: False,
    ) -> int | Ambiguity | None:
        """The contact that a record means, an `Ambiguity`, or None for a new person.

        `methods` are kinds and normal forms, UIDs among them. UID, LinkedIn address and e-mail come first. A phone
        counts only if the name fits too, since families share phones. A name counts only if the company is equal or
        unknown on one side, no LinkedIn address contradicts it, and the contact is not `taken` by another record of the
        file.
        """
        methods = tuple(methods)
        recognised = self.recognise(methods)
        if recognised is not None:
            return recognised
        by_phone = self._owners(way for way in methods if way[0] == "phone")
        fitting = sorted(number for number in by_phone if self._is_called(number, name) and not taken(number))
        if len(fitting) > 1:
            return Ambiguity(tuple(fitting), "they share its phone")
        on_linkedin = any(kind == "linkedin" for kind, _ in methods)
        return fitting[0] if fitting else self._by_name(name, company, taken, on_linkedin=on_linkedin)

    def recognise(self, methods: Iterable[tuple[str, str]]) -> int | Ambiguity | None:
        """The contact that a record means by an identifier of one person: UID, LinkedIn address or e-mail address."""
        methods = tuple(methods)
        by_uid, by_link, by_mail = (self._owners(way for way in methods if way[0] == kind) for kind in _TELLING)
        owners = by_uid | by_link | by_mail
        if len(owners) > 1:
            return Ambiguity(tuple(sorted(owners)), _apart(by_uid, by_link))
        number = next(iter(owners), None)
        is_told = bool(by_uid or by_link)
        if number in self._has_linkedin and not is_told and any(kind == "linkedin" for kind, _ in methods):
            return Ambiguity(tuple(owners), "the e-mail is theirs, the LinkedIn address is not")
        return number

    def _owners(self, methods: Iterable[tuple[str, str]]) -> set[int]:
        return {owner for kind, value in methods for owner in _numbers(self._reached[kind].get(value))}

    def _is_called(self, number: int, name: str) -> bool:
        """Whether one of two names is the other with parts left out."""
        known_words, words = set(self._names[number][0].split()), set(normalise_name(name).split())
        return known_words <= words or words <= known_words

    def _by_name(
        self, name: str, company: str | None, taken: Callable[[int], bool], *, on_linkedin: bool
    ) -> int | Ambiguity | None:
        called = normalise_name(name), normalise_name(company or "")
        indexes = (self._unlinked,) if on_linkedin else (self._unlinked, self._linked)
        namesakes = chain.from_iterable(index.fitting(*called) for index in indexes)
        fitting = list(islice((number for number in namesakes if not taken(number)), MOST_CANDIDATES))
        if len(fitting) > 1:
            return Ambiguity(tuple(sorted(fitting)), "they have the same name")
        return fitting[0] if fitting else None


_TELLING = ("uid", "linkedin", "email")
"""The kinds of identifier that belong to one person."""


def _apart(by_uid: set[int], by_link: set[int]) -> str:
    """The reason why a record means several people."""
    if len(by_uid) > 1:
        return "its UIDs belong to different people"
    if by_uid:
        return "its UID and its addresses belong to different people"
    return "its LinkedIn address and its e-mail belong to different people" if by_link else "they share its e-mail"
