"""An imported vCard with only its changes; the rest is exported as it came.

A card holds more than netcrm has fields for: photos, keys, properties of other programs. So a contact imported from a
card is exported as that card. Its data is read in the same way as by the import (`netcrm.formats.vcard.reader`) and
compared with the contact. Unchanged data keeps its lines, changed data is replaced in place, new data is added at the
end, and removed data goes, together with the label in its group. Data that could never be imported, such as an invalid
e-mail address, stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from netcrm.domain.validation import LONGEST_NAME, clean
from netcrm.domain.vocabulary import MethodKind
from netcrm.errors import WrongFormat
from netcrm.formats.records import CardContact, CardMethod, ImportedMethod
from netcrm.formats.vcard.content_lines import escaped, one_line, parse, parts_of, rendered, text_of
from netcrm.formats.vcard.parser import ParsedCard, cards
from netcrm.formats.vcard.reader import (
    INTRODUCED_BY,
    NOT_LABELS,
    OWN,
    RELATIONS,
    STAGE,
    Facts,
    facts,
    is_linkedin,
    label_of,
    our_roles,
    split_name,
    uid_of,
    zone_of,
)
from netcrm.formats.vcard.versions import converted
from netcrm.formats.vcard.writer import (
    LAST_CONTACT,
    Extra,
    Version,
    family_and_given,
    group_names,
    marks,
    own,
    own_label,
    relation,
    shown,
    single,
    ways,
    web,
)
from netcrm.matching import normalize

_COMPANIONS = ("X-ABLABEL", "X-ABADR")
"""Properties that only describe another property of their group."""

_Key = tuple[str, str]


@dataclass(slots=True)
class _CardDraft:
    """A card being updated: for each of its lines the replacement, None if the line stays.

    `changed` says that the card's data differs; `left` are the groups from which a property was removed.
    """

    card: ParsedCard
    source: str
    version: Version
    groups: Iterator[str]
    lines: list[list[str] | None]
    added: list[str] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    changed: bool = False

    def named(self, *names: str) -> list[int]:
        """The indexes of the properties with these names, those of the first name first."""
        return [at for name in names for at, line in enumerate(self.card.lines) if line.name == name]

    def put(self, at: int, texts: list[str]) -> None:
        self.lines[at] = texts
        self.left.add(self.card.lines[at].group.lower())
        self.changed = True

    def settle(self, places: Sequence[int], texts: list[str]) -> None:
        """Replace some lines by these, or add them at the end if there is nothing to replace."""
        for at in places:
            self.put(at, [])
        if places:
            self.lines[places[0]] = texts
        else:
            self.added += texts
        self.changed = True


def patched(contact: CardContact, version: Version, extra: Extra | None) -> list[str] | None:
    """The lines of the contact's imported card with its changes, unfolded; None without such a card."""
    card = _foreign(contact.vcard) if contact.vcard else None
    if card is None:
        return None
    source = card.version if card.version in ("2.1", "3.0", "4.0") else "3.0"
    groups = group_names({line.group.lower() for line in card.lines})
    sheet = _CardDraft(card, source, version, groups, [None] * len(card.lines))
    before = facts(card)
    _name(sheet, contact, before)
    _singles(sheet, contact, before)
    _ways(sheet, contact, before)
    if extra:
        _extras(sheet, contact, extra)
    _identity(sheet, contact)
    return list(_written(sheet))


def _foreign(text: str) -> ParsedCard | None:
    try:
        items = cards([text.encode("utf-8", "ignore")], "the card")
        return next((item for item in items if isinstance(item, ParsedCard) and item.lines), None)
    except WrongFormat:
        return None


# --------------------------------------------------------------------------- single properties


def _name(sheet: _CardDraft, contact: CardContact, before: Facts) -> None:
    """FN, which no version allows to be empty, and N."""
    name, full = shown(contact), single(contact, "FN", sheet.version) or ""
    places = []
    for at in sheet.named("FN"):
        if one_line(text_of(sheet.card.lines[at])):
            places.append(at)
        else:
            sheet.lines[at] = []
    if before.name != name:
        sheet.settle(places, [full])
    elif not places:
        sheet.added.append(full)
    _parts(sheet, contact, name)
    if sheet.version == "3.0" != sheet.source:  # which allows only one of each
        for at in (*places[1:], *sheet.named("N")[1:]):
            sheet.lines[at] = []


def _parts(sheet: _CardDraft, contact: CardContact, name: str) -> None:
    """N: its parts beyond given and family name are kept as long as those two are known."""
    places = sheet.named("N")[:1]
    before = [part for at in places for part in map(one_line, parts_of(sheet.card.lines[at]))]
    family, given = (part if len(part) <= LONGEST_NAME else "" for part in (*before, "", "")[:2])
    now = one_line(contact.given_name), one_line(contact.family_name)
    if split_name(name, given, family) != split_name(name, *now):
        others = before[2:5] if any(now) else []
        parts = [*family_and_given(contact), *others, "", "", ""][:5]
        sheet.settle(places, [rendered("N", ";".join(map(escaped, parts)))])
    elif not places and sheet.version == "3.0":
        sheet.added.append(single(contact, "N", "3.0") or "")


def _singles(sheet: _CardDraft, contact: CardContact, person: Facts) -> None:
    lines = sheet.card.lines
    zones = [at for at in sheet.named("TZ") if zone_of(lines[at])]
    titles = [at for at in sheet.named("TITLE", "ROLE") if at not in our_roles(lines)]
    tags = {tag for tag in map(one_line, contact.tags) if tag}
    compared: tuple[tuple[str, object, object, list[int]], ...] = (
        ("ORG", person.company, one_line(contact.company), sheet.named("ORG")),
        ("TITLE", person.title, one_line(contact.title), titles),
        ("BDAY", person.birthday, contact.birthday, sheet.named("BDAY")),
        ("TZ", person.timezone, one_line(contact.timezone), zones),
        ("NOTE", person.notes, clean(contact.notes or "", keep="\n\t"), sheet.named("NOTE")),
        ("CATEGORIES", set(person.tags), tags, sheet.named("CATEGORIES")),
    )
    for name, before, now, places in compared:
        if (before or None) == (now or None):
            continue
        text = single(contact, name, sheet.version)
        is_single = text and name not in ("NOTE", "CATEGORIES")  # several of these are read as one
        said_in = [at for at in places if text_of(lines[at]).strip()][:1] if is_single else places
        sheet.settle(said_in, [text] if text else [])


def _identity(sheet: _CardDraft, contact: CardContact) -> None:
    """UID, which never changes, and REV, if the card has changed."""
    places, text = sheet.named("UID"), single(contact, "UID", sheet.version) or ""
    same_uid = [at for at in places if uid_of(sheet.card.lines[at]) == one_line(contact.uid)]
    if not places:
        sheet.added.append(text)
    elif not same_uid:
        sheet.settle(places, [text])
    else:
        for at in places:
            sheet.lines[at] = [] if at != same_uid[0] else [text] if sheet.version == "4.0" != sheet.source else None
    if sheet.changed:
        sheet.settle(sheet.named("REV"), [single(contact, "REV", sheet.version) or ""])


# --------------------------------------------------------------------------- ways to reach a contact


def _ways(sheet: _CardDraft, contact: CardContact, before: Facts) -> None:
    claims: dict[_Key, list[tuple[int, ImportedMethod]]] = {}
    for at, reach in before.reach:
        claims.setdefault(_key(reach.kind, reach.value), []).append((at, reach))
    new: list[CardMethod] = []
    kept: set[_Key] = set()
    for method in contact.methods:
        key = _key(method.kind, method.value)
        if key not in claims:
            new.append(method)
        elif not any(_marked_alike(reach, method) for _, reach in claims[key]):
            _mark(sheet, claims[key][0][0], method)
        kept.add(key)
    gone = [place for key, places in claims.items() if key not in kept for place in places if _is_one(place[1])]
    for at, reach in gone:
        heir = next((method for method in new if method.kind == reach.kind), None)
        sheet.put(at, ways(heir, sheet.version, sheet.groups) if heir else [])
        new = [method for method in new if method is not heir]
    for method in new:
        sheet.settle([], ways(method, sheet.version, sheet.groups))


def _key(kind: MethodKind, value: str) -> _Key:
    """The key that two spellings of a method share, even if it is invalid."""
    text = one_line(value)
    link = web(text) if kind == "url" else text
    if kind == "url" and is_linkedin(link):
        kind = "linkedin"
    try:
        return kind, normalize.normalise(kind, link)
    except ValueError:
        return kind, f"= {text.casefold()}"


def _is_one(reach: ImportedMethod) -> bool:
    """Whether a method is valid, so that the import could have stored it."""
    return not _key(reach.kind, reach.value)[1].startswith("= ")


def _marked_alike(reach: ImportedMethod, method: CardMethod) -> bool:
    labels = [(label_of(label or "") or "").casefold() for label in (reach.label, method.label)]
    return labels[0] == labels[1] and reach.preferred == method.preferred


def _mark(sheet: _CardDraft, at: int, method: CardMethod) -> None:
    """Give a line another label or preference; its value and other parameters stay."""
    before = sheet.card.lines[at]
    text = converted(before, sheet.source, sheet.version) or ""
    line = parse(0, text, text)
    words = [word for words in line.params.get("TYPE", ()) for word in words.split(",")]
    types = [word for word in words if word.lower() in NOT_LABELS - {"pref", "internet"}]
    new_params = marks(line.name, method, sheet.version)
    new_params["TYPE"] = [*types, *new_params.get("TYPE", ())]
    params = {key: new_params.pop(key, []) if key in ("TYPE", "PREF") else words for key, words in line.params.items()}
    for beside in sheet.named("X-ABLABEL"):
        if line.group and sheet.card.lines[beside].group.lower() == line.group.lower():
            sheet.lines[beside] = []
    label = own_label(method.label)
    group = line.group or (next(sheet.groups) if label else "")
    texts = [rendered(line.name, line.value, {**params, **new_params}, group)]
    sheet.lines[at] = [*texts, rendered("X-ABLabel", escaped(label), group=group)] if label else texts
    sheet.changed = True


# --------------------------------------------------------------------------- netcrm's own properties


def _extras(sheet: _CardDraft, contact: CardContact, extra: Extra) -> None:
    """Write netcrm's own properties anew; those that only another database knew stay."""
    unknown = {name for name, value in ((STAGE, extra.stage), (LAST_CONTACT, extra.last_contact)) if not value}
    wanted = [rendered(name, escaped(text)) for name, text in own(contact, extra)]
    for at, line in enumerate(sheet.card.lines):
        if line.name.startswith(OWN) and line.name not in unknown:
            text = rendered(line.name, escaped(text_of(line)))
            if text in wanted:
                wanted.remove(text)
            else:
                sheet.put(at, [])
    for text in wanted:
        sheet.settle([], [text])
    if role := one_line(extra.stage or ""):
        _role(sheet, rendered("ROLE", escaped(role)))
    if extra.introduced_by:
        _introductions(sheet, extra)


def _role(sheet: _CardDraft, text: str) -> None:
    """The ROLE with the stage, unless the card has another ROLE."""
    own_roles = our_roles(sheet.card.lines)
    roles = sheet.named("ROLE")
    wanted = [] if set(roles) - own_roles else [text]
    places = [at for at in roles if at in own_roles]
    if [rendered("ROLE", escaped(text_of(sheet.card.lines[at]))) for at in places] != wanted:
        sheet.settle(places, wanted)


def _introductions(sheet: _CardDraft, extra: Extra) -> None:
    labels = (sheet.card.lines[at] for at in sheet.named("X-ABLABEL"))
    groups = {line.group.lower() for line in labels if line.group and text_of(line) == INTRODUCED_BY}
    relations = (relation(one_line(uid), one_line(name), sheet.version) for uid, name in extra.introduced_by)
    wanted = [related for related in relations if related]
    for at in sheet.named(*RELATIONS):
        line = sheet.card.lines[at]
        if line.group.lower() in groups:
            match = next((related for related in wanted if related[:2] == (line.name, line.value)), None)
            if match:
                wanted.remove(match)
            else:
                sheet.put(at, [])
    for related in wanted:
        group = next(sheet.groups)
        sheet.settle([], [rendered(*related, group=group), rendered("X-ABLabel", INTRODUCED_BY, group=group)])


# --------------------------------------------------------------------------- the exported card


def _written(sheet: _CardDraft) -> Iterator[str]:
    """The lines in their original order; VERSION is the first in 4.0 (RFC 6350 §6.7.9), and keeps its place in 3.0."""
    version = f"VERSION:{sheet.version}"
    places = sheet.named("VERSION")
    in_place = places[:1] if sheet.source == sheet.version == "3.0" else []
    empty = _empty_groups(sheet)
    yield "BEGIN:VCARD"
    if not in_place:
        yield version
    for at, line in enumerate(sheet.card.lines):
        texts = sheet.lines[at]
        if at in places:
            yield from [version] if at in in_place else []
        elif texts is not None:
            yield from texts
        elif line.name not in _COMPANIONS or line.group.lower() not in empty:
            yield from filter(None, [converted(line, sheet.source, sheet.version)])
    yield from filter(None, sheet.added)
    yield "END:VCARD"


def _empty_groups(sheet: _CardDraft) -> set[str]:
    """The groups that lost a property and have no other."""
    lines = zip(sheet.card.lines, sheet.lines, strict=True)
    full = {line.group.lower() for line, texts in lines if texts is None and line.name not in _COMPANIONS}
    return sheet.left - full - {""}
