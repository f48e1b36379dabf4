"""Debian's Chromium, without a window, driven by playwright; nothing is downloaded."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
# Whatever a page asks for, nothing beyond this machine is found.
NOBODY_ELSE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def is_installed() -> bool:
    """Whether there is one to run."""
    return CHROMIUM.exists()


@contextmanager
def running_chromium() -> Generator[Browser]:
    """A browser of its own. Inside the block no event loop can be run in the same thread, as
    playwright runs one there.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[NOBODY_ELSE],
            chromium_sandbox=os.geteuid() != 0,  # which root can't have
        )
        yield browser
        browser.close()
