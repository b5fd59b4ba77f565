"""`renraku up` in a folder of its own, as a newcomer starts it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from hands import VICE_PRINCIPAL, Office, open_session, token_of, wait_until

from common.keys import Keys
from common.web.client import ServiceClient
from suite.demo.roster import demo_roster
from suite.loading import PASSWORD


def newcomers_environment() -> dict[str, str]:
    """Return this process's environment without what points to another installation."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RENRAKU_")}


@dataclass
class Standalone:
    """`make run` in a folder of its own, with the same hands as the processes have.

    The demo school is as on its first day. `named`: variables that its newcomer sets.
    """

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    clients: dict[str, ServiceClient] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)

    def start(self, *options: str) -> None:
        renraku = (sys.executable, "-m", "suite")
        command = [*renraku, "up", "--no-history", "--port", str(self.port), *options]
        with (self.folder / "up.log").open("ab") as log:
            variables = newcomers_environment() | dict(self.named)
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=variables, stdout=log, stderr=log
            )
        wait_until(self.is_up, 150, f"standalone mode: {(self.folder / 'up.log').read_text()}")

    def is_up(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False

    def end(self, signum: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(40)

    def client(self, service: str, *, speaker: str = "gateway") -> ServiceClient:
        """Return a house as the gateway sees it, or another `speaker`."""
        name = f"{speaker} to {service}"
        if name not in self.clients:
            url = f"http://127.0.0.1:{self.port}/{service}"
            keys = Keys(self.folder / ".run" / "keys", speaker)
            self.clients[name] = ServiceClient(service, url, keys)
        return self.clients[name]

    def office(self, mail: str = "", password: str = PASSWORD) -> Office:
        """Sign in, as the demo's vice principal if nobody else is named."""
        mail = mail or next(
            person.mail for person in demo_roster().staff if person.display_name == VICE_PRINCIPAL
        )
        identity = self.client("identity")
        return Office(self, token_of(identity, open_session(identity, mail, password)))

    def query(self, service: str, statement: str, *values: Any) -> list[Any]:
        path = self.folder / ".run" / "data" / f"{service}.db"
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()
