"""A status begins by itself on the day that was planned, at midnight in Japan (DIR-12)."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from directory_school import FixedAccounts, FixedKeys, FixedSchools, Limits, School
from test_import_plans import BASIC, HINA, NEW, apply, said, send, workbook

from common import bus, clock
from common.bus import tables
from common.bus.memory import forget_everything
from common.db import Database
from common.schemas import Envelope
from common.testing.waiting import until
from directory.actions.planned_statuses import tell_due_statuses, turn_due_statuses
from directory.clients import Clients
from directory.config import Settings
from directory.worker import QUEUES, create_worker

SAKURA, NOGUCHI = "高木 さくら", "野口 大輔"
WITH_STATUS = (*BASIC, "在籍状況", "異動日")

Clock = Callable[[str], datetime | None]


def url_of(school: School, name: str) -> str:
    return f"/members/{school.roster.id(name)}"


def plan(school: School, name: str, status: str, since: str) -> None:
    body = {"status": status, "status_since": since}
    answer = school.call("PATCH", url_of(school, name), json=body)
    assert answer.status_code == 204, answer.json


def tenure(school: School, url: str) -> tuple[Any, ...]:
    person = school.get(url)
    names = ("status", "status_since", "planned_status", "planned_since")
    return tuple(person[name] for name in names)


def recorded(database: Database, school: School) -> list[tuple[str, list[str]]]:
    """Return who changed which fields, as the operation log is told."""
    own = sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(own).all()
    payloads = [json.loads(body)["payload"] for body in bodies]
    changes = [each for each in payloads if each.get("action") == "member.changed"]
    return sorted((change["actor_kind"], change["details"]["fields"]) for change in changes)


@pytest.fixture
def at(school: School, database: Database, limits: Limits, time_machine: Any) -> Clock:
    """Move to a moment of Japan and let the clock and the worker do what is due then."""

    def move(moment: str) -> datetime | None:
        time_machine.move_to(datetime.fromisoformat(f"{moment}+09:00"), tick=False)
        with database.for_system() as session:
            again = tell_due_statuses(session, now=clock.now())
        told = sa.select(sa.func.count()).where(
            tables.outbox.c.school_id == school.id, tables.outbox.c.body.contains("statuses.due")
        )
        with database.for_system(read_only=True) as session:
            is_told = bool(session.scalar(told))
        if is_told:
            event = Envelope.of("statuses.due", school.id, {})
            with database.for_school(school.id) as session:
                turn_due_statuses(session, event, limits.limit, now=clock.now())
        return again

    return move


@pytest.mark.parametrize(
    ("day", "before", "midnight"),
    [
        ("2026-12-24", "2026-12-23T23:59:59", "2026-12-24T00:00:00"),
        ("2028-02-29", "2028-02-28T23:59:59", "2028-02-29T00:00:00"),
        ("2027-04-01", "2027-03-31T23:59:59", "2027-04-01T00:00:00"),
    ],
)
def test_a_status_begins_at_midnight_in_japan(
    school: School, database: Database, at: Clock, day: str, before: str, midnight: str
) -> None:
    at("2026-12-01T09:00:00")
    url = url_of(school, SAKURA)
    plan(school, SAKURA, "transferred", day)
    assert tenure(school, url) == ("enrolled", "2026-04-01", "transferred", day)
    again = at(before)
    assert tenure(school, url)[0] == "enrolled"
    assert again == datetime.fromisoformat(f"{midnight}+09:00"), "the clock is back at midnight"
    at(midnight)
    assert tenure(school, url) == ("transferred", day, None, None)
    assert recorded(database, school) == [("staff", ["planned_status"]), ("system", ["status"])]


def test_messages_and_heads_follow_on_the_day(school: School, at: Clock) -> None:
    at("2026-12-01T09:00:00")
    plan(school, SAKURA, "transferred", "2026-12-24")
    before = school.snapshot(groups=["4-2"])["heads"]
    at("2026-12-24T00:00:00")
    assert school.snapshot(groups=["4-2"])["heads"] == before - 1


def test_a_second_plan_takes_the_place_of_the_first_and_can_be_dropped(
    school: School, database: Database, at: Clock
) -> None:
    at("2026-12-01T09:00:00")
    url = url_of(school, SAKURA)
    plan(school, SAKURA, "transferred", "2026-12-24")
    plan(school, SAKURA, "suspended", "2027-01-08")
    assert tenure(school, url)[2:] == ("suspended", "2027-01-08")
    for _ in range(2):
        assert school.call("DELETE", f"{url}/planned-status").status_code == 204
    assert tenure(school, url) == ("enrolled", "2026-04-01", None, None)
    assert recorded(database, school) == [("staff", ["planned_status"])] * 3
    at("2027-01-08T00:00:00")
    assert tenure(school, url)[0] == "enrolled"


def test_only_who_may_change_a_person_drops_the_plan(school: School, at: Clock) -> None:
    at("2026-12-01T09:00:00")
    plan(school, SAKURA, "transferred", "2026-12-24")
    url = f"{url_of(school, SAKURA)}/planned-status"
    other = school.staff("roster.change", own_only=["roster.change"], groups=["4-1"])
    assert school.refused("DELETE", url, other) == (403, "out_of_scope")
    assert tenure(school, url_of(school, SAKURA))[2] == "transferred"


def test_what_begins_today_acts_at_once_and_leaves_a_plan_unless_it_is_the_planned_one(
    school: School, at: Clock
) -> None:
    at("2026-12-01T09:00:00")
    url = url_of(school, SAKURA)
    plan(school, SAKURA, "transferred", "2026-12-24")
    plan(school, SAKURA, "suspended", "2026-12-01")
    assert tenure(school, url) == ("suspended", "2026-12-01", "transferred", "2026-12-24")
    plan(school, SAKURA, "transferred", "2026-11-30")
    assert tenure(school, url) == ("transferred", "2026-11-30", None, None)


def test_a_plan_of_what_is_so_already_is_refused(school: School, at: Clock) -> None:
    at("2026-12-01T09:00:00")
    body = {"status_since": "2026-12-24"}
    assert school.refused("PATCH", url_of(school, SAKURA), json=body) == (
        422,
        "planned_status_same",
    )


@pytest.mark.parametrize(
    ("kind", "status", "until_then"),
    [("pupil", "enrolled", "prospective"), ("staff", "active", "moved")],
)
def test_who_comes_on_first_april_is_counted_from_then_on(
    school: School, at: Clock, limits: Limits, kind: str, status: str, until_then: str
) -> None:
    at("2027-02-01T09:00:00")
    limits.limit = 0
    body = {"kind": kind, "display_name": "新田 葵", "kana": "ニッタ アオイ"}
    made = school.post("/members", {**body, "status_since": "2027-04-01"})
    url = f"/members/{made['id']}"
    assert tenure(school, url) == (until_then, "2027-02-01", status, "2027-04-01")
    at("2027-04-01T00:00:00")
    assert tenure(school, url)[0] == until_then, "the contract's limit holds on the day, too"
    limits.limit = None
    at("2027-04-01T01:00:00")
    assert tenure(school, url) == (status, "2027-04-01", None, None)


def test_who_leaves_makes_room_for_who_comes_on_the_same_day(
    school: School, at: Clock, limits: Limits
) -> None:
    at("2027-02-01T09:00:00")
    seat = {"class_id": school.roster.id("4-2"), "number": 31}
    body = {"kind": "pupil", "display_name": "新田 葵", "kana": "ニッタ アオイ", **seat}
    made = school.post("/members", {**body, "status_since": "2027-04-01"})
    plan(school, SAKURA, "transferred", "2027-04-01")
    plan(school, NOGUCHI, "moved", "2027-04-01")
    limits.limit = 8
    at("2027-04-01T00:00:00")
    assert tenure(school, f"/members/{made['id']}")[0] == "enrolled"
    assert tenure(school, url_of(school, NOGUCHI)) == ("moved", "2027-04-01", None, None)


def test_a_seat_that_was_taken_meanwhile_is_not_taken_twice(school: School, at: Clock) -> None:
    at("2027-02-01T09:00:00")
    gone = url_of(school, "転出 した子")
    plan(school, "転出 した子", "enrolled", "2027-04-01")
    seat = {"class_id": school.roster.id("4-2"), "number": 30}
    body = {"kind": "pupil", "display_name": "新田 葵", "kana": "ニッタ アオイ", **seat}
    made = school.post("/members", body)
    at("2027-04-01T00:00:00")
    assert tenure(school, gone)[0::2] == ("transferred", "enrolled")
    school.call("PATCH", f"/members/{made['id']}", json={"number": 31})
    at("2027-04-01T01:00:00")
    assert tenure(school, gone) == ("enrolled", "2027-04-01", None, None)


def test_many_who_come_on_one_day_take_as_many_statements_as_one(
    school: School, database: Database, at: Clock, limits: Limits
) -> None:
    """All of a school's changes wait meanwhile: 600 first-years must not take 1,800 questions."""

    def count(day: str) -> int:
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("SELECT"):
                asked.append(statement)

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            at(f"{day}T00:00:00")
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return len(asked)

    at("2027-02-01T09:00:00")
    limits.limit = 1000
    body = {"kind": "pupil", "kana": "シンニュウ", "class_id": school.roster.id("5-1")}
    for day, numbers in (("2027-04-01", range(50, 51)), ("2027-04-02", range(51, 61))):
        for number in numbers:
            child = {**body, "display_name": f"新入 {number}", "number": number}
            school.post("/members", {**child, "status_since": day})
    assert count("2027-04-01") == count("2027-04-02")
    found = school.get("/members?query=新入&status=enrolled")["items"]
    assert len(found) == 11


def test_who_was_deleted_stays_as_they_were(school: School, at: Clock) -> None:
    at("2026-12-01T09:00:00")
    url = url_of(school, SAKURA)
    plan(school, SAKURA, "transferred", "2026-12-24")
    school.call("DELETE", url)
    at("2026-12-24T00:00:00")
    school.call("POST", f"{url}/restore")
    assert tenure(school, url)[0] == "enrolled"
    at("2026-12-24T01:00:00")
    assert tenure(school, url)[0] == "transferred"


class TestFiles:
    @pytest.fixture
    def upload(self, school: School) -> Callable[..., Any]:
        def read(*rows: Any, content: bytes | None = None) -> Any:
            made = send(school, content or workbook(*rows, header=WITH_STATUS))
            return school.get(f"/imports/plans/{made.json['id']}")

        return read

    def test_a_file_plans_for_who_is_there_and_for_who_is_new(
        self, school: School, at: Clock, upload: Callable[..., Any]
    ) -> None:
        at("2027-02-01T09:00:00")
        rows = (*HINA, "転出", "2027/4/1"), (*NEW, "在籍", "R9.4.1")
        plan = upload(*rows)
        planned = [("planned_status", None, "transferred"), ("planned_since", None, "2027-04-01")]
        assert said(plan, "changed") == [("髙橋 陽菜", planned)]
        assert said(plan, "new")[0][1][:2] == [
            ("planned_status", None, "enrolled"),
            ("planned_since", None, "2027-04-01"),
        ]
        apply(school, plan)
        hina = url_of(school, "髙橋 陽菜")
        (aoi,) = school.get("/members?query=にったあおい")["items"]
        assert tenure(school, hina) == ("enrolled", "2026-04-01", "transferred", "2027-04-01")
        assert aoi["status"] == "prospective"
        assert upload(*rows)["counts"]["unchanged"] == 2, "the same file again"
        without = [(*HINA, "", ""), (*NEW, "", "")]
        assert upload(*without)["counts"]["unchanged"] == 2, "it leaves the plans alone"
        at("2027-04-01T00:00:00")
        assert tenure(school, hina)[0] == "transferred"
        assert school.get(f"/members/{aoi['id']}")["status"] == "enrolled"

    def test_a_file_with_a_day_and_no_status_plans_the_day_on_which_a_child_comes(
        self, school: School, at: Clock, upload: Callable[..., Any]
    ) -> None:
        at("2027-02-01T09:00:00")
        apply(school, upload((*NEW, "", "2027/4/1")))
        (aoi,) = school.get("/members?query=にったあおい")["items"]
        assert tenure(school, f"/members/{aoi['id']}")[0::2] == ("prospective", "enrolled")
        again = upload((*NEW, "", "2027/4/8"))
        assert said(again, "changed")[0][1] == [("planned_since", "2027-04-01", "2027-04-08")]

    def test_a_plan_of_what_is_so_already_is_told_at_its_cell(
        self, school: School, at: Clock
    ) -> None:
        at("2027-02-01T09:00:00")
        made = send(school, workbook((*HINA, "在籍", "2027/4/1"), header=WITH_STATUS))
        shown = school.get(f"/imports/plans/{made.json['id']}/errors")
        assert [(e["code"], e["column"]) for e in shown["errors"]] == [
            ("planned_status_same", "異動日")
        ]

    def test_an_export_reads_back_as_unchanged_while_a_plan_exists(
        self, school: School, at: Clock, upload: Callable[..., Any]
    ) -> None:
        at("2026-12-01T09:00:00")
        plan(school, SAKURA, "transferred", "2026-12-24")
        plan(school, "来年 入る子", "enrolled", "2027-04-01")
        exported = io.BytesIO(school.call("POST", "/exports/roster.xlsx").data)
        counts = upload(content=exported.getvalue())["counts"]
        assert (counts["unchanged"], counts["changed"], counts["new"]) == (8, 0, 0)


@pytest.fixture
def _quiet_bus():
    forget_everything()
    yield
    forget_everything()


@pytest.mark.usefixtures("_quiet_bus")
async def test_the_worker_asks_for_the_limit_and_lets_a_status_begin(
    school: School, database: Database, keys_dir: Any, time_machine: Any
) -> None:
    time_machine.move_to(datetime.fromisoformat("2026-12-01T09:00:00+09:00"))
    plan(school, SAKURA, "transferred", "2026-12-24")
    time_machine.move_to(datetime.fromisoformat("2026-12-24T00:00:00+09:00"))
    asked: list[UUID] = []
    settings = Settings(database_url="postgresql://unused", bus_url="memory://", keys_dir=keys_dir)
    transport, stop = bus.open_transport("memory://"), asyncio.Event()
    await transport.start()
    await transport.declare(QUEUES)
    worker = create_worker(
        settings,
        database,
        transport,
        clients=Clients(FixedKeys(), asked.append, FixedAccounts(), FixedSchools()),
    )
    running = asyncio.create_task(worker.run(stop))
    event = Envelope.of("statuses.due", school.id, {})
    try:
        for _ in range(2):
            await transport.publish(bus.Outgoing(event.type, event.dump(), event.id))
        await until(lambda: tenure(school, url_of(school, SAKURA))[0] == "transferred")
    finally:
        stop.set()
        await running
        await transport.close()
    assert set(asked) == {school.id}
