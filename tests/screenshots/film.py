"""The README's moving picture: a payment waits for a card, reminds its customer, and goes on."""

import time
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Page

from dev.stack.stack import Stack
from tests.screenshots.camera import PICTURES, check_size
from tests.screenshots.story import KERMIT
from tests.support.web_shopper import OrderPage, choose_customer

SIZE = (1440, 900)
WIDTH = 960
"""Pixels to which the picture is reduced."""

LARGEST = 3 * 1024 * 1024
"""The largest size of the file, in bytes."""


def take(browser: Browser, stack: Stack, order: str) -> None:
    """Write `docs/pictures/payment.webp`: `order` is one of Kermit's whose payment waits.

    Raises `TooLargeError`.
    """
    width, height = SIZE
    context = browser.new_context(
        base_url=stack.api_url,
        color_scheme="light",
        viewport={"width": width, "height": height},
    )
    page = context.new_page()
    page.goto("/")
    choose_customer(page, KERMIT)
    page.goto(f"/#/orders/{order}")
    shown = OrderPage(page, order)
    shown.is_at("Payment", "wait_for_card")
    page.get_by_role("region", name="Payment", exact=True).scroll_into_view_if_needed()
    film = Film(page)
    film.hold(2)
    for _ in range(2):
        shown.days_pass("Forward 2 days")
        film.roll(2)
        film.hold(1)
    shown.update_card("Succeeds (Visa)")
    film.roll(4)
    shown.shows("fulfilled")
    film.roll(1)
    film.hold(4)
    film.write("payment")
    context.close()


@dataclass
class Film:
    """Frames of a page, and how long each is shown, in milliseconds."""

    page: Page
    frames: list[Image.Image] = field(default_factory=list[Image.Image])
    durations: list[int] = field(default_factory=list[int])

    def hold(self, seconds: float) -> None:
        """Show the page as it is now for so long."""
        self._add(round(seconds * 1000))

    def roll(self, seconds: float) -> None:
        """Take frames for so long, as fast as the browser draws them."""
        end = time.monotonic() + seconds
        while (began := time.monotonic()) < end:
            self._add(0)
            self.durations[-1] = round((time.monotonic() - began) * 1000)

    def write(self, name: str) -> None:
        """Write `docs/pictures/NAME.webp`; raises `TooLargeError`."""
        file = PICTURES / f"{name}.webp"
        first, *others = self.frames
        first.save(
            file,
            save_all=True,
            append_images=others,
            duration=self.durations,
            loop=0,
            quality=60,
            method=6,
        )
        check_size(file, LARGEST)

    def _add(self, milliseconds: int) -> None:
        frame = Image.open(BytesIO(self.page.screenshot(scale="css")))
        height = round(frame.height * WIDTH / frame.width)
        self.frames.append(frame.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS))
        self.durations.append(milliseconds)
