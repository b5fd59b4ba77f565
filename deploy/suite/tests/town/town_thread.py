"""A town in a thread with an event loop of its own, for a program that has no loop to lend."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

import uvloop

from suite.town import Town, TownSettings


@dataclass(frozen=True)
class RunningTown:
    """A town whose relay listens on `port`."""

    town: Town
    port: int


@contextmanager
def town_in_thread(settings: TownSettings) -> Iterator[RunningTown]:
    """Run the town while the block lasts; what hinders its start is raised here."""
    town = Town(settings)
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def live() -> None:
        over = asyncio.Event()
        try:
            started.set_result((await town.start(), asyncio.get_running_loop(), over))
            await over.wait()
        except OSError as error:
            started.set_exception(error)
        finally:
            await town.stop()

    thread = threading.Thread(target=lambda: uvloop.run(live()), name="town", daemon=True)
    thread.start()
    port, loop, over = started.result()
    try:
        yield RunningTown(town, port)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
