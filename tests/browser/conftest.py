"""A real browser (headless Chromium) against `renraku up` in a folder of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from alone import Standalone
from playwright.sync_api import Browser, sync_playwright

from suite import environment

# Without these Chromium looks for its maker's hosts at every start.
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-background-networking"]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Start the product once for all browser tests."""
    alone = Standalone(tmp_path_factory.mktemp("alone"), environment.free_port())
    alone.start()
    yield alone
    for client in alone.clients.values():
        client.close()
    assert alone.end(signal.SIGTERM) == 0


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield chromium
        chromium.close()
