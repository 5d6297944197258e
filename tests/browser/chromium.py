# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Debian's Chromium, driven by playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.stack import browser

#: Milliseconds that a condition may take which needs no SPAR.
PATIENCE = 30_000
_SIZE = {"width": 1280, "height": 960}
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser without a window, closed at the end."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=browser.require(), args=list(browser.FLAGS)
        )
        try:
            yield started
        finally:
            started.close()


@contextmanager
def window(started: Browser) -> Iterator[Page]:
    """A page with cookies of its own. What its scripts could not handle fails at the end."""
    context = started.new_context(viewport=_SIZE, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    crashes: list[str] = []
    page.on("pageerror", lambda error: crashes.append(str(error)))
    try:
        yield page
        assert not crashes, f"scripts of the page failed: {crashes}"
    finally:
        context.close()
