"""Standalone mode: kill -9 in mid-send, start again, and nothing is lost (DLV-1).

A taken port is said in one sentence.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from uuid import UUID

import pytest
from alone import Standalone, newcomers_environment
from arrivals import DISPATCHERS, Message, delivered
from hands import wait_until

from suite import environment

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Row:
    """A dispatcher's row, as SQLite gives it."""

    contact_point_id: UUID
    state: str


def deliveries(standalone: Standalone, service: str, message_id: UUID) -> list[Row]:
    statement = "SELECT contact_point_id, state FROM deliveries WHERE message_id = ?"
    rows = standalone.query(service, statement, message_id.hex)
    return [Row(UUID(point), state) for point, state in rows]


def states(standalone: Standalone, service: str, table: str, message_id: UUID) -> dict[str, int]:
    statement = f"SELECT state, count(*) FROM {table} WHERE message_id = ? GROUP BY state"
    return dict(standalone.query(service, statement, message_id.hex))


def test_killed_in_mid_send_and_started_again_every_delivery_ends_in_one_state(standalone):
    office = standalone.office()
    message_id = office.write("全校")
    snapshot = office.snapshot(message_id)
    office.press(message_id, snapshot)
    path = {"message_id": message_id}
    office.call("messaging", "POST", "/messages/{message_id}/send-now", path=path)

    def is_first_mail_accepted() -> bool:
        return "accepted" in states(standalone, "dispatch-mail", "deliveries", message_id)

    wait_until(is_first_mail_accepted, what="a first mail")
    standalone.end(signal.SIGKILL)
    before = states(standalone, "dispatch-mail", "deliveries", message_id)
    claimed = {
        name: states(standalone, name, "deliveries", message_id).get("claimed", 0)
        for name in DISPATCHERS
    }
    assert set(before) - {"accepted", "refused"}, "the kill came too late to prove anything"
    standalone.start()

    def is_settled() -> bool:
        children = states(standalone, "messaging", "recipients", message_id)
        return set(children) <= {"reached", "unreached"}

    wait_until(is_settled, 120, "every child to be settled")
    children = states(standalone, "messaging", "recipients", message_id)
    assert sum(children.values()) == snapshot["heads"]
    statement = "SELECT subject FROM messages WHERE id = ?"
    [(subject,)] = standalone.query("messaging", statement, message_id.hex)
    town = standalone.folder / ".run" / "data" / "town.db"
    for service in DISPATCHERS:
        rows = deliveries(standalone, service, message_id)
        found = delivered(town, service, Message(message_id, subject), rows)
        assert {row.state for row in rows} <= {"accepted", "refused", "unknown"}
        assert (found.lost, found.astray) == (set(), set()), service
        # LINE knows a batch again by its retry key.
        may_double = 0 if service == "dispatch-line" else claimed[service]
        assert found.doubled <= may_double, service


def test_a_second_start_keeps_what_was_written_and_a_fresh_one_begins_anew(standalone):
    message_id = standalone.office().write("4年")
    assert standalone.end(signal.SIGTERM) == 0
    # As a start leaves it that is broken off.
    (standalone.folder / ".run" / "data" / "demo-unfinished").touch()
    standalone.start()
    said = (standalone.folder / "up.log").read_text(encoding="utf-8")
    assert said.count("前回の用意が途中で終わった") == 1
    written = "SELECT count(*) FROM messages WHERE id = ?"
    assert standalone.query("messaging", written, message_id.hex) == [(1,)]
    assert standalone.end(signal.SIGTERM) == 0
    standalone.start("--fresh")
    assert standalone.query("messaging", written, message_id.hex) == [(0,)]
    assert standalone.query("directory", "SELECT count(*) > 300 FROM members") == [(1,)], (
        "the demo school is there again"
    )


def test_a_taken_port_is_said_in_one_sentence_and_nothing_is_begun(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "suite", "up", "--port", str(port)]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert f"Port {port} is taken by another program." in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".run" / "data").exists()


BROKEN = """
import sys
import httpx
from common.testing.waiting import until
from suite import standalone

async def fail(self, house, stop):
    await until(pages_answer, 60)
    raise RuntimeError("broken on purpose")

def pages_answer():
    try:
        return httpx.get("http://127.0.0.1:" + PORT + "/readyz").is_success
    except httpx.TransportError:
        return False

standalone.Roles._run_house = fail
sys.argv = ["renraku", "up", "--no-history", "--port", PORT]
from suite.cli import main
main()
"""


def test_pages_do_not_go_on_when_workers_have_ended(tmp_path):
    """A page that says 送信しています while nothing is sent any more would be a lie."""
    code = BROKEN.replace("PORT", repr(str(environment.free_port())))
    environ = newcomers_environment()
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 1
    assert "Workers or clocks ended by themselves" in done.stdout
