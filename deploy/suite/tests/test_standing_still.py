"""A role whose work stands still tells so and ends: who supervises restarts what ended, not what is unhealthy."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from common import clock, keys, pulse
from common.testing.mute import way_to
from suite import environment
from suite.houses import HOUSES, SIGNERS

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]
START_SECONDS = 60.0
ENDS_SECONDS = pulse.STEP_SECONDS + 20.0


def wait_until(fact: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = clock.monotonic() + seconds
    while not fact():
        assert clock.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        threading.Event().wait(0.1)


def status(url: str) -> int:
    with suppress(httpx.TransportError):
        return httpx.get(url, timeout=2).status_code
    return 0


@pytest.mark.parametrize("door", ["jobs", "worker"])
def test_a_role_whose_database_is_mute_ends_itself(tmp_path: Path, make_database: Callable[[str], str], door: str) -> None:
    """The way is stopped, not the network: no keepalive notices, as with a database whose disk hangs."""
    house = HOUSES["dispatch-mail"]
    port = environment.free_port()
    variables = environment.standalone(tmp_path, environment.free_port(), environment.free_port())
    variables["RENRAKU_SINGLE_PROCESS"] = "false"
    variables["RENRAKU_DATABASE_URL"] = make_database(f"mute_{door}")
    keys.initialise(tmp_path / "keys", SIGNERS)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        house.upgrade(house.settings())
    said = tmp_path / "role.log"
    with way_to(variables["RENRAKU_DATABASE_URL"]) as way, said.open("ab") as log:
        by_way = {
            "RENRAKU_DATABASE_URL": way.url(variables["RENRAKU_DATABASE_URL"]),
            "RENRAKU_METRICS_PORT": str(port),
        }
        command = [sys.executable, "-m", "suite", door, house.name]
        role = subprocess.Popen(command, env={**os.environ, **variables, **by_way}, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: status(url + "/readyz") == 200, START_SECONDS, "the role to be ready")
            assert status(url + "/healthz") == 200
            way.fall_mute()
            wait_until(lambda: role.poll() is not None, ENDS_SECONDS, "the role to end")
            assert role.returncode == 1
            assert "role.stands_still" in said.read_text()
        finally:
            role.kill()
            role.wait()
