"""Takes pictures of parts of a page."""

from pathlib import Path

from playwright.sync_api import FloatRect, Locator, Page

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MARGIN = 12
"""Pixels around the parts that a picture shows."""

LARGEST = 512 * 1024
"""The largest size of a picture, in bytes."""


class TooLargeError(Exception):
    """A picture is too large for the repository."""


def take(page: Page, name: str, *parts: Locator, at_least: int = 0) -> None:
    """Write `docs/pictures/NAME.png`: the whole page, or the smallest rectangle that contains all
    parts and is `at_least` so many pixels high.

    Raises `TooLargeError`.
    """
    page.mouse.move(0, 0)
    file = PICTURES / f"{name}.png"
    if parts:
        page.screenshot(path=file, clip=_around(page, parts, at_least), animations="disabled")
    else:
        page.screenshot(path=file, full_page=True, animations="disabled")
    check_size(file, LARGEST)


def check_size(file: Path, largest: int) -> None:
    """Raises `TooLargeError` if the file has more bytes."""
    size = file.stat().st_size
    if size > largest:
        raise TooLargeError(f"{file.name} has {size} bytes, more than {largest}.")


def _around(page: Page, parts: tuple[Locator, ...], at_least: int) -> FloatRect:
    boxes = [box for part in parts if (box := part.bounding_box())]
    size = page.viewport_size or {"width": 0, "height": 0}
    left = max(0, min(box["x"] for box in boxes) - MARGIN)
    top = max(0, min(box["y"] for box in boxes) - MARGIN)
    right = min(size["width"], max(box["x"] + box["width"] for box in boxes) + MARGIN)
    bottom = max(top + at_least, max(box["y"] + box["height"] for box in boxes) + MARGIN)
    bottom = min(size["height"], bottom)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}
