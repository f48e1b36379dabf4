"""Two cards that both pay are seen by the auditor."""

from pathlib import Path

import pytest

from dev.stack.stack import Stack
from tests.support.audits import await_violations
from tests.support.card_events import CardHolders
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

VIOLATED = {
    "the_provider_holds_what_the_books_say",
    "the_clearing_account_is_what_the_provider_holds",
    "at_most_one_charge_is_unrefunded",
    "every_charge_of_the_provider_is_in_the_books",
}


def test_a_charge_that_is_not_closed_pays_as_well(tmp_path: Path) -> None:
    bug = "tests.verification.bugs.webhooks:leave_the_former_charge_open"
    with Stack(tmp_path, worker=f"-m tests.verification.bugs.worker {bug}") as stack:
        shop = Shop(stack)
        payment = shop.payment(shop.customer("pm_card_authenticationRequired"))
        shop.await_payment(payment, "awaiting_card")
        [first] = shop.charges(payment)
        shop.put(f"/payments/{payment}/card", payment_method="pm_card_visa")
        shop.await_payment(payment, "received")

        assert CardHolders(stack.cards_url).authenticate(first["id"]).is_success
        shop.http.close()
        await_violations(stack, VIOLATED, lambda violation: violation.rule)
