"""The smallest server: all APIs, all workers and all clocks as one process each (ADR 30).

MSG-8, DLV-1, OPS-5.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from hands import Suite
from running import running_suite

from common.houses import NAMES, STORED
from common.testing import services
from suite.local import Supervisor

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def small(
    postgres_server: services.PostgresServer,
    rabbit_server: services.RabbitServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Suite]:
    """Start the three processes, with the demo school loaded; each leaves when it is asked to."""
    run_dir = tmp_path_factory.mktemp("small")
    bus_url = _vhost_of_its_own(rabbit_server)
    fast = {"RENRAKU_BCRYPT_COST": "4"}
    with running_suite(postgres_server, bus_url, run_dir, fast, is_small=True) as suite:
        yield suite
        codes = {name: suite.supervisor.terminate(name) for name in ours(suite.supervisor)}
        assert set(codes.values()) == {0}, codes


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
    assert sorted(ours(small.supervisor)) == [
        "all.api",
        "all.jobs",
        "all.workers",
        "dispatch-mail.inbound",
    ]
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
