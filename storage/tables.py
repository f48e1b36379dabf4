"""The tables, for SQLite and PostgreSQL. Amounts are integer cents, moments are UTC."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    true,
)

from storage import partial_indexes
from storage.moment import Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def owned_by(owner: str | None, customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a row belongs to the `owner`; None owns all rows."""
    return true() if owner is None else customer_id == owner


customers = Table(
    "customers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("payment_method", Text),
    Column("card", JSON(none_as_null=True)),
    Column("card_given_at", Moment),
    Column("fingerprint", Text),
    Column("provider_customer", Text),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("overdraft", Boolean, nullable=False),
    CheckConstraint("overdraft OR balance >= 0", name="covered"),
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("debit_account", String(80), ForeignKey("accounts.id"), nullable=False),
    Column("credit_account", String(80), ForeignKey("accounts.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("amount > 0", name="positive"),
    CheckConstraint("debit_account <> credit_account", name="two_accounts"),
    Index(None, "debit_account"),
    Index(None, "credit_account"),
)

products = Table(
    "products",
    metadata,
    Column("sku", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("stock", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("supplied", BigInteger, nullable=False),
    CheckConstraint("stock >= 0", name="not_negative"),
)

reservations = Table(
    "reservations",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("sku", String(64), ForeignKey("products.sku"), primary_key=True),
    Column("quantity", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    CheckConstraint("quantity > 0", name="positive"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customers.id"), nullable=False),
    Column("policy", String(32), nullable=False),
    Column("steps", JSON(none_as_null=True)),
    Column("status", String(32), nullable=False),
    Column("reason", String(32)),
    Column("lines", JSON, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("shipment", JSON(none_as_null=True)),
    Column("placed_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "placed_at", "id"),
    Index(None, "customer_id", "placed_at"),
    Index(None, "status", "placed_at"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("reference", String(200), nullable=False),
    Column("customer_id", String(64), ForeignKey("customers.id"), nullable=False),
    Column("status", String(32), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("withdrawn", BigInteger, nullable=False),
    Column("charged", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("terms", JSON, nullable=False),
    Column("failure", JSON(none_as_null=True)),
    Column("waiting_since", Moment),
    Column("deadline", Moment),
    Column("reminders_sent", Integer, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint("withdrawn >= 0 AND charged >= 0 AND refunded >= 0", name="not_negative"),
    CheckConstraint("withdrawn + charged + refunded <= amount", name="no_more_than_asked"),
    Index(None, "customer_id", "status"),
    Index(None, "status", "deadline", "id"),
    partial_indexes.DECLINED_PAYMENTS,
)

charges = Table(
    "charges",
    metadata,
    Column("payment_id", String(64), ForeignKey("payments.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("payment_method", Text),
    Column("asked_at", Moment, nullable=False),
    Column("key_number", Integer, nullable=False),
    Column("key_until", Moment, nullable=False),
    Column("charge_id", Text),
    Column("failure", JSON(none_as_null=True)),
    Column("provider_customer", Text),
    Column("on_session", Boolean),
    Column("fingerprint", Text),
    Column("brand", Text),
    Column("requests_sent", Integer, nullable=False, server_default="1"),
    CheckConstraint("amount > 0", name="positive"),
    Index(None, "charge_id"),
    Index(None, "fingerprint", "asked_at"),
)

open_charges = Table(
    "open_charges",
    metadata,
    Column("payment_id", String(64), ForeignKey("payments.id"), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("open_id", Text, nullable=False),
    Index(None, "open_id"),
)

refunds = Table(
    "refunds",
    metadata,
    Column("payment_id", String(64), ForeignKey("payments.id"), primary_key=True),
    Column("reference", String(200), primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("to_card", BigInteger, nullable=False),
    Column("to_account", BigInteger, nullable=False),
    Column("status", String(32), nullable=False),
    Column("provider_id", Text),
    Column("failure", Text),
    Column("settled_reason", Text),
    Column("recorded", Boolean, nullable=False),
    Column("credited", Boolean, nullable=False),
    Column("replaced_by", String(200)),
    Column("requested_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    CheckConstraint("amount > 0", name="positive"),
    CheckConstraint("to_card >= 0 AND to_account >= 0", name="not_negative"),
    Index(None, "provider_id"),
    Index(None, "status", "requested_at"),
)

disputes = Table(
    "disputes",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("payment_id", String(64)),
    Column("charge_id", Text, nullable=False),
    Column("amount", BigInteger),
    Column("currency", String(3)),
    Column("reason", Text),
    Column("status", String(32), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "payment_id"),
    partial_indexes.OPEN_DISPUTES,
)
"""Disputes and early fraud warnings; `payment_id` is null if the charge is not one of ours,
`amount` and `currency` those of a warning."""

provider_events = Table(
    "provider_events",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("type", String(80), nullable=False),
    Column("payment_id", String(64)),
    Column("at", Moment, nullable=False),
)
"""The card provider's events that were handled; `payment_id` is null if they affect no payment."""

card_updates = Table(
    "card_updates",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customers.id"), nullable=False),
    Column("payment_id", String(64)),
    Column("at", Moment, nullable=False),
    Column("charges", Integer),
    Column("pending_card", Text),
    Index(None, "customer_id", "at"),
)
"""The card updates of the last day; without a `payment_id` if the card is for all payments of the
customer. No foreign key: a new payment may have no row yet. `charges` is how many it may cause,
null in rows of older releases; `pending_card` is that of an update longer than its request.
"""

admissions = Table(
    "admissions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("customer_id", String(64), ForeignKey("customers.id"), nullable=False),
    Column("pieces", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "customer_id"),
)
"""Accepted orders and payments that may have no row yet; the pieces an order holds unpaid."""

events = Table(
    "events",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("key", String(80), nullable=False),
    Column("type", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("data", JSON, nullable=False),
    Index(None, "stream", "key", unique=True),
)

mails = Table(
    "mails",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("customer_id", String(64), ForeignKey("customers.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("sent_at", Moment),
    Column("refused_at", Moment),
    Column("obsolete_at", Moment),
    Column("reason", Text),
    Column("deferred_at", Moment),
    Index(None, "due_at", "queued_at", "id"),
    Index(None, "customer_id"),
    Index(None, "refused_at"),
)
"""`deferred_at` is since when something about this mail alone keeps it from being sent."""

scan_positions = Table(
    "scan_positions",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("stream", String(80), nullable=False),
    Column("sequence", Integer, nullable=False),
)
"""The last event that a search of all events has seen."""

restores = Table("restores", metadata, Column("at", Moment, primary_key=True))
"""When the database was restored from a backup, or Temporal's was."""
