"""The machine's own Chromium, without a window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these Chromium looks for its maker's hosts at every start.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser while the block runs."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, (
        f"There is none of {', '.join(NAMES)} on the PATH: python3 deploy/tools/binaries.py browser"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=QUIET,
        )
        yield browser
        browser.close()
