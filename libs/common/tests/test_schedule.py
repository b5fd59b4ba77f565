"""The clock's jobs: which are not run any more (DLV-1), and which are given keys."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from common.db import Database
from common.keys import Keys
from common.schedule import every, run_jobs
from common.testing.waiting import until

PATIENCE_SECONDS = 20.0


@dataclass
class LateDatabase:
    """A database that gives its connection when the test lets it."""

    database: Database
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        event.listen(self.database.engine, "do_connect", self._wait)

    def _wait(self, *_connection: Any) -> None:
        self.asked.set()
        assert self.released.wait(PATIENCE_SECONDS)


@pytest.fixture
def late(make_database: Callable[[str], str]) -> Iterator[LateDatabase]:
    database = Database.connect(make_database("schedule"))
    yield LateDatabase(database)
    database.dispose()


@pytest.mark.parametrize("is_lead_lost", [False, True])
async def test_a_job_whose_connection_comes_after_the_lead_was_lost_is_not_run(
    late: LateDatabase, is_lead_lost: bool
) -> None:
    ran: list[datetime] = []

    def work(_session: Session, *, now: datetime) -> None:
        ran.append(now)

    lost = asyncio.Event()
    job = every(hours=1, action=work)
    jobs = asyncio.create_task(run_jobs(late.database, [job], lost, service="test"))
    assert await asyncio.to_thread(late.asked.wait, PATIENCE_SECONDS)
    if is_lead_lost:
        lost.set()
    late.released.set()
    if not is_lead_lost:
        await until(lambda: ran)
        lost.set()
    await jobs
    assert len(ran) == (0 if is_lead_lost else 1)


def test_a_job_that_signs_is_given_the_keys_of_its_house_and_no_other_is(tmp_path: Path) -> None:
    given: list[Any] = []

    def work(_session: Any, *, now: datetime, keys: Keys | None = None) -> None:
        given.append(keys)

    keys = Keys(tmp_path, "messaging")
    job = every(hours=1, action=work)
    for each in (job, job.signing()):
        bound = each.with_keys(keys)
        assert bound.name == "work"
        bound.action(None, now=datetime.now(UTC))
    assert given == [None, keys]
