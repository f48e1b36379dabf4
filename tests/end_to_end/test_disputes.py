"""A cardholder disputes a charge, or the bank suspects fraud, long after the order is fulfilled."""

import subprocess
import sys
from typing import Any

import pytest

from tests.support.audits import assert_consistent
from tests.support.card_events import CardHolders
from tests.support.processes import REPOSITORY, eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof


def open_ones(shop: Shop, payment: str) -> list[dict[str, Any]]:
    """What operators see of the payment's open disputes and warnings."""
    shown = shop.get("/operations")["disputes"]["disputes"]
    return [one for one in shown if one["payment_id"] == payment]


def await_status(shop: Shop, payment: str, id: str, status: str) -> dict[str, Any]:
    """Wait until operators see it so, and return it."""

    def seen() -> bool:
        return any((one["id"], one["status"]) == (id, status) for one in open_ones(shop, payment))

    eventually(seen, f"{id} is {status}", TIMEOUT_SECONDS)
    return next(one for one in open_ones(shop, payment) if one["id"] == id)


def audited(shop: Shop) -> list[str]:
    """The lines that the audit prints of disputes; nothing is wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "verification.audit", "--mailbox", shop.stack.mailbox_url],
        cwd=REPOSITORY,
        env=shop.stack.client_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("disputed: ")]


def test_a_fulfilled_order_is_disputed_and_the_dispute_is_lost(shop: Shop) -> None:
    people = CardHolders(shop.stack.cards_url)
    people.webhooks(copies=2, reorder=True)
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "fulfilled")
    events = shop.payment_events(order)
    [charge] = shop.charges(order)

    warning = people.warn(charge["id"])
    shown = await_status(shop, order, warning, "actionable")
    assert (shown["kind"], shown["order_id"]) == ("early_fraud_warning", order)
    assert (shown["amount"], shown["reason"]) == (None, "misc")

    dispute = people.dispute(charge["id"], "needs_response")
    shown = await_status(shop, order, dispute, "needs_response")
    assert (shown["kind"], shown["amount"], shown["currency"]) == ("dispute", 2500, "EUR")
    assert (shown["charge_id"], shown["reason"]) == (charge["id"], "fraudulent")
    [line] = [one for one in audited(shop) if dispute in one]
    assert line == (
        f"disputed: payment {order}: dispute {dispute} is needs_response (fraudulent, 2500 EUR)"
    )

    people.dispute(charge["id"], "under_review")
    await_status(shop, order, dispute, "under_review")
    people.dispute(charge["id"], "lost")
    eventually(
        lambda: dispute not in {one["id"] for one in open_ones(shop, order)},
        "the dispute is closed",
        TIMEOUT_SECONDS,
    )
    people.webhooks()
    [line] = [one for one in audited(shop) if dispute in one]
    assert f"{dispute} is lost" in line
    # It changes neither the order nor what the books hold.
    assert shop.payment_events(order) == events
    assert shop.see_order(order)["status"] == "fulfilled"
    assert_consistent(shop.stack)
