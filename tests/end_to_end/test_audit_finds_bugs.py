"""A system with bugs plays orders that end as they should; the auditor sees what became of them."""

from pathlib import Path

import pytest

from dev.stack.stack import Stack
from tests.support.audits import await_violations
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof

BUGS = (
    "tests.verification.bugs.charges:refund_on_paper",
    "tests.verification.bugs.charges:leave_less_than_a_card_can_pay",
    "tests.verification.bugs.charges:keep_the_goods",
    "tests.verification.bugs.declines:try_a_stolen_card_again",
    "tests.verification.bugs.notifications:notify_nobody",
    "tests.verification.bugs.notifications:ship_on_paper",
)

STOLEN = "pm_card_chargeDeclinedStolenCard"


def _failures(shop: Shop, payment: str) -> int:
    return shop.payment_events(payment).count("CreditCardFailed")


def test_bugs_that_no_order_shows_are_found(tmp_path: Path) -> None:
    with Stack(tmp_path, worker=" ".join(["-m tests.verification.bugs.worker", *BUGS])) as stack:
        shop = Shop(stack)
        paying, failing = shop.customer("pm_card_visa"), shop.customer("pm_card_chargeDeclined")
        small = shop.payment(shop.customer("pm_card_visa", balance=2499))
        shop.await_payment(small, "received", "awaiting_card")
        thief = shop.customer(STOLEN)
        stolen = shop.payment(thief)
        shop.await_payment(stolen, "awaiting_card")
        shop.update_customers_card(thief, STOLEN)
        eventually(lambda: _failures(shop, stolen) == 2, "a second failure", TIMEOUT_SECONDS)
        sku = shop.product(stock=10)
        shipped = shop.order(paying, sku)
        refunded = shop.order(paying, shop.product(stock=0))
        returned = shop.order(failing, sku, policy="charge_before_shipping")
        shop.await_payment(returned, "awaiting_card")
        shop.post(f"/orders/{returned}/cancel")
        shop.await_order(shipped, "fulfilled")
        for order in (refunded, returned):
            shop.await_order(order, "not_fulfilled")
        shop.http.close()

        unsent = {
            f"order:{shipped}:shipped",
            f"payment:{shipped}:received",
            f"payment:{refunded}:received",
            f"payment:{refunded}:refunded:4",
            f"order:{refunded}:canceled",
            f"payment:{returned}:failed",
            f"payment:{returned}:canceled",
            f"order:{returned}:canceled",
            f"payment:{small}:failed",
            f"payment:{stolen}:failed",
        }
        violated = {
            ("the_provider_holds_what_the_books_say", f"payment {refunded}"),
            (
                "every_refund_in_the_books_is_one_at_the_provider",
                f"payment {refunded}, refund _undo",
            ),
            ("the_clearing_account_is_what_the_provider_holds", f"payment {refunded}"),
            ("no_card_is_tried_again_after_a_hard_decline", f"payment {stolen}, attempt 2"),
            ("every_payment_follows_an_allowed_trace", f"payment {small}"),
            ("every_unfulfilled_order_nets_to_zero", f"order {refunded}"),
            ("no_reservation_outlives_its_order", f"order {returned}"),
            ("the_carrier_has_what_we_shipped", f"order {shipped}"),
            *(("every_cause_has_its_mail", f"mail {mail}") for mail in unsent),
        }
        await_violations(stack, violated, lambda one: (one.rule, one.subject))
