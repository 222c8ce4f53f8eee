"""The whole first schema: tenants, people, tries, follow-ups, the ledger and its rankings.

Revision: 0001, after nothing

While this runs, the previous version of the service is still answering: add before you remove, and
remove one release later. Nothing of `app` is imported here.
"""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from migrations.wall import let_work_on, raise_wall

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(as_uuid=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# Looked up before anybody is bound to a tenant, or claimed by the worker over all of them.
GLOBAL = ("organizations", "key_lookups", "logins", "outbox")
TENANT = (
    "audit_log",
    "external_ids",
    "facts",
    "idempotency_keys",
    "organization_clocks",
    "organization_domains",
    "positions",
    "rejection_reasons",
    "scoring_policies",
    "users",
    "api_keys",
    "candidates",
    "requirements",
    "shortlists",
    "user_addresses",
    "applications",
    "candidate_competencies",
    "candidate_emails",
    "candidate_phones",
    "candidate_tags",
    "consents",
    "follow_ups",
    "pauses",
    "persistence_periods",
    "ranking_levels",
    "ranking_rows",
    "shortlist_entries",
    "follow_up_attachments",
    "intake_messages",
    "openings",
    "rejections",
    "advice",
    "follow_up_advice",
    "milestones",
)


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    """Create every table, and on PostgreSQL the wall between tenants."""
    op.create_table(
        "organizations",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "audit_log",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("api_key_id", ID, nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("changes", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_audit_log_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_audit_log")),
    )
    op.create_index(
        op.f("ix_audit_log_organization_id_action_id"),
        "audit_log",
        ["organization_id", "action", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_audit_log_organization_id_candidate_id_id"),
        "audit_log",
        ["organization_id", "candidate_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_audit_log_organization_id_subject_id_id"),
        "audit_log",
        ["organization_id", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "external_ids",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_external_ids_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "source", "type", "external_id", name=op.f("pk_external_ids")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_external_ids_organization_id_subject_id"),
        "external_ids",
        ["organization_id", "subject_id"],
        unique=False,
    )
    op.create_table(
        "facts",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("value", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_facts_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_facts")),
    )
    op.create_index(
        op.f("ix_facts_organization_id_candidate_id_kind_subject_id"),
        "facts",
        ["organization_id", "candidate_id", "kind", "subject_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_facts_organization_id_effective_at"),
        "facts",
        ["organization_id", "effective_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_facts_organization_id_recorded_at"),
        "facts",
        ["organization_id", "recorded_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_facts_organization_id_subject_id_kind"),
        "facts",
        ["organization_id", "subject_id", "kind"],
        unique=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("api_key_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", DOCUMENT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_idempotency_keys_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "api_key_id", "key", name=op.f("pk_idempotency_keys")
        ),
    )
    op.create_index(
        op.f("ix_idempotency_keys_organization_id_created_at"),
        "idempotency_keys",
        ["organization_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "key_lookups",
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("api_key_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_key_lookups_organization_id")
        ),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_key_lookups")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "logins",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_logins_organization_id")
        ),
        sa.PrimaryKeyConstraint("email", "organization_id", name=op.f("pk_logins")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "organization_clocks",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_organization_clocks_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_organization_clocks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "organization_domains",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_organization_domains_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "domain", name=op.f("pk_organization_domains")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_outbox_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_done_at", "outbox", ["done_at"], unique=False)
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "positions",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("job_family", sa.String(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'on_hold', 'filled', 'closed')",
            name=op.f("ck_positions_status"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_positions_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_positions")),
    )
    op.create_index(
        op.f("ix_positions_organization_id_department"),
        "positions",
        ["organization_id", "department"],
        unique=False,
    )
    op.create_index(
        op.f("ix_positions_organization_id_job_family"),
        "positions",
        ["organization_id", "job_family"],
        unique=False,
    )
    op.create_index(
        op.f("ix_positions_organization_id_updated_at_id"),
        "positions",
        ["organization_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "rejection_reasons",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("never_reconsider", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "type IN ('we_rejected', 'they_withdrew', 'other')",
            name=op.f("ck_rejection_reasons_type"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_rejection_reasons_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_rejection_reasons")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_rejection_reasons_organization_id_name")
        ),
    )
    op.create_table(
        "scoring_policies",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credit_touch", sa.Double(), nullable=False),
        sa.Column("credit_advice", sa.Double(), nullable=False),
        sa.Column("credit_milestone", sa.Double(), nullable=False),
        sa.Column("credit_milestone_without_advice", sa.Double(), nullable=False),
        sa.Column("half_life_days", sa.Double(), nullable=False),
        sa.Column("cadence_months", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("weight_base", sa.Double(), nullable=False),
        sa.Column("weight_fit", sa.Double(), nullable=False),
        sa.Column("weight_progress", sa.Double(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by_user_id", ID, nullable=True),
        sa.Column("scored_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_scoring_policies_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "version", name=op.f("pk_scoring_policies")),
    )
    op.create_table(
        "users",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_users_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_users")),
    )
    op.create_table(
        "api_keys",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write', 'admin')", name=op.f("ck_api_keys_scope")),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_api_keys_organization_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_api_keys_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "candidates",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("do_not_contact", sa.Boolean(), nullable=False),
        sa.Column("relationship_owner_id", ID, nullable=True),
        sa.Column("awaiting_reply_since", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("deletion_reason", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "deletion_reason IN ('deleted', 'erased', 'merged')",
            name=op.f("ck_candidates_deletion_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "relationship_owner_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_candidates_organization_id_relationship_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_candidates_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_candidates")),
    )
    op.create_index(
        op.f("ix_candidates_organization_id_awaiting_reply_since_id"),
        "candidates",
        ["organization_id", "awaiting_reply_since", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_candidates_organization_id_updated_at_id"),
        "candidates",
        ["organization_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "requirements",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("position_id", ID, nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("min_level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("verified_only", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('must_have', 'nice_to_have')", name=op.f("ck_requirements_kind")
        ),
        sa.CheckConstraint("min_level BETWEEN 1 AND 5", name=op.f("ck_requirements_min_level")),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_requirements_weight")),
        sa.ForeignKeyConstraint(
            ["organization_id", "position_id"],
            ["positions.organization_id", "positions.id"],
            name=op.f("fk_requirements_organization_id_position_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_requirements_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_requirements")),
        sa.UniqueConstraint(
            "organization_id",
            "position_id",
            "competency",
            name=op.f("uq_requirements_organization_id_position_id_competency"),
        ),
    )
    op.create_table(
        "shortlists",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("position_id", ID, nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("known_at", INSTANT, nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("policy", DOCUMENT, nullable=False),
        sa.Column("position", DOCUMENT, nullable=False),
        sa.Column("row_limit", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("stopped_because", sa.String(), nullable=False),
        sa.Column("asked_by_user_id", ID, nullable=True),
        sa.Column("asked_by_api_key_id", ID, nullable=True),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("superseded_by_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "trigger IN ('position_opened', 'position_reopened', 'hire_withdrew', 'offer_declined', 'requested', 'requirements_changed')",
            name=op.f("ck_shortlists_trigger"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "position_id"],
            ["positions.organization_id", "positions.id"],
            name=op.f("fk_shortlists_organization_id_position_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_shortlists_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shortlists")),
    )
    op.create_index(
        op.f("ix_shortlists_organization_id_position_id_id"),
        "shortlists",
        ["organization_id", "position_id", "id"],
        unique=False,
    )
    op.create_table(
        "user_addresses",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_user_addresses_organization_id_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_user_addresses_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "address", name=op.f("pk_user_addresses")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_user_addresses_organization_id_user_id"),
        "user_addresses",
        ["organization_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "applications",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("position_id", ID, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("applied_at", INSTANT, nullable=True),
        sa.Column("furthest_stage", sa.String(), nullable=True),
        sa.Column("is_finalist", sa.Boolean(), nullable=False),
        sa.Column("hired_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("withdrawal_reason", sa.String(), nullable=True),
        sa.Column("offer_declined_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'rejected', 'withdrawn', 'hired')",
            name=op.f("ck_applications_status"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_applications_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "position_id"],
            ["positions.organization_id", "positions.id"],
            name=op.f("fk_applications_organization_id_position_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_applications_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_applications")),
    )
    op.create_index(
        op.f("ix_applications_organization_id_candidate_id"),
        "applications",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_applications_organization_id_position_id_status"),
        "applications",
        ["organization_id", "position_id", "status"],
        unique=False,
    )
    op.create_index(
        op.f("ix_applications_organization_id_status_candidate_id"),
        "applications",
        ["organization_id", "status", "candidate_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_applications_organization_id_status_id"),
        "applications",
        ["organization_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_applications_organization_id_updated_at_id"),
        "applications",
        ["organization_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_applications_one_active",
        "applications",
        ["organization_id", "candidate_id", "position_id"],
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
        sqlite_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "candidate_competencies",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "source IN ('declared', 'assessed')", name=op.f("ck_candidate_competencies_source")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_candidate_competencies_level")),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_candidate_competencies_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_candidate_competencies_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_candidate_competencies")),
        sa.UniqueConstraint(
            "organization_id",
            "candidate_id",
            "competency",
            "source",
            name=op.f("uq_candidate_competencies_organization_id_candidate_id_competency_source"),
        ),
    )
    op.create_table(
        "candidate_emails",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_candidate_emails_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_candidate_emails_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_candidate_emails")),
        sa.UniqueConstraint(
            "organization_id",
            "candidate_id",
            "folded",
            name=op.f("uq_candidate_emails_organization_id_candidate_id_folded"),
        ),
    )
    op.create_index(
        op.f("ix_candidate_emails_organization_id_folded"),
        "candidate_emails",
        ["organization_id", "folded"],
        unique=False,
    )
    op.create_table(
        "candidate_phones",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_candidate_phones_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_candidate_phones_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_candidate_phones")),
    )
    op.create_index(
        op.f("ix_candidate_phones_organization_id_candidate_id"),
        "candidate_phones",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_table(
        "candidate_tags",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_candidate_tags_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_candidate_tags_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "candidate_id", "tag", name=op.f("pk_candidate_tags")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_candidate_tags_organization_id_tag_candidate_id"),
        "candidate_tags",
        ["organization_id", "tag", "candidate_id"],
        unique=False,
    )
    op.create_table(
        "consents",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("granted_at", INSTANT, nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("notice_version", sa.String(), nullable=True),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "basis IN ('consent', 'legitimate_interest', 'candidate_initiated', 'unknown')",
            name=op.f("ck_consents_basis"),
        ),
        sa.CheckConstraint(
            "purpose IN ('store', 'contact', 'rank')", name=op.f("ck_consents_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_consents_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_consents_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "organization_id",
            "candidate_id",
            "purpose",
            name=op.f("uq_consents_organization_id_candidate_id_purpose"),
        ),
    )
    op.create_table(
        "follow_ups",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("automated", sa.String(), nullable=True),
        sa.Column("dating", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("in_reply_to", sa.String(), nullable=True),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("fingerprint", sa.String(), nullable=True),
        sa.Column("captured_by_user_id", ID, nullable=True),
        sa.Column("private_note", sa.String(), nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'call', 'voicemail', 'letter', 'meeting', 'message', 'form')",
            name=op.f("ck_follow_ups_channel"),
        ),
        sa.CheckConstraint(
            "direction IN ('inbound', 'outbound')", name=op.f("ck_follow_ups_direction")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_follow_ups_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "captured_by_user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_follow_ups_organization_id_captured_by_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_follow_ups_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_follow_ups")),
    )
    op.create_index(
        op.f("ix_follow_ups_organization_id_candidate_id_occurred_at_id"),
        "follow_ups",
        ["organization_id", "candidate_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_follow_ups_organization_id_fingerprint"),
        "follow_ups",
        ["organization_id", "fingerprint"],
        unique=False,
    )
    op.create_index(
        op.f("ix_follow_ups_organization_id_updated_at_id"),
        "follow_ups",
        ["organization_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_follow_ups_message",
        "follow_ups",
        ["organization_id", "message_id", "candidate_id"],
        unique=True,
        postgresql_where=sa.text("message_id IS NOT NULL AND deleted_at IS NULL"),
        sqlite_where=sa.text("message_id IS NOT NULL AND deleted_at IS NULL"),
    )
    op.create_table(
        "pauses",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("effective_at", INSTANT, nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_pauses_days")),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_pauses_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_pauses_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_pauses")),
    )
    op.create_index(
        op.f("ix_pauses_organization_id_candidate_id"),
        "pauses",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_table(
        "persistence_periods",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("policy_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("touch", sa.Double(), nullable=False),
        sa.Column("advice", sa.Double(), nullable=False),
        sa.Column("milestone", sa.Double(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_persistence_periods_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_persistence_periods_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "candidate_id",
            "policy_version",
            "period",
            name=op.f("pk_persistence_periods"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ranking_levels",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("policy_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("competency", sa.String(), nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("momentum", sa.Double(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_ranking_levels_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_ranking_levels_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "policy_version",
            "competency",
            "candidate_id",
            name=op.f("pk_ranking_levels"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ranking_levels_order",
        "ranking_levels",
        ["organization_id", "policy_version", "competency", "momentum", "candidate_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ranking_levels_organization_id_candidate_id"),
        "ranking_levels",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_table(
        "ranking_rows",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("policy_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("momentum", sa.Double(), nullable=True),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_ranking_rows_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_ranking_rows_organization_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "policy_version", "candidate_id", name=op.f("pk_ranking_rows")
        ),
    )
    op.create_index(
        "ix_ranking_rows_order",
        "ranking_rows",
        ["organization_id", "policy_version", "momentum", "candidate_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ranking_rows_organization_id_candidate_id"),
        "ranking_rows",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_table(
        "shortlist_entries",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("shortlist_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("match", sa.Double(), nullable=True),
        sa.Column("persistence", sa.Double(), nullable=True),
        sa.Column("momentum", sa.Double(), nullable=True),
        sa.Column("fit", sa.Double(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("inputs", sa.String(), nullable=False),
        sa.Column("shown", DOCUMENT, nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by_user_id", ID, nullable=True),
        sa.CheckConstraint(
            "decision IN ('invited', 'passed_over')", name=op.f("ck_shortlist_entries_decision")
        ),
        sa.CheckConstraint(
            "section IN ('entries', 'to_check', 'quiet')", name=op.f("ck_shortlist_entries_section")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "shortlist_id"],
            ["shortlists.organization_id", "shortlists.id"],
            name=op.f("fk_shortlist_entries_organization_id_shortlist_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_shortlist_entries_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shortlist_entries")),
        sa.UniqueConstraint(
            "organization_id",
            "shortlist_id",
            "candidate_id",
            name=op.f("uq_shortlist_entries_organization_id_shortlist_id_candidate_id"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "shortlist_id",
            "section",
            "rank",
            name=op.f("uq_shortlist_entries_organization_id_shortlist_id_section_rank"),
        ),
    )
    op.create_index(
        op.f("ix_shortlist_entries_organization_id_candidate_id"),
        "shortlist_entries",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_table(
        "follow_up_attachments",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("follow_up_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(), nullable=True),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "follow_up_id"],
            ["follow_ups.organization_id", "follow_ups.id"],
            name=op.f("fk_follow_up_attachments_organization_id_follow_up_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_follow_up_attachments_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_follow_up_attachments")),
        sa.UniqueConstraint(
            "organization_id",
            "follow_up_id",
            "position",
            name=op.f("uq_follow_up_attachments_organization_id_follow_up_id_position"),
        ),
    )
    op.create_table(
        "intake_messages",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("dating", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("from_address", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("excerpt", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("candidate_id", ID, nullable=True),
        sa.Column("follow_up_id", ID, nullable=True),
        sa.Column("submitted_by_user_id", ID, nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("dating IN ('live', 'trusted')", name=op.f("ck_intake_messages_dating")),
        sa.CheckConstraint(
            "outcome IN ('follow_up', 'duplicate', 'unassigned', 'automated', 'internal', 'discarded')",
            name=op.f("ck_intake_messages_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_intake_messages_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "follow_up_id"],
            ["follow_ups.organization_id", "follow_ups.id"],
            name=op.f("fk_intake_messages_organization_id_follow_up_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_intake_messages_organization_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_intake_messages")),
        sa.UniqueConstraint(
            "organization_id", "digest", name=op.f("uq_intake_messages_organization_id_digest")
        ),
    )
    op.create_index(
        op.f("ix_intake_messages_organization_id_follow_up_id"),
        "intake_messages",
        ["organization_id", "follow_up_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_intake_messages_organization_id_message_id"),
        "intake_messages",
        ["organization_id", "message_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_intake_messages_organization_id_outcome_id"),
        "intake_messages",
        ["organization_id", "outcome", "id"],
        unique=False,
    )
    op.create_table(
        "openings",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("position_id", ID, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("application_id", ID, nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(status = 'filled') = (application_id IS NOT NULL)", name=op.f("ck_openings_filled")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'filled', 'closed')", name=op.f("ck_openings_status")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "application_id"],
            ["applications.organization_id", "applications.id"],
            name=op.f("fk_openings_organization_id_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "position_id"],
            ["positions.organization_id", "positions.id"],
            name=op.f("fk_openings_organization_id_position_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_openings_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_openings")),
        sa.UniqueConstraint(
            "organization_id",
            "application_id",
            name=op.f("uq_openings_organization_id_application_id"),
        ),
    )
    op.create_index(
        op.f("ix_openings_organization_id_position_id"),
        "openings",
        ["organization_id", "position_id"],
        unique=False,
    )
    op.create_table(
        "rejections",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("rejected_at", INSTANT, nullable=False),
        sa.Column("rejection_reason_id", ID, nullable=True),
        sa.Column("details", sa.String(), nullable=True),
        sa.Column("decided_by_user_id", ID, nullable=True),
        sa.Column("decided_by_name", sa.String(), nullable=True),
        sa.Column("never_reconsider", sa.Boolean(), nullable=False),
        sa.Column("reconsider_on", sa.Date(), nullable=True),
        sa.Column("preferred_channel", sa.String(), nullable=True),
        sa.Column("follow_ups_invited", sa.String(), nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "follow_ups_invited IN ('yes', 'no', 'unknown')",
            name=op.f("ck_rejections_follow_ups_invited"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "application_id"],
            ["applications.organization_id", "applications.id"],
            name=op.f("fk_rejections_organization_id_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_rejections_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "decided_by_user_id"],
            ["users.organization_id", "users.id"],
            name=op.f("fk_rejections_organization_id_decided_by_user_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "rejection_reason_id"],
            ["rejection_reasons.organization_id", "rejection_reasons.id"],
            name=op.f("fk_rejections_organization_id_rejection_reason_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_rejections_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_rejections")),
    )
    op.create_index(
        op.f("ix_rejections_organization_id_candidate_id"),
        "rejections",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_index(
        "uq_rejections_one_standing",
        "rejections",
        ["organization_id", "application_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
        sqlite_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "advice",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("rejection_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("competency", sa.String(), nullable=True),
        sa.Column("target_level", sa.Integer(), nullable=True),
        sa.Column("evidence_expected", sa.String(), nullable=True),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("given_by_user_id", ID, nullable=True),
        sa.Column("given_by_name", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'in_progress', 'reported', 'confirmed', 'withdrawn')",
            name=op.f("ck_advice_state"),
        ),
        sa.CheckConstraint("target_level BETWEEN 1 AND 5", name=op.f("ck_advice_target_level")),
        sa.ForeignKeyConstraint(
            ["organization_id", "application_id"],
            ["applications.organization_id", "applications.id"],
            name=op.f("fk_advice_organization_id_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_advice_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "rejection_id"],
            ["rejections.organization_id", "rejections.id"],
            name=op.f("fk_advice_organization_id_rejection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_advice_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_advice")),
        sa.UniqueConstraint(
            "organization_id",
            "rejection_id",
            "number",
            name=op.f("uq_advice_organization_id_rejection_id_number"),
        ),
    )
    op.create_index(
        op.f("ix_advice_organization_id_candidate_id"),
        "advice",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_table(
        "follow_up_advice",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("follow_up_id", ID, nullable=False),
        sa.Column("advice_id", ID, nullable=False),
        sa.Column("linked_by_user_id", ID, nullable=True),
        sa.Column("linked_by_api_key_id", ID, nullable=True),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "advice_id"],
            ["advice.organization_id", "advice.id"],
            name=op.f("fk_follow_up_advice_organization_id_advice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "follow_up_id"],
            ["follow_ups.organization_id", "follow_ups.id"],
            name=op.f("fk_follow_up_advice_organization_id_follow_up_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_follow_up_advice_organization_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "follow_up_id", "advice_id", name=op.f("pk_follow_up_advice")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_follow_up_advice_organization_id_advice_id"),
        "follow_up_advice",
        ["organization_id", "advice_id"],
        unique=False,
    )
    op.create_table(
        "milestones",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("candidate_id", ID, nullable=False),
        sa.Column("follow_up_id", ID, nullable=False),
        sa.Column("advice_id", ID, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("achieved_on", sa.Date(), nullable=True),
        sa.Column("quote", sa.String(), nullable=True),
        sa.Column("evidence_url", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_at", INSTANT, nullable=False),
        sa.Column("status_by_user_id", ID, nullable=True),
        sa.CheckConstraint(
            "kind IN ('job', 'promotion', 'grade', 'award', 'association', 'course', 'book', 'other')",
            name=op.f("ck_milestones_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('reported', 'confirmed', 'refuted')", name=op.f("ck_milestones_status")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "advice_id"],
            ["advice.organization_id", "advice.id"],
            name=op.f("fk_milestones_organization_id_advice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "candidate_id"],
            ["candidates.organization_id", "candidates.id"],
            name=op.f("fk_milestones_organization_id_candidate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "follow_up_id"],
            ["follow_ups.organization_id", "follow_ups.id"],
            name=op.f("fk_milestones_organization_id_follow_up_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_milestones_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_milestones")),
    )
    op.create_index(
        op.f("ix_milestones_organization_id_candidate_id"),
        "milestones",
        ["organization_id", "candidate_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_milestones_organization_id_follow_up_id"),
        "milestones",
        ["organization_id", "follow_up_id"],
        unique=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        _raise_the_wall()


def _raise_the_wall() -> None:
    raise_wall(*TENANT)
    for table in GLOBAL:
        let_work_on(table)
    role = context.config.attributes["service_role"]
    op.execute(f'GRANT SELECT ON alembic_version TO "{role}"')


def downgrade() -> None:
    """Drop everything."""
    for table in (*reversed(TENANT), "outbox", "logins", "key_lookups", "organizations"):
        op.drop_table(table)
