"""Guess the field of a column from the words of its header, in English, German, French and Spanish.

“Work Phone”, “Telefon geschäftlich”, “Téléphone bureau” are phones with the label work; “PLZ” is a part of a postal
address. A guess uses all words of the header, or those without labels and numbers, but never a part of a word. Three
headers depend on the other columns: “Name” is a family name beside “Vorname”, “Nom” is one beside “Prénom”, and
“Nombre” is a given name beside “Apellidos”.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

_FIELDS: Mapping[str, str] = {
    "name": """name | full name | fullname | display name | contact | contact name | person | nom | nombre
        vollständiger name | anzeigename | kontakt | ansprechpartner | vor und nachname
        nom complet | nom et prénom | prénom et nom | nombre completo | nombre y apellidos | contacto""",
    "given-name": """given name | first name | firstname | forename | first | givenname | vorname | rufname
        prénom | prénoms | nombre de pila | primer nombre | nombres""",
    "family-name": """family name | last name | lastname | surname | last | familyname | nachname | familienname
        zuname | nom de famille | apellido | apellidos""",
    "email": """email | e mail | mail | email address | e mail address | mail address | emailaddress
        e mail adresse | email adresse | mailadresse | emailadresse | courriel | adresse e mail | adresse email
        adresse mail | adresse électronique | mél | correo | correo electrónico | dirección de correo""",
    "phone": """phone | phones | telephone | tel | telefon | telefonnummer | telefonnr | rufnummer | telefonnummern
        téléphone | numéro de téléphone | teléfono | número de teléfono | pager""",
    "linkedin": """linkedin | linkedin url | linkedin profile | linkedin profil | linkedin profile url
        profil linkedin | perfil de linkedin | linkedin link | linkedin address""",
    "url": """url | website | web | homepage | home page | web page | webpage | web site | web address | blog
        webseite | internet | internetseite | internetadresse | site | site web | site internet | página web
        sitio web | sitio | link""",
    "company": """company | company name | organization | organisation | organization name | organisation name
        employer | firm | account name | firma | firmenname | unternehmen | arbeitgeber | entreprise | société
        employeur | empresa | compañía | organización""",
    "title": """title | job title | jobtitle | position | role | occupation | job | profession | berufsbezeichnung
        beruf | funktion | stelle | stellenbezeichnung | poste | fonction | titre du poste | profession | cargo
        puesto | rol""",
    "birthday": """birthday | birth date | birthdate | date of birth | dob | bday | born | geburtstag | geburtsdatum
        geboren am | geboren | anniversaire | date de naissance | naissance | cumpleaños | fecha de nacimiento
        nacimiento""",
    "timezone": "timezone | time zone | tz | zeitzone | fuseau horaire | zona horaria",
    "tier": "tier",
    "every": "every | in touch every",
    "im": "im | instant messenger | messenger",
    "tag": """tag | tags | label | labels | category | categories | group | groups | keywords | kategorie
        kategorien | gruppe | gruppen | schlagwort | schlagworte | schlagwörter | étiquette | étiquettes | catégorie
        catégories | groupe | groupes | etiqueta | etiquetas | categoría | categorías | grupo | grupos""",
    "note": """note | notes | comment | comments | remark | remarks | memo | description | notiz | notizen
        bemerkung | bemerkungen | anmerkung | anmerkungen | kommentar | kommentare | remarque | remarques
        commentaire | commentaires | nota | notas | comentario | comentarios | observaciones""",
    "connected-on": """connected on | connected | connection date | verbunden am | vernetzt am | connecté le
        en relation depuis | conectado el""",
}
_PARTS_OF_AN_ADDRESS = (
    """address | full address | postal address | mailing address | anschrift | adresse | postanschrift | postadresse
        adresse postale | dirección | dirección postal | domicilio""",
    "street | street address | address line | straße | strasse | straße nr | straße hausnummer | rue | voie | calle",
    """street 2 | street 3 | address line 2 | address line 3 | extended address | adresszusatz | zusatz | complément
        complément d adresse""",
    "po box | p o box | postfach | boîte postale | apartado",
    "city | town | locality | ort | stadt | wohnort | ville | ciudad | localidad | población",
    "state | region | province | county | bundesland | région | provincia | estado",
    "zip | zip code | zipcode | postcode | postal code | plz | postleitzahl | code postal | código postal | cp",
    "country | country region | land | pays | país",
)
_LABELS = {
    "work": """work business office geschäftlich geschäft arbeit dienstlich büro travail professionnel pro bureau
        trabajo oficina""",
    "home": "home private personal privat zuhause domicile personnel privé casa particular",
    "cell": "mobile cell cellphone handy handynummer mobil mobilnummer mobiltelefon portable móvil celular",
    "fax": "fax faxnummer telefax télécopie",
    "main": "main primary zentrale principal",
    "other": "other sonstige andere autre otro",
}
_SURE = {"phone": "phone", "telephone": "phone", "telefon": "phone", "telefono": "phone", "tel": "phone"} | {
    "email": "email",
    "mail": "email",
    "courriel": "email",
    "linkedin": "linkedin",
}
"""Words that decide the field whatever the other words are, except those for a kind (“E-mail 1 - Type”)."""

_KINDS = {"type", "label", "typ", "art", "tipo", "display", "status", "count", "opt", "consent"}
_NUMBER = {"number", "nummer", "numero", "nr", "no"}
_ENGLISH_DAYS = {"birthday", "birth date", "birthdate", "date of birth", "dob", "bday", "born"} | {
    "connected on",
    "connected",
    "connection date",
}


class Guess(NamedTuple):
    """A field, the label of its values, and for a postal address its group and the part.

    `english` means that the header is known to be English, so that the month may come first in its days.
    """

    field: str
    label: str = ""
    group: str = ""
    part: int = 0
    english: bool = False


def guesses(headers: Sequence[str]) -> list[Guess | None]:
    """A guess for each column, or None. Beside another title, a column “Title” is not one: it is a form of address."""
    columns = [guess(header) for header in headers]
    words = [_plain(header) for header in headers]
    fields = [column.field if column else "" for column in columns]
    for at, word in enumerate(words):
        if word in ("name", "nom") and "given-name" in fields and "family-name" not in fields:
            columns[at] = Guess("family-name")
        elif word == "nombre" and "family-name" in fields and "given-name" not in fields:
            columns[at] = Guess("given-name")
        elif word == "title" and fields.count("title") > 1:
            columns[at] = None
    return columns


def guess(header: str) -> Guess | None:
    """A guess for a column without regard to the other columns.

    >>> guess("Telefon (privat)")
    Guess(field='phone', label='home', group='', part=0, english=False)
    """
    words = _plain(header).split()
    if known := _known(words):
        return known
    labels = [_LABEL_OF[word] for word in words if word in _LABEL_OF]
    label = " ".join(dict.fromkeys(labels))
    remaining = [word for word in words if not (word in _LABEL_OF or word in _NUMBER or word.isdigit())]
    if known := _known(remaining):
        return known._replace(label=label, group=f"{label} {known.group}" if known.group else "")
    if not remaining:
        return Guess("phone", label) if {"cell", "fax"} & set(labels) or (labels and _NUMBER & set(words)) else None
    sure = [_SURE[word] for word in remaining if word in _SURE]
    return Guess(sure[-1], label) if sure and not _KINDS & set(remaining) else None


def _known(words: Sequence[str]) -> Guess | None:
    phrase = " ".join(words)
    if phrase in _FIELD_OF:
        return Guess(_FIELD_OF[phrase], english=phrase in _ENGLISH_DAYS)
    return Guess("address", group="address", part=_PART_OF[phrase]) if phrase in _PART_OF else None


def _plain(header: str) -> str:
    """The words of a header in lower case, without accents and punctuation."""
    letters = unicodedata.normalize("NFKD", header.casefold())
    return " ".join(_WORD.findall("".join(char for char in letters if not unicodedata.combining(char))))


_WORD = re.compile(r"[^\W\d_]+|\d+")


def _phrases(listed: str) -> Iterable[str]:
    return (_plain(phrase) for line in listed.splitlines() for phrase in line.split("|"))


_FIELD_OF = {phrase: field for field, listed in _FIELDS.items() for phrase in _phrases(listed)}
_PART_OF = {phrase: part for part, listed in enumerate(_PARTS_OF_AN_ADDRESS) for phrase in _phrases(listed)}
_LABEL_OF = {_plain(word): label for label, listed in _LABELS.items() for word in listed.split()}
