"""So many follow-ups a day: the limit in my profile, and the day on which an answered one had its place.

Append-only: a migration that was released is never edited.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SAID = {
    "sqlite": "UPDATE decision SET due = json_extract(snapshot, '$.due')",
    "postgresql": "UPDATE decision SET due = CAST(snapshot ->> 'due' AS DATE)",
}


def upgrade() -> None:
    op.add_column("profile", sa.Column("per_day", sa.Integer(), nullable=True))
    op.add_column("decision", sa.Column("due", sa.Date(), nullable=True))
    op.execute(SAID[op.get_bind().dialect.name])
    op.create_index("decision_by_due", "decision", ["due"])
