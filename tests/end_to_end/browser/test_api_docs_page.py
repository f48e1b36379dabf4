"""/docs: what a newcomer reads, and "Try it out"."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.shop import Shop

pytestmark = pytest.mark.proof


def tried(page: Page, method: str, path: str) -> Locator:
    """The operation after "Try it out" and "Execute", without having typed anything."""
    operation = page.locator(f".opblock-{method}").filter(has=page.locator(f'[data-path="{path}"]'))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    return operation


def test_the_examples_are_filled_in(shop: Shop, page: Page) -> None:
    shop.post("/customers", id="kermit", name="Kermit", email="kermit@example.com")
    shop.put("/products/pond-lily", name="Pond lily", price=2500, stock=100)
    page.goto("/docs")
    expect(page.locator(".info")).to_contain_text("The life of an order")

    card = tried(page, "put", "/customers/{id}/card")
    response = card.locator(".live-responses-table .response-col_status")
    expect(response).to_contain_text("200")
    order = tried(page, "post", "/orders")
    expect(order.locator(".live-responses-table .response-col_status")).to_contain_text("202")
    expect(order.locator(".live-responses-table")).to_contain_text("pond-lily")

    shop.update_customers_card("kermit", "pm_card_visa")


def test_nobody_reads_a_regular_expression(page: Page) -> None:
    page.goto("/docs")
    page.get_by_role("button", name="post /orders", exact=False).first.wait_for()
    for block in page.locator(".opblock-tag-section .opblock-summary-control").all():
        block.click()
    expect(page.locator(".opblock-body .opblock-section").first).to_be_visible()
    text = page.locator("body").inner_text()
    assert "lowercase letters, digits, hyphens and underscores" in text
    assert "a-z0-9" not in text.lower()
