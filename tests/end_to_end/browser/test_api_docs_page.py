"""/docs: what a newcomer reads, and "Try it out"."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.shop import Shop

pytestmark = pytest.mark.proof


def tried(page: Page, method: str, path: str) -> Locator:
    """What the API answers after "Try it out" and "Execute", without having typed anything."""
    operation = page.locator(f".opblock-{method}").filter(has=page.locator(f'[data-path="{path}"]'))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    return operation.locator(".live-responses-table .response")


def test_newcomers_try_the_examples_and_read_no_regular_expression(shop: Shop, page: Page) -> None:
    shop.post("/customers", id="kermit", name="Kermit", email="kermit@example.com")
    page.goto("/docs")
    expect(page.locator(".info")).to_contain_text("The life of an order")

    created = tried(page, "put", "/products/{sku}")
    expect(created).to_contain_text("Pond lily")
    expect(tried(page, "get", "/customers/{id}")).to_contain_text("kermit@example.com")

    text = page.locator("body").inner_text()
    assert "1 to 64 lowercase letters, digits, hyphens and underscores" in text
    assert "a-z0-9" not in text.lower()
