"""The order page's diagrams can be read, on a desk and on a phone."""

import pytest
from playwright.sync_api import Browser, expect

from dev.stack.stack import Stack
from tests.support.browser import DESKTOP, PHONE, Visit
from tests.support.processes import eventually
from tests.support.shop import Shop

pytestmark = pytest.mark.proof


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_text_is_large_enough_and_where_it_is_now_is_in_view(
    browser: Browser, stack: Stack, shop: Shop, size: tuple[int, int]
) -> None:
    order = shop.order(shop.customer("pm_card_chargeDeclined"), shop.product())
    shop.await_payment(order, "awaiting_card")
    visit = Visit.begin(browser, stack.api_url, size=size)
    page = visit.context.new_page()
    page.goto(f"/#/orders/{order}")

    drawn = page.locator(".diagram .viewport")
    expect(page.locator(".diagram .now")).to_have_count(2)
    scales = "all => all.map(e => e.getCTM().a)"
    eventually(lambda: min(drawn.evaluate_all(scales)) > 0.84, "text is large enough")
    payment = page.get_by_role("region", name="Diagram: The payment")
    here = payment.get_by_text("here", exact=True)
    expect(here).to_be_visible()

    def is_in_view() -> bool:
        frame, tag = payment.bounding_box(), here.bounding_box()
        return (
            frame is not None
            and tag is not None
            and frame["x"] <= tag["x"]
            and tag["x"] + tag["width"] <= frame["x"] + frame["width"]
        )

    eventually(is_in_view, "where it is now is in view")
    expect(payment.get_by_text("!", exact=True)).to_have_count(1)
    expect(payment.locator(".note-beside")).to_have_count(2)
    boxes = [one.bounding_box() for one in payment.locator(".note-beside").all()]
    first, second = sorted(box["y"] for box in boxes if box)
    assert second - first >= min(box["height"] for box in boxes if box)
    visit.end()
