"""${message}

A migration is never edited once it is released, and imports nothing of netcrm.
A new migration also raises `SCHEMA` in `netcrm.store.location`.
"""

${imports if imports else ""}
import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
