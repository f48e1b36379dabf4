"""A finished order is played again on its diagrams, from what the page has of it."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.shop import Shop
from tests.support.web_shopper import LAST_REQUEST, OrderPage, open_finished

pytestmark = pytest.mark.proof

PACE = 2_100
"""Milliseconds: the slow pace, at which a replay begins, has 2 s for each event."""


@pytest.fixture
def order(page: Page, shop: Shop) -> OrderPage:
    """Fulfilled; the page's time stands still from now on."""
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_visa", balance=500))
    order.shows("fulfilled")
    order.passed("Order", "OrderFulfilled")
    page.clock.install()
    return order


def test_an_order_is_played_slowly_and_step_by_step_and_backwards(
    page: Page, order: OrderPage
) -> None:
    page.get_by_role("button", name="Play it again").click()
    replay = page.get_by_role("region", name="Replay")
    said = replay.get_by_role("status")
    order.not_passed("Order", "OrderPlaced", "OrderFulfilled")
    expect(said).to_contain_text("Before the first of ")

    page.clock.run_for(PACE)
    order.passed("Order", "OrderPlaced")
    order.not_passed("Payment", "PaymentRequested")
    order.is_at("Order", "payment_answer")
    page.clock.run_for(PACE)
    order.passed("Payment", "PaymentRequested")
    order.is_at("Payment", "withdraw_amount")
    replay.get_by_role("button", name="Pause").click()
    page.clock.run_for(10 * PACE)
    expect(said).to_contain_text("Event 2 of ")

    replay.get_by_role("button", name="One step on").click()
    order.passed("Payment", "AmountWithdrawn")
    expect(said).to_contain_text("Amount withdrawn: €5.00 from the account")
    current = page.locator('[aria-current="step"]')
    expect(current).to_contain_text("Amount withdrawn")
    replay.get_by_role("button", name="One step back").click()
    order.not_passed("Payment", "AmountWithdrawn")
    order.passed("Payment", "PaymentRequested")

    replay.get_by_role("button", name="Play backwards").click()
    page.clock.run_for(PACE)
    order.not_passed("Payment", "PaymentRequested")
    page.clock.run_for(PACE)
    order.not_passed("Order", "OrderPlaced")
    expect(replay.get_by_role("button", name="One step back")).to_be_disabled()

    replay.get_by_label("Pace").select_option("Fast")
    replay.get_by_role("button", name="▶ Play", exact=True).click()
    page.clock.run_for(10 * PACE)
    order.passed("Payment", "PaymentReceived")
    order.passed("Order", "OrderFulfilled")
    replay.get_by_role("button", name="End the replay").click()
    expect(replay).to_have_count(0)
    expect(current).to_have_count(0)
    order.passed("Order", "OrderFulfilled")


def test_a_replay_goes_to_any_event_and_requests_nothing(page: Page, shop: Shop) -> None:
    id = shop.order(shop.customer("pm_card_visa", balance=500), shop.product())
    shop.await_order(id, "fulfilled")
    requested = open_finished(page, shop, id)
    order = OrderPage(page, id)
    page.get_by_role("button", name="Play it again").click()
    place = page.get_by_label("Events that have happened")

    place.fill("4")
    order.passed("Payment", "PaymentPartlyCovered")
    order.is_at("Payment", "charge_credit_card")
    order.is_at("Order", "payment_answer")
    expect(page.get_by_text("The order only knows: waiting for payment.")).to_be_visible()
    place.press("Home")
    order.not_passed("Order", "OrderPlaced")
    place.press("End")
    order.passed("Order", "OrderFulfilled")

    page.evaluate(LAST_REQUEST)
    assert requested == ["/healthz"]


def test_an_order_under_way_has_no_replay(page: Page, shop: Shop) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_chargeDeclined"))
    order.is_at("Payment", "wait_for_card")
    again = page.get_by_role("button", name="Play it again")
    expect(again).to_have_count(0)

    order.update_card("Succeeds (Visa)")

    order.shows("fulfilled")
    expect(again).to_be_visible()
