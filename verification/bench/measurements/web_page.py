"""Measures the web page in a browser on the same machine."""

from dataclasses import dataclass
from time import monotonic

from playwright.sync_api import Page, expect

from clients import calls
from clients.rest import RestClient
from dev.stack import Stack
from dev.stack.chromium import CHROMIUM, is_installed, running_chromium
from verification.bench.instruments.commits import watching
from verification.bench.instruments.progress_bar import Progress
from web.build import DIST

VISITS = 5
WAITING_ORDERS = 5
PER_PAGE = 200
TIMEOUT_SECONDS = 60.0
"""Seconds."""

EVENTS = ".timeline > li[data-sequence]"
"""Those of the order page; each says what it is `of`: an order or a payment."""

OBSERVE = (
    f'const EVENTS = "{EVENTS}";'
    """
window.shown = {};
window.longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask" });
new MutationObserver(() => {
  for (const { dataset } of document.querySelectorAll(EVENTS)) {
    window.shown[`${dataset.of} ${dataset.sequence}`] ??= Date.now();
  }
}).observe(document, { childList: true, subtree: true });
"""
)


@dataclass(frozen=True)
class PageFigures:
    """In milliseconds; `lags` from when an event was committed until it is in the document."""

    first_paints: list[float]
    lags: list[float]
    listed: int
    longest_task: float


def missing() -> str | None:
    """What keeps the page from being measured here, if anything does."""
    if not is_installed():
        return f"there is no {CHROMIUM}: `scripts/install-debian-packages`"
    if not (DIST / "index.html").is_file():
        return "the page is not built: `make web`"
    return None


def measure(stack: Stack, orders: int, progress: Progress) -> PageFigures:
    """Measure first paints, the delay of events, and the longest task while listing `orders`."""
    database_url = stack.environment["DATABASE_URL"]
    with running_chromium() as browser, RestClient(stack.api_url, timeout=TIMEOUT_SECONDS) as api:
        page = browser.new_page(base_url=stack.api_url)
        page.add_init_script(OBSERVE)
        paints: list[float] = []
        with progress.phase("page: first paint", VISITS) as done:
            for _ in range(VISITS):
                paints.append(_first_paint(page))
                done()
        lags: list[float] = []
        with progress.phase("page: events", WAITING_ORDERS) as done:
            for number in range(WAITING_ORDERS):
                lags += _lags(page, api, f"page-{number}-{monotonic():.0f}", database_url)
                done()
        with progress.phase("page: list", orders) as done:
            listed, longest = _list(page, orders)
            for _ in range(listed):
                done()
    return PageFigures(paints, lags, listed, longest)


def _first_paint(page: Page) -> float:
    page.goto("about:blank")
    page.goto("/")
    return float(
        page.evaluate(
            "new Promise((tell) => new PerformanceObserver((list) => "
            "tell(list.getEntries()[0].startTime)).observe({type: 'paint', buffered: true}))"
        )
    )


def _lags(page: Page, api: RestClient, customer: str, database_url: str) -> list[float]:
    """The delays of the events that follow a new card for a waiting payment."""
    api.send(calls.create_customer(customer, "Kermit", f"{customer}@example.com"))
    sku = api.send(calls.put_product("page", "Page", 2500, 1000))["sku"]
    order = api.send(calls.place_order(customer, [(sku, 1)]))["id"]
    page.goto("about:blank")
    page.goto(f"/#/orders/{order}")
    expect(page.get_by_text("The payment waits for another card.")).to_be_visible(
        timeout=TIMEOUT_SECONDS * 1000
    )
    counts = {
        stream: _count_events(api, stream) for stream in (f"order/{order}", f"payment/{order}")
    }
    with watching(database_url, counts) as commits:
        api.send(calls.update_customer_card(customer, "pm_card_visa"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(
            "fulfilled", timeout=TIMEOUT_SECONDS * 1000
        )
    expect(page.locator(EVENTS)).to_have_count(sum(counts.values()) + len(commits))
    shown = {
        (f"{of}/{order}", int(sequence)): float(moment)
        for key, moment in page.evaluate("Object.entries(window.shown)")
        for of, sequence in [key.split()]
    }
    return [shown[event] - commits[event] for event in commits]


def _count_events(api: RestClient, stream: str) -> int:
    """The number of events of the stream."""
    kind, _, id = stream.partition("/")
    return len(api.send(calls.get_events(kind, id))["events"])


def _list(page: Page, orders: int) -> tuple[int, float]:
    """The number of orders listed, and the longest task in milliseconds."""
    page.goto("/#/operations")
    rows = page.get_by_role("region", name="Table of orders").locator("tbody tr")
    page.get_by_label("Per page").select_option(str(PER_PAGE))
    pages = page.get_by_role("navigation", name="Pages of orders")
    listed = 0
    page.evaluate("window.longest = 0")
    while True:
        expect(rows.nth(min(orders - listed, PER_PAGE) - 1)).to_be_visible(
            timeout=TIMEOUT_SECONDS * 1000
        )
        listed += rows.count()
        following = pages.get_by_role("button", name="Next")
        if listed >= orders or not following.is_enabled():
            return listed, float(page.evaluate("window.longest"))
        newest = rows.first.inner_text()
        following.click()
        expect(rows.first).not_to_have_text(newest, timeout=TIMEOUT_SECONDS * 1000)
