"""The card provider's database outlives upgrades."""

import sqlite3
from pathlib import Path

import pytest

from tests.support import simulators
from tests.support.stripe_account import Account, decline, refusal

FIRST = """
CREATE TABLE intents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, payment_method TEXT NOT NULL,
    status TEXT NOT NULL, charge TEXT NOT NULL, metadata TEXT NOT NULL
);
"""
"""Tables of the first release, which knew no failures."""

SECOND = """
CREATE TABLE payment_intents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), currency TEXT NOT NULL,
    payment_method TEXT NOT NULL, status TEXT NOT NULL, charge TEXT NOT NULL,
    metadata TEXT NOT NULL, failure TEXT
);
CREATE INDEX payment_intents_payment
    ON payment_intents (json_extract(metadata, '$."payment"'));
"""
"""Tables of the release in which a test token was the id of its PaymentMethod."""

REFUNDS = """
CREATE TABLE refunds (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), intent TEXT NOT NULL, reason TEXT,
    metadata TEXT NOT NULL
);
INSERT INTO refunds VALUES (1, 're_old', 1700000000, 500, 'pi_paid', NULL, '{}');
"""

PAID = (
    "'pi_paid', 1700000000, 2500, 'eur', 'pm_card_visa', 'succeeded', 'ch_1',"
    """ '{"payment": "p"}'"""
)
FAILED = (
    "'pi_failed', 1700000000, 2500, 'eur', 'pm_card_authenticationRequired',"
    " 'requires_payment_method', 'ch_2', '{}'"
)
FAILURE = (
    '{"code": "authentication_required", "decline_code": "authentication_required",'
    ' "message": "Your card was declined."}'
)


OLD_ROWS = f"(1, {PAID}, NULL), (2, {FAILED}, '{FAILURE}')"


@pytest.mark.parametrize(
    "script",
    [
        f"{FIRST} INSERT INTO intents VALUES (1, {PAID}); {REFUNDS}",
        f"{SECOND} INSERT INTO payment_intents VALUES {OLD_ROWS}; {REFUNDS}",
    ],
    ids=["first release", "tokens as ids"],
)
def test_databases_of_earlier_releases_open(tmp_path: Path, script: str) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as database:
        database.executescript(script)
    database.close()
    for _ in range(2):
        with simulators.cards(path) as simulator:
            account = Account(simulator.url)
            intent = account.intent("pi_paid")
            assert (intent.amount_received, intent.customer) == (2500, None)
            assert account.charge_of("pi_paid").amount_refunded == 500
            query = "metadata['payment']:'p'"
            found = account.api.payment_intents.search({"query": query}).data
            assert [one.id for one in found] == ["pi_paid"]
            assert account.api.refunds.retrieve("re_old").status == "succeeded"
            if "pi_failed" in script:
                account.switch("_customers/pi_failed", authenticates=False)
                failed = account.intent("pi_failed")
                assert failed.last_payment_error
                assert failed.last_payment_error.payment_method
            assert account.charge().status == "succeeded"


def test_the_first_release_followed_failures_from_the_card(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    declined = PAID.replace("pm_card_visa", "pm_card_chargeDeclinedLostCard").replace(
        "succeeded", "requires_payment_method"
    )
    with sqlite3.connect(path) as database:
        database.executescript(f"{FIRST} INSERT INTO intents VALUES (1, {declined});")
    database.close()
    with simulators.cards(path) as simulator:
        intent = Account(simulator.url).intent("pi_paid")
    assert intent.last_payment_error
    assert intent.last_payment_error.decline_code == "lost_card"


def test_saved_cards_outlive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with simulators.cards(path) as simulator:
        account = Account(simulator.url)
        customer = account.customer()
        card, spent = account.saved_card(customer), account.card()
        account.charge(spent)
        account.switch(f"_cards/{card}", declines="lost_card")
        simulator.process.kill()
    with simulators.cards(path) as simulator:
        account = Account(simulator.url)
        error = decline(refusal(lambda: account.charge_off_session(customer, card)))
        assert error["decline_code"] == "lost_card"
        assert refusal(lambda: account.charge(spent)).http_status == 400
