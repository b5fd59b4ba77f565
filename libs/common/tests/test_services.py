"""The test run's own servers: they work, they come back on the same port, and nothing stays."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pika
import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from common import clock
from common.testing import services

DEADLINE_SECONDS = 60.0
QUEUE = "kept"
# Starts both servers, says where they are, and waits to be killed.
HOLDER = """
import sys
from common.testing import services
with services.postgres({}) as database, services.rabbit({}) as broker:
    print(database.url, broker.url, flush=True)
    sys.stdin.read()
"""


def wait_until(fact: Callable[[], bool]) -> None:
    deadline, pause = clock.monotonic() + DEADLINE_SECONDS, threading.Event()
    while not fact():
        assert clock.monotonic() < deadline, "the fact did not come true in time"
        pause.wait(0.05)


def is_listening(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", sa.make_url(url).port)) == 0


def processes_in(folders: set[str]) -> list[str]:
    """List the living processes that have to do with one of the servers' folders.

    Their working folder or their environment points into it.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            environ = (process / "environ").read_text(errors="replace")
            words = str((process / "cwd").readlink()) + environ
            if state != "Z" and any(folder in words for folder in folders):
                found.append((process / "comm").read_text().strip())
        except OSError:  # ended meanwhile
            continue
    return found


def select(url: str, statement: str) -> object:
    with sa.create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.execute(sa.text(statement)).scalar_one()


def publish(url: str, body: bytes) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        durable = pika.BasicProperties(delivery_mode=2)
        channel.basic_publish("", QUEUE, body, durable, mandatory=True)


def fetch(url: str) -> bytes | None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        return connection.channel().basic_get(QUEUE, auto_ack=True)[2]


def folders_of(url: str, broker_port: int) -> set[str]:
    """Return the folders of the PostgreSQL at `url` and of the broker of this port."""
    data = Path(str(select(url, "SHOW data_directory")))
    folders = {str(data.parent)}
    for settings in data.parent.parent.glob("renraku-services-*/rabbit.conf"):
        if settings.read_text().endswith(f":{broker_port}\n"):
            folders.add(str(settings.parent))
    return folders


def test_both_servers_work_and_leave_no_process_no_port_and_no_folder() -> None:
    with services.postgres({}) as database, services.rabbit({}) as broker:
        folders = folders_of(database.url, sa.make_url(broker.url).port or 0)
        assert {"postgres", "beam.smp", "epmd"} <= set(processes_in(folders))
        assert select(database.url, "SELECT 1") == 1
        publish(broker.url, b"hello")
        assert fetch(broker.url) == b"hello"
    wait_until(lambda: not processes_in(folders))
    assert not is_listening(database.url)
    assert not is_listening(broker.url)
    assert not [folder for folder in folders if Path(folder).exists()]


def test_two_runs_side_by_side_do_not_collide_and_leave_nothing_when_interrupted_or_killed() -> (
    None
):
    command = [sys.executable, "-c", HOLDER]
    runs = [subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True) for _ in range(2)]
    urls = [(run.stdout.readline().split() if run.stdout else []) for run in runs]
    folders = [folders_of(database, sa.make_url(broker).port or 0) for database, broker in urls]
    assert len(folders[0] | folders[1]) == 4
    try:
        assert all(is_listening(url) for pair in urls for url in pair)
        runs[0].send_signal(signal.SIGINT)
        runs[0].communicate(timeout=DEADLINE_SECONDS)
        assert not [folder for folder in folders[0] if Path(folder).exists()]
        assert all(is_listening(url) for url in urls[1])
    finally:
        for run in runs:
            run.kill()
            run.communicate()
    wait_until(lambda: not processes_in(folders[0] | folders[1]))
    assert not [url for pair in urls for url in pair if is_listening(url)]
    with services.postgres({}):  # a later run sweeps what the killed one could not
        assert not [folder for folder in folders[1] if Path(folder).exists()]


def test_a_message_in_a_quorum_queue_outlives_a_restart_and_a_kill(
    rabbit_server: services.RabbitServer,
) -> None:
    publish(rabbit_server.url, b"first")
    # A thread that ends must not take the broker with it.
    # Linux's parent-death signal is about threads.
    restarting = threading.Thread(target=rabbit_server.restart)
    restarting.start()
    restarting.join()
    assert fetch(rabbit_server.url) == b"first"
    publish(rabbit_server.url, b"second")
    rabbit_server.kill()
    assert not is_listening(rabbit_server.url)
    rabbit_server.start()
    assert fetch(rabbit_server.url) == b"second"
    assert QUEUE in rabbit_server.ctl("list_queues", "name")


def test_databases_are_made_empty_and_dropped_with_sessions_open(
    postgres_server: services.PostgresServer,
) -> None:
    url = services.create_database(postgres_server.url, "Odd name-1")
    assert select(url, "SELECT current_database()") == "Odd name-1"
    engine = sa.create_engine(url)
    with engine.connect():
        services.drop_database(postgres_server.url, "Odd name-1")
    engine.dispose()
    services.drop_database(postgres_server.url, "Odd name-1")
    left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'Odd%'"
    assert select(postgres_server.url, left) == 0


def test_one_test_gets_as_many_databases_as_it_asks_for(
    make_database: Callable[[str], str],
) -> None:
    assert select(make_database("one"), "SELECT current_database()") == "one"
    assert select(make_database("two"), "SELECT current_database()") == "two"


def test_a_broker_that_was_given_is_used_but_never_restarted() -> None:
    with services.rabbit({services.AMQP_URL: "amqp://somewhere/"}) as broker:
        assert broker.url == "amqp://somewhere/"
        with pytest.raises(RuntimeError, match="not the tests' own"):
            broker.restart()


def test_a_database_server_that_was_given_is_used() -> None:
    with services.postgres({services.POSTGRES_URL: "postgresql+psycopg2://somewhere/"}) as server:
        assert server.url == "postgresql+psycopg2://somewhere/"
