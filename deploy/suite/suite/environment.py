"""The environment of roles on this machine.

Which variables make standalone mode, and which make local processes.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from suite.demo import city
from suite.web_push_key import FILE_NAME as WEB_PUSH_KEY

MAIL_DOMAIN = "renraku.town.test"
# The base point of P-256.
TOWN_KEY = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
# One process answers for all houses, and the town's page beside them.
STANDALONE_THREADS = 16


def standalone(run_dir: Path, port: int, relay_port: int, inbound_port: int = 0) -> dict[str, str]:
    """Return the variables of the embedded default.

    SQLite files, the memory bus, and the simulated town as the only relay.
    """
    return {
        "RENRAKU_DATABASE_URL": f"sqlite:///{run_dir / 'data'}/{{service}}.db",
        "RENRAKU_BUS_URL": "memory://",
        **_common(run_dir, port, relay_port, port),
        "RENRAKU_FCM_SERVICE_ACCOUNT_FILE": str(run_dir / "data" / "fcm-service-account.json"),
        "RENRAKU_WEB_PUSH_KEY_FILE": str(run_dir / "data" / WEB_PUSH_KEY),
        "RENRAKU_INBOUND_PORT": str(inbound_port),
        "RENRAKU_ONLY_LOOPBACK_RELAY": "true",
        "RENRAKU_SINGLE_PROCESS": "true",
        "RENRAKU_WEB_THREADS": str(STANDALONE_THREADS),
    }


@dataclass(frozen=True, slots=True)
class TownPorts:
    """Where the simulated town answers: SMTP, and HTTP for its pages, LINE and FCM.

    `inbound`: where it brings the mails that come back.
    """

    relay: int
    http: int
    inbound: int


def local(
    run_dir: Path, database_url: str, bus_url: str, urls: dict[str, str], town: TownPorts
) -> dict[str, str]:
    """Return the variables of local processes.

    `database_url` holds {service}, `urls` says where each API answers.
    """
    gateway_port = urlsplit(urls["gateway"]).port
    assert gateway_port is not None, "every address of ours names its port"
    return {
        "RENRAKU_DATABASE_URL": database_url,
        "RENRAKU_BUS_URL": bus_url,
        **_common(run_dir, gateway_port, town.relay, town.http),
        "RENRAKU_FCM_SERVICE_ACCOUNT_FILE": str(run_dir / "fcm-service-account.json"),
        "RENRAKU_WEB_PUSH_KEY_FILE": str(run_dir / WEB_PUSH_KEY),
        "RENRAKU_INBOUND_PORT": str(town.inbound),
        "RENRAKU_SERVICE_URLS": json.dumps(urls),
    }


def city_of_town(town_port: int) -> dict[str, str]:
    """Return how the town's identity provider is named; only for a demo, where anybody is anybody.

    It is named whole or not at all, so nothing where another one was given by hand.
    """
    if any(name.startswith("RENRAKU_CITY_") for name in os.environ):
        return {}
    return {
        "RENRAKU_CITY_ISSUER": f"http://localhost:{town_port}/town/city",
        "RENRAKU_CITY_CLIENT_ID": city.CLIENT_ID,
        "RENRAKU_CITY_CLIENT_SECRET": city.CLIENT_SECRET,
        "RENRAKU_CITY_NAME": city.NAME,
        "RENRAKU_CITY_MAIL_DOMAINS": json.dumps([city.MAIL_DOMAIN]),
    }


def firebase_of_town(town_port: int) -> dict[str, str]:
    """Return the settings of the town's Firebase, by which phones register there.

    It is named whole or not at all, so nothing where another one was given by hand. The key is any
    point of the curve: nobody in the town signs with it.
    """
    from suite.town.service_account import PROJECT  # the whole town comes with it

    if os.environ.get("RENRAKU_FIREBASE_API_KEY"):
        return {}
    return {
        "RENRAKU_FIREBASE_API_KEY": "town",
        "RENRAKU_FIREBASE_PROJECT_ID": PROJECT,
        "RENRAKU_FIREBASE_MESSAGING_SENDER_ID": "1",
        "RENRAKU_FIREBASE_APP_ID": "1:1:web:1",
        "RENRAKU_FIREBASE_VAPID_KEY": TOWN_KEY,
        "RENRAKU_FIREBASE_TOWN_URL": f"http://localhost:{town_port}/town/firebase/",
    }


def relay_given_by_hand() -> dict[str, str]:
    """Return how this process's environment says that the relay is reached.

    Empty when it says nothing. A host without a port has SMTP's own, not the town's.
    """
    given = {name: value for name, value in os.environ.items() if name.startswith("RENRAKU_RELAY_")}
    if "RENRAKU_RELAY_HOST" in given:
        given.setdefault("RENRAKU_RELAY_PORT", "25")
    return given


def _common(run_dir: Path, port: int, relay_port: int, town_port: int) -> dict[str, str]:
    return {
        "RENRAKU_KEYS_DIR": str(run_dir / "keys"),
        "RENRAKU_KEYRING_DIR": str(run_dir / "keyring"),
        "RENRAKU_BASE_URL": f"http://localhost:{port}",
        "RENRAKU_RELAY_HOST": "127.0.0.1",
        "RENRAKU_RELAY_PORT": str(relay_port),
        "RENRAKU_MAIL_DOMAIN": MAIL_DOMAIN,
        "RENRAKU_LINE_API_URL": f"http://127.0.0.1:{town_port}/town/line",
        "RENRAKU_LINE_FRIEND_URL": f"http://localhost:{town_port}/town/line/add/",
        "RENRAKU_LINE_DIALOG_URL": f"http://localhost:{town_port}/town/line/dialog",
        "RENRAKU_DEMO_TOWN_URL": f"http://localhost:{town_port}/town/",
        "RENRAKU_FCM_URL": f"http://127.0.0.1:{town_port}/town/fcm",
        "RENRAKU_PUSH_SERVICES": "[]",
        "RENRAKU_PUSH_TOWN_URL": f"http://127.0.0.1:{town_port}/town/push",
        "RENRAKU_WEB_PUSH_CONTACT": f"mailto:renraku@{MAIL_DOMAIN}",
        **firebase_of_town(town_port),
    }


def apply(variables: dict[str, str]) -> None:
    """Set what is not set already: a variable given by hand goes first."""
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def free_port() -> int:
    """Return a port of this machine that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Return whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
