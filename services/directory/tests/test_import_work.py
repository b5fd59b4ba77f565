"""A roster file is read, compared and applied in the background, and its page can tell (DIR-2)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from directory_school import School, handle
from prometheus_client import REGISTRY
from sqlalchemy import select
from test_import_plans import HINA, NEW, with_cells, workbook

from common import clock
from common.bus import tables
from common.db import Database
from common.errors import Busy, Unavailable
from common.schemas import Envelope
from directory.actions import import_turns, import_work
from directory.clients import Clients
from directory.config import Settings
from directory.domain.workbooks import WorkbookRefused
from directory.worker import make_handlers


class Office:
    """An office whose worker works only when it is told to."""

    def __init__(self, school: School, database: Database) -> None:
        self.school = school
        self.database = database
        settings = Settings(
            database_url="postgresql://unused", bus_url="memory://", keys_dir=school.keys_dir
        )
        clients: Clients = school.app.extensions["clients"]
        self.handlers = make_handlers(settings, database, clients)

    def post(self, url: str, **request: Any) -> Any:
        answer = self.school.app.test_client().post(url, headers=self.school.staff(), **request)
        assert answer.status_code in (200, 201), answer.json
        return answer.json

    def upload(self, *rows: Any) -> str:
        file = (io.BytesIO(workbook(*rows)), "名簿.xlsx")
        plan_id: str = self.post("/imports/plans", data={"file": file})["id"]
        return plan_id

    def confirm(self, plan_id: str) -> Any:
        return self.post(f"/imports/plans/{plan_id}/apply", json={})

    def work(self, what: str, plan_id: str) -> None:
        event = Envelope.of(what, self.school.id, {"plan_id": UUID(plan_id)})
        handle(self.database, self.handlers[what], event)

    def see(self, plan_id: str) -> Any:
        return self.school.get(f"/imports/plans/{plan_id}/progress")

    def asked(self) -> list[str]:
        """Return what the worker was asked for, in order."""
        bodies = select(tables.outbox.c.body).where(tables.outbox.c.school_id == self.school.id)
        with self.database.for_system(read_only=True) as session:
            found = session.scalars(bodies.order_by(tables.outbox.c.position)).all()
        types = [Envelope.load(body).type for body in found]
        return [each for each in types if each.startswith("import.")]

    def sweep(self, minutes: float) -> None:
        later = clock.now() + timedelta(minutes=minutes)
        with self.database.for_system() as session:
            import_work.resume_imports(session, now=later)


@pytest.fixture
def office(school: School, database: Database) -> Office:
    return Office(school, database)


@pytest.fixture
def others(database: Database) -> Iterator[list[UUID]]:
    """Give both turns to others."""
    others = [uuid4(), uuid4()]
    with database.for_system() as session:
        for other in others:
            import_turns.take_turn(session, other)
    yield others
    with database.for_system() as session:
        for other in others:
            import_turns.give_turn_back(session, other)


def test_each_stage_can_be_seen_while_it_lasts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = office.upload(NEW)
    assert (office.see(plan_id)["state"], office.see(plan_id)["rows"]) == ("waiting", None)
    seen = []

    def look_first(whole: Any) -> Any:
        def step(*arguments: Any, **more: Any) -> Any:
            now = office.see(plan_id)
            seen.append((now["state"], now["rows"]))
            return whole(*arguments, **more)

        return step

    for name in ("read_sheets", "read_roster", "load_present"):
        monkeypatch.setattr(import_work, name, look_first(getattr(import_work, name)))
    office.work("import.requested", plan_id)
    assert office.see(plan_id)["state"] == "ready"
    assert office.confirm(plan_id)["state"] == "confirmed"
    office.work("import.confirmed", plan_id)
    assert office.see(plan_id)["state"] == "applied"
    assert seen == [("reading", None), ("comparing", 2), ("applying", 2)]


def test_a_third_file_waits_until_one_of_two_is_done(
    office: Office, database: Database, others: list[UUID]
) -> None:
    plan_id = office.upload(NEW)
    with pytest.raises(Unavailable, match="Other files"):
        office.work("import.requested", plan_id)
    assert office.see(plan_id)["state"] == "waiting"
    with database.for_system() as session:
        import_turns.give_turn_back(session, others[0])
    office.work("import.requested", plan_id)
    assert office.see(plan_id)["state"] == "ready"
    # Its turn was given back, so the next one has it.
    office.work("import.requested", office.upload(NEW))


def test_a_turn_is_given_back_by_who_fails(
    office: Office, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = office.upload(NEW)

    def fail(_: bytes) -> Any:
        raise Busy("import_busy", "Others.")

    with monkeypatch.context() as patch:
        patch.setattr(import_work, "read_sheets", fail)
        with pytest.raises(Unavailable):
            office.work("import.requested", plan_id)
    with database.for_system() as session:
        for other in (uuid4(), uuid4()):
            import_turns.take_turn(session, other)
        session.rollback()
    office.work("import.requested", plan_id)
    assert office.see(plan_id)["state"] == "ready"


def test_what_can_not_be_read_is_told_of_the_plan(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: bytes) -> Any:
        raise WorkbookRefused("workbook_too_heavy")

    monkeypatch.setattr(import_work, "read_sheets", refuse)
    plan_id = office.upload(NEW)
    office.work("import.requested", plan_id)
    seen = office.see(plan_id)
    assert (seen["state"], seen["trouble"]) == (
        "failed",
        {"code": "workbook_too_heavy", "params": {}},
    )


def test_an_event_that_comes_twice_changes_nothing(office: Office) -> None:
    plan_id = office.upload(NEW)
    for _ in range(2):
        office.work("import.requested", plan_id)
    revision = office.see(plan_id)["revision"]
    office.confirm(plan_id)
    assert office.confirm(plan_id)["already"] is True
    for _ in range(2):
        office.work("import.confirmed", plan_id)
    everybody = office.school.get("/members")
    office.work("import.requested", plan_id)
    assert office.see(plan_id)["revision"] == revision
    assert office.school.get("/members") == everybody


def test_what_could_not_be_written_can_be_looked_at_again(office: Office) -> None:
    first, second = office.upload(NEW), office.upload(with_cells(HINA, 組="1"))
    for plan_id in (first, second):
        office.work("import.requested", plan_id)
        office.confirm(plan_id)
    office.work("import.confirmed", first)
    office.work("import.confirmed", second)
    seen = office.see(second)
    assert (seen["state"], seen["trouble"]["code"]) == ("ready", "import_stale")


@pytest.mark.parametrize("what", ["import.requested", "import.confirmed"])
def test_what_stands_still_is_asked_for_again_and_then_given_up(office: Office, what: str) -> None:
    plan_id = office.upload(NEW)
    if what == "import.confirmed":
        office.work("import.requested", plan_id)
        office.confirm(plan_id)
    before = office.asked().count(what)
    office.sweep(0.5)
    assert office.asked().count(what) == before
    office.sweep(1.5)
    assert office.asked().count(what) == before + 1
    office.sweep(11)
    assert REGISTRY.get_sample_value("renraku_imports_oldest_seconds") >= 11 * 60
    seen = office.see(plan_id)
    said = (seen["state"], seen["trouble"]["code"])
    if what == "import.requested":
        assert said == ("failed", "import_stopped")
    else:
        assert said == ("ready", "import_apply_stopped")
    pupils = office.school.get("/members")
    office.work(what, plan_id)
    assert office.see(plan_id)["state"] == seen["state"], "what was given up is not begun late"
    assert office.school.get("/members") == pupils


def test_a_file_in_hand_takes_no_decision(office: Office) -> None:
    plan_id = office.upload(NEW)
    decided = office.school.call(
        "POST", f"/imports/plans/{plan_id}/decisions", json={"decisions": {}}
    )
    # The helper has made the preview after the refusal.
    assert (decided.status_code, decided.json["error"]["code"]) == (409, "import_under_way")
