"""A person in front of a browser, on the stack that all end-to-end tests share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from dev.stack.stack import Stack
from tests.support.browser import Visit, browser, built

__all__ = ["browser", "built"]


@pytest.fixture
def visit(browser: Browser, built: None, stack: Stack) -> Iterator[Visit]:
    """Nothing its pages do is wrong: no error, no request to others."""
    visit = Visit.begin(browser, stack.api_url)
    yield visit
    visit.end()


@pytest.fixture
def page(visit: Visit) -> Page:
    """An empty tab."""
    return visit.context.new_page()
