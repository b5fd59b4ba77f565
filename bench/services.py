"""What all rows share: PostgreSQL and RabbitMQ with the durability of production, and the sink; private, and gone afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from bench.sink import running_sink
from common.testing import services

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".run" / "bench-logs"
WAIT_SECONDS = 600.0  # for one send, ours or the rival's: then something is broken, not slow


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    mails: int
    repeats: int

    @classmethod
    def of_environment(cls) -> Plan:
        return cls(int(os.environ.get("BENCH_MAILS", "20000")), int(os.environ.get("BENCH_REPEATS", "3")))


@dataclass(frozen=True, slots=True)
class Services:
    """Where the servers answer. `folder` is ours to write into."""

    postgres_url: str
    amqp_url: str
    sink_port: int
    folder: Path

    def new_database(self) -> str:
        """Return the URL of an empty database; it goes with its server, or stays in one that was lent to us."""
        return services.create_database(self.postgres_url, f"bench_{uuid4().hex[:8]}")


@contextmanager
def running_services() -> Iterator[Services]:
    """Yield the servers; all of them end with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="renraku-bench-")))
        stack.push(lambda kind, *_: _keep_logs(folder) if kind else None)
        postgres = stack.enter_context(services.postgres(durable=True))
        rabbit = stack.enter_context(services.rabbit())
        yield Services(postgres.url, rabbit.url, stack.enter_context(running_sink()), folder)


def _keep_logs(folder: Path) -> None:
    """Keep what the processes said of a run that failed."""
    for log in folder.rglob("*.log"):
        LOGS.mkdir(parents=True, exist_ok=True)
        shutil.copy(log, LOGS / log.name)
