"""`make screenshots`: plays a story on its own system and takes docs/pictures."""

import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from dev.stack.chromium import CHROMIUM, is_installed, running_chromium
from dev.stack.stack import Stack
from tests.screenshots import film, pages, story, temporal_web_ui
from tests.support.processes import REPOSITORY
from tests.support.shop import Shop

console = Console(stderr=True, highlight=False)


def main() -> int:
    """Returns the exit code."""
    if not is_installed():
        console.print(f"{CHROMIUM} is not installed: apt-get install chromium.")
        return 1
    subprocess.run([sys.executable, "-m", "web.build"], cwd=REPOSITORY, check=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        console.status("Starting the system") as status,
        Stack(Path(folder)) as stack,
    ):
        shop = Shop(stack)
        status.update("Playing the story")
        story.prepare(shop)
        order = story.place_waiting_order(shop)
        with running_chromium() as browser:
            status.update("Taking pictures of the pages")
            pages.take_all(browser, stack, order)
            status.update("Taking pictures of Temporal's Web UI")
            temporal_web_ui.take_all(browser, stack, shop, order)
            status.update("Taking pictures of three more orders")
            pages.take_side_by_side(browser, stack)
            status.update("Taking the moving picture")
            film.take(browser, stack, story.place_order(shop))
    return 0


if __name__ == "__main__":
    sys.exit(main())
