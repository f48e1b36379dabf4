"""Debian's Chromium, headless, driven by playwright; nothing is downloaded."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
# Pages can load nothing from other machines.
LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def is_installed() -> bool:
    """Whether it is installed."""
    return CHROMIUM.exists()


@contextmanager
def running_chromium() -> Generator[Browser]:
    """Starts a browser. Playwright runs an event loop in this thread, so the block cannot."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[LOOPBACK_ONLY],
            chromium_sandbox=os.geteuid() != 0,  # root cannot have one
        )
        yield browser
        browser.close()
