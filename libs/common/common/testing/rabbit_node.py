"""One RabbitMQ broker of a test run's own, off every file and port of the machine's RabbitMQ."""

import os
import shutil
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from common.testing.processes import (
    PORT_TRIES,
    NotStarted,
    become,
    comes_up,
    free_port,
    launch,
    stop,
    tail,
    version_numbers,
)

RABBIT_AT_LEAST = (3, 10)


def find_rabbit() -> Path | None:
    """Find the sbin folder of the newest RabbitMQ of at least 3.10; None when there is none.

    The programs on PATH are wrappers that insist on the system's user; those in sbin run as anyone.
    """
    folders = Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin")
    newest = max(folders, key=_version_of, default=None)
    if newest is None or _version_of(newest) < RABBIT_AT_LEAST:
        return None
    return newest


def _version_of(sbin: Path) -> tuple[int, ...]:
    return version_numbers(sbin.parts[5])


class Node:
    """One broker with its own port mapper (epmd), cookie and files, all inside `folder`."""

    def __init__(self, sbin: Path, folder: Path, launcher: ThreadPoolExecutor) -> None:
        self._sbin, self._folder, self._launcher = sbin, folder, launcher
        label = folder.name.replace("_", "-")
        self._name, self._cluster = f"{label}@localhost", f"{label}@".encode()
        self._process: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._environ: dict[str, str] = {}
        self.port = 0

    def settle(self) -> None:
        """Choose free ports and start epmd and the broker on them.

        Choose again when a neighbour was quicker.
        """
        for _ in range(PORT_TRIES):
            if self._has_settled():
                return
            self.end()
        raise NotStarted(f"RabbitMQ did not start: {tail(self._folder)}")

    def _has_settled(self) -> bool:
        self.port, distribution, mapper, tools = (free_port() for _ in range(4))
        listener = f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
        (self._folder / "rabbit.conf").write_text(listener)
        self._environ = self._settings(distribution, mapper, tools)
        # The broker starts a daemon of its own, which would stay, unless it finds epmd there.
        self._epmd = self._launch_epmd(mapper)
        is_mapping = comes_up(self._epmd, partial(_greets, mapper, b"", b""))
        return is_mapping and self._boot() and self._epmd.poll() is None

    def _launch_epmd(self, port: int) -> subprocess.Popen[bytes]:
        epmd = shutil.which("epmd") or "epmd"
        command = [*become(None, signal.SIGKILL), epmd, "-port", str(port)]
        return launch(self._launcher, command, self._folder, self._environ)

    def start(self) -> None:
        if self._process is not None:
            raise RuntimeError("The broker runs already.")
        if not self._boot():
            raise NotStarted(f"RabbitMQ did not start: {tail(self._folder)}")

    def _boot(self) -> bool:
        command = [*become(None, signal.SIGKILL), str(self._sbin / "rabbitmq-server")]
        self._process = launch(self._launcher, command, self._folder, self._environ)
        # AMQP 0-9-1's first frame carries the cluster's name, "<node>@<host name>": by it we know
        # our broker from a neighbour's.
        answers = partial(_greets, self.port, b"AMQP\x00\x00\x09\x01", self._cluster)
        return comes_up(self._process, answers)

    def stop(self, how: signal.Signals) -> None:
        if self._process is not None:
            stop(self._process, how)
        self._process = None

    def end(self) -> None:
        """Kill broker and epmd; a graceful stop would only tidy files that are removed anyway."""
        self.stop(signal.SIGKILL)
        if self._epmd is not None:
            stop(self._epmd, signal.SIGKILL)

    def ctl(self, *arguments: str) -> str:
        command = [str(self._sbin / "rabbitmqctl"), "-n", self._name, "-q", *arguments]
        done = subprocess.run(  # noqa: S603
            command,
            env=self._environ,
            cwd=self._folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            said = done.stderr or done.stdout
            raise RuntimeError(f"rabbitmqctl {' '.join(arguments)} failed: {said}")
        return done.stdout

    def _settings(self, distribution: int, mapper: int, tools: int) -> dict[str, str]:
        """Build the environment of this node.

        It keeps off every file and port of the machine's own RabbitMQ.
        """
        folder = self._folder
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RABBITMQ_", "ERL_"))
        }
        return kept | {
            # The cookie's place.
            "HOME": str(folder),
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_DIST_PORT": str(distribution),
            # The default, 10000 above the node's, may pass 65535.
            "RABBITMQ_CTL_DIST_PORT_MIN": str(tools),
            "RABBITMQ_CTL_DIST_PORT_MAX": "65535",
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_PID_FILE": str(folder / "rabbit.pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbit"),  # read with .conf added
            "RABBITMQ_CONFIG_FILES": str(folder / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            # The start script then becomes the broker instead of its parent.
            "RUNNING_UNDER_SYSTEMD": "true",
        }


def _greets(port: int, hello: bytes, answer: bytes) -> bool:
    """Return whether the port takes a connection.

    When `hello` is not empty, the port must reply to it, too, with `answer` in its words.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(hello)
            return not hello or answer in connection.recv(4096)
    except OSError:
        return False
