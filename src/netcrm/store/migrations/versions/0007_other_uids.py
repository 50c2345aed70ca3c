"""Other UIDs by which a contact is known, a UID of my own, and phone numbers and links in their normal forms of today.

Append-only: a migration that was released is never edited.
"""

from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op

from netcrm.matching.normalize import normalise_phone, normalise_url

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_alias_contact_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alias"),
        sa.UniqueConstraint("uid", name="uq_alias_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alias_contact_id", "alias", ["contact_id"])
    op.add_column("profile", sa.Column("uid", sa.String(), nullable=True))
    connection = op.get_bind()
    # The same for every copy of a book, so that a backup of it that is brought up to date later is of the same person.
    someone = connection.execute(sa.text("SELECT uid FROM contact ORDER BY id LIMIT 1")).scalar()
    for number, *me in connection.execute(sa.text("SELECT id, name, email FROM profile")).all():
        uid = str(uuid5(NAMESPACE_URL, f"netcrm:{me}:{someone}"))
        connection.execute(sa.text("UPDATE profile SET uid = :uid WHERE id = :id"), {"uid": uid, "id": number})
    country = connection.execute(sa.text("SELECT country FROM profile ORDER BY id LIMIT 1")).scalar()
    _renormalise(connection, "phone", lambda value: normalise_phone(value, country))
    _renormalise(connection, "url", normalise_url)


def _renormalise(connection: sa.Connection, kind: str, normal: Callable[[str], str]) -> None:
    ways = sa.text("SELECT id, value, normalised FROM contact_method WHERE kind = :kind")
    changed = sa.text("UPDATE contact_method SET normalised = :normalised WHERE id = :id")
    for number, value, before in connection.execute(ways, {"kind": kind}).all():
        try:
            normalised = normal(value)
        except ValueError:  # it was taken for one before, and stays as it is
            continue
        if normalised != before:
            connection.execute(changed, {"id": number, "normalised": normalised})
