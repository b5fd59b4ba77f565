"""Who takes out many personal records within an hour is reported at once (ID-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from common.bus.tables import outbox
from common.operations import LOG_EXPORTED, ROSTER_EXPORTED, TAKING
from common.schemas import Envelope
from identity.actions.alarms import purge_sums
from identity.actions.operation_log import append_operation
from identity.store.models import TakenRecords

HOUR = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture
def take(database, school) -> Any:
    """Yield `take(account_id, pupils, minute=0)`: directory tells of an export of the roster."""

    def tell(account_id: Any, pupils: int, *, minute: int = 0, kind: str = "staff") -> None:
        at = HOUR + timedelta(minutes=minute)
        actor = (kind, UUID(str(account_id)))
        payload = ROSTER_EXPORTED.payload(actor, ("roster", None), {"pupils": pupils})
        event = Envelope(
            id=uuid4(),
            type="operation.recorded",
            version=1,
            occurred_at=at,
            school_id=school.id,
            payload=payload,
        )
        with database.for_system() as session:
            append_operation(session, event, None, now=at)

    return tell


def alarms_of(door: Any, school: Any) -> list[dict[str, Any]]:
    answer = door.as_staff(school.id, "GET", "/download-alarms")
    return list(answer.json["items"])


def test_the_hundredth_record_within_an_hour_raises_it_once(
    door, school, add_account, take
) -> None:
    account = add_account(school)
    take(account["id"], 60)
    take(account["id"], 39, minute=10)
    assert alarms_of(door, school) == []
    take(account["id"], 1, minute=59)
    take(account["id"], 300, minute=59)
    (alarm,) = alarms_of(door, school)
    assert (alarm["account_id"], alarm["count"]) == (account["id"], 100)
    assert (alarm["action"], alarm["seen_at"]) == ("roster.exported", None)


def test_each_person_and_each_hour_is_counted_apart(door, school, add_account, take) -> None:
    one, other = add_account(school)["id"], add_account(school)["id"]
    take(one, 99, minute=59)
    take(one, 99, minute=60)
    take(other, 99)
    take(uuid4(), 500, kind="operator")
    assert alarms_of(door, school) == []


def test_the_school_says_how_many_are_too_many(door, school, add_account, take) -> None:
    seen = door.as_staff(school.id, "GET", "/schools/current/settings").json
    wanted = {"changed_at": seen["changed_at"], "alarm_records": 10}
    door.as_staff(school.id, "PATCH", "/schools/current/settings", json=wanted)
    take(add_account(school)["id"], 10)
    assert [alarm["count"] for alarm in alarms_of(door, school)] == [10]


def test_it_waits_for_an_administrator_until_one_has_looked(
    door, school, add_account, take
) -> None:
    take(add_account(school)["id"], 120)
    session_id = door.sign_in(school.administrator_mail).json["session_id"]
    assert door.resolve(session_id).json["account"]["open_alarms"] == 1
    (alarm,) = alarms_of(door, school)
    seen = f"/download-alarms/{alarm['id']}/seen"
    for _ in range(2):
        assert door.as_staff(school.id, "PUT", seen).status_code == 204
    assert door.resolve(session_id).json["account"]["open_alarms"] == 0
    assert door.as_staff(uuid4(), "PUT", seen).status_code == 404


def test_alarm_and_look_stand_in_the_operation_log(
    door, school, add_account, take, database
) -> None:
    account = add_account(school)
    take(account["id"], 120)
    (alarm,) = alarms_of(door, school)
    door.as_staff(school.id, "PUT", f"/download-alarms/{alarm['id']}/seen")
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(select(outbox.c.body).where(outbox.c.school_id == school.id))
        told = [Envelope.load(body.encode()).payload for body in bodies]
    notices = [each for each in told if each.get("kind") == "download_alarm"]
    assert [each["account_ids"] for each in notices] == [[school.administrator_id]]
    assert notices[0]["params"]["count"] == 120
    about = [each for each in told if each.get("action", "").startswith("download_alarm")]
    assert [each["action"] for each in about] == ["download_alarm.raised", "download_alarm.seen"]
    assert {str(each["target_id"]) for each in about} == {account["id"]}
    assert about[0]["details"] == {"count": 120}


def test_sums_of_hours_that_are_over_are_forgotten(
    door, school, add_account, take, database
) -> None:
    account = add_account(school)["id"]
    take(account, 5)
    with database.for_system() as session:
        purge_sums(session, now=HOUR + timedelta(days=2))
    with database.for_system(read_only=True) as session:
        of_account = TakenRecords.account_id == UUID(account)
        assert session.scalars(select(TakenRecords).where(of_account)).all() == []


def test_every_export_says_how_many_records_left() -> None:
    assert TAKING[ROSTER_EXPORTED.name] == "pupils"
    assert TAKING[LOG_EXPORTED.name] == "count"
