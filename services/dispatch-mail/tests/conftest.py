"""Relays on real sockets, and a port where there is none."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
from scripted_relay import ScriptedRelay, StartRelay


@pytest.fixture
async def start_relay() -> AsyncIterator[StartRelay]:
    """Start relays on free ports; their sockets are closed with the test."""
    relays = []

    async def start(**options: object) -> ScriptedRelay:
        relay = ScriptedRelay(**options)
        await relay.listen()
        relays.append(relay)
        return relay

    yield start
    for relay in relays:
        assert relay.server is not None
        relay.server.close()
        relay.released.set()
        await relay.until(lambda seen: seen.open_now == 0)


@pytest.fixture
def relay_type() -> type[ScriptedRelay]:
    """For a test that runs a loop of its own."""
    return ScriptedRelay


@pytest.fixture
def unused_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
