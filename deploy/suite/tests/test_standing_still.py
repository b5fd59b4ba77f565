"""A role whose work stands still tells so and ends.

Who supervises restarts what ended, not what is unhealthy.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from common import clock, keys, pulse
from common.houses import SIGNERS
from common.testing.mute import way_to
from suite import environment
from suite.houses import HOUSES

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]
START_SECONDS = 60.0
# With room for a machine that three parts of the tests share.
ENDS_SECONDS = pulse.STEP_SECONDS + 80.0


def wait_until(fact: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = clock.monotonic() + seconds
    while not fact():
        assert clock.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        threading.Event().wait(0.1)


def status(url: str) -> int:
    with suppress(httpx.TransportError):
        return httpx.get(url, timeout=2).status_code
    return 0


class Role:
    """A role of a house, started by hand, with what it says."""

    def __init__(self, door: str, house: str, variables: dict[str, str], folder: Path) -> None:
        self.said = folder / f"{door}.log"
        port = environment.free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "suite", door, house]
        its_own = {**os.environ, **variables, "RENRAKU_METRICS_PORT": str(port)}
        with self.said.open("ab") as log:
            self.process = subprocess.Popen(command, env=its_own, stdout=log, stderr=log)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def test_a_role_whose_database_is_mute_ends_itself(
    tmp_path: Path, make_database: Callable[[str], str]
) -> None:
    """The way is stopped, not the network: no keepalive notices, as with a disk that hangs.

    Clock and worker together: each waits for the whole minute.
    """
    house = HOUSES["dispatch-mail"]
    variables = environment.standalone(tmp_path, environment.free_port(), environment.free_port())
    variables["RENRAKU_SINGLE_PROCESS"] = "false"
    variables["RENRAKU_DATABASE_URL"] = make_database("mute")
    keys.initialise(tmp_path / "keys", SIGNERS)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        house.upgrade(house.settings())
    with way_to(variables["RENRAKU_DATABASE_URL"]) as way, ExitStack() as ends:
        by_way = {**variables, "RENRAKU_DATABASE_URL": way.url(variables["RENRAKU_DATABASE_URL"])}
        roles = [Role(door, house.name, by_way, tmp_path) for door in ("jobs", "worker")]
        for role in roles:
            ends.callback(role.end)
        for role in roles:
            wait_until(
                lambda role=role: status(role.url + "/readyz") == 200,
                START_SECONDS,
                "the role to be ready",
            )
            assert status(role.url + "/healthz") == 200
        way.fall_mute()
        wait_until(
            lambda: all(role.process.poll() is not None for role in roles),
            ENDS_SECONDS,
            "the roles to end",
        )
        assert [role.process.returncode for role in roles] == [1, 1]
        for role in roles:
            assert "role.stands_still" in role.said.read_text()
