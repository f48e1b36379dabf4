"""With AUTH=jwt the page requests a token from the user and sends it with every request."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import Visit
from tests.support.token_stack import TokenStack
from tests.support.web_shopper import OrderPage

pytestmark = pytest.mark.proof


@pytest.fixture
def barred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenStack]:
    """A stack whose API requires tokens."""
    with TokenStack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.mark.usefixtures("built")
def test_a_customer_with_a_token_buys(browser: Browser, barred: TokenStack) -> None:
    with barred.shop(barred.operator_token()) as shop:
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
    form.fill(barred.token(customer))
    enter.click()

    bought = OrderPage(page, order)
    bought.shows("fulfilled")
    bought.tells("payment", "Payment requested", "Credit card charged", "Payment received")
    page.get_by_role("link", name="Shop").click()
    expect(page.get_by_text(f"{customer}@example.com")).to_be_visible()
    expect(page.get_by_label("Another customer, by id")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()
    expect(form).to_be_visible()
    visit.end()
