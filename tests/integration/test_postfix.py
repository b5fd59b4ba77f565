"""A real relay takes a mail and sends it back later: staff see that it did not arrive (DLV-4)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from alone import Standalone
from hands import Office, wait_until
from postfix import Postfix, is_missing, postfix

from common.testing.processes import private_folder
from suite import environment
from suite.environment import MAIL_DOMAIN

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(300),
    pytest.mark.skipif(is_missing() != "", reason=is_missing()),
]
# Where the demo school has many families.
GONE = "docomo.town.test"


@pytest.fixture
def inbound_port() -> int:
    """Give the port at which mails come back."""
    return environment.free_port()


@pytest.fixture
def relay(inbound_port: int) -> Iterator[Postfix]:
    """Start a Postfix that learns too late that nobody is at a domain."""
    routes = {
        GONE: "error:5.1.1 User unknown",
        MAIL_DOMAIN: f"smtp:[127.0.0.1]:{inbound_port}",
    }
    with private_folder() as folder, postfix(folder, environment.free_port(), routes) as running:
        yield running


@pytest.fixture
def alone(tmp_path: Path, relay: Postfix, inbound_port: int) -> Iterator[Standalone]:
    """Start the product with that relay."""
    named = {
        "RENRAKU_RELAY_HOST": "127.0.0.1",
        "RENRAKU_RELAY_PORT": str(relay.port),
        "RENRAKU_INBOUND_PORT": str(inbound_port),
    }
    running = Standalone(tmp_path, environment.free_port(), named=named)
    running.start()
    yield running
    assert running.end(signal.SIGTERM) == 0


def why_unreached(office: Office, message_id: UUID) -> set[tuple[str, str, str]]:
    """Return channel, state and reason of the children whom a message did not reach."""
    path = {"message_id": message_id}
    template = "/messages/{message_id}/recipients"
    children = office.call("messaging", "GET", template, path=path)["items"]
    found = set()
    for child in children:
        for answer in child["reasons"] if child["state"] == "unreached" else []:
            found.add((answer["channel"], answer["state"], answer["reason"]))
    return found


def test_a_mail_that_comes_back_from_a_real_relay_is_seen_by_staff(alone: Standalone) -> None:
    office = alone.office()
    message_id = office.write("4年")
    office.press(message_id, office.snapshot(message_id))
    path = {"message_id": message_id}
    office.call("messaging", "POST", "/messages/{message_id}/send-now", path=path)

    def is_seen() -> bool:
        return ("mail", "bounced", "user_unknown") in why_unreached(office, message_id)

    wait_until(is_seen, 120, "a mail to come back")
    statement = (
        "SELECT DISTINCT state FROM deliveries WHERE message_id = ? AND bounced_at IS NOT NULL"
    )
    assert alone.query("dispatch-mail", statement, message_id.hex) == [("accepted",)]
