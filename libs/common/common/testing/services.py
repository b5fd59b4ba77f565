"""Give a test run its own PostgreSQL and RabbitMQ.

They are private, on free ports of 127.0.0.1, and gone when the run ends. Each server lives in one
folder below the system's temporary folder, because PostgreSQL, which refuses to run as root, must
be able to walk there. Every child carries a parent-death signal, so a test run that is killed
leaves no process; the folder it leaves is swept by the next run.
RENRAKU_TEST_POSTGRES_URL and RENRAKU_TEST_AMQP_URL name servers to use instead.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, exc, make_url, text
from sqlalchemy.pool import NullPool

from common.testing.processes import (
    PORT_TRIES,
    NotStarted,
    become,
    comes_up,
    free_port,
    launch,
    private_folder,
    stop,
    tail,
    unprivileged_user,
    version_numbers,
)
from common.testing.rabbit_node import Node, find_rabbit

POSTGRES_URL = "RENRAKU_TEST_POSTGRES_URL"
AMQP_URL = "RENRAKU_TEST_AMQP_URL"
POSTGRES_AT_LEAST = (15,)
# The folder does not outlive the run, and a killed server loses nothing by it.
UNSYNCED = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class PostgresServer:
    """A running PostgreSQL; `url` leads to its maintenance database `postgres` as superuser."""

    url: str


def find_postgres() -> Path | None:
    """Find the folder of the newest PostgreSQL server programs of at least version 15.

    None when there is none.
    """
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=_version_of, default=None)
    if newest is not None and _version_of(newest) >= POSTGRES_AT_LEAST:
        return newest.parent
    on_path = shutil.which("initdb")
    if on_path is None:
        return None
    done = subprocess.run(  # noqa: S603
        [on_path, "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    if version_numbers(done.stdout) < POSTGRES_AT_LEAST:
        return None
    return Path(on_path).resolve().parent


def _version_of(initdb: Path) -> tuple[int, ...]:
    return version_numbers(initdb.parts[4])


@contextlib.contextmanager
def postgres(
    environ: Mapping[str, str] = os.environ, *, durable: bool = False
) -> Iterator[PostgresServer]:
    """Yield a PostgreSQL server: the one in RENRAKU_TEST_POSTGRES_URL, else a private one.

    The private one is removed afterwards. `durable`: it writes to disk as it would in production,
    which tests need not wait for and benchmarks must.
    """
    if environ.get(POSTGRES_URL):
        yield PostgresServer(environ[POSTGRES_URL])
        return
    programs = find_postgres()
    if programs is None:
        raise NotStarted(
            f"PostgreSQL 15 or newer is not installed: run `make test`, or set {POSTGRES_URL}."
        )
    with private_folder() as folder, ThreadPoolExecutor(1) as launcher:
        data = folder / "data"
        user = unprivileged_user()
        data.mkdir(mode=0o700)
        if user is not None:
            os.chown(data, user.pw_uid, user.pw_gid)
        options = [
            "--pgdata",
            str(data),
            "--username=renraku",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
        ]
        initdb = [*become(user, signal.SIGKILL), str(programs / "initdb"), "--no-sync", *options]
        done = launcher.submit(
            subprocess.run,
            initdb,
            cwd=data,
            capture_output=True,
            text=True,
        ).result()
        if done.returncode:
            raise NotStarted(f"initdb failed: {done.stderr[-2000:]}")
        serve = [*become(user, signal.SIGQUIT), str(programs / "postgres"), "-D", str(data)]
        process, url = _start_postgres(serve, data, launcher, {} if durable else UNSYNCED)
        try:
            yield PostgresServer(url)
        finally:
            stop(process, signal.SIGINT)  # "fast": ends sessions instead of waiting for them


def create_database(server_url: str, name: str) -> str:
    """Create the empty database `name` on the server and return its URL."""
    _administer(server_url, "CREATE DATABASE {name}", name)
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop_database(server_url: str, name: str) -> None:
    """Drop the database `name`, ending sessions that are still connected.

    Nothing happens when there is none.
    """
    _administer(server_url, "DROP DATABASE IF EXISTS {name} WITH (FORCE)", name)


def _administer(server_url: str, statement: str, name: str) -> None:
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        quoted = engine.dialect.identifier_preparer.quote_identifier(name)
        connection.execute(text(statement.format(name=quoted)))


def _start_postgres(
    serve: list[str], data: Path, launcher: ThreadPoolExecutor, more: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], str]:
    """Start the server on a free port and wait until it answers; return its process and URL."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",  # a socket path longer than 107 bytes would refuse to start
        "max_connections": "300",  # about 22 roles with their pools
        **more,
    }
    for _ in range(PORT_TRIES):
        port = free_port()
        options = [f"--{name}={value}" for name, value in {**settings, "port": str(port)}.items()]
        process = launch(launcher, [*serve, *options], data, dict(os.environ))
        url = f"postgresql+psycopg2://renraku@127.0.0.1:{port}/postgres"
        if comes_up(process, lambda url=url: _serves(url, data)):  # type: ignore[misc]
            return process, url
    raise NotStarted(f"PostgreSQL did not start: {tail(data)}")


def _serves(url: str, data: Path) -> bool:
    """Return whether the server of this data folder answers at `url`.

    A neighbour may have taken the port.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            return connection.execute(text("SHOW data_directory")).scalar_one() == str(data)
    except exc.OperationalError:
        return False


class RabbitServer:
    """A RabbitMQ that tests may talk to at `url` and, when it is their own, kill and restart.

    It comes back on the same port.
    """

    def __init__(self, url: str, node: "Node | None" = None) -> None:
        self.url = url
        self._node = node

    def start(self) -> None:
        """Start the broker again and wait until it takes connections."""
        self._own().start()

    def kill(self) -> None:
        """Kill the broker like a power cut; what it had on disk is there at the next start."""
        self._own().stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stop the broker in good order, start it and wait until it takes connections."""
        self._own().stop(signal.SIGTERM)
        self._own().start()

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` with `arguments` on this broker and return what it printed."""
        return self._own().ctl(*arguments)

    def _own(self) -> "Node":
        if self._node is None:
            raise RuntimeError(
                f"{AMQP_URL} names a broker that is not the tests' own:"
                " they do not stop or restart it."
            )
        return self._node


@contextlib.contextmanager
def rabbit(environ: Mapping[str, str] = os.environ) -> Iterator[RabbitServer]:
    """Yield a RabbitMQ server: the one in RENRAKU_TEST_AMQP_URL, else a private one.

    The private one is removed afterwards.
    """
    if environ.get(AMQP_URL):
        yield RabbitServer(environ[AMQP_URL])
        return
    sbin = find_rabbit()
    if sbin is None:
        raise NotStarted(
            f"RabbitMQ 3.10 or newer is not installed: run `make test`, or set {AMQP_URL}."
        )
    with private_folder() as folder, ThreadPoolExecutor(1) as launcher:
        node = Node(sbin, folder, launcher)
        try:
            node.settle()
            yield RabbitServer(f"amqp://guest:guest@127.0.0.1:{node.port}/", node)
        finally:
            node.end()
