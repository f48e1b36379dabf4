"""A browser for tests, and checks on what a page must not do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Request,
    WebError,
    expect,
)

from dev.stack.chromium import CHROMIUM, is_installed, running_chromium
from tests.support.processes import REPOSITORY
from web.build import DIST

ColorScheme = Literal["light", "dark"]
DESKTOP = (1280, 900)
PHONE = (360, 740)
TIMEOUT_MILLISECONDS = 60_000
"""How long a test waits for what must appear, on a machine that is busy."""

expect.set_options(timeout=TIMEOUT_MILLISECONDS)


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A new one for each test: as long as it is there, no event loop can be run in its thread.

    Where there is none the test is skipped; under CI=true it fails.
    """
    if not is_installed():
        reason = f"no {CHROMIUM}: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def built() -> None:
    """The page is built as its sources have it; without Node.js the test is skipped."""
    subprocess.run([sys.executable, "-m", "web.build"], cwd=REPOSITORY, check=True)
    if not (DIST / "index.html").is_file():
        reason = "the page is not built: Node.js is missing or too old"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@dataclass
class Visit:
    """A browser window, and the errors of its pages."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list[str])
    expected: list[str] = field(default_factory=lambda: ["status of 503"])
    """Parts of errors that a test expects. What the API of a busy machine can't do in time, it says
    so, and the page asks again.
    """

    def __post_init__(self) -> None:
        """Listens from the first page on."""
        self.context.set_default_timeout(TIMEOUT_MILLISECONDS)
        self.context.on("console", self._note_error)
        self.context.on("weberror", self._note_exception)
        self.context.on("request", self._note_foreign_request)

    @classmethod
    def begin(
        cls,
        browser: Browser,
        base_url: str,
        scheme: ColorScheme = "light",
        size: tuple[int, int] = DESKTOP,
    ) -> "Visit":
        """In a window of its own, with nothing remembered."""
        width, height = size
        return cls(
            browser.new_context(
                base_url=base_url,
                color_scheme=scheme,
                viewport={"width": width, "height": height},
                reduced_motion="reduce",
            )
        )

    def end(self) -> None:
        """Fails if the pages had unexpected errors."""
        self.context.close()
        unexpected = [
            one for one in self.complaints if not any(part in one for part in self.expected)
        ]
        assert not unexpected, "\n".join(unexpected)

    def _note_error(self, message: ConsoleMessage) -> None:
        # Violations of the Content-Security-Policy are reported here too.
        if message.type in {"error", "warning"}:
            where = message.location.get("url", "")
            self.complaints.append(f"{message.type}: {message.text} ({where})")

    def _note_exception(self, error: WebError) -> None:
        self.complaints.append(f"exception: {error.error}")

    def _note_foreign_request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.complaints.append(f"request to another host: {request.url}")
