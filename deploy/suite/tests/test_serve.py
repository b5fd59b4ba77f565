"""`renraku serve`: houses that share a process (ADR 30)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from common import clock, keys
from common.config import Settings, SettingsRefused
from common.houses import NAMES, SIGNERS
from common.web import client
from suite import environment
from suite.apis import Crew
from suite.houses import HOUSES, STORED
from suite.roles import run_together
from suite.together import Together

START_SECONDS = 60.0


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Set the environment of an installation with databases and keys, and return it."""
    made = environment.standalone(tmp_path, environment.free_port(), environment.free_port())
    # A single process on SQLite has more of them than a server would have connections for.
    del made["RENRAKU_WEB_THREADS"]
    for name, value in made.items():
        monkeypatch.setenv(name, value)
    keys.initialise(tmp_path / "keys", SIGNERS)
    (tmp_path / "data").mkdir()
    for house in STORED:
        house.upgrade(house.settings())
    return made


@pytest.fixture
def together(variables: dict[str, str]) -> Iterator[Together]:
    yield Together(NAMES)
    client.transports.clear()


def test_houses_that_share_a_process_call_each_other_in_the_callers_thread(
    together: Together,
) -> None:
    threads: set[str] = set()

    def note_thread() -> None:
        threads.add(threading.current_thread().name)

    together.app("identity").before_request(note_thread)
    directory = together.settings["directory"]
    asker = client.ServiceClient.of(directory, "identity")
    with pytest.raises(client.ServiceError, match="school"):
        asker.call("GET", "/keys/{school_id}", path={"school_id": id_of_nobody()})
    assert threads == {threading.current_thread().name}


def id_of_nobody() -> str:
    return "00000000-0000-0000-0000-000000000001"


def test_a_house_of_this_process_is_asked_at_its_own_root_whatever_path_others_call(
    together: Together,
) -> None:
    """Other processes reach it at …/identity; without a socket there is no such path."""
    own = together.settings["directory"].keys_dir
    asker = client.ServiceClient("identity", "http://api:8000/identity", keys.Keys(own, "operator"))
    assert asker.call("GET", "/schools")["items"] == []


def test_no_page_of_the_gateway_stands_where_another_house_answers(together: Together) -> None:
    pages = {rule.rule for rule in together.app("gateway").url_map.iter_rules()}
    rooms = {page.split("/")[1] for page in pages}
    assert rooms.isdisjoint(HOUSES)


def test_threads_that_would_wait_for_connections_are_refused_in_words() -> None:
    said: dict[str, Any] = {"database_url": "x", "bus_url": "x", "keys_dir": "x"}
    fits = Settings.load(**said, pool_size=4, web_threads=8)
    assert Crew.of([fits], usual=2) == Crew(processes=2, threads=8)
    with pytest.raises(SettingsRefused, match="RENRAKU_POOL_SIZE"):
        Crew.of([Settings.load(**said, pool_size=4, web_threads=9)], usual=1)


def test_processes_that_are_named_are_had_whatever_is_usual() -> None:
    said: dict[str, Any] = {"database_url": "x", "bus_url": "x", "keys_dir": "x"}
    assert Crew.of([Settings.load(**said, web_processes=3)], usual=1).processes == 3


@pytest.fixture
def start(variables: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Yield `start(*arguments, **variables) -> url`: `renraku serve …`, ready."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **more: str) -> str:
        port = environment.free_port()
        command = [sys.executable, "-m", "suite", "serve", *arguments]
        if arguments[0] == "api":
            command += ["--port", str(port)]
        environ = {**os.environ, "RENRAKU_METRICS_PORT": str(port), **more}
        with (tmp_path / f"{arguments[0]}.log").open("ab") as log:
            begun.append(subprocess.Popen(command, env=environ, stdout=log, stderr=log))
        url = f"http://127.0.0.1:{port}"
        deadline = clock.monotonic() + START_SECONDS
        while not answers(f"{url}/readyz"):
            assert clock.monotonic() < deadline, (tmp_path / f"{arguments[0]}.log").read_text()
            threading.Event().wait(0.1)
        return url

    yield start
    for process in begun:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(40) for process in begun] == [0] * len(begun)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def test_several_processes_of_an_api_tell_of_their_requests_together(start, tmp_path) -> None:
    """Each alone would tell of its own, and Prometheus would see counters that fall."""
    url = start("api", "identity", RENRAKU_WEB_PROCESSES="2", TMPDIR=str(tmp_path))
    for _ in range(30):
        assert httpx.get(f"{url}/identity/openapi.json").status_code == 200
    told = [httpx.get(f"{url}/metrics").text for _ in range(6)]
    counted = (
        'renraku_http_request_seconds_count{endpoint="api-docs.openapi_json",'
        'service="identity",status="200"} 30.0'
    )
    assert all(counted in page for page in told)
    assert all('renraku_role_ready{service="identity"} 1.0' in page for page in told)


def test_what_processes_counted_into_is_gone_when_they_have_left(start, tmp_path) -> None:
    start("api", "retention", RENRAKU_WEB_PROCESSES="2", TMPDIR=str(tmp_path))
    assert list(tmp_path.glob("renraku-metrics-*"))


def test_some_houses_share_their_workers_and_others_their_clocks(start) -> None:
    workers = start("workers", "identity", "retention")
    clocks = start("jobs", "retention", "identity", "identity")
    for url in (workers, clocks):
        told = httpx.get(f"{url}/metrics").text
        for name in ("identity", "retention"):
            assert f'renraku_role_ready{{service="{name}"}} 1.0' in told
        assert 'renraku_role_ready{service="messaging"}' not in told


def test_there_is_no_command_by_which_an_api_shares_a_process_with_a_dispatcher() -> None:
    from suite.cli_serve import serve

    assert sorted(serve.commands) == ["api", "jobs", "workers"]


async def test_the_other_houses_of_a_process_finish_when_one_fails() -> None:
    """Cancelled in mid hand-over a dispatcher would not know what was sent."""
    stop = asyncio.Event()
    finished = []

    async def fails() -> None:
        raise RuntimeError("a fault of one house")

    async def finishes() -> None:
        await stop.wait()
        await asyncio.sleep(0)
        finished.append("what was in hand")

    with pytest.raises(RuntimeError, match="of one house"):
        await run_together([fails(), finishes()], stop)
    assert finished == ["what was in hand"]
