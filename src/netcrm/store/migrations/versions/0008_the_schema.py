"""The first migration: every table, and the views, which other programs may read too.

Schemas 1 to 7 came before the first release; databases of these are refused.
A migration is never edited once it is released, and imports nothing of netcrm.
A new migration also raises `SCHEMA` in `netcrm.store.location`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = None

# CROSS JOIN makes SQLite go from the few declined offers to their people, instead of through all interactions.
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

CONTACTS = """
CREATE VIEW contacts AS
SELECT id, uid, name, given_name, family_name, company, title, timezone, birthday, tier,
       (SELECT value FROM contact_method WHERE contact_id = contact.id AND kind = 'email'
         ORDER BY preferred DESC, id LIMIT 1) AS email,
       (SELECT value FROM contact_method WHERE contact_id = contact.id AND kind = 'phone'
         ORDER BY preferred DESC, id LIMIT 1) AS phone,
       (SELECT value FROM contact_method WHERE contact_id = contact.id AND kind = 'linkedin'
         ORDER BY preferred DESC, id LIMIT 1) AS linkedin
  FROM contact
"""


def upgrade() -> None:
    _contact()
    _offer()
    _operation()
    _profile()
    _affiliation()
    _change()
    _contact_method()
    _interaction()
    _job()
    _participant()
    _tag()
    _decision()
    _interaction_contact()
    _alias()
    _forgotten()
    op.execute(HISTORY)
    op.execute(CONTACTS)


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=True),
        sa.Column("family_name", sa.String(), nullable=True),
        sa.Column("company", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("every", sa.String(), nullable=True),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("connected_on", sa.Date(), nullable=True),
        sa.Column("dormant_on", sa.Date(), nullable=True),
        sa.Column("dormant_reason", sa.String(), nullable=True),
        sa.Column("vcard", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=True),
        sa.CheckConstraint("tier IN ('A', 'B', 'C')", name=op.f("ck_contact_tier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("uid", name=op.f("uq_contact_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_birthday", "contact", ["birthday"])
    op.create_index("ix_contact_connected_on", "contact", ["connected_on"])
    op.create_index("ix_contact_dormant_on", "contact", ["dormant_on"])
    op.create_index("ix_contact_every", "contact", ["every"])
    op.create_index("ix_contact_name", "contact", ["name"])
    op.create_index("ix_contact_tier", "contact", ["tier"])


def _offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("respond_by", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "because IN ('terms', 'career-path', 'fit', 'location', 'timing', 'other')", name=op.f("ck_offer_because")
        ),
        sa.CheckConstraint("decision IN ('declined', 'accepted')", name=op.f("ck_offer_decision")),
        sa.CheckConstraint("(decision IS NULL) = (decided_on IS NULL)", name=op.f("ck_offer_decided")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("uid", name=op.f("uq_offer_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_offer_received_on", "offer", ["received_on"])
    op.create_index("offer_by_decision", "offer", ["decision", "decided_on"])


def _operation() -> None:
    op.create_table(
        "operation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
        sqlite_autoincrement=True,
    )


def _profile() -> None:
    op.create_table(
        "profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("linkedin", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("weekend", sa.String(), nullable=False),
        sa.Column("quiet_until", sa.String(), nullable=True),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("uid", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile")),
        sqlite_autoincrement=True,
    )


def _affiliation() -> None:
    op.create_table(
        "affiliation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_affiliation_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_affiliation_contact_id", "affiliation", ["contact_id"])
    op.create_index("ix_affiliation_since", "affiliation", ["since"])
    op.create_index("ix_affiliation_until", "affiliation", ["until"])


def _change() -> None:
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("operation_id", sa.Integer(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["operation_id"], ["operation.id"], name=op.f("fk_change_operation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_operation_id", "change", ["operation_id"])


def _contact_method() -> None:
    op.create_table(
        "contact_method",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("normalised", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('email', 'phone', 'url', 'linkedin', 'address', 'im')", name=op.f("ck_contact_method_kind")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_method_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_method")),
        sqlite_autoincrement=True,
    )
    op.create_index("contact_method_by_value", "contact_method", ["kind", "normalised"])
    op.create_index("ix_contact_method_contact_id", "contact_method", ["contact_id"])


def _interaction() -> None:
    op.create_table(
        "interaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.String(),
            sa.Computed("channel || '.' || CASE WHEN answered THEN direction ELSE 'unanswered' END", persisted=True),
            nullable=True,
        ),
        sa.Column("said", sa.String(), sa.Computed("'message.' || topic", persisted=True), nullable=True),
        sa.Column("astray", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.CheckConstraint(
            "channel IN ('call', 'voicemail', 'email', 'letter', 'meeting', 'message', 'linkedin', 'public')",
            name=op.f("ck_interaction_channel"),
        ),
        sa.CheckConstraint("direction IN ('out', 'in')", name=op.f("ck_interaction_direction")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_interaction_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
        sqlite_autoincrement=True,
    )
    op.create_index("interaction_by_kind", "interaction", ["kind", "day"])
    op.create_index("interaction_by_said", "interaction", ["said", "day"])
    op.create_index("ix_interaction_offer_id", "interaction", ["offer_id"])


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("organisation", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_job_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("uid", name=op.f("uq_job_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_settled_on", "job", ["settled_on"])
    op.create_index("ix_job_started_on", "job", ["started_on"])


def _participant() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.CheckConstraint(
            "role IN ('recruiter', 'hiring-manager', 'interviewer', 'referrer', 'other')",
            name=op.f("ck_participant_role"),
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_participant_contact_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_participant_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("offer_id", "contact_id", name=op.f("uq_participant_offer_id_contact_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("participant_by_contact", "participant", ["contact_id", "offer_id"])


def _tag() -> None:
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_tag_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("contact_id", "name", name=op.f("uq_tag_contact_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index("tag_by_name", "tag", ["name", "contact_id"])


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("contact_uid", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("interaction_id", sa.Integer(), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.CheckConstraint("verdict IN ('done', 'snoozed', 'skipped')", name=op.f("ck_decision_verdict")),
        sa.ForeignKeyConstraint(["interaction_id"], ["interaction.id"], name=op.f("fk_decision_interaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "cause", "contact_uid", "playbook", "step", name=op.f("uq_decision_cause_contact_uid_playbook_step")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("decision_by_contact", "decision", ["contact_uid"])
    op.create_index("decision_by_due", "decision", ["due"])
    op.create_index("decision_by_until", "decision", ["until"])
    op.create_index("ix_decision_interaction_id", "decision", ["interaction_id"])


def _interaction_contact() -> None:
    op.create_table(
        "interaction_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("heard", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_interaction_contact_contact_id")),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interaction.id"], name=op.f("fk_interaction_contact_interaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_contact")),
        sa.UniqueConstraint(
            "contact_id", "interaction_id", name=op.f("uq_interaction_contact_contact_id_interaction_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("interaction_contact_by_day", "interaction_contact", ["contact_id", "heard", "day"])
    op.create_index("interaction_contact_by_interaction", "interaction_contact", ["interaction_id", "contact_id"])


def _alias() -> None:
    op.create_table(
        "alias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_alias_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alias")),
        sa.UniqueConstraint("uid", name=op.f("uq_alias_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alias_contact_id", "alias", ["contact_id"])


def _forgotten() -> None:
    op.create_table(
        "forgotten",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgotten")),
        sa.UniqueConstraint("digest", name=op.f("uq_forgotten_digest")),
        sqlite_autoincrement=True,
    )
