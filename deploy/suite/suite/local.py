"""The supervisor of local processes: every role as a process of its own.

They run against PostgreSQL and RabbitMQ on this machine.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from common import clock
from common.keys import Keys
from suite import environment
from suite.houses import HOUSES, STORED
from suite.line_account import open_in_town
from suite.town.names import Names
from suite.town.talks import Talks
from suite.townspeople import tell_town
from suite.web_push_key import FILE_NAME, make_web_push_key

STOP_SECONDS = 30.0
# A role that is not ready by then has failed. Two installations that started side by side on two
# cores took 48 s.
START_SECONDS = 120.0
# As in the image. The C library would keep an arena of memory for each thread: 7 MB a role that
# nobody used.
ALLOCATION = {"MALLOC_ARENA_MAX": "2"}


class RoleFailed(Exception):
    """A role ended or did not become ready; its log is named."""


@dataclass(frozen=True, slots=True)
class Role:
    """One process: its name, its command line, where it says that it is ready.

    `name`: as in `messaging.worker`. `metrics_port`: where it tells of itself when it has no other
    HTTP; 0 for an API and the town.
    """

    name: str
    command: tuple[str, ...]
    ready_url: str
    metrics_port: int = 0

    @property
    def variables(self) -> dict[str, str]:
        return {"RENRAKU_METRICS_PORT": str(self.metrics_port)} if self.metrics_port else {}


def roles_of(ports: dict[str, int], town: Role) -> list[Role]:
    """Return every role of the suite.

    They are the town, an API per house, a worker and a clock per house with a store.
    """
    python = (sys.executable, "-m", "suite")
    roles = [town]
    for house in HOUSES.values():
        port = ports[house.name]
        command = (*python, "api", house.name, "--port", str(port))
        roles.append(Role(f"{house.name}.api", command, _ready_url(port)))
    for house in STORED:
        for door in ("worker", "jobs"):
            port = environment.free_port()
            waiting = (*python, door, house.name)
            roles.append(Role(f"{house.name}.{door}", waiting, _ready_url(port), port))
    return [*roles, _inbound()]


def shared_roles_of(port: int, town: Role) -> list[Role]:
    """Return the roles of the smallest installation: all APIs, all workers, all clocks."""
    serve = (sys.executable, "-m", "suite", "serve")
    api = Role("all.api", (*serve, "api", "--port", str(port)), _ready_url(port))
    roles = [town, api]
    for door in ("workers", "jobs"):
        told_at = environment.free_port()
        roles.append(Role(f"all.{door}", (*serve, door), _ready_url(told_at), told_at))
    return [*roles, _inbound()]


def _inbound() -> Role:
    """Return the door for mails: the world reaches it, so it shares no process."""
    port = environment.free_port()
    command = (sys.executable, "-m", "suite", "inbound", "dispatch-mail")
    return Role("dispatch-mail.inbound", command, _ready_url(port), port)


def _ready_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/readyz"


@dataclass
class Supervisor:
    """Starts, watches, restarts and ends the processes.

    Each one's log is `<run_dir>/logs/<role>.log`. `is_small`: three processes, in which the houses'
    roles share.
    """

    run_dir: Path
    database_url: str
    bus_url: str
    ports: dict[str, int] = field(default_factory=dict)
    relay_port: int = 0
    town_port: int = 0
    inbound_port: int = 0
    extra: dict[str, str] = field(default_factory=dict)
    pace: float = 0.03
    is_small: bool = False
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in HOUSES:
            self.ports.setdefault(name, environment.free_port())
        self.relay_port = self.relay_port or environment.free_port()
        self.town_port = self.town_port or environment.free_port()
        self.inbound_port = self.inbound_port or environment.free_port()
        (self.run_dir / "logs").mkdir(parents=True, exist_ok=True)
        make_web_push_key(self.run_dir / FILE_NAME)
        if self.is_small:
            roles = shared_roles_of(self.ports["gateway"], self._town())
        else:
            roles = roles_of(self.ports, self._town())
        self.roles = {role.name: role for role in roles}

    def _town(self) -> Role:
        options = {
            "--smtp-port": str(self.relay_port),
            "--http-port": str(self.town_port),
            "--data": str(self.run_dir / "town.db"),
            "--pace": str(self.pace),
            "--product": f"{self.base_url}/",
            "--inbound-port": str(self.inbound_port),
        }
        command = [sys.executable, "-m", "suite.town.main"]
        for option, value in options.items():
            command += [option, value]
        url = f"http://127.0.0.1:{self.town_port}/town/counts.json"
        return Role("town", tuple(command), url)

    @property
    def urls(self) -> dict[str, str]:
        """Return where each house's API answers."""
        if not self.is_small:
            return {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        shared = f"http://127.0.0.1:{self.ports['gateway']}"
        return {name: shared if name == "gateway" else f"{shared}/{name}" for name in HOUSES}

    @property
    def variables(self) -> dict[str, str]:
        """Return the environment of the roles."""
        town = environment.TownPorts(self.relay_port, self.town_port, self.inbound_port)
        usual = environment.local(self.run_dir, self.database_url, self.bus_url, self.urls, town)
        return {**usual, **self.extra}

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.ports['gateway']}"

    def start_apis(self) -> None:
        """Start what answers houses and does nothing by itself, and wait until each is ready.

        Raises RoleFailed.
        """
        apis = [name for name in self.roles if name.endswith(".api")]
        self._start_and_wait([name for name in apis if name != "gateway.api"])

    def start_all(self) -> None:
        """Start what does not run yet, and wait until each is ready; raises RoleFailed."""
        self._start_and_wait([name for name in self.roles if name not in self._processes])
        talks = Talks(self.run_dir / "town-line.db")
        keys = Keys(self.run_dir / "keys", "operator")
        open_in_town(talks, keys, self.urls["dispatch-line"])
        tell_town(Names(self.run_dir / "town-names.db"))

    def _start_and_wait(self, names: Sequence[str]) -> None:
        for name in names:
            self.start(name)
        for name in names:
            self.wait_ready(name)

    def start(self, name: str, **extra: str) -> None:
        """Start one role; `extra` variables go before the suite's."""
        log = (self.run_dir / "logs" / f"{name}.log").open("ab")
        with log:
            role = self.roles[name]
            self._processes[name] = subprocess.Popen(
                role.command,
                env={
                    **ALLOCATION,
                    **os.environ,
                    **self.variables,
                    **role.variables,
                    **extra,
                },
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def wait_ready(self, name: str) -> None:
        """Wait until a role says that it is ready; raises RoleFailed with the end of its log."""
        url = self.roles[name].ready_url
        deadline = clock.monotonic() + START_SECONDS
        while clock.monotonic() < deadline:
            if self._processes[name].poll() is not None:
                break
            if _answers(url):
                return
            _pause(0.1)
        raise RoleFailed(f"{name} did not become ready:\n{self.log_tail(name)}")

    def kill(self, name: str) -> None:
        """kill -9 one role, with all its processes."""
        self.send_signal(name, signal.SIGKILL)
        self._processes.pop(name).wait()

    def send_signal(self, name: str, signum: signal.Signals) -> None:
        """Send a signal to a role (SIGSTOP and SIGCONT serve failure tests)."""
        os.killpg(self._processes[name].pid, signum)

    def terminate(self, name: str) -> int:
        """Ask a role to leave (SIGTERM), wait, and return its exit code.

        Kill it when it does not leave in time, and raise RoleFailed.
        """
        process = self._processes.pop(name)
        process.terminate()
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise RoleFailed(f"{name} did not leave within {STOP_SECONDS:.0f} s") from None

    def stop_all(self) -> None:
        """End everything, the town last, so that what is in hand can still be settled."""
        roles = [name for name in self._processes if name != "town"]
        town = [name for name in self._processes if name == "town"]
        for name in roles:
            if self._processes[name].poll() is None:
                self._processes[name].terminate()
        for name in [*roles, *town]:
            try:
                self.terminate(name)
            except RoleFailed:
                continue

    def is_running(self, name: str) -> bool:
        """Return whether a role's process is alive."""
        return name in self._processes and self._processes[name].poll() is None

    def ended(self) -> dict[str, int]:
        """Return the roles whose process has ended by itself, with its exit code."""
        codes = {name: process.poll() for name, process in self._processes.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def watch(self, stop: Callable[[], bool], say: Callable[[str], None]) -> None:
        """Restart what ends by itself, with a pause that grows, until `stop()`."""
        falls: dict[str, int] = {}
        while not stop():
            for name, code in self.ended().items():
                fall = falls.get(name, 0) + 1
                falls[name] = fall
                say(f"{name} ended with {code}; starting it again")
                _pause(min(0.5 * 2**fall, 10))
                self.start(name)
            _pause(0.5)

    def log_tail(self, name: str, lines: int = 30) -> str:
        """Return the last lines of a role's log."""
        path = self.run_dir / "logs" / f"{name}.log"
        if not path.exists():
            return "(no log)"
        said = path.read_text(errors="replace").splitlines()
        return "\n".join(said[-lines:])

    def write_note(self) -> None:
        """Write where everything answers, for other commands of this user alone.

        The database's password stands there.
        """
        note = self.run_dir / "local.json"
        note.touch()
        note.chmod(0o600)
        note.write_text(json.dumps(self.variables, indent=2) + "\n")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


def _pause(seconds: float) -> None:
    time.sleep(seconds)
