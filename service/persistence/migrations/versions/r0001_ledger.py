"""The ledger: accounts, observations, decisions, changes, confirmed budgets.

Revision: r0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

_STATES = ("planned", "reserved", "sent", "applied", "void", "superseded", "refused", "abandoned")
_UNSETTLED = sa.text("state NOT IN ('abandoned', 'applied', 'refused', 'superseded', 'void')")


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "account",
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("currency", AutoString(), nullable=False),
        sa.Column("minor_per_major", sa.Integer(), nullable=False),
        sa.Column("time_zone", AutoString(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("mode", AutoString(), nullable=False),
        sa.Column("daily_budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("onboarded_at", UTCDateTime(), nullable=False),
        sa.Column("problem", AutoString(), nullable=True),
        sa.Column("problem_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("mode IN ('shadow', 'live')", name=op.f("ck_account_mode")),
        sa.CheckConstraint("daily_budget_minor >= 0", name=op.f("ck_account_daily_budget_minor")),
        sa.CheckConstraint("minor_per_major >= 1", name=op.f("ck_account_minor_per_major")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_table(
        "observation",
        sa.Column("digest", AutoString(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_observation")),
    )
    op.create_table(
        "confirmed_budget",
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("ad_set_id", AutoString(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=False),
        sa.Column("read_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("budget_minor >= 0", name=op.f("ck_confirmed_budget_budget_minor")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_confirmed_budget_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", "ad_set_id", name=op.f("pk_confirmed_budget")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mode", AutoString(), nullable=False),
        sa.Column("observation_digest", AutoString(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("mode IN ('shadow', 'live')", name=op.f("ck_decision_mode")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_decision_account_id_account")),
        sa.ForeignKeyConstraint(
            ["observation_digest"], ["observation.digest"], name=op.f("fk_decision_observation_digest_observation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint("account_id", "day", name=op.f("uq_decision_account_id")),
    )
    op.create_table(
        "change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ad_set_id", AutoString(), nullable=False),
        sa.Column("from_minor", sa.BigInteger(), nullable=False),
        sa.Column("to_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("deadline_at", UTCDateTime(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("verified_minor", sa.BigInteger(), nullable=True),
        sa.Column("message", AutoString(), nullable=False),
        sa.Column("receipt_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name=op.f("ck_change_sent_at")),
        sa.CheckConstraint(f"state IN ({', '.join(map(repr, _STATES))})", name=op.f("ck_change_state")),
        sa.CheckConstraint("from_minor >= 0", name=op.f("ck_change_from_minor")),
        sa.CheckConstraint("to_minor >= 0", name=op.f("ck_change_to_minor")),
        sa.CheckConstraint("verified_minor IS NULL OR verified_minor >= 0", name=op.f("ck_change_verified_minor")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_change_account_id_account")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_change_decision_id_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sa.UniqueConstraint("decision_id", "ad_set_id", name=op.f("uq_change_decision_id")),
    )
    op.create_index(
        "ix_change_unsettled",
        "change",
        ["account_id"],
        unique=False,
        sqlite_where=_UNSETTLED,
        postgresql_where=_UNSETTLED,
    )


def downgrade() -> None:
    """Take the revision back."""
    op.drop_table("change")
    op.drop_table("decision")
    op.drop_table("confirmed_budget")
    op.drop_table("observation")
    op.drop_table("account")
