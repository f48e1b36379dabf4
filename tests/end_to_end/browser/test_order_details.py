"""A click on a diagram's element shows its event, its code, and its place in Temporal."""

import pytest
from playwright.sync_api import Locator, Page, expect

from dev.stack.stack import Stack
from tests.support.processes import REPOSITORY
from tests.support.shop import Shop
from tests.support.web_shopper import OrderPage

pytestmark = pytest.mark.proof


def test_an_element_shows_its_event_its_code_and_its_place_in_temporal(
    page: Page, shop: Shop, stack: Stack
) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_visa"))
    order.shows("fulfilled")

    click(page, "Payment", "charge_credit_card")

    details = element(page, "Charge credit card")
    expect(details).to_contain_text("Credit card charged: ")
    expect(details).to_contain_text("€25.00")
    expect(details).to_contain_text("Credit card failed: has not happened")
    expect(details).to_contain_text("Activity charge_card")
    first, last = lines_of(details, "activities/charges.py")
    code = (REPOSITORY / "activities" / "charges.py").read_text().splitlines()[first - 1 : last]
    details.locator("summary").click()
    shown = details.locator("pre").inner_text().splitlines()
    assert [line.strip() for line in shown] == [line.strip() for line in code]
    assert any("def charge_card(" in line for line in code)
    link = f"{stack.ui_url}/namespaces/default/workflows/payment%2F{order.id}"
    expect(details.get_by_role("link")).to_have_attribute("href", link)

    click(page, "Order", "OrderFulfilled")
    details = element(page, "Order fulfilled")
    expect(details).to_contain_text("domain/events.py, lines")
    link = f"{stack.ui_url}/namespaces/default/workflows/order%2F{order.id}"
    expect(details.get_by_role("link")).to_have_attribute("href", link)
    details.get_by_role("button", name="Close").click()
    expect(page.get_by_role("region", name="Element: ")).to_have_count(0)


def test_an_element_is_chosen_without_a_mouse(page: Page, shop: Shop) -> None:
    order = OrderPage.of_new_order(page, shop, shop.customer("pm_card_visa"))
    order.shows("fulfilled")
    payment = page.get_by_role("region", name="Payment", exact=True)

    payment.get_by_label("Details of an element").select_option("Wait for another credit card")

    details = element(page, "Wait for another credit card")
    expect(details).to_contain_text("Decided by the workflow itself")
    expect(details).to_contain_text("workflows/payment.py, lines")


def click(page: Page, diagram: str, id: str) -> None:
    drawing = page.get_by_role("region", name=diagram, exact=True)
    drawing.locator(f'.djs-shape[data-element-id="{id}"] .djs-hit').first.click(force=True)


def element(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=f"Element: {name}")


def lines_of(details: Locator, file: str) -> tuple[int, int]:
    """The first and the last line that are shown of the file."""
    where = details.locator("dd", has_text=file).first
    expect(where).to_contain_text("lines")
    words = where.inner_text().split("lines ")[1].split()
    return int(words[0]), int(words[2])
