"""The product in its shapes of installation, and in each the synthetic school."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import make_url

from bench import programs
from bench.channels import CHANNELS, Channel
from bench.school import Installation, School, found
from bench.services import WAIT_SECONDS, Services
from common.db import Database
from common.db.connect import Patience
from common.testing.processes import free_port
from suite import environment
from suite.houses import HOUSES, STORED
from suite.local import Supervisor
from suite.migrate import prepare

# The other channels and the end of contracts take no part in a send; in place of the town stand
# the sink, LINE and FCM.
ALWAYS = ("identity", "directory", "messaging")
# Our own questions and the roster of a large school take their time.
PATIENCE = Patience(WAIT_SECONDS, WAIT_SECONDS, WAIT_SECONDS)
START_SECONDS = 300.0


@contextmanager
def running_school(
    services: Services, heads: int, channels: Sequence[Channel], also: Collection[str] = ()
) -> Iterator[School]:
    """Yield a school of so many children in processes of its own, warmed up by one message.

    `also`: houses that run besides those which a send needs.
    """
    houses = {*ALWAYS, *also, *(channel.house for channel in channels)}
    supervisor = _supervisor(services, channels, is_small=False)
    for name in list(supervisor.roles):
        house = name.partition(".")[0]
        if house not in houses:
            del supervisor.roles[name]
    with _supervised(supervisor, channels, heads) as school:
        yield school


def _supervisor(services: Services, channels: Sequence[Channel], *, is_small: bool) -> Supervisor:
    new_database = make_url(services.new_database())
    database_url = new_database.render_as_string(hide_password=False) + "_{service}"
    return Supervisor(
        services.folder / uuid4().hex[:8],
        database_url,
        services.amqp_url,
        relay_port=services.sink_port,
        extra=_outside(services, channels),
        is_small=is_small,
    )


@contextmanager
def _supervised(
    supervisor: Supervisor, channels: Sequence[Channel], heads: int
) -> Iterator[School]:
    with ExitStack() as stack:
        stack.enter_context(_environment(supervisor.variables))
        prepare(create_databases=True)
        stack.callback(supervisor.stop_all)
        supervisor.start_all()
        installation = Installation(
            keys_dir=supervisor.run_dir / "keys",
            urls=supervisor.urls,
            port=supervisor.ports["gateway"],
            databases=stack.enter_context(_databases(supervisor.database_url)),
        )
        yield _open_school(installation, channels, heads)


@dataclass(frozen=True)
class LogKeepers:
    """identity's worker and clock, which begin when they are told."""

    supervisor: Supervisor
    database: Database

    @property
    def amqp_url(self) -> str:
        return self.supervisor.bus_url

    def start(self) -> None:
        for name in self.supervisor.roles:
            self.supervisor.start(name)
        for name in self.supervisor.roles:
            self.supervisor.wait_ready(name)


@contextmanager
def running_log_keepers(services: Services) -> Iterator[LogKeepers]:
    """Yield those who keep the operation log, on an empty database and with empty queues."""
    supervisor = _supervisor(services, (), is_small=False)
    keepers = ("identity.worker", "identity.jobs")
    supervisor.roles = {name: supervisor.roles[name] for name in keepers}
    with ExitStack() as stack:
        stack.enter_context(_environment(supervisor.variables))
        prepare(create_databases=True)
        stack.callback(supervisor.stop_all)
        databases = stack.enter_context(_databases(supervisor.database_url))
        yield LogKeepers(supervisor, databases["identity"])


@contextmanager
def all_roles_apart(services: Services, heads: int) -> Iterator[School]:
    """Yield a school where every house's doors are processes, and all three channels are open."""
    with running_school(services, heads, CHANNELS, also=HOUSES) as school:
        yield school


@contextmanager
def three_processes(services: Services, heads: int) -> Iterator[School]:
    """Yield a school where the houses' APIs, workers and clocks are three processes."""
    supervisor = _supervisor(services, CHANNELS, is_small=True)
    del supervisor.roles["town"]
    with _supervised(supervisor, CHANNELS, heads) as school:
        yield school


@contextmanager
def standalone(services: Services, heads: int) -> Iterator[School]:
    """Yield a school in `renraku up`, beside the demo's, with the same relay, LINE and FCM.

    The town's relay has the pace of a demo, and would be slower than what is measured.
    """
    folder = services.folder / uuid4().hex[:8]
    port = free_port()
    given = {
        "RENRAKU_RELAY_PORT": str(services.sink_port),
        **_outside(services, CHANNELS),
    }
    up = (sys.executable, "-m", "suite", "up", "--no-history", "--port", str(port))
    with programs.running(up, folder, given) as program:
        programs.wait_for_page(program, f"http://127.0.0.1:{port}/", START_SECONDS)
        with _standalone_at(folder / ".run", port) as installation:
            yield _open_school(installation, CHANNELS, heads)


@contextmanager
def _standalone_at(run_dir: Path, port: int) -> Iterator[Installation]:
    urls = {name: f"http://127.0.0.1:{port}/{name}" for name in HOUSES}
    variables = {
        **environment.standalone(run_dir, port, relay_port=0),
        "RENRAKU_SERVICE_URLS": json.dumps(urls),
    }
    with (
        _environment(variables),
        _databases(variables["RENRAKU_DATABASE_URL"]) as databases,
    ):
        yield Installation(run_dir / "keys", urls, port, databases)


def _outside(services: Services, channels: Sequence[Channel]) -> dict[str, str]:
    names = [channel.name for channel in channels]
    return {**services.outside.variables, "RENRAKU_CHANNELS": json.dumps(names)}


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _databases(url: str) -> Iterator[dict[str, Database]]:
    found = {}
    for house in STORED:
        own = url.replace("{service}", house.name)
        found[house.name] = Database.connect(own, patience=PATIENCE)
    try:
        yield found
    finally:
        for database in found.values():
            database.dispose()


def _open_school(at: Installation, channels: Sequence[Channel], heads: int) -> School:
    school = School(at, channels)
    found(school, heads)
    warm_up = school.prepare(school.grade)
    warm_up.send()
    warm_up.wait_complete()
    return school
