"""Whoever operates this sees how everything is doing, and finds an order among all."""

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from clients import calls
from tests.support.browser import Visit
from tests.support.card_events import CardHolders
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

pytestmark = pytest.mark.proof


def opened(visit: Visit) -> Page:
    """The page of operations, in a tab, loaded: before, what is below the figures moves."""
    page = visit.context.new_page()
    page.goto("/#/operations")
    expect(page.get_by_role("region", name="Metrics")).to_be_visible()
    return page


def test_an_order_is_found_and_opened(visit: Visit, shop: Shop) -> None:
    customer = shop.customer("pm_card_visa")
    order = shop.order(customer, shop.product())
    shop.await_order(order, "fulfilled")
    others = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(others, "fulfilled")
    page = opened(visit)
    rows = page.get_by_role("region", name="Table of orders").locator("tbody tr")

    expect(rows.filter(has_text=others[:8])).to_have_count(1)
    search = page.get_by_label("Order id or customer")
    search.fill(f" {customer.upper()} ")
    expect(rows).to_have_count(1)
    search.fill("who?")
    expect(page.get_by_text("Invalid search: ids contain only letters")).to_be_visible()
    expect(rows.filter(has_text=others[:8])).to_have_count(1)
    search.fill(customer)
    expect(page.get_by_text("Invalid search")).to_have_count(0)
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("fulfilled")
    page.get_by_label("Per page").select_option("100")
    expect(page).to_have_url(f"{shop.stack.api_url}/#/operations?search={customer}&limit=100")
    page.reload()
    expect(search).to_have_value(customer)
    expect(rows).to_have_count(1)
    page.get_by_role("radio", name="canceling").check()
    expect(page).to_have_url(re.compile("status=canceling"))
    expect(page.get_by_text("No orders found.")).to_be_visible()
    page.get_by_role("radio", name="fulfilled", exact=False).first.check()
    page.get_by_role("link", name=order[:8]).click()

    expect(page).to_have_url(f"{shop.stack.api_url}/#/orders/{order}")


def test_waiting_payments_come_by_deadline(visit: Visit, shop: Shop) -> None:
    orders = [shop.order(shop.customer(), shop.product()) for _ in range(2)]
    for order in orders:
        shop.await_payment(order, "awaiting_card")
    first = shop.get("/operations/waiting?limit=20")["payments"]
    page = opened(visit)

    rows = page.get_by_role("region", name="Table of waiting payments").locator("tbody tr")
    expect(rows).to_have_count(len(first))
    shown = rows.locator("td:first-child").all_inner_texts()
    assert shown == [payment["id"][:8] for payment in first]
    for order in orders:
        shop.fast_forward(order, days=15)
        shop.await_order(order, "not_fulfilled")


def test_lists_lead_to_the_next_ones_and_back(visit: Visit, shop: Shop) -> None:
    """Of waiting payments as if there were three lists of them."""
    waiting = shop.order(shop.customer(), shop.product())
    shop.await_payment(waiting, "awaiting_card")
    payment = shop.see_payment(waiting)
    following = {None: "second", "second": "third", "third": None}

    def answer(route: Route) -> None:
        [cursor] = parse_qs(urlsplit(route.request.url).query).get("cursor", [None])
        listed = payment | {"id": f"{cursor or 'first'}-list"}
        route.fulfill(
            json={"payments": [listed], "next_cursor": following[cursor], "query": "SELECT"}
        )

    visit.context.route(f"{shop.stack.api_url}/operations/waiting?*", answer)
    page = opened(visit)
    pager = page.get_by_role("navigation", name="Pages of waiting payments")
    rows = page.get_by_role("region", name="Table of waiting payments").locator("tbody tr")

    def shows(number: int, id: str) -> None:
        expect(pager).to_contain_text(f"Page {number}")
        expect(rows).to_contain_text(id[:8])

    shows(1, "first-list")
    for button, number, id in (
        ("Next", 2, "second-list"),
        ("Next", 3, "third-list"),
        ("Back", 2, "second-list"),
        ("Next", 3, "third-list"),
        ("Back", 2, "second-list"),
        ("Back", 1, "first-list"),
        ("Next", 2, "second-list"),
        ("First", 1, "first-list"),
    ):
        pager.get_by_role("button", name=button).click()
        shows(number, id)
    shop.fast_forward(waiting, days=15)
    shop.await_order(waiting, "not_fulfilled")


def test_each_figure_tells_its_query(visit: Visit, shop: Shop) -> None:
    del shop
    page = opened(visit)
    figures = page.get_by_role("region", name="Metrics").get_by_role("article")
    expect(figures).to_have_count(4)
    for figure in figures.all():
        query = figure.locator("pre")
        expect(query).to_be_hidden()
        figure.get_by_text("The query").focus()
        page.keyboard.press("Enter")
        expect(query).to_contain_text("SELECT")


def test_a_payment_without_an_order_is_given_back(visit: Visit, shop: Shop) -> None:
    payment = shop.payment(shop.customer("pm_card_visa"))
    shop.await_payment(payment, "received")
    section = opened(visit).get_by_role("region", name="Refund a payment")
    section.get_by_label("Payment id").fill(payment)
    section.get_by_role("button", name="Show").click()

    section.get_by_label("Amount in EUR").fill("25")
    section.get_by_label("Reference").fill("return-3")
    section.get_by_role("button", name="Give back").click()

    expect(section.get_by_role("listitem")).to_contain_text("return-3 succeeded")
    expect(section.locator("dl")).to_contain_text("Held of the card€0.00")
    expect(section.get_by_role("button", name="Give back")).to_have_count(0)
    shop.await_payment(payment, "refunded")


def acting(page: Page, order: str) -> Locator:
    """The actions of an order, found by its id."""
    page.get_by_label("Order id or customer").fill(order)
    page.get_by_role("button", name=f"Actions of order {order[:8]}").click()
    return page.locator(".actions")


def test_an_order_is_refunded_from_the_list(visit: Visit, shop: Shop) -> None:
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "fulfilled")
    actions = acting(opened(visit), order)

    actions.get_by_label("Amount in EUR").fill("5")
    actions.get_by_label("Reference").fill("part")
    actions.get_by_role("button", name="Give back").click()
    expect(actions.get_by_role("listitem")).to_contain_text("part succeeded")
    actions.get_by_role("button", name="All: €20.00").click()
    expect(actions.get_by_label("Amount in EUR")).to_have_value("20.00")
    actions.get_by_label("Reference").fill("rest")
    actions.get_by_role("button", name="Give back").click()

    expect(actions.get_by_role("listitem").filter(has_text="rest succeeded")).to_have_count(1)
    shop.await_payment(order, "refunded")
    assert sorted(shop.refunded(order)) == [500, 2000]


def test_a_customer_is_reminded_and_an_order_canceled_from_the_list(
    visit: Visit, shop: Shop
) -> None:
    order = shop.order(shop.customer(), shop.product())
    shop.await_payment(order, "awaiting_card")
    page = opened(visit)
    actions = acting(page, order)
    waiting = page.get_by_role("region", name="Table of waiting payments").locator("tbody tr")

    actions.get_by_role("button", name="Remind").click()
    expect(waiting.filter(has_text=order[:8]).locator("td").nth(5)).to_have_text("1")
    assert shop.see_payment(order)["reminders_sent"] == 1
    waiting.filter(has_text=order[:8]).get_by_role("button", name="Remind").click()
    expect(waiting.filter(has_text=order[:8]).locator("td").nth(5)).to_have_text("2")
    actions.get_by_role("button", name="Cancel the order").click()

    shop.await_order(order, "not_fulfilled")
    expect(actions.get_by_text("The order has ended, and nothing is held.")).to_be_visible()


def test_what_is_found_is_exported(visit: Visit, shop: Shop, tmp_path: Path) -> None:
    customer, product = shop.customer("pm_card_visa"), shop.product()
    orders = {shop.order(customer, product) for _ in range(2)}
    for order in orders:
        shop.await_order(order, "fulfilled")
    page = opened(visit)
    page.get_by_label("Order id or customer").fill(customer)

    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()

    expect(page.get_by_text("2 exported.")).to_be_visible()
    file = tmp_path / "orders.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert {row["order"] for row in rows} == orders
    assert {(row["customer"], row["total"], row["charged"]) for row in rows} == {
        (customer, "25.00", "25.00")
    }


def test_a_refund_waits_for_somebody(visit: Visit, shop: Shop) -> None:
    """The card provider refuses to refund what is disputed."""
    people = CardHolders(shop.stack.cards_url)
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "fulfilled")
    [charge] = shop.charges(order)
    dispute = people.dispute(charge["id"], "needs_response")
    shop.await_dispute(order, dispute)
    shop.api.send(calls.refund_payment(order, 500, "return-3"))
    rows = opened(visit).get_by_role("region", name="Table of refunds that wait")
    row = rows.locator("tbody tr").filter(has_text=order[:8])
    expect(row).to_contain_text("refused")
    expect(row).to_contain_text("charge disputed")
    people.dispute(charge["id"], "won")
    eventually(
        lambda: dispute not in str(shop.get("/operations")["disputes"]),
        "it is closed",
        TIMEOUT_SECONDS,
    )

    row.get_by_role("textbox").fill("Bank transfer of 3 May")
    row.get_by_role("button", name="Settle").click()

    expect(row).to_have_count(0)


def test_a_dispute_leads_to_its_order(visit: Visit, shop: Shop) -> None:
    people = CardHolders(shop.stack.cards_url)
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "fulfilled")
    [charge] = shop.charges(order)
    dispute = people.dispute(charge["id"], "needs_response")
    page = opened(visit)

    row = page.get_by_role("region", name="Table of open disputes").locator("tbody tr")
    row = row.filter(has_text=dispute)
    expect(row).to_contain_text("needs response")
    expect(row).to_contain_text("fraudulent")
    row.get_by_role("link", name=order[:8]).click()

    expect(page).to_have_url(f"{shop.stack.api_url}/#/orders/{order}")
    people.dispute(charge["id"], "won")
    eventually(
        lambda: dispute not in str(shop.get("/operations")["disputes"]),
        "it is closed",
        TIMEOUT_SECONDS,
    )
