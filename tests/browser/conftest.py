"""A real browser (headless Chromium) against `renraku up` in a folder of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from alone import Standalone
from playwright.sync_api import Browser

from common.testing.chromium import chromium
from suite import environment


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
    with chromium() as window:
        yield window
