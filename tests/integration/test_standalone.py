"""Standalone mode: kill -9 in mid-send, start again, and nothing is lost (DLV-1); a taken port is said in one sentence."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from hands import Office, message_ids, wait_until

from common.keys import Keys
from common.web.client import ServiceClient
from suite import environment
from suite.demo.roster import demo_roster
from suite.loading import PASSWORD

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


@dataclass
class Standalone:
    """`make run` in a folder of its own, with the same hands as the processes have."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    clients: dict[str, ServiceClient] = field(default_factory=dict)

    def start(self) -> None:
        command = [sys.executable, "-m", "suite", "up", "--port", str(self.port)]
        environ = {k: v for k, v in os.environ.items() if not k.startswith("RENRAKU_")}
        with (self.folder / "up.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environ, stdout=log, stderr=log)
        wait_until(self.is_up, 90, f"standalone mode: {(self.folder / 'up.log').read_text()}")

    def is_up(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False

    def end(self, signum: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(40)

    def client(self, service: str) -> ServiceClient:
        if service not in self.clients:
            url = f"http://127.0.0.1:{self.port}/{service}"
            self.clients[service] = ServiceClient(service, url, Keys(self.folder / ".run" / "keys", "gateway"))
        return self.clients[service]

    def office(self) -> Office:
        mail = next(person.mail for person in demo_roster().staff if person.display_name == "山下 明子")
        body = {"mail": mail, "password": PASSWORD, "remote_address": "127.0.0.1"}
        identity = self.client("identity")
        session = identity.call("POST", "/sessions", json=body)
        token = identity.call("POST", "/sessions/resolve", json={"session_id": session["session_id"]})["token"]
        return Office(self, str(token))

    def query(self, service: str, statement: str, *values: Any) -> list[Any]:
        path = self.folder / ".run" / "data" / f"{service}.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


@pytest.fixture
def standalone(tmp_path: Path) -> Iterator[Standalone]:
    running = Standalone(tmp_path, environment.free_port())
    running.start()
    yield running
    for client in running.clients.values():
        client.close()
    assert running.end(signal.SIGTERM) == 0


def states(standalone: Standalone, service: str, table: str, message_id: UUID) -> dict[str, int]:
    statement = f"SELECT state, count(*) FROM {table} WHERE message_id = ? GROUP BY state"
    return dict(standalone.query(service, statement, message_id.hex))


def test_killed_in_mid_send_and_started_again_every_delivery_ends_in_one_state(standalone):
    office = standalone.office()
    message_id = office.write("全校")
    snapshot = office.snapshot(message_id)
    office.press(message_id, snapshot)
    office.call("messaging", "POST", "/messages/{message_id}/send-now", path={"message_id": message_id})
    wait_until(lambda: states(standalone, "dispatch-mail", "deliveries", message_id).get("accepted", 0) > 0, what="a first mail")
    standalone.end(signal.SIGKILL)
    before = states(standalone, "dispatch-mail", "deliveries", message_id)
    assert set(before) - {"accepted", "refused"}, "the kill came too late to prove anything"
    standalone.start()

    def is_settled() -> bool:
        return set(states(standalone, "messaging", "recipients", message_id)) <= {"reached", "unreached"}

    wait_until(is_settled, 120, "every child to be settled")
    assert sum(states(standalone, "messaging", "recipients", message_id).values()) == snapshot["heads"]
    deliveries = states(standalone, "dispatch-mail", "deliveries", message_id)
    assert set(deliveries) <= {"accepted", "refused", "unknown"}
    ours = message_ids(standalone.folder / ".run" / "data" / "town.db")
    assert len(set(ours)) >= deliveries["accepted"]
    assert len(ours) - len(set(ours)) <= before.get("claimed", 0)


def test_a_taken_port_is_said_in_one_sentence_and_nothing_is_begun(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "suite", "up", "--port", str(port)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"Port {port} is taken by another program." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".run" / "data").exists()
