"""The whole suite as processes, on real PostgreSQL and RabbitMQ, started once for the run.

A failure test shares its set-up with the story that succeeds, so that it can't pass for the wrong
reason.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from alone import Standalone
from hands import Office, Suite
from running import running_suite

from common.testing import services
from suite import environment

# 300 children in twelve pages, so that a fan-out has a middle in which it can die.
FAN_OUT_PAGE = "25"


@pytest.fixture(scope="session")
def suite(
    postgres_server: services.PostgresServer,
    rabbit_server: services.RabbitServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Suite]:
    """Start every role as its own process, with the demo school loaded."""
    fast = {
        "RENRAKU_LEASE_SECONDS": "8",
        "RENRAKU_FAN_OUT_PAGE": FAN_OUT_PAGE,
        "RENRAKU_BCRYPT_COST": "4",
    }
    run_dir = tmp_path_factory.mktemp("suite")
    with running_suite(postgres_server, rabbit_server.url, run_dir, fast) as suite:
        yield suite


@pytest.fixture
def office(mended: Suite) -> Office:
    """Give the vice principal's hands."""
    return mended.office()


@pytest.fixture
def mended(suite: Suite) -> Iterator[Suite]:
    """Give the suite, and put every role back on its feet afterwards."""
    yield suite
    for name in suite.supervisor.roles:
        if name in suite.supervisor.ended() or not suite.supervisor.is_running(name):
            suite.supervisor.start(name)
            suite.supervisor.wait_ready(name)


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Start standalone mode in a folder of its own, once for the tests of a file."""
    running = Standalone(tmp_path_factory.mktemp("alone"), environment.free_port())
    running.start()
    yield running
    for client in running.clients.values():
        client.close()
    assert running.end(signal.SIGTERM) == 0
