"""The tables, and how those of earlier releases become these."""

import json
from dataclasses import asdict

from dev.simulators.cards.tokens import CARDS
from dev.simulators.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS customers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    email TEXT,
    name TEXT,
    description TEXT,
    metadata TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deleted_customers (id TEXT PRIMARY KEY REFERENCES customers (id));
CREATE TABLE IF NOT EXISTS payment_methods (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    token TEXT NOT NULL,
    customer TEXT REFERENCES customers (id),
    spent INTEGER NOT NULL DEFAULT 0,
    set_up INTEGER NOT NULL DEFAULT 0,
    declines TEXT,
    metadata TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS payment_methods_customer ON payment_methods (customer);
CREATE TABLE IF NOT EXISTS payment_intents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    status TEXT NOT NULL,
    charge TEXT NOT NULL,
    metadata TEXT NOT NULL,
    failure TEXT,
    customer TEXT,
    setup_future_usage TEXT,
    cancellation_reason TEXT
);
CREATE INDEX IF NOT EXISTS payment_intents_of_payment
    ON payment_intents (json_extract(metadata, '$."payment"') COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS payment_intents_charge ON payment_intents (charge);
CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    intent TEXT NOT NULL REFERENCES payment_intents (id),
    reason TEXT,
    metadata TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'succeeded',
    failure_reason TEXT
);
CREATE INDEX IF NOT EXISTS refunds_intent ON refunds (intent);
CREATE TABLE IF NOT EXISTS disputes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    intent TEXT NOT NULL REFERENCES payment_intents (id),
    reason TEXT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS disputes_intent ON disputes (intent);
CREATE TABLE IF NOT EXISTS fraud_warnings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    intent TEXT NOT NULL REFERENCES payment_intents (id),
    fraud_type TEXT NOT NULL
);
"""

_ADDED = {
    "payment_intents": {
        "customer": "TEXT",
        "setup_future_usage": "TEXT",
        "cancellation_reason": "TEXT",
    },
    "refunds": {"status": "TEXT NOT NULL DEFAULT 'succeeded'", "failure_reason": "TEXT"},
}
"""Columns that earlier releases lacked."""


def migrate(database: Database) -> None:
    """Take over what earlier releases stored; `database` has `SCHEMA`."""
    with database.transaction():
        if database.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'intents'"):
            _take_over_intents(database)
        for table, columns in _ADDED.items():
            present = {row["name"] for row in database.all(f"PRAGMA table_info({table})")}
            for name, definition in columns.items():
                if name not in present:
                    database.execute(f"ALTER TABLE {table} ADD COLUMN {name} {definition}")
        # A test token was the id of its PaymentMethod, and could be used again and again.
        database.execute(
            "INSERT OR IGNORE INTO payment_methods (id, created, token, spent)"
            " SELECT payment_method, min(created), payment_method, 1 FROM payment_intents"
            r" WHERE payment_method LIKE 'pm\_card\_%' ESCAPE '\' GROUP BY payment_method"
        )


def _take_over_intents(database: Database) -> None:
    """The first release stored no failures; they follow from the card."""
    columns = "seq, id, created, amount, currency, payment_method, status, charge, metadata"
    database.execute(f"INSERT INTO payment_intents ({columns}) SELECT {columns} FROM intents")  # noqa: S608
    for token, card in CARDS.items():
        if card.decline:
            database.execute(
                "UPDATE payment_intents SET failure = ? WHERE payment_method = ?",
                json.dumps(asdict(card.decline)),
                token,
            )
    database.execute("DROP TABLE intents")
