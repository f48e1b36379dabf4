"""A person injects faults and resets them, and the audit finds that nothing was lost."""

import pytest
from playwright.sync_api import Locator, Page, expect

from api.dev.audit import LIMIT_SECONDS
from tests.support.browser import Visit
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof


def opened(visit: Visit) -> Page:
    """The fault injection page, in a tab."""
    page = visit.context.new_page()
    page.goto("/#/fault-injection")
    return page


def switch(page: Page, name: str) -> Locator:
    """The switch of a fault, or its radio button if it excludes others."""
    return page.get_by_role("switch", name=name).or_(page.get_by_role("radio", name=name))


def banner(page: Page) -> Locator:
    """What every page says of injected faults."""
    return page.get_by_role("complementary", name="Injected faults")


def test_an_order_survives_faults_and_two_tabs_agree(visit: Visit, shop: Shop) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    page, other = opened(visit), opened(visit)

    switch(page, "The card provider is down").press("Space")
    expect(switch(page, "The card provider is down")).to_be_checked()
    expect(switch(page, "The card provider is down")).to_be_focused()
    expect(switch(other, "The card provider is down")).to_be_checked()
    charging = shop.order(customer, product)
    shop.await_payment(charging, "charging")
    switch(other, "The worker is stopped").click()
    expect(switch(page, "The worker is stopped")).to_be_checked()
    accepted = shop.order(customer, product)
    page.get_by_role("button", name="Reset all").click()
    expect(page.get_by_text("No faults are injected.")).to_be_visible()

    expect(switch(other, "The worker is stopped")).not_to_be_checked()
    for order in (charging, accepted):
        shop.await_order(order, "fulfilled")
    page.get_by_role("button", name="Run the audit").click()
    # It may wait for what settles, and then looks at the orders of all tests before.
    found = page.get_by_text("No violations: all orders and payments")
    expect(found).to_be_visible(timeout=1000 * LIMIT_SECONDS)
    stale = page.get_by_text("Stale: something has changed since.")
    shop.await_order(shop.order(customer, product), "fulfilled")
    expect(stale).to_be_visible()
    page.get_by_role("button", name="Run the audit").click()
    expect(found).to_be_visible(timeout=1000 * LIMIT_SECONDS)
    expect(stale).to_have_count(0)
    switch(other, "The carrier is slow").click()
    expect(stale).to_be_visible()
    other.get_by_role("button", name="Reset all").click()
    expect(other.get_by_text("No faults are injected.")).to_be_visible()


def test_a_lost_response_charges_once(visit: Visit, shop: Shop) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    page = opened(visit)
    fault = switch(page, "The card provider loses its responses")

    fault.click()
    expect(fault).to_be_checked()
    order = shop.order(customer, product)
    shop.await_payment(order, "charging")
    # Of faults that exclude each other, one is on.
    switch(page, "The card provider is slow").click()
    expect(switch(page, "The card provider is slow")).to_be_checked()
    expect(fault).not_to_be_checked()
    switch(page, "Nothing is wrong with the card provider").click()
    expect(switch(page, "Nothing is wrong with the card provider")).to_be_checked()

    shop.await_order(order, "fulfilled")
    assert shop.captured(order) == [2500]


def test_an_order_waits_for_the_carrier_and_its_mail_for_the_mail_server(
    visit: Visit, shop: Shop
) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    page = opened(visit)
    for fault in ("The carrier is down", "The mail server is down"):
        switch(page, fault).click()
        expect(switch(page, fault)).to_be_checked()

    order = shop.order(customer, product)
    shop.await_payment(order, "received")
    shop.await_order(order, "shipping")
    switch(page, "Nothing is wrong with the carrier").click()
    shop.await_order(order, "fulfilled")
    assert shop.mails(customer) == []
    page.get_by_role("button", name="Reset all").click()

    shop.await_mails(customer, "We received your payment", "Your order is on its way")


def test_the_database_is_locked(visit: Visit, shop: Shop) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    page = opened(visit)
    fault = switch(page, "The database is locked")
    fault.click()
    expect(fault).to_be_checked()
    body = {"name": "Pond lily", "price": 2500, "stock": 10}
    eventually(
        lambda: shop.http.put(f"/products/{product}", json=body).status_code == 503,
        "nothing is written",
        TIMEOUT_SECONDS,
    )
    assert shop.http.get(f"/customers/{customer}").is_success

    fault.click()
    expect(page.get_by_text("No faults are injected.")).to_be_visible()
    shop.await_order(shop.order(customer, product), "fulfilled")


@pytest.mark.parametrize(
    ("process", "button"),
    [
        ("worker", "Kill the worker"),
        ("mailer", "Kill the mailer"),
        ("api", "Kill the API"),
        ("temporal", "Kill Temporal"),
        ("cards", "Kill the card provider"),
        ("carrier", "Kill the carrier"),
        ("mailbox", "Kill the mail server"),
        ("codec", "Kill the codec server"),
    ],
)
def test_a_killed_process_is_restarted(visit: Visit, shop: Shop, process: str, button: str) -> None:
    visit.expected += ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"]
    visit.expected += ["status of 502", "ERR_SOCKET_NOT_CONNECTED", "net::ERR_FAILED"]
    page = opened(visit)
    before = shop.stack.pid(process)

    page.get_by_role("button", name=button).click()

    expect(page.get_by_text("Last killed at")).to_be_visible()
    eventually(lambda: shop.stack.pid(process) not in {0, before}, "a new process", TIMEOUT_SECONDS)
    shop.stack.wait_until_ready()
    expect(page.get_by_text("No faults are injected.")).to_be_visible()
    customer, product = shop.customer("pm_card_visa"), shop.product()
    shop.await_order(shop.order(customer, product), "fulfilled")


def test_every_page_says_that_a_fault_is_injected(visit: Visit, shop: Shop) -> None:
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "fulfilled")
    finished = visit.context.new_page()
    finished.goto(f"/#/orders/{order}")
    expect(finished.get_by_role("heading", level=1)).to_contain_text("fulfilled")
    expect(banner(finished).get_by_text("Injected:")).to_have_count(0)
    page = opened(visit)
    switch(page, "The carrier is slow").click()

    expect(banner(page)).to_contain_text("Injected: The carrier is slow.")
    expect(banner(finished)).to_contain_text("Injected: The carrier is slow.")
    for path in ("/", "/operations", "/side-by-side"):
        page.goto(f"/#{path}")
        expect(banner(page)).to_contain_text("Injected: The carrier is slow.")
    banner(page).get_by_role("button", name="Reset the faults").click()

    for one in (page, finished):
        expect(banner(one).get_by_text("Injected:")).to_have_count(0)


def test_the_banner_requests_nothing_by_itself(visit: Visit) -> None:
    """So a finished order's page stays silent."""
    page = visit.context.new_page()
    with page.expect_response(lambda response: "/dev/troubles" in response.url):
        page.goto("/#/nowhere")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    other = opened(visit)
    expect(switch(other, "The carrier is slow")).to_be_visible()
    with other.expect_response(lambda response: "/dev/troubles" in response.url):
        pass
    with other.expect_response(lambda response: "/dev/troubles" in response.url):
        pass
    assert requests == []
