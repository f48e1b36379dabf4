"""The guided tour: all 24 slides with the arrow keys, and what can be played on them."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.shop import Shop

pytestmark = pytest.mark.proof

NUMBER_OF_SLIDES = 24


class Tour:
    """The tour in a tab."""

    def __init__(self, page: Page, path: str = "/talk") -> None:
        self.page = page
        page.goto(f"/#{path}")
        expect(page.get_by_text(f" of {NUMBER_OF_SLIDES}")).to_be_visible()

    def shows(self, number: int) -> None:
        """Returns once that slide is shown, with its part of the diagram lit."""
        link = self.page.get_by_role("navigation", name="Slides").locator("[aria-current=page]")
        expect(link).to_have_text(str(number))
        title = (link.get_attribute("aria-label") or "").partition(": ")[2]
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        expect(self.page.locator(".djs-element.lit").first).to_be_visible()
        code = self.page.get_by_role("region", name="In the code")
        expect(code.locator("figcaption").first).to_contain_text(re.compile(r"\w\.py, lines? \d"))
        expect(code.locator("pre").first).not_to_be_empty()

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def go_to(self, number: int) -> None:
        """By the link of the slide."""
        slides = self.page.get_by_role("navigation", name="Slides")
        slides.get_by_role("link", name=f"Slide {number}:").click()
        self.shows(number)

    def click(self, button: str) -> None:
        found = self.button(button)
        expect(found).to_be_enabled()
        found.click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def happened(self, *events: str) -> None:
        """Returns once just these events of what is drawn are listed."""
        listed = self.page.get_by_role("list", name=re.compile("^Events of "))
        expect(listed.get_by_role("listitem")).to_have_text(list(events))

    def is_at(self, element: str) -> None:
        """Returns once the diagram shows that the order or payment is there."""
        expect(self.page.locator(f'.djs-element.now[data-element-id="{element}"]')).to_have_count(1)

    def states(self, order: str, payment: str) -> None:
        """Returns once these are the statuses of the order and its payment."""
        summary = self.page.locator("section", has=self.page.get_by_text("All about this order"))
        expect(summary.locator(".badge")).to_have_text([order, payment])

    @property
    def order(self) -> str:
        """The id of the order that is played."""
        return self.page.url.partition("?order=")[2]


PAID = ("Order placed", "Payment received", "Goods fetched", "Goods shipped", "Order fulfilled")
LATER = ("Order placed", "Goods fetched", "Goods shipped", "Payment received", "Order fulfilled")
DECLINED = ("Payment requested", "Amount withdrawn", "Payment partly covered", "Credit card failed")


def test_the_arrows_lead_through_all_slides(page: Page) -> None:
    tour = Tour(page)
    for number in range(1, NUMBER_OF_SLIDES):
        tour.shows(number)
        tour.press("ArrowRight")
    tour.shows(NUMBER_OF_SLIDES)
    tour.press("ArrowRight")
    tour.shows(NUMBER_OF_SLIDES)
    tour.press("ArrowLeft")
    tour.shows(NUMBER_OF_SLIDES - 1)

    page.goto("/#/talk/6")
    page.get_by_role("link", name="Next →").click()
    tour.shows(7)
    expect(page.get_by_role("link", name="Play the event chain")).to_have_attribute(
        "href", "#/choreography"
    )
    page.goto("/#/talk/99")
    tour.shows(NUMBER_OF_SLIDES)


def test_an_order_is_placed_charged_first_and_later(page: Page) -> None:
    tour = Tour(page)
    tour.click("Place the order")
    tour.states("fulfilled", "received")
    tour.happened(*PAID)
    first = tour.order
    for number in range(2, 12):
        tour.press("ArrowRight")
        tour.shows(number)
        assert tour.order == first
    tour.happened()  # the diagram is another policy's
    tour.click("Place it: charge later")
    tour.happened(*LATER)
    tour.states("fulfilled", "received")
    assert tour.order != first


def test_an_unavailable_provider_stays_in_its_scope(page: Page, shop: Shop) -> None:
    tour = Tour(page, "/talk/12")
    tour.click("Take the card provider down, and place an order")
    tour.states("awaiting payment", "charging")
    tour.is_at("payment_answer")
    tour.happened("Order placed")
    tour.press("ArrowRight")
    tour.shows(13)
    tour.is_at("charge_credit_card")
    expect(page.get_by_text(re.compile(r"^here try \d+$"))).to_be_visible()
    assert shop.order_events(tour.order) == ["OrderPlaced"]

    first = tour.order
    tour.click("Take the card provider down, and place an order")  # once more, while it is down
    page.wait_for_url(lambda url: first not in url)
    tour.states("awaiting payment", "charging")

    tour.click("Reset all faults")
    shop.await_order(first, "fulfilled")
    tour.states("fulfilled", "received")
    tour.happened("Payment requested", "Credit card charged", "Payment received")


def test_a_declined_card_is_no_matter_of_the_order(page: Page, shop: Shop) -> None:
    tour = Tour(page, "/talk/15")
    expect(tour.button("Update the card")).to_be_disabled()
    tour.click("Place an order whose card is declined")
    tour.states("awaiting payment", "awaiting card")
    comparison = page.get_by_role("region", name="What the order would have to handle")
    expect(comparison).to_contain_text("the order has received nothing: it waits for the payment")
    expect(comparison.locator("tbody th")).to_have_text(list(DECLINED))
    tour.happened("Order placed")

    tour.go_to(18)
    tour.click("Let two days pass")
    tour.happened(*DECLINED, "Customer reminded")
    tour.is_at("wait_for_card")

    # Another tab resumes at that slide, with that order.
    other = Tour(page.context.new_page(), f"/talk/22?order={tour.order}")
    other.shows(22)
    other.click("Update the card")
    other.states("fulfilled", "received")
    other.happened(*PAID)
    comparison = other.page.get_by_role("region", name="What the order would have to handle")
    expect(comparison).to_contain_text("The order received one message.")
    received = comparison.locator("tbody td:nth-child(2)")
    expect(received.filter(has_not_text="nothing")).to_have_text(["Payment received"])
    handled = comparison.locator("tbody th")
    expect(handled).to_have_count(len(shop.payment_events(tour.order)))


def test_two_weeks_without_a_card_end_the_payment(page: Page, shop: Shop) -> None:
    tour = Tour(page, "/talk/21")
    tour.click("Place an order whose card is declined")
    tour.is_at("wait_for_card")
    tour.click("Let the two weeks pass")
    tour.states("not fulfilled", "canceled")
    events = shop.payment_events(tour.order)
    assert events[-2:] == ["PaymentCanceled", "AmountCredited"]
    expect(page.locator('.djs-element.passed[data-element-id="AmountCredited"]')).to_have_count(1)


def test_arrows_belong_to_the_field_that_has_the_focus(page: Page) -> None:
    tour = Tour(page, "/talk/3")
    page.set_viewport_size({"width": 500, "height": 800})
    page.get_by_role("region", name="Diagram: The order").focus()
    tour.press("ArrowRight")
    tour.shows(3)
    page.keyboard.press("Alt+ArrowRight")
    tour.shows(3)
    page.get_by_role("heading", level=1).click()
    tour.press("ArrowRight")
    tour.shows(4)
