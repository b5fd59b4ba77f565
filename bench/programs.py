"""Programs that run beside the benchmark, each in a folder of its own, where its log stands."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from bench.waiting import TooSlow, wait_until
from common.testing.processes import become

LEAVE_SECONDS = 40
ANSWER_SECONDS = 5
LOOK_SECONDS = 0.02
LOG = "program.log"


@contextmanager
def running(
    command: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a program that ends with the block, or with us, and all that it began with it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("ab") as log:
        program = subprocess.Popen(
            [*become(None, signal.SIGKILL), *command],
            cwd=folder,
            env={**_newcomers_environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield program
    finally:
        _end(program)


def _newcomers_environment() -> dict[str, str]:
    """Return our environment without what points to an installation, or to the make above us."""
    ours = ("RENRAKU_", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    with suppress(subprocess.TimeoutExpired):
        program.wait(LEAVE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


def wait_for_page(program: subprocess.Popen[bytes], url: str, seconds: float) -> None:
    """Wait until a page of a program answers, wherever it leads to."""
    # One client for all looks: to make one takes longer than to look, and would slow the start.
    with httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=True) as client:

        def answers() -> bool:
            if program.poll() is not None:
                code = program.returncode
                raise TooSlow(f"{url} will never answer: the program ended with {code}")
            return _answers(client, url)

        wait_until(answers, seconds, url, every=LOOK_SECONDS)


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False
