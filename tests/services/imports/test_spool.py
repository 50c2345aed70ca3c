"""`netcrm.services.imports.spool`: items that wait compressed until they are written."""

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

writable = [text for text in TEXTS if not any("\ud800" <= char <= "\udfff" for char in text)]
texts = st.one_of(st.text(), st.sampled_from(writable))
"""All texts but those with half a surrogate pair, which every reader refuses."""
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
def spooled(draw: st.DrawFn) -> SpooledRecord:
    record = draw(records)
    usable = draw(st.lists(st.sampled_from(record.reach), unique=True)) if record.reach else []
    return SpooledRecord(record, tuple(((way.kind, draw(texts) + str(place)), way) for place, way in enumerate(usable)))


@pytest.fixture
def empty() -> Iterator[RecordSpool]:
    with closing(RecordSpool()) as kept:
        yield kept


@given(st.lists(spooled(), max_size=8))
def test_what_is_set_aside_comes_back(items: list[SpooledRecord]) -> None:
    """Every field of every record comes back, in any order, and so do its ways."""
    with closing(RecordSpool()) as kept:
        places = [kept.add(item) for item in items]
        assert places == list(range(len(items)))
        assert list(kept) == items
        assert [asdict(item.record) for item in kept] == [asdict(item.record) for item in items]
        assert [kept[place] for place in reversed(places)] == items[::-1]


def test_any_place_is_found_again(empty: RecordSpool) -> None:
    """Every item is found at its place, in compressed pieces and in the texts after them, while more are added."""
    items = [SpooledRecord(ImportedContact(line, f"Person {line}"), ()) for line in range(3 * ITEMS_IN_PIECE + 5)]
    for item in items:
        place = empty.add(item)
        assert (place, len(empty)) == (item.record.line, item.record.line + 1)
        for earlier in (0, place // 2, place):
            assert empty[earlier] == items[earlier]


def test_beyond_memory_it_goes_to_the_disk(empty: RecordSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of photos takes less than a twentieth of its size in memory."""
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", 1 << 16)
    with closing(RecordSpool()) as kept:
        photos = [f"{'x' * place}{place}" * 40 for place in range(2_000)]
        tracemalloc.start()
        for photo in photos:
            kept.add(SpooledRecord(ImportedContact(1, "Dana", birthday=date(1604, 4, 12), vcard=photo), ()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < sum(map(len, photos)) / 20
        assert [kept[place].record.vcard for place in (0, 1_000, 1_999)] == [
            photos[place] for place in (0, 1_000, 1_999)
        ]


def test_where_it_can_not_be_set_aside_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A temporary folder that does not exist is named, with what to do."""
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with closing(RecordSpool()) as kept, pytest.raises(CannotWrite, match=r"none: .*name a folder in TMPDIR"):
        for _ in range(2 * ITEMS_IN_PIECE):
            kept.add(SpooledRecord(ImportedContact(1, "Dana"), ()))
