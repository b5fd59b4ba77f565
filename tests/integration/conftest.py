"""The whole suite as processes, on real PostgreSQL and RabbitMQ, started once for the run.

A failure test shares its set-up with the story that succeeds, so that it can't pass for the wrong
reason.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alone import Standalone
from hands import Office, Suite

from common.testing import services
from suite import environment
from suite.houses import STORED
from suite.loading import load_demo
from suite.local import Supervisor
from suite.migrate import prepare
from suite.operator_client import OperatorClients

# 300 children in twelve pages, so that a fan-out has a middle in which it can die.
FAN_OUT_PAGE = "25"


@pytest.fixture(scope="session")
def suite(
    postgres_server: services.PostgresServer,
    rabbit_server: services.RabbitServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Suite]:
    """Start every role as its own process, with the demo school loaded."""
    run_dir = tmp_path_factory.mktemp("suite")
    base = sa.make_url(postgres_server.url)
    prefix = f"renraku_{uuid4().hex[:6]}_"
    of_service = base.set(database=prefix + "SERVICE").render_as_string(hide_password=False)
    database_url = of_service.replace("SERVICE", "{service}")
    fast = {
        "RENRAKU_LEASE_SECONDS": "8",
        "RENRAKU_FAN_OUT_PAGE": FAN_OUT_PAGE,
        "RENRAKU_BCRYPT_COST": "4",
    }
    supervisor = Supervisor(run_dir, database_url, rabbit_server.url, extra=fast, pace=0.0)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in supervisor.variables.items():
            patch.setenv(name, value)
        prepare(create_databases=True)
        engines = {}
        for house in STORED:
            url = database_url.replace("{service}", house.name)
            engines[house.name] = sa.create_engine(url)
        try:
            supervisor.start_all()
            operator = OperatorClients.from_environment()
            suite = Suite(supervisor, engines, load_demo(operator))
            operator.close()
            yield suite
            for client in suite.clients.values():
                client.close()
        finally:
            supervisor.stop_all()
            for engine in engines.values():
                engine.dispose()
    for house in STORED:
        services.drop_database(postgres_server.url, prefix + house.name)


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
