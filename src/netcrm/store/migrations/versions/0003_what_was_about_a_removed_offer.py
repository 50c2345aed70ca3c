"""What was said about an offer that is removed is astray: the view `history` lets it count for no other.

Birthdays are in that view too.

Append-only: a migration that was released is never edited.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# CROSS JOIN keeps SQLite to that order: from the few declined offers to their people, never from all interactions.
HISTORY = """
CREATE VIEW history AS
SELECT interaction.kind AS kind, interaction_contact.contact_id AS contact, interaction.day AS day,
       CASE WHEN interaction.astray THEN 'offer:' ELSE 'offer:' || offer.uid END AS about,
       'interaction:' || interaction.uid AS source
  FROM interaction_contact
  JOIN interaction ON interaction.id = interaction_contact.interaction_id
  LEFT JOIN offer ON offer.id = interaction.offer_id
UNION ALL
SELECT interaction.said, interaction_contact.contact_id, interaction.day,
       CASE WHEN interaction.astray THEN 'offer:' ELSE 'offer:' || offer.uid END, 'interaction:' || interaction.uid
  FROM interaction_contact
  JOIN interaction ON interaction.id = interaction_contact.interaction_id
  LEFT JOIN offer ON offer.id = interaction.offer_id
 WHERE interaction.said IS NOT NULL
UNION ALL
SELECT 'linkedin.connected', id, connected_on, NULL, 'contact:' || uid FROM contact WHERE connected_on IS NOT NULL
UNION ALL
SELECT 'contact.birthday', id, birthday, NULL, 'contact:' || uid FROM contact WHERE birthday IS NOT NULL
UNION ALL
SELECT 'contact.dormant', id, dormant_on, NULL, 'contact:' || uid FROM contact WHERE dormant_on IS NOT NULL
UNION ALL
SELECT 'affiliation.started', contact_id, since, NULL, 'affiliation:' || uid FROM affiliation WHERE since IS NOT NULL
UNION ALL
SELECT 'affiliation.ended', contact_id, until, NULL, 'affiliation:' || uid FROM affiliation WHERE until IS NOT NULL
UNION ALL
SELECT 'offer.received', NULL, received_on, 'offer:' || uid, 'offer:' || uid FROM offer WHERE received_on IS NOT NULL
UNION ALL
SELECT 'offer.respond-by', NULL, respond_by, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision IS NULL AND respond_by IS NOT NULL
UNION ALL
SELECT 'offer.declined', NULL, decided_on, 'offer:' || uid, 'offer:' || uid FROM offer WHERE decision = 'declined'
UNION ALL
SELECT 'offer.accepted', NULL, decided_on, 'offer:' || uid, 'offer:' || uid FROM offer WHERE decision = 'accepted'
UNION ALL
SELECT 'offer.signed', NULL, signed_on, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision = 'accepted' AND signed_on IS NOT NULL
UNION ALL
SELECT 'offer.cleared', NULL, cleared_on, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision = 'accepted' AND cleared_on IS NOT NULL
UNION ALL
SELECT 'offer.starts', NULL, starts_on, 'offer:' || uid, 'offer:' || uid
  FROM offer WHERE decision = 'accepted' AND starts_on IS NOT NULL
UNION ALL
SELECT 'offer.told', NULL, interaction.day, 'offer:' || offer.uid, 'interaction:' || interaction.uid
  FROM offer CROSS JOIN participant CROSS JOIN interaction_contact CROSS JOIN interaction
 WHERE offer.decision = 'declined' AND interaction.day >= offer.decided_on
   AND participant.offer_id = offer.id AND participant.role IN ('recruiter', 'hiring-manager')
   AND interaction_contact.contact_id = participant.contact_id
   AND interaction.id = interaction_contact.interaction_id
   AND (interaction.offer_id = offer.id OR (interaction.offer_id IS NULL AND NOT interaction.astray))
   AND interaction.kind IN ('call.out', 'call.in', 'meeting.out', 'meeting.in', 'voicemail.out',
                            'email.out', 'letter.out', 'message.out', 'linkedin.out')
UNION ALL
SELECT 'job.started', NULL, started_on, 'job:' || uid, 'job:' || uid FROM job
UNION ALL
SELECT 'offer.started', NULL, job.started_on, 'offer:' || offer.uid, 'job:' || job.uid
  FROM job JOIN offer ON offer.id = job.offer_id
UNION ALL
SELECT 'job.settled', NULL, settled_on, 'job:' || uid, 'job:' || uid FROM job WHERE settled_on IS NOT NULL
UNION ALL
SELECT 'job.details', NULL, started_on, 'job:' || uid, 'job:' || uid
  FROM job WHERE email IS NOT NULL OR phone IS NOT NULL
"""


def upgrade() -> None:
    op.execute("DROP VIEW history")
    op.add_column("interaction", sa.Column("astray", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(HISTORY)
