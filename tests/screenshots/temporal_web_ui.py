"""Pictures of Temporal's Web UI for docs/inspect.md."""

import json
import re
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect

from dev.stack.stack import Stack
from tests.screenshots import story
from tests.screenshots.camera import take
from tests.support.browser import ColorScheme, Visit
from tests.support.shop import Shop

SIZE = (1280, 2400)
DECRYPTION_TIME = 6_000
"""Milliseconds until the Web UI has decrypted all summaries of a page."""

SOME_ATTEMPTS = re.compile(r"^\s*[3-9]\s*/\s*unlimited", re.IGNORECASE)
COLUMNS = ["Workflow ID", "CustomerId", "PaymentDeadline"]


def take_all(browser: Browser, stack: Stack, shop: Shop, order: str) -> None:
    """Of Kermit's payment while it waits, while it is charged, and when it has ended."""
    with_light, with_dark = (_visit(browser, stack, scheme) for scheme in ("light", "dark"))
    _waiting_payments(with_dark)
    _state(with_light, "payment-waiting", f"payment/{order}")
    _state(with_dark, "order-waiting", f"order/{order}")
    shop.cards.fault("down")
    shop.http.put(f"/payments/{order}/card", json={"payment_method": story.VALID})
    _retries(with_light, order)
    shop.cards.clear_faults()
    shop.await_order(order, "fulfilled")
    _timeline(with_light, "payment-timeline", f"payment/{order}", "receive_payment", 540)
    _timeline(with_dark, "order-timeline", f"order/{order}", "mark_order_fulfilled", 340)
    _history(with_light, order)
    for page in (with_light, with_dark):
        page.context.close()


def _visit(browser: Browser, stack: Stack, scheme: ColorScheme) -> Page:
    page = Visit.begin(browser, stack.ui_url, scheme, SIZE).context.new_page()
    columns = json.dumps({"default": [{"label": label} for label in COLUMNS]})
    page.add_init_script(
        f"localStorage.setItem('namespace-workflow-table-columns', {json.dumps(columns)})"
    )
    return page


def _waiting_payments(page: Page) -> None:
    page.goto(f"/namespaces/default/workflows?query={quote('AwaitingCard = true')}")
    rows = page.locator("main tr")
    expect(rows).to_have_count(4)
    take(page, "waiting", page.get_by_role("heading", level=1), rows.last)


def _open(page: Page, workflow: str, tab: str) -> None:
    page.goto(f"/namespaces/default/workflows/{quote(workflow, safe='')}")
    page.get_by_role("tab", name=tab).click()


def _state(page: Page, name: str, workflow: str) -> None:
    _open(page, workflow, "User Metadata")
    for part in ("details", "current-details"):
        expect(page.frame_locator(f"#user-metadata-{part}").get_by_role("main")).not_to_be_empty()
    frames = page.locator("iframe")
    expect(frames).to_have_count(3)
    headings = page.get_by_text("Summary", exact=True), page.get_by_text("Current Details")
    take(page, name, page.get_by_test_id("user-metadata"), *headings, frames.last)


def _retries(page: Page, order: str) -> None:
    """Without the failure beside it, whose stack trace contains local paths."""
    _open(page, f"payment/{order}", "Pending Activities")
    expect(page.get_by_text(SOME_ATTEMPTS)).to_be_visible()
    labels = [page.get_by_text(text, exact=True) for text in ("charge_card", "Next Retry")]
    attempted = page.get_by_text("Last Attempt Completed Time")
    values = attempted.locator("xpath=following-sibling::*")
    take(page, "payment-retried", page.get_by_text("Scheduled").last, *labels, attempted, values)


def _timeline(page: Page, name: str, workflow: str, last: str, height: int) -> None:
    """`height` pixels high, taken once the name of the `last` step is visible."""
    _open(page, workflow, "Timeline")
    expect(page.get_by_text(last).last).to_be_visible()
    _settle(page)
    heading = page.get_by_role("heading", name="Timeline")
    take(page, name, heading, page.get_by_test_id("download"), at_least=height)


def _history(page: Page, order: str) -> None:
    _open(page, f"payment/{order}", "Event History")
    page.get_by_text("Compact", exact=True).click()
    table = page.get_by_test_id("event-summary-table")
    expect(table.get_by_text("receive_payment")).to_be_visible()
    _settle(page)
    take(page, "payment-history", table.locator("tr").first, table.locator("tr").last)


def _settle(page: Page) -> None:
    """Summaries are decrypted one by one, and no element says when that is done."""
    page.wait_for_timeout(DECRYPTION_TIME)
