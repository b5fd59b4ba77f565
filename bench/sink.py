"""Postfix's smtp-sink, which takes every mail and keeps none, and its smtp-source.

smtp-source is the fastest sender that we know of.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench.letters import MAIL_BYTES
from bench.waiting import Missing, wait_until
from common import clock
from common.testing.processes import become, free_port, unprivileged_user

SOURCE_SECONDS = 120


@contextmanager
def running_sink() -> Iterator[int]:
    """Yield the port of a sink on 127.0.0.1; it ends with the block, or with us."""
    port = free_port()
    user = unprivileged_user()
    drop = ["-u", user.pw_name] if user else []  # it refuses to stay root
    sink_command = [_program("smtp-sink"), *drop, "-m", "1000", f"127.0.0.1:{port}", "1000"]
    command = [*become(None, signal.SIGKILL), *sink_command]
    sink = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: _greets(port), 10, "smtp-sink")
        yield port
    finally:
        sink.kill()
        sink.wait()


def source_rate(port: int, mails: int) -> float:
    """Return the mails a second that `smtp-source -d -s 20 -l 4096` hands to the sink.

    It keeps its connections, and a mail has one recipient.
    """
    manner = ("-d", "-s", "20", "-l", str(MAIL_BYTES))
    people = ("-f", "office@bench.test", "-t", "family@bench.test")
    source = _program("smtp-source")
    command = [source, *manner, "-m", str(mails), *people, f"127.0.0.1:{port}"]
    began = clock.monotonic()
    subprocess.run(command, check=True, timeout=SOURCE_SECONDS)
    return mails / (clock.monotonic() - began)


def _program(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Missing(
            f"{name} is not installed: it comes with Postfix (`make bench` installs it on Debian)."
        )
    return found


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(3) == b"220"
    except OSError:
        return False
