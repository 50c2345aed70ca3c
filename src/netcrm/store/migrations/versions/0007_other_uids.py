"""Other UIDs by which a contact is known, and phone numbers in the form that E.164 gives them.

Append-only: a migration that was released is never edited.
"""

import sqlalchemy as sa
from alembic import op

from netcrm.identity import normalise_phone

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
    _renormalise_phones(op.get_bind())


def _renormalise_phones(connection: sa.Connection) -> None:
    country = connection.execute(sa.text("SELECT country FROM profile ORDER BY id LIMIT 1")).scalar()
    phones = sa.text("SELECT id, value, normalised FROM contact_method WHERE kind = 'phone'")
    changed = sa.text("UPDATE contact_method SET normalised = :normalised WHERE id = :id")
    for number, value, before in connection.execute(phones).all():
        try:
            normalised = normalise_phone(value, country)
        except ValueError:  # it was taken for one before, and stays as it is
            continue
        if normalised != before:
            connection.execute(changed, {"id": number, "normalised": normalised})
