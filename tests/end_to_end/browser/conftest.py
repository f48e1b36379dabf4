"""A person in front of a browser, on the stack that all end-to-end tests share."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from dev.stack.stack import Stack
from tests.support.browser import Visit, browser
from tests.support.processes import REPOSITORY
from web.build import DIST

__all__ = ["browser"]


@pytest.fixture(scope="session")
def built() -> None:
    """The page is built as its sources have it; without Node.js the test is skipped."""
    subprocess.run([sys.executable, "-m", "web.build"], cwd=REPOSITORY, check=True)
    if not (DIST / "index.html").is_file():
        reason = "the page is not built: Node.js is missing or too old"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


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
