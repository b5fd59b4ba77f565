"""Flask's "hello" on the servers that serve us, with as many processes and threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bench import ROOT, programs
from bench.visitors import Page
from common.testing.processes import free_port

APP = "bench.hello:app"
# The programs run in folders of their own, where Python would not find the benchmark.
IMPORTABLE = {"PYTHONPATH": str(ROOT)}
START_SECONDS = 60.0
HELLO = Page("GET", "/", 200, "hello")
HELLO_PRESSED = Page("POST", "/", 200, "hello")


@dataclass(frozen=True, slots=True)
class Server:
    """A server of pages: `options` of its command line; `name` is for people."""

    name: str
    options: tuple[str, ...]

    def command(self, port: int) -> list[str]:
        address = f"127.0.0.1:{port}"
        filled = [option.replace("{address}", address) for option in self.options]
        return [sys.executable, "-m", *filled, APP]


def gunicorn(processes: int, threads: int) -> Server:
    """Return gunicorn as `suite.roles.run_api` sets it."""
    return Server(
        f"gunicorn, {processes} × {threads} threads",
        (
            "gunicorn",
            "--bind={address}",
            f"--workers={processes}",
            f"--threads={threads}",
            "--worker-class=gthread",
        ),
    )


def waitress(threads: int) -> Server:
    """Return waitress as `suite.standalone` sets it."""
    return Server(
        f"waitress, {threads} threads",
        ("waitress", "--listen={address}", f"--threads={threads}"),
    )


@contextmanager
def running_hello(server: Server, folder: Path) -> Iterator[int]:
    """Yield the port of a hello that answers; it ends with the block."""
    port = free_port()
    own_folder = folder / uuid4().hex[:8]
    with programs.running(server.command(port), own_folder, IMPORTABLE) as program:
        programs.wait_for_page(program, f"http://127.0.0.1:{port}/", START_SECONDS)
        yield port
