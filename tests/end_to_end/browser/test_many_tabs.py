"""Many tabs of one browser, which has six connections to a host over HTTP/1.1."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.end_to_end.browser.test_side_by_side_page import ORDERS, order_three_times
from tests.support.browser import Visit
from tests.support.shop import Shop
from tests.support.web_shopper import LAST_REQUEST, NO_CONTENT, open_finished

pytestmark = pytest.mark.proof

TABS = 10

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
"""What the browser does with a tab in the background; here it treats all tabs as visible."""


def test_ten_tabs_of_waiting_orders(visit: Visit, shop: Shop) -> None:
    customer, sku = shop.customer("pm_card_chargeDeclined"), shop.product(stock=TABS)
    waiting = [shop.order(customer, sku) for _ in range(TABS)]
    pages = [visit.context.new_page() for _ in waiting]
    for page, order in zip(pages, waiting, strict=True):
        page.goto(f"/#/orders/{order}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("awaiting payment")

    shop.update_customers_card(customer, "pm_card_visa")

    for page in pages:
        expect(page.get_by_role("heading", level=1)).to_contain_text("fulfilled")
        expect(happened(page)).to_contain_text("Order fulfilled")


def test_three_pages_side_by_side(visit: Visit, shop: Shop) -> None:
    pages = [visit.context.new_page() for _ in range(3)]
    for page in pages:
        order_three_times(page, shop)
    for page in pages:
        page.get_by_label("Update your card").select_option("pm_card_visa")
        page.get_by_role("button", name="Update").click()
        expect(page.locator(ORDERS).get_by_text("Order fulfilled")).to_have_count(3)


def test_a_page_has_one_stream_and_a_hidden_one_none(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    order = shop.order(customer, shop.product())
    streams = open_streams(page)
    page.goto(f"/#/orders/{order}")
    expect(happened(page)).to_contain_text("Credit card failed")
    assert len(streams) == 1

    with page.expect_event("requestfailed", is_stream):
        page.evaluate(HIDE, True)  # noqa: FBT003  an argument of the page's function
    shop.update_customers_card(customer, "pm_card_visa")
    shop.await_order(order, "fulfilled")
    assert streams == []

    page.evaluate(HIDE, False)  # noqa: FBT003
    expect(happened(page)).to_contain_text("Order fulfilled")


def test_a_finished_order_requests_nothing_more(page: Page, shop: Shop) -> None:
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "fulfilled")
    requested = open_finished(page, shop, order)
    expect(happened(page)).to_contain_text("Order fulfilled")

    page.clock.run_for(60_000)

    page.evaluate(LAST_REQUEST)
    assert requested == ["/healthz"]


def test_a_page_requests_nothing_more_once_its_order_has_ended(page: Page, shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    order = shop.order(customer, shop.product())
    shop.await_payment(order, "awaiting_card")
    page.clock.install()
    page.goto(f"/#/orders/{order}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("awaiting payment")
    with page.expect_response(lambda response: response.status == NO_CONTENT):
        shop.update_customers_card(customer, "pm_card_visa")
        expect(happened(page)).to_contain_text("Order fulfilled")
        # The stream connects once more after its pause, and is answered that nothing follows.
        page.clock.run_for(10_000)
    # Mails follow their events: the page looks for them for a minute.
    page.clock.run_for(70_000)
    page.evaluate(LAST_REQUEST)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.clock.run_for(600_000)

    page.evaluate(LAST_REQUEST)
    assert [urlsplit(url).path for url in requested] == ["/healthz"]
    expect(page.get_by_role("heading", level=1)).to_contain_text("fulfilled")


def happened(page: Page) -> Locator:
    """The list of the order's events, and of its payment's."""
    return page.get_by_role("region", name="What happened")


def is_stream(request: Request) -> bool:
    """Whether it is that of an event stream."""
    return request.headers.get("accept") == "text/event-stream"


def open_streams(page: Page) -> list[Request]:
    """The event streams that the page has open, from now on."""
    streams: list[Request] = []

    def note(request: Request) -> None:
        if is_stream(request):
            streams.append(request)

    def forget(request: Request) -> None:
        if request in streams:
            streams.remove(request)

    page.on("request", note)
    page.on("requestfinished", forget)
    page.on("requestfailed", forget)
    return streams
