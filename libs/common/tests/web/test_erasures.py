"""Before a house deletes a row of a school, retention must have begun its erasure (RET-1)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import MetaData

from common import bus, clock, keys
from common.config import Settings
from common.db import Database, erasure
from common.errors import NotFound, Unavailable
from common.web import client
from common.web.erasures import ask_retention


class House(Settings):
    service = "directory"


class Retention:
    """retention as a house sees it: `answer` is what it says of every school, None: it is away."""

    def __init__(self, folder: Path) -> None:
        self.answer: httpx.Response | None = None
        self.asked: list[str] = []
        keys.initialise(folder / "keys", ("directory",))
        self.settings = House.load(
            database_url=f"sqlite:///{folder}/house.db",
            bus_url="memory://",
            keys_dir=folder / "keys",
        )
        self.database = Database.connect(self.settings.own_database_url)
        tables = MetaData()
        bus.add_tables(tables)
        tables.create_all(self.database.engine)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.answer is None:
            raise httpx.ConnectError("away", request=request)
        return self.answer

    def is_due(self, school_id: UUID) -> bool:
        return ask_retention(self.settings, self.database)(school_id)


@pytest.fixture
def retention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Retention]:
    made = Retention(tmp_path)
    monkeypatch.setitem(client.transports, "retention", httpx.MockTransport(made.handle))
    yield made
    made.database.dispose()


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        ("waiting", False),
        ("read_only", False),
        ("erasing", True),
        ("erased", True),
        ("certified", True),
    ],
)
def test_a_school_is_due_once_retention_has_begun(
    retention: Retention, state: str, is_due: bool
) -> None:
    school_id = uuid4()
    retention.answer = httpx.Response(200, json={"state": state})
    assert retention.is_due(school_id) is is_due
    assert retention.asked == [f"/erasures/{school_id}"]


def refusal(code: str) -> httpx.Response:
    body: dict[str, Any] = {"error": {"code": code, "message": "No.", "fields": {}}}
    return httpx.Response(404, json=body)


def test_a_school_without_an_erasure_is_not_due_and_any_other_no_is_an_error(
    retention: Retention,
) -> None:
    retention.answer = refusal("erasure_not_found")
    assert not retention.is_due(uuid4())
    retention.answer = refusal("not_found")
    with pytest.raises(NotFound):
        retention.is_due(uuid4())


def test_nothing_is_decided_while_retention_is_away_or_somebody_else_answers(
    retention: Retention,
) -> None:
    with pytest.raises(Unavailable):
        retention.is_due(uuid4())
    retention.answer = httpx.Response(404, html="<h1>404 page not found</h1>")
    with pytest.raises(Unavailable):
        retention.is_due(uuid4())


def test_retention_is_asked_once_a_school_and_not_for_each_batch(retention: Retention) -> None:
    school_id = uuid4()
    with retention.database.for_system() as session:
        erasure.begin_erasure(session, school_id, clock.now())
    assert retention.is_due(school_id)
    assert retention.asked == []
