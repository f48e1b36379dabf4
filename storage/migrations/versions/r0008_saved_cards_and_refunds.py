"""Customers at the card provider, how a charge was requested, refunds and disputes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Migrate to this revision. Charges requested before keep NULL: without a customer."""
    op.add_column("customers", sa.Column("fingerprint", sa.Text()))
    op.add_column("customers", sa.Column("provider_customer", sa.Text()))
    op.add_column("charges", sa.Column("provider_customer", sa.Text()))
    op.add_column("charges", sa.Column("on_session", sa.Boolean()))
    op.add_column("charges", sa.Column("fingerprint", sa.Text()))
    op.add_column(
        "charges", sa.Column("requests_sent", sa.Integer(), nullable=False, server_default="1")
    )
    op.create_index(op.f("ix_charges_fingerprint_asked_at"), "charges", ["fingerprint", "asked_at"])
    _create_refunds()
    _create_disputes()


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_table("disputes")
    op.drop_table("refunds")
    op.drop_index(op.f("ix_charges_fingerprint_asked_at"), "charges")
    op.drop_column("charges", "requests_sent")
    op.drop_column("charges", "fingerprint")
    op.drop_column("charges", "on_session")
    op.drop_column("charges", "provider_customer")
    op.drop_column("customers", "provider_customer")
    op.drop_column("customers", "fingerprint")


def _create_refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("payment_id", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("to_card", sa.BigInteger(), nullable=False),
        sa.Column("to_account", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("provider_id", sa.Text()),
        sa.Column("failure", sa.Text()),
        sa.Column("settled_reason", sa.Text()),
        sa.Column("recorded", sa.Boolean(), nullable=False),
        sa.Column("credited", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", sa.String(200)),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_positive")),
        sa.CheckConstraint(
            "to_card >= 0 AND to_account >= 0", name=op.f("ck_refunds_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", "reference", name=op.f("pk_refunds")),
    )
    op.create_index(op.f("ix_refunds_provider_id"), "refunds", ["provider_id"])
    op.create_index(op.f("ix_refunds_status_requested_at"), "refunds", ["status", "requested_at"])


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("payment_id", sa.String(64)),
        sa.Column("charge_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("currency", sa.String(3)),
        sa.Column("reason", sa.Text()),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"])
