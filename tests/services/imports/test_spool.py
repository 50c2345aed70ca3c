"""netcrm.services.imports.spool: what was read of a file, set aside."""

import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcrm.errors import CannotWrite
from netcrm.formats.records import ImportedAffiliation, ImportedContact, ImportedMethod
from netcrm.services.imports import spool
from netcrm.services.imports.spool import ITEMS_IN_PIECE, RecordSpool, SpooledRecord
from tests.helpers.hostile import TEXTS

whole = [text for text in TEXTS if not any("\ud800" <= char <= "\udfff" for char in text)]
texts = st.one_of(st.text(), st.sampled_from(whole))
"""Every text but half letters, which no reader lets in."""
optional = st.none() | st.text(min_size=1)
reaches = st.builds(
    ImportedMethod,
    kind=st.sampled_from(["email", "phone", "url"]),
    value=texts,
    label=optional,
    preferred=st.booleans(),
)
affiliations = st.builds(
    ImportedAffiliation,
    uid=texts,
    organisation=texts,
    title=optional,
    since=st.none() | st.dates(),
    until=st.none() | st.dates(),
    source=optional,
)
records = st.builds(
    ImportedContact,
    line=st.integers(0, 10**9),
    name=texts,
    given_name=texts,
    uid=optional,
    reach=st.lists(reaches, max_size=4).map(tuple),
    company=optional,
    birthday=st.none() | st.dates(),
    connected_on=st.none() | st.dates(),
    tags=st.lists(texts, max_size=3).map(tuple),
    notes=optional,
    vcard=optional,
    revised=st.none() | st.datetimes(timezones=st.just(UTC)),
    whole=st.booleans(),
    affiliations=st.none() | st.lists(affiliations, max_size=2).map(tuple),
    added_on=st.none() | st.dates(),
    changed_at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@st.composite
def waiting(draw: st.DrawFn) -> SpooledRecord:
    record = draw(records)
    usable = draw(st.lists(st.sampled_from(record.reach), unique=True)) if record.reach else []
    return SpooledRecord(record, tuple(((way.kind, draw(texts) + str(place)), way) for place, way in enumerate(usable)))


@pytest.fixture
def empty() -> Iterator[RecordSpool]:
    with closing(RecordSpool()) as made:
        yield made


@given(st.lists(waiting(), max_size=8))
def test_what_is_set_aside_comes_back(people: list[SpooledRecord]) -> None:
    """Every field of every record, in any order, and which of its ways were ways, with any text in them."""
    with closing(RecordSpool()) as made:
        places = [made.add(one) for one in people]
        assert places == list(range(len(people)))
        assert list(made) == people
        assert [asdict(one.record) for one in made] == [asdict(one.record) for one in people]
        assert [made[place] for place in reversed(places)] == people[::-1]


def test_any_place_is_found_again(empty: RecordSpool) -> None:
    """In the pieces that are compressed and in the one that is still open, while more is added."""
    people = [SpooledRecord(ImportedContact(line, f"Person {line}"), ()) for line in range(3 * ITEMS_IN_PIECE + 5)]
    for one in people:
        place = empty.add(one)
        assert (place, len(empty)) == (one.record.line, one.record.line + 1)
        for earlier in (0, place // 2, place):
            assert empty[earlier] == people[earlier]


def test_beyond_memory_it_goes_to_the_disk(empty: RecordSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A book of photos does not fill the memory: what is held of it is a twentieth of its size."""
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", 1 << 16)
    with closing(RecordSpool()) as made:
        photos = [f"{'x' * place}{place}" * 40 for place in range(2_000)]
        tracemalloc.start()
        for photo in photos:
            made.add(SpooledRecord(ImportedContact(1, "Dana", birthday=date(1604, 4, 12), vcard=photo), ()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < sum(map(len, photos)) / 20
        assert [made[place].record.vcard for place in (0, 1_000, 1_999)] == [
            photos[place] for place in (0, 1_000, 1_999)
        ]


def test_where_it_can_not_be_set_aside_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A temporary folder that is not there: its name, and what to do; not the file that is read."""
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with closing(RecordSpool()) as made, pytest.raises(CannotWrite, match=r"none: .*name a folder in TMPDIR"):
        for _ in range(2 * ITEMS_IN_PIECE):
            made.add(SpooledRecord(ImportedContact(1, "Dana"), ()))
