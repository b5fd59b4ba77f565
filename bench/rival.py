"""Run the Celery application of `bench.celery_app`: its table, its worker, its queue of tasks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, column, create_engine, make_url, table, text

from bench import ROOT
from bench.channels import Channel
from bench.services import WAIT_SECONDS, Services
from bench.waiting import wait_until
from common import clock

TABLE = (
    "CREATE TABLE deliveries "
    "(id bigint PRIMARY KEY, address text NOT NULL, state text NOT NULL, settled_at timestamptz)"
)
WORKER = (
    "worker",
    "-P",
    "prefork",
    "-c",
    "2",
    "--without-gossip",
    "--without-mingle",
    "--loglevel",
    "WARNING",
)
WARM_UP = 500


@dataclass(frozen=True)
class Rival:
    """A running Celery worker and its database."""

    engine: Engine
    channel: Channel

    def rate(self, heads: int) -> float:
        """Return the heads a second from the first enqueue to the last row updated.

        The rows are there beforehand.
        """
        deliveries = table(
            "deliveries",
            column("id"),
            column("address"),
            column("state"),
        )
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE deliveries"))
            rows = [
                {
                    "id": number,
                    "address": self.channel.address_of(number),
                    "state": "waiting",
                }
                for number in range(heads)
            ]
            connection.execute(deliveries.insert(), rows)
        began = clock.now()
        self._enqueue(heads)
        wait_until(self._is_done, WAIT_SECONDS, f"Celery's {heads} tasks", every=0.5)
        with self.engine.connect() as connection:
            ended: datetime = connection.scalar(text("SELECT max(settled_at) FROM deliveries"))
        return heads / (ended - began).total_seconds()

    def _enqueue(self, heads: int) -> None:
        from bench import celery_app  # reads the environment

        for number in range(heads):
            celery_app.deliver.delay(self.channel.name, number, self.channel.address_of(number))

    def _is_done(self) -> bool:
        waits = text("SELECT EXISTS (SELECT FROM deliveries WHERE state = 'waiting')")
        with self.engine.connect() as connection:
            return not connection.scalar(waits)


@contextmanager
def running_workers(services: Services, channel: Channel) -> Iterator[Rival]:
    """Yield the rival, warmed up; its worker processes end with the block."""
    database_url = services.new_database()
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(TABLE))
    plain_url = make_url(database_url).set(drivername="postgresql")
    variables = {
        "BENCH_AMQP_URL": services.amqp_url,
        "BENCH_DATABASE_URL": plain_url.render_as_string(hide_password=False),
        "BENCH_SINK_PORT": str(services.sink_port),
        "BENCH_OUTSIDE_URL": services.outside.url,
        "BENCH_SERVICE_ACCOUNT": str(services.outside.service_account),
    }
    os.environ.update(variables)
    command = [sys.executable, "-m", "celery", "-A", "bench.celery_app", *WORKER]
    with (services.folder / "celery.log").open("ab") as log:
        worker = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        rival = Rival(engine, channel)
        rival.rate(WARM_UP)
        yield rival
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        engine.dispose()
