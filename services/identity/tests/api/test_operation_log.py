"""What every house tells is written down once, in order, per school (ID-9).

It is shown to who may see it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from common import bus, clock
from common.db import Database
from common.keys import Keys
from common.schemas import Envelope
from common.testing.waiting import until
from identity.actions.log_chain import Sealing
from identity.actions.operation_log import append_operation
from identity.worker import QUEUES, create_worker

# 7:05 on 24 November in Japan
MORNING = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)


def event(
    school_id: UUID | None,
    action: str = "message.released",
    *,
    at: datetime | None = None,
    actor: tuple[str, UUID] | None = None,
    target_id: UUID | None = None,
    **details: Any,
) -> Envelope:
    actor_kind, actor_id = actor or ("staff", uuid4())
    payload = {
        "action": action,
        "actor_kind": actor_kind,
        "actor_id": actor_id,
        "target_kind": "message",
        "target_id": target_id or uuid4(),
        "details": details,
    }
    made = Envelope.of("operation.recorded", school_id, payload).dump()
    loaded = Envelope.load(made)
    return loaded if at is None else replace(loaded, occurred_at=at)


def confirmed(
    school_id: UUID, message_id: UUID, at: datetime, *, kind: str = "guardian"
) -> Envelope:
    """Return that a guardian confirmed a message."""
    return event(
        school_id,
        "message.confirmed",
        at=at,
        actor=(kind, uuid4()),
        target_id=message_id,
        children=1,
    )


def append(database: Database, one: Envelope) -> None:
    with database.for_system() as session:
        append_operation(session, one, None, now=clock.now())


def test_the_log_is_shown_newest_first_page_by_page(door, school, database) -> None:
    events = [event(school.id, heads=number) for number in range(5)]
    for one in events:
        append(database, one)
    seen, after = [], ""
    while after is not None:
        one = page(door, school, limit=2, after=after or None)
        seen += one["items"]
        after = one["next"]
    assert [line["details"]["heads"] for line in seen] == [4, 3, 2, 1, 0]
    assert [line["id"] for line in seen] == [str(one.id) for one in reversed(events)]


def test_acts_stand_in_the_order_of_time_even_when_a_house_tells_late(
    door, school, database
) -> None:
    for minutes in (0, 20, 10, 30):
        append(database, event(school.id, at=MORNING + timedelta(minutes=minutes), heads=minutes))
    assert heads_of(shown(door, school)) == [30, 20, 10, 0]


def test_a_page_that_is_turned_while_the_log_grows_repeats_and_leaves_out_nothing(
    door, school, database
) -> None:
    for minutes in range(4):
        append(database, event(school.id, at=MORNING + timedelta(minutes=minutes), heads=minutes))
    first = page(door, school, limit=2)
    append(database, event(school.id, at=MORNING + timedelta(minutes=9), heads=9))
    append(database, event(school.id, at=MORNING + timedelta(seconds=30), heads=77))
    second = page(door, school, limit=9, after=first["next"])
    assert heads_of(first["items"]) == [3, 2]
    assert heads_of(second["items"]) == [1, 77, 0]


def test_acts_of_one_moment_stand_on_one_page_each(door, school, database) -> None:
    for number in range(5):
        append(database, event(school.id, at=MORNING, heads=number))
    seen: list[int] = []
    after = None
    while len(seen) < 5:
        one = page(door, school, limit=1, after=after)
        seen += heads_of(one["items"])
        after = one["next"]
    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_a_place_that_no_page_gave_is_refused(door, school) -> None:
    line_id = uuid4()
    for place in (
        "x",
        "2026-11-24",
        f"2026-11-24T07:00:00_{line_id}",
        "2026-11-24T07:00:00+09:00_x",
        "2026-11-24T07:00:00+09:00_1",
        f"0001-01-01T00:00:00+09:00_{line_id}",
    ):
        answer = door.as_staff(school.id, "GET", f"/operation-log?{urlencode({'after': place})}")
        assert answer.status_code == 422, place
        assert answer.json["error"]["fields"] == {"after": "not_a_key"}


def test_the_log_is_filtered_by_person_action_and_whole_days_in_japan(
    door, school, database
) -> None:
    one, other = uuid4(), uuid4()
    midnight = datetime(2026, 11, 24, 15, tzinfo=UTC)  # 0:00 on the 25th in Japan
    append(
        database,
        event(school.id, at=midnight - timedelta(seconds=1), actor=("staff", one), heads=1),
    )
    append(
        database, event(school.id, "message.drafted", at=midnight, actor=("staff", one), heads=2)
    )
    append(
        database,
        event(school.id, at=midnight + timedelta(hours=24), actor=("staff", other), heads=3),
    )
    append(
        database,
        event(
            school.id,
            "contact_point.stopped",
            at=midnight + timedelta(seconds=1),
            actor=("guardian", uuid4()),
            heads=4,
        ),
    )
    assert heads_of(page(door, school, actor_id=one)["items"]) == [2, 1]
    assert heads_of(page(door, school, actor_kind="guardian")["items"]) == [4]
    assert heads_of(
        page(door, school, actions=["message.released", "contact_point.stopped"])["items"]
    ) == [3, 4, 1]
    assert heads_of(page(door, school, without=["message.drafted"])["items"]) == [3, 4, 1]
    assert heads_of(page(door, school, first_day="2026-11-25", last_day="2026-11-25")["items"]) == [
        4,
        2,
    ]
    assert heads_of(page(door, school, last_day="2026-11-24")["items"]) == [1]
    assert heads_of(page(door, school, first_day="2026-11-26")["items"]) == [3]
    assert heads_of(page(door, school, first_day="0001-01-01", last_day="9999-12-31")["items"]) == [
        3,
        4,
        2,
        1,
    ]


def test_the_log_is_narrowed_to_what_was_done_to_some_things(door, school, database) -> None:
    """ID-9: the page of a child shows its own lines."""
    child, point = uuid4(), uuid4()
    for number, target in enumerate((child, uuid4(), point, child)):
        append(database, event(school.id, target_id=target, heads=number))
    assert heads_of(page(door, school, targets=[child])["items"]) == [3, 0]
    assert heads_of(page(door, school, targets=[child, point])["items"]) == [3, 2, 0]


def test_confirmations_of_a_message_and_day_are_one_line(door, school, database) -> None:
    trip, sports = uuid4(), uuid4()
    for minutes in (0, 5, 90):
        append(database, confirmed(school.id, trip, MORNING + timedelta(minutes=minutes)))
    append(database, confirmed(school.id, trip, MORNING + timedelta(days=1)))
    append(database, confirmed(school.id, sports, MORNING + timedelta(minutes=2)))
    append(database, confirmed(school.id, trip, MORNING + timedelta(minutes=3), kind="staff"))
    lines = page(door, school, actions=["message.confirmed"])["items"]
    told = [(line["target_id"], line["actor_kind"], line["folded"]) for line in lines]
    assert told == [
        (str(trip), "guardian", 0),
        (str(trip), "staff", 0),
        (str(sports), "guardian", 0),
        (str(trip), "guardian", 2),
    ]
    assert datetime.fromisoformat(lines[-1]["at"]) == MORNING
    assert datetime.fromisoformat(lines[-1]["last_at"]) == MORNING + timedelta(minutes=90)


def test_confirmations_that_arrive_at_the_same_time_have_one_line(door, school, database) -> None:
    message_id = uuid4()
    events = [
        confirmed(school.id, message_id, MORNING + timedelta(seconds=number))
        for number in range(24)
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: append(database, one), events))
    assert [
        line["folded"] for line in page(door, school, actions=["message.confirmed"])["items"]
    ] == [23]


def test_what_leaves_the_log_as_a_file_stands_in_the_log_with_its_count(
    door, school, database, logged
) -> None:
    for number in range(3):
        append(database, event(school.id, heads=number))
    append(database, event(school.id, "message.drafted"))
    answer = door.as_staff(
        school.id, "POST", "/operation-log/exports", json={"without": ["message.drafted"]}
    )
    assert answer.status_code == 200, answer.json
    assert heads_of(answer.json["items"]) == [2, 1, 0]
    assert answer.json["left_off"] is False
    (line,) = [one for one in logged(school.id) if one.payload["action"] == "log.exported"]
    assert line.payload["details"] == {"count": 3}
    assert line.payload["actor_kind"] == "staff"


def test_a_file_holds_the_newest_lines_and_says_that_older_ones_were_left_off(
    door, school, database, monkeypatch
) -> None:
    monkeypatch.setattr("identity.actions.operation_log.EXPORT_LINES", 2)
    for number in range(3):
        append(database, event(school.id, heads=number))
    answer = door.as_staff(school.id, "POST", "/operation-log/exports", json={})
    assert heads_of(answer.json["items"]) == [2, 1]
    assert answer.json["left_off"] is True


def test_only_who_may_see_the_log_takes_a_file_of_it(door, school) -> None:
    asked = door.as_staff(
        school.id, "POST", "/operation-log/exports", functions=["messages.send"], json={}
    )
    assert asked.status_code == 403
    assert (
        door.as_service(
            "gateway", "POST", "/operation-log/exports", school_id=school.id, json={}
        ).status_code
        == 403
    )


def test_each_school_sees_its_own_log_and_only_who_may(door, make_school, database) -> None:
    here, there = make_school(), make_school()
    for school_id in (here.id, there.id, None):
        append(database, event(school_id))
    assert len(door.as_staff(here.id, "GET", "/operation-log").json["items"]) == 1
    assert (
        door.as_staff(here.id, "GET", "/operation-log", functions=["messages.send"]).status_code
        == 403
    )
    assert door.as_service("gateway", "GET", "/operation-log", school_id=here.id).status_code == 403


def test_a_line_is_shown_at_once_and_has_its_position_when_it_is_sealed(
    door, school, database, settings
) -> None:
    append(database, event(school.id))
    assert [line["position"] for line in shown(door, school)] == [None]
    with database.for_system() as session:
        Sealing().seal_log(session, now=clock.now(), keys=Keys(settings.keys_dir, "identity"))
    assert [line["position"] for line in shown(door, school)] == [1]


async def test_what_is_told_at_the_door_arrives_in_the_log_once(
    door, school, database, settings
) -> None:
    door.sign_in(school.administrator_mail, "wrong wrong wrong")
    door.sign_in(school.administrator_mail)
    twice = event(school.id, "message.withdrawn")
    stop, transport = asyncio.Event(), bus.open_transport("memory://")
    await transport.start()
    await transport.declare(QUEUES)
    running = [
        asyncio.create_task(create_worker(settings, database, transport).run(stop)),
        asyncio.create_task(
            bus.Relay(database, transport, Keys(settings.keys_dir, "identity")).run(stop)
        ),
    ]
    for _ in range(2):
        await transport.publish(bus.Outgoing("operation.recorded", twice.dump(), twice.id))
    expected = {
        "school.created",
        "account.created",
        "account.sign_in_failed",
        "account.signed_in",
        "message.withdrawn",
    }
    try:
        await until(lambda: {line["action"] for line in shown(door, school)} == expected, 30)
    finally:
        stop.set()
        await asyncio.gather(*running)
        await transport.close()
    assert len(shown(door, school)) == len(expected)


def shown(door, school) -> list[dict[str, Any]]:
    return page(door, school)["items"]


def page(door, school, **query: Any) -> dict[str, Any]:
    asked = urlencode(
        {name: value for name, value in query.items() if value is not None}, doseq=True
    )
    answer = door.as_staff(school.id, "GET", f"/operation-log?{asked}")
    assert answer.status_code == 200, answer.json
    return answer.json


def heads_of(lines: list[dict[str, Any]]) -> list[int]:
    return [line["details"]["heads"] for line in lines]
