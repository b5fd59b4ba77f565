"""What all rows share: PostgreSQL and RabbitMQ as durable as in production, and what is outside.

All of it is private, and gone afterwards.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from bench import ROOT
from bench.outside import Outside, running_outside
from bench.sink import running_sink
from common.testing import services

LOGS = ROOT / ".run" / "bench-logs"
WAIT_SECONDS = 600.0  # for one send, ours or the rival's: then something is broken, not slow


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    `mails`: heads of one send; `backlog`: normal deliveries that an urgent message overtakes;
    `readers`: guardians who read and confirm within `morning_seconds`; `read_seconds`: how long
    visitors come again and again; `staff_heads`: of the send whose pages the office opens;
    `idle_seconds`: how long nothing is asked of the product; `families`: who register within
    `families_seconds`.
    """

    mails: int
    repeats: int
    backlog: int
    readers: int
    morning_seconds: int
    read_seconds: int
    staff_heads: int
    idle_seconds: int
    families: int
    families_seconds: int

    @classmethod
    def of_environment(cls) -> Plan:
        return cls(
            mails=_number("BENCH_MAILS", 20_000),
            repeats=_number("BENCH_REPEATS", 3),
            backlog=_number("BENCH_BACKLOG", 100_000),
            readers=_number("BENCH_READERS", 10_000),
            morning_seconds=_number("BENCH_MORNING_SECONDS", 120),
            read_seconds=_number("BENCH_READ_SECONDS", 10),
            staff_heads=_number("BENCH_STAFF_HEADS", 10_000),
            idle_seconds=_number("BENCH_IDLE_SECONDS", 60),
            families=_number("BENCH_FAMILIES", 500),
            families_seconds=_number("BENCH_FAMILIES_SECONDS", 300),
        )


def _number(variable: str, usual: int) -> int:
    return int(os.environ.get(variable, usual))


@dataclass(frozen=True, slots=True)
class Services:
    """Where the servers answer. `folder` is ours to write into."""

    postgres_url: str
    amqp_url: str
    sink_port: int
    outside: Outside
    folder: Path

    def new_database(self) -> str:
        """Return the URL of an empty database.

        It goes with its server, or stays in one that was lent to us.
        """
        return services.create_database(self.postgres_url, f"bench_{uuid4().hex[:8]}")


@contextmanager
def running_services() -> Iterator[Services]:
    """Yield the servers; all of them end with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="renraku-bench-")))

        def keep_logs_of_a_failure(kind: type[BaseException] | None, *_: Any) -> None:
            if kind:
                _keep_logs(folder)

        stack.push(keep_logs_of_a_failure)
        postgres = stack.enter_context(services.postgres(durable=True))
        rabbit = stack.enter_context(services.rabbit())
        sink_port = stack.enter_context(running_sink())
        outside = stack.enter_context(running_outside(folder))
        yield Services(
            postgres.url,
            rabbit.url,
            sink_port,
            outside,
            folder,
        )


def _keep_logs(folder: Path) -> None:
    """Keep what the processes said of a run that failed."""
    for log in folder.rglob("*.log"):
        LOGS.mkdir(parents=True, exist_ok=True)
        shutil.copy(log, LOGS / log.name)
