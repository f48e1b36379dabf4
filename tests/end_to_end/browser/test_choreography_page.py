"""The event chain and the order service side by side: one order, one change, one service down."""

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from dev.choreography.wiring_change import wiring_change
from dev.stack.stack import Stack
from tests.support.browser import PHONE, ColorScheme, Visit
from tests.support.shop import Shop

pytestmark = pytest.mark.proof

SERVICES = ("payment", "inventory", "shipment")
FULFILLED = [
    "Order placed",
    "Payment received",
    "Goods fetched",
    "Goods shipped",
    "Order fulfilled",
]


@pytest.fixture
def chain(stack: Stack) -> Iterator[None]:
    """As `make run` starts it: stopped, and wired to charge first; and so it is left."""
    _reset(stack)
    yield
    _reset(stack)


def _reset(stack: Stack) -> None:
    with httpx.Client(base_url=f"{stack.api_url}/dev/choreography", timeout=60) as http:
        for service in SERVICES:
            http.put(f"/services/{service}", json={"on": False}).raise_for_status()
        http.put("/wiring", json={"wiring": "charge_first"}).raise_for_status()


class ChoreographyPage:
    """The page, open in a tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.goto("/#/choreography")
        self.chain = page.get_by_role("region", name="Event chain", exact=True)
        self.service = page.get_by_role("region", name="Order service", exact=True)

    @property
    def number(self) -> int:
        """Of the order that is shown."""
        heading = self.chain.get_by_role("heading", name="in the event log")
        return int(heading.inner_text().split()[1])

    @property
    def id(self) -> str:
        """Of the same order at the order service."""
        return self.page.url.rpartition("order=")[2]

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).check()

    def place(self) -> None:
        """Returns once another order is shown than before."""
        before = self.page.url
        self.press("Place an order on both sides")
        self.page.wait_for_function("before => location.href !== before", arg=before)
        expect(self.log).not_to_have_count(0)

    @property
    def log(self) -> Locator:
        """The order's events in the log."""
        return self.chain.get_by_role("listitem").filter(has_not=self.page.get_by_role("button"))

    def ask(self) -> None:
        """Where is the order?"""
        self.page.get_by_role("button", name="Where is order").click()

    def says(self, side: Locator, *texts: str) -> None:
        """Returns once this side shows all of these texts."""
        for text in texts:
            expect(side.get_by_text(text).first).to_be_visible()


@pytest.fixture
def shown(visit: Visit, chain: None) -> ChoreographyPage:
    return ChoreographyPage(visit.context.new_page())


@pytest.fixture
def started(shown: ChoreographyPage) -> ChoreographyPage:
    """With all services of the chain running."""
    shown.press("Start all services")
    expect(shown.chain.get_by_text("running")).to_have_count(3)
    expect(shown.page.get_by_role("button", name="Start all services")).to_have_count(0)
    return shown


def test_one_order_on_both_sides_and_one_service_down(started: ChoreographyPage) -> None:
    started.place()
    expect(started.log).to_have_text(FULFILLED)
    started.says(started.chain, "Seen from above: paid, fetched and shipped.")
    started.says(started.service, "fulfilled")

    first = started.number
    started.press("Stop inventory")
    expect(started.chain.get_by_text("stopped")).to_have_count(1)
    started.place()
    assert started.number == first + 1
    expect(started.log).to_have_text(FULFILLED[:2])
    started.says(started.chain, "“Payment received” waits for inventory.")
    started.ask()
    started.says(
        started.chain,
        "“Payment received. That was my part.”",
        "It is stopped and cannot be asked.",
        "“I do not know that order.”",
    )
    started.says(started.service, "“Paid, fetched and shipped.”")

    started.press("Start inventory")
    expect(started.log).to_have_text(FULFILLED)
    started.says(started.chain, "“Goods shipped, Order fulfilled. That was my part.”")


def test_while_the_worker_is_stopped_the_order_says_where_it_is(
    started: ChoreographyPage, shop: Shop
) -> None:
    started.place()  # its customer has a card now
    started.says(started.service, "fulfilled")
    started.press("Stop the worker")
    expect(started.service.get_by_text("stopped")).to_have_count(1)
    try:
        started.place()
        started.ask()
        # The chain goes on without it.
        expect(started.log).to_have_text(FULFILLED)
        started.says(started.service, "“It was placed and is waiting to start.”")
    finally:
        started.press("Start the worker")
    started.says(started.service, "“Paid, fetched and shipped.”")
    shop.await_order(started.id, "fulfilled")


def test_charging_later_is_shown_in_the_code_of_both_sides(started: ChoreographyPage) -> None:
    started.says(started.chain, "Listens to “Order placed”", "Listens to “Payment received”")
    started.choose("Charge later")
    started.says(started.chain, "Listens to “Goods shipped”", "Listens to “Order placed”")
    started.place()
    expect(started.log).to_have_text(
        ["Order placed", "Goods fetched", "Goods shipped", "Payment received", "Order fulfilled"]
    )
    started.says(started.service, "Charge later.", "fulfilled")

    change = wiring_change()
    shown = started.page.get_by_role("region", name="The same change in the code: charge later")
    expect(shown.get_by_text("3 services are touched")).to_be_visible()
    expect(shown.get_by_text("1 service is touched")).to_be_visible()
    for table in (*change["chain"], change["order_service"]):
        figure = shown.get_by_role("figure").filter(has_text=table["file"])
        first, later = table["rows"]
        expect(figure).to_contain_text(f"lines {first['line']} and {later['line']}")
        expect(figure.locator("del")).to_have_text(f"- {first['text']}")
        expect(figure.locator("ins")).to_have_text(f"+ {later['text']}")


def test_a_declined_card_has_an_owner_on_one_side(started: ChoreographyPage, shop: Shop) -> None:
    started.choose("A card that is declined")
    started.place()
    expect(started.log).to_have_text(["Order placed", "Credit card failed"])
    started.says(started.chain, "no service listens to “Credit card failed”")
    started.ask()
    started.says(started.chain, "“Credit card failed. That was my part.”")
    started.says(started.service, "“It waits for the payment.”", "“awaiting card”")

    # No payment is left waiting: other tests look at those.
    shop.update_customers_card("rowlf", "pm_card_visa")
    started.says(started.service, "“Paid, fetched and shipped.”")
    expect(started.log).to_have_text(["Order placed", "Credit card failed"])


@pytest.mark.usefixtures("built", "chain")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, (1440, 900), (1920, 1080)], ids=str)
def test_no_violations(
    browser: Browser, stack: Stack, size: tuple[int, int], scheme: ColorScheme
) -> None:
    visit = Visit.begin(browser, stack.api_url, scheme, size)
    shown = ChoreographyPage(visit.context.new_page())
    shown.press("Start all services")
    expect(shown.chain.get_by_text("running")).to_have_count(3)
    shown.place()
    expect(shown.log).to_have_text(FULFILLED)
    shown.says(shown.service, "fulfilled")
    shown.ask()
    shown.says(shown.service, "“Paid, fetched and shipped.”")
    shown.says(shown.chain, "“Payment received. That was my part.”")
    shown.says(shown.page.locator("main"), "What each side is good at")
    found = Axe().run(shown.page)
    assert not found.violations_count, found.generate_report()
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert shown.page.evaluate(wide) <= 0
    visit.end()
