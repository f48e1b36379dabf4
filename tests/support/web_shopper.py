"""Actions of a user on the web page, and assertions on what it shows."""

import re
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

NO_CONTENT = 204

LAST_REQUEST = "() => fetch('/healthz').then(answer => answer.text())"
"""What the page requested before it was requested before it."""


def choose_customer(page: Page, customer: str) -> None:
    """In the shop, or on the side-by-side page."""
    page.get_by_label("Another customer, by id").fill(customer)
    page.get_by_role("button", name="Choose").click()


def await_shown(page: Page, *texts: str) -> None:
    """Wait until the page shows all of these texts; a closed list's options are not shown."""
    for text in texts:
        found = page.get_by_role("main").get_by_text(text).filter(visible=True)
        expect(found.first).to_be_visible()


def open_finished(page: Page, shop: Shop, order: str) -> list[str]:
    """Open the page of a fulfilled order, and return once it has requested all that it shows.

    Returns the paths that are requested from then on. The page's clock can be moved.
    """

    def all_sent() -> bool:
        return all(mail["sent_at"] for mail in shop.get(f"/orders/{order}/mails")["mails"])

    eventually(all_sent, "all mails sent, so that the page need not poll", TIMEOUT_SECONDS)
    page.clock.install()
    # A stream that has ended is requested once more, and answered that nothing follows.
    with page.expect_response(lambda response: response.status == NO_CONTENT):
        page.goto(f"/#/orders/{order}")
    await_shown(page, "Order fulfilled")
    page.clock.run_for(10_000)
    page.evaluate(LAST_REQUEST)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(urlsplit(request.url).path))
    return requested


class OrderPage:
    """The page of one order, open in a tab."""

    def __init__(self, page: Page, id: str) -> None:
        self.page = page
        self.id = id

    @classmethod
    def of_new_order(
        cls,
        page: Page,
        shop: Shop,
        customer: str,
        *,
        policy: str = "Charge first",
        stock: int = 10,
    ) -> Self:
        """The customer orders a lily of 25.00 in the shop."""
        lily = f"Lily {uuid4().hex[:8]}"
        shop.put(f"/products/{lily.lower().replace(' ', '-')}", name=lily, price=2500, stock=stock)
        page.goto("/")
        choose_customer(page, customer)
        expect(page.get_by_text(f"{customer}@example.com")).to_be_visible()
        page.get_by_label(f"Quantity of {lily}").fill("1")
        page.get_by_role("radio", name=policy).check()
        page.get_by_role("button", name="Place the order").click()
        page.wait_for_url("**/#/orders/*")
        return cls(page, page.url.rpartition("/")[2])

    def shows(self, status: str) -> None:
        """Returns once the order has that status."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(status)

    def passed(self, diagram: str, *elements: str) -> None:
        """Returns once the diagram (`Order`, `Payment`, `Refund`) has these elements as passed."""
        for element in elements:
            expect(self._drawn(diagram, element, "passed")).to_have_count(1)

    def not_passed(self, diagram: str, *elements: str) -> None:
        """Returns once the diagram shows these elements, and none of them as passed."""
        for element in elements:
            expect(self._drawn(diagram, element)).to_have_count(1)
            expect(self._drawn(diagram, element, "passed")).to_have_count(0)

    def is_at(self, diagram: str, element: str) -> None:
        """Returns once the diagram shows that it is there now."""
        expect(self._drawn(diagram, element, "now")).to_have_count(1)

    def is_tried(self, diagram: str, element: str) -> None:
        """Returns once the diagram says that it is tried there, and not for the first time."""
        self.is_at(diagram, element)
        region = self.page.get_by_role("region", name=diagram, exact=True)
        expect(region.get_by_text(re.compile(r"^here try \d+$"))).to_be_visible()

    def tells(self, kind: str, *events: str) -> None:
        """Returns once just these events of the `order` or its `payment` are shown, in words."""
        timeline = self.page.get_by_role("region", name="What happened")
        expect(timeline.locator(f'li[data-of="{kind}"] .event')).to_have_text(list(events))

    def days_pass(self, button: str) -> None:
        """By the time machine."""
        self.page.get_by_role("button", name=button).click()

    def update_card(self, card: str) -> None:
        """With a card by its name."""
        self.page.get_by_label("Update your card").select_option(label=card)
        self.page.get_by_role("button", name="Update", exact=True).click()

    def got_mail(self, subject: str) -> Locator:
        """Returns once the page shows when it was sent: the mail, in the timeline."""
        mail = self.page.get_by_role("region", name="What happened").locator("summary")
        mail = mail.filter(has_text=subject).filter(has=self.page.locator("time"))
        expect(mail.first).to_be_visible()
        return mail.first

    def _drawn(self, diagram: str, element: str, marker: str = "djs-element") -> Locator:
        drawing = self.page.get_by_role("region", name=diagram, exact=True)
        return drawing.locator(f'.{marker}[data-element-id="{element}"]')
