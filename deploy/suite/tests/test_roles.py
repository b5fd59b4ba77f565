"""A worker and a clock as processes of their own tell how they are (OPS-5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from common import clock, keys
from common.houses import SIGNERS
from suite import environment
from suite.houses import HOUSES
from suite.local import Supervisor

START_SECONDS = 60.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str, str], str]]:
    """Yield `start(door, house) -> url`: a role as a process, ready, on SQLite and the bus in
    memory.
    """
    begun: list[subprocess.Popen[bytes]] = []
    variables = environment.standalone(tmp_path, environment.free_port(), environment.free_port())
    keys.initialise(tmp_path / "keys", SIGNERS)
    (tmp_path / "data").mkdir()

    def start(door: str, house: str) -> str:
        port = environment.free_port()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            HOUSES[house].upgrade(HOUSES[house].settings())
        environ = {**os.environ, **variables, "RENRAKU_METRICS_PORT": str(port)}
        with (tmp_path / f"{door}.log").open("ab") as log:
            command = [sys.executable, "-m", "suite", door, house]
            begun.append(
                subprocess.Popen(
                    command, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )
            )
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(url + "/readyz"), START_SECONDS)
        return url

    yield start
    for process in begun:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(40) for process in begun] == [0] * len(begun)


def wait_until(fact: Callable[[], bool], seconds: float) -> None:
    """Wait until a fact is true; fail when it isn't in time."""
    deadline = clock.monotonic() + seconds
    while not fact():
        assert clock.monotonic() < deadline, "the fact did not come true in time"
        threading.Event().wait(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def test_the_door_for_mails_is_a_role_that_tells_what_came_in(start):
    url = start("inbound", "dispatch-mail")
    wanted = 'renraku_inbound_mails_total{result="forged"} 0.0'
    wait_until(lambda: wanted in httpx.get(f"{url}/metrics", timeout=5).text, START_SECONDS)


def test_a_clock_tells_of_its_outbox_and_a_worker_of_its_readiness(start):
    clock_url, worker_url = start("jobs", "dispatch-mail"), start("worker", "dispatch-mail")
    assert (
        'renraku_role_ready{service="dispatch-mail"} 1.0'
        in httpx.get(worker_url + "/metrics", timeout=5).text
    )
    wanted = (
        'renraku_outbox_oldest_seconds{service="dispatch-mail"} 0.0',
        'renraku_events_set_aside{service="dispatch-mail"} 0.0',
        'renraku_deliveries_open{channel="mail",lane="urgent",state="requested"} 0.0',
        'renraku_deliveries_oldest_open_seconds{channel="mail",lane="normal"} 0.0',
    )
    wait_until(
        lambda: all(line in httpx.get(clock_url + "/metrics", timeout=5).text for line in wanted),
        START_SECONDS,
    )
    assert [
        httpx.get(url + "/healthz", timeout=5).status_code for url in (clock_url, worker_url)
    ] == [200, 200]


def test_the_note_of_local_processes_is_for_this_user_alone(tmp_path: Path) -> None:
    Supervisor(
        tmp_path,
        "postgresql+psycopg2://renraku:secret@localhost/renraku_{service}",
        "amqp://localhost",
    ).write_note()
    note = tmp_path / "local.json"
    assert "secret" in note.read_text()
    assert note.stat().st_mode & 0o077 == 0


def test_local_processes_hand_mails_to_the_relay_that_is_given_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENRAKU_RELAY_HOST", "relay.minamo.example")
    monkeypatch.setenv("RENRAKU_RELAY_USERNAME", "renraku")
    supervisor = Supervisor(
        tmp_path,
        "sqlite:///{service}.db",
        "amqp://localhost",
        extra=environment.relay_given_by_hand(),
    )
    relay = {
        name: value
        for name, value in supervisor.variables.items()
        if name.startswith("RENRAKU_RELAY_")
    }
    assert relay == {
        "RENRAKU_RELAY_HOST": "relay.minamo.example",
        "RENRAKU_RELAY_PORT": "25",
        "RENRAKU_RELAY_USERNAME": "renraku",
    }


def test_local_processes_hand_mails_to_the_towns_relay_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("RENRAKU_RELAY_")]:
        monkeypatch.delenv(name)
    supervisor = Supervisor(
        tmp_path,
        "sqlite:///{service}.db",
        "amqp://localhost",
        extra=environment.relay_given_by_hand(),
    )
    assert supervisor.variables["RENRAKU_RELAY_HOST"] == "127.0.0.1"
    assert supervisor.variables["RENRAKU_RELAY_PORT"] == str(supervisor.relay_port)
