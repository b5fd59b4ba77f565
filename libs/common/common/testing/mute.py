"""A way to a server that can fall mute: its connections stay open, and nothing comes through."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import make_url

from common.testing.processes import free_port


@dataclass(frozen=True, slots=True)
class Way:
    """A socat between us and a server, with a process for each connection."""

    port: int
    process: subprocess.Popen[bytes]

    def url(self, url: str) -> str:
        """Return a server's address by this way."""
        by_way = make_url(url).set(host="127.0.0.1", port=self.port)
        return by_way.render_as_string(hide_password=False)

    def fall_mute(self) -> None:
        """Stop every socat.

        The kernel still takes what we send: no keepalive and no time-out of TCP ends.
        """
        os.killpg(self.process.pid, signal.SIGSTOP)

    def speak_again(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)


@contextmanager
def way_to(url: str) -> Iterator[Way]:
    """Open a way to the server of a database's address."""
    server = make_url(url)
    port = free_port()
    listen = f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr"
    command = [
        "socat",
        listen,
        f"TCP:{server.host}:{server.port}",
    ]
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603
    way = Way(port, process)
    try:
        yield way
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
