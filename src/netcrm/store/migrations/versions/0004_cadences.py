"""What a cadence needs in one seek a contact: the day and the kind of each contact beside its people, and who has one.

Append-only: a migration that was released is never edited.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

HEARD = """
UPDATE interaction_contact SET
  day = (SELECT interaction.day FROM interaction WHERE interaction.id = interaction_contact.interaction_id),
  heard = (SELECT CASE WHEN NOT answered OR channel = 'public' THEN NULL
                       WHEN direction = 'in' OR channel IN ('call', 'meeting') THEN TRUE ELSE FALSE END
             FROM interaction WHERE interaction.id = interaction_contact.interaction_id)
"""


def upgrade() -> None:
    op.add_column("contact", sa.Column("added_on", sa.Date(), nullable=True))
    op.execute("UPDATE contact SET added_on = date(changed_at)")
    op.create_index("ix_contact_birthday", "contact", ["birthday"])
    op.create_index("ix_contact_tier", "contact", ["tier"])
    op.create_index("ix_contact_every", "contact", ["every"])
    op.add_column("interaction_contact", sa.Column("day", sa.Date(), nullable=True))
    op.add_column("interaction_contact", sa.Column("heard", sa.Boolean(), nullable=True))
    op.execute(HEARD)
    op.create_index("interaction_contact_by_day", "interaction_contact", ["contact_id", "heard", "day"])
