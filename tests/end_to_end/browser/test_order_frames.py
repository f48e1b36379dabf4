"""The order page's diagrams fit their frames, can be enlarged, and stand beside their controls."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dev.stack.stack import Stack
from tests.support.browser import PHONE, Visit
from tests.support.processes import eventually
from tests.support.shop import Shop
from tests.support.web_shopper import OrderPage

pytestmark = pytest.mark.proof

DESKS = [(1440, 900), (1920, 1080)]
SMALLEST_LETTERS = 12
"""In pixels of the screen."""

LETTERS = """diagram => [
    ...[...diagram.querySelectorAll("svg text")]
        .filter(text => text.textContent)
        .map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a),
    ...[...diagram.querySelectorAll(".beside")].map(tag =>
        parseFloat(getComputedStyle(tag).fontSize) * tag.getBoundingClientRect().width /
        tag.offsetWidth),
]"""


@pytest.fixture
def waiting(shop: Shop) -> str:
    """An order whose payment waits for another card."""
    order = shop.order(shop.customer("pm_card_chargeDeclined"), shop.product())
    shop.await_payment(order, "awaiting_card")
    return order


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("size", DESKS, ids=["1440", "1920"])
def test_both_diagrams_fit_and_can_be_read_beside_the_controls(
    browser: Browser, stack: Stack, shop: Shop, waiting: str, size: tuple[int, int]
) -> None:
    visit = Visit.begin(browser, stack.api_url, size=size)
    page = visit.context.new_page()
    page.goto(f"/#/orders/{waiting}")
    expect(page.locator(".diagram .now")).to_have_count(2)
    for title in ("The order", "The payment"):
        frame = diagram(page, title)
        eventually(lambda frame=frame: hidden(frame) <= 0, f"{title} fits its frame")
        sizes: list[float] = frame.locator(".diagram").evaluate(LETTERS)
        assert len(sizes) > 20
        # To a tenth: the width of a tag in its own pixels is a whole number.
        assert round(min(sizes), 1) >= SMALLEST_LETTERS

    drawn = diagram(page, "The payment").bounding_box()
    for control in (
        page.get_by_role("region", name="Time machine"),
        page.get_by_label("Update your card"),
    ):
        box = control.bounding_box()
        assert drawn
        assert box
        assert box["x"] >= drawn["x"] + drawn["width"], "beside the diagram"
    moved = page.get_by_role("button", name="Past the deadline")
    moved.scroll_into_view_if_needed()
    moved.click()
    end = page.locator('.diagram .passed[data-element-id="nothing_to_credit"]')
    expect(end).to_be_in_viewport()
    expect(page.get_by_text("The payment was canceled.", exact=True)).to_be_in_viewport()
    visit.end()


def test_a_diagram_is_enlarged_made_smaller_and_fitted_again(
    page: Page, shop: Shop, waiting: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/#/orders/{waiting}")
    frame = diagram(page, "The payment")
    size = page.get_by_role("group", name="The payment: size")
    expect(frame.locator(".now")).to_have_count(1)
    eventually(lambda: hidden(frame) <= 0, "it fits")
    fitted = scale(frame)

    size.get_by_role("button", name="Larger").click()
    eventually(lambda: scale(frame) > 1.2 * fitted, "it is larger")
    assert hidden(frame) > 0
    expect(size.get_by_role("button", name="Fit the frame")).to_have_text("125 %")
    size.get_by_role("button", name="Fit the frame").click()
    eventually(lambda: hidden(frame) <= 0, "it fits again")
    size.get_by_role("button", name="Smaller").click()
    eventually(lambda: scale(frame) < 0.8 * fitted, "it is smaller")
    shop.fast_forward(waiting, days=15)


def test_the_full_screen_has_the_diagram_and_its_controls(
    page: Page, shop: Shop, waiting: str
) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/#/orders/{waiting}")
    frame = diagram(page, "The payment")
    expect(frame.locator(".now")).to_have_count(1)
    size = page.get_by_role("group", name="The payment: size")

    size.get_by_role("button", name="Full screen").click()

    leave = size.get_by_role("button", name="Leave full screen")
    expect(leave).to_be_visible()
    expect(page.get_by_label("Update your card")).to_be_in_viewport()
    eventually(lambda: is_on_screen(frame), "all of the diagram is on the screen")
    leave.click()
    expect(size.get_by_role("button", name="Full screen")).to_be_visible()
    assert page.evaluate("document.fullscreenElement") is None
    shop.fast_forward(waiting, days=15)


@pytest.mark.usefixtures("built")
def test_a_phone_scrolls_a_diagram_or_shows_all_of_it(
    browser: Browser, stack: Stack, shop: Shop, waiting: str
) -> None:
    visit = Visit.begin(browser, stack.api_url, size=PHONE)
    page = visit.context.new_page()
    page.goto(f"/#/orders/{waiting}")
    frame = diagram(page, "The order")
    expect(frame.locator(".now")).to_have_count(1)
    assert hidden(frame) > 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    smaller = page.get_by_role("group", name="The order: size").get_by_role(
        "button", name="Smaller"
    )
    for _ in range(3):
        smaller.click()
    eventually(lambda: hidden(frame) <= 0, "it fits")
    OrderPage(page, waiting).update_card("Succeeds (Visa)")
    OrderPage(page, waiting).shows("fulfilled")
    visit.end()


def diagram(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=f"Diagram: {title}")


def hidden(frame: Locator) -> float:
    """By how many pixels the diagram is wider than its frame."""
    return frame.evaluate("e => e.scrollWidth - e.clientWidth")


def scale(frame: Locator) -> float:
    return frame.locator(".viewport").evaluate("e => e.getCTM().a")


def is_on_screen(frame: Locator) -> bool:
    box = frame.locator(".diagram").bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 900
