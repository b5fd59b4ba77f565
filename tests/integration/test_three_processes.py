"""The smallest server: all APIs, all workers and all clocks as one process each (ADR 30).

MSG-8, DLV-1, OPS-5.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from hands import Suite

from common.houses import NAMES, STORED
from common.testing import services
from suite.loading import load_demo
from suite.local import Supervisor
from suite.migrate import prepare
from suite.operator_client import OperatorClients

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def small(
    postgres_server: services.PostgresServer,
    rabbit_server: services.RabbitServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Suite]:
    """Start the three processes, with the demo school loaded; each leaves when it is asked to."""
    prefix = f"renraku_{uuid4().hex[:6]}_"
    base = sa.make_url(postgres_server.url).set(database=prefix + "SERVICE")
    database_url = base.render_as_string(hide_password=False).replace("SERVICE", "{service}")
    run_dir: Path = tmp_path_factory.mktemp("small")
    bus_url = _vhost_of_its_own(rabbit_server)
    fast = {"RENRAKU_BCRYPT_COST": "4"}
    supervisor = Supervisor(run_dir, database_url, bus_url, extra=fast, pace=0.0, is_small=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in supervisor.variables.items():
            patch.setenv(name, value)
        prepare(create_databases=True)
        engines = {
            name: sa.create_engine(database_url.replace("{service}", name)) for name in STORED
        }
        try:
            supervisor.start_all()
            operator = OperatorClients.from_environment()
            suite = Suite(supervisor, engines, load_demo(operator))
            operator.close()
            yield suite
            for client in suite.clients.values():
                client.close()
            codes = {name: supervisor.terminate(name) for name in ours(supervisor)}
            assert set(codes.values()) == {0}, codes
        finally:
            supervisor.stop_all()
            for engine in engines.values():
                engine.dispose()
    for name in STORED:
        services.drop_database(postgres_server.url, prefix + name)


def _vhost_of_its_own(rabbit_server: services.RabbitServer) -> str:
    """Return the address of a new virtual host: another suite would hear of this one's messages."""
    name = f"small-{uuid4().hex[:6]}"
    user = str(urlsplit(rabbit_server.url).username)
    rabbit_server.ctl("add_vhost", name)
    rabbit_server.ctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
    return urlsplit(rabbit_server.url)._replace(path=f"/{name}").geturl()


def ours(supervisor: Supervisor) -> list[str]:
    return [name for name in supervisor.roles if name != "town"]


def test_three_processes_carry_a_message_to_every_child_on_every_channel(small: Suite) -> None:
    assert sorted(ours(small.supervisor)) == ["all.api", "all.jobs", "all.workers"]
    sent = small.office().send("全校")
    sent.wait_complete()
    sent.check_promises()
    assert sent.progress()["counts"]["delivered"] > 0


def test_one_door_answers_for_the_gateway_and_for_each_house_under_its_name(small: Suite) -> None:
    front = small.supervisor.base_url
    assert "ログイン" in httpx.get(front, follow_redirects=True).text
    for name in STORED:
        document = httpx.get(f"{front}/{name}/openapi.json")
        assert document.json()["info"]["title"] == f"Renraku {name}"


def test_each_process_tells_how_every_house_in_it_is(small: Suite) -> None:
    roles = small.supervisor.roles
    for role, houses in (("all.api", NAMES), ("all.workers", STORED), ("all.jobs", STORED)):
        ready_url = roles[role].ready_url
        assert httpx.get(ready_url).status_code == 200
        told = httpx.get(ready_url.replace("/readyz", "/metrics")).text
        for name in houses:
            assert f'renraku_role_ready{{service="{name}"}} 1.0' in told, (role, name)


def test_a_process_that_died_is_as_ready_as_before_when_it_is_started_again(small: Suite) -> None:
    supervisor = small.supervisor
    for name in ours(supervisor):
        supervisor.kill(name)
        supervisor.start(name)
    for name in ours(supervisor):
        supervisor.wait_ready(name)
    sent = small.office().send("4年")
    sent.wait_complete()
    sent.check_promises()


def test_the_note_leads_other_commands_to_the_shared_door(small: Suite) -> None:
    small.supervisor.write_note()
    note = json.loads((small.supervisor.run_dir / "local.json").read_text())
    urls = json.loads(note["RENRAKU_SERVICE_URLS"])
    assert urls["identity"].endswith("/identity")
