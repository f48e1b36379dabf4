"""With AUTH=jwt the page asks for a token, and everything it asks for bears it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from api.auth.scopes import Scope
from dev.stack.stack import Stack
from dev.tokens import AUDIENCE, ISSUER, OF_A_CUSTOMER, Mint
from tests.support.browser import Visit
from tests.support.shop import Shop
from tests.support.web_shopper import OrderPage


@pytest.fixture
def mint(tmp_path_factory: pytest.TempPathFactory) -> Mint:
    """The issuer that the stack trusts."""
    return Mint(tmp_path_factory.mktemp("tokens"))


@pytest.fixture
def barred(mint: Mint, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose API asks for tokens."""
    environment = {
        "AUTH": "jwt",
        "JWT_KEYS": str(mint.jwks),
        "JWT_ISSUER": ISSUER,
        "JWT_AUDIENCE": AUDIENCE,
    }
    with Stack(tmp_path_factory.mktemp("stack"), environment=environment) as running:
        yield running


@pytest.mark.usefixtures("built")
def test_a_customer_with_a_token_buys(browser: Browser, barred: Stack, mint: Mint) -> None:
    shop = Shop(barred)
    shop.http.headers["Authorization"] = f"Bearer {mint.token('operator', tuple(Scope))}"
    customer = shop.customer("pm_card_visa")
    order = shop.order(customer, shop.product())
    visit = Visit.begin(browser, barred.api_url)
    visit.expected += ["401"]
    page = visit.context.new_page()
    page.goto(f"/#/orders/{order}")
    form, enter = page.get_by_label("Token"), page.get_by_role("button", name="Continue")

    form.fill("none.of.ours")
    enter.click()
    expect(page.get_by_role("alert")).to_be_visible()
    form.fill(mint.token(customer, OF_A_CUSTOMER))
    enter.click()

    bought = OrderPage(page, order)
    bought.shows("fulfilled")
    bought.tells("payment", "Payment requested", "Credit card charged", "Payment received")
    page.get_by_role("link", name="Shop").click()
    expect(page.get_by_text(f"{customer}@example.com")).to_be_visible()
    expect(page.get_by_label("Another customer, by id")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    expect(form).to_be_visible()
    shop.http.close()
    visit.end()
