"""Who takes out many personal records within an hour is reported at once (ID-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from common.bus.tables import outbox
from common.operations import LIST_PRINTED, LOG_EXPORTED, PHONES_VIEWED, ROSTER_EXPORTED, TAKING
from common.schemas import Envelope
from identity.actions.alarms import purge_sums, tell_unanswered
from identity.actions.operation_log import append_operation
from identity.store.models import TakenRecords

HOUR = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
MESSAGE = UUID("018f0000-0000-7000-8000-000000000001")


@pytest.fixture
def tell(database, school) -> Any:
    """Yield `tell(payload, minute)`: directory tells of an act."""

    def append(payload: dict[str, Any], minute: int) -> None:
        at = HOUR + timedelta(minutes=minute)
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

    return append


@pytest.fixture
def take(tell) -> Any:
    """Yield `take(account_id, pupils, minute=0)`: an export of the roster."""

    def export(account_id: Any, pupils: int, *, minute: int = 0, kind: str = "staff") -> None:
        actor = (kind, UUID(str(account_id)))
        tell(ROSTER_EXPORTED.payload(actor, ("roster", None), {"pupils": pupils}), minute)

    return export


@pytest.fixture
def look(tell) -> Any:
    """Yield `look(account_id, pupil_ids, minute=0)`: a list of numbers to call was opened."""

    def open_list(account_id: Any, pupil_ids: list[str], *, minute: int = 0) -> None:
        actor = ("staff", UUID(str(account_id)))
        details = {"pupils": len(pupil_ids), "pupil_ids": pupil_ids}
        tell(PHONES_VIEWED.payload(actor, ("message", MESSAGE), details), minute)

    return open_list


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


def test_a_list_that_is_ticked_off_counts_once_within_the_hour(
    door, school, add_account, look
) -> None:
    """Each tick shows the list again, and the one who is ticked may leave it."""
    account = add_account(school)["id"]
    pupils = [str(uuid4()) for _ in range(60)]
    for minute in range(20):
        look(account, pupils[minute:], minute=minute)
    look(account, pupils, minute=60)
    assert alarms_of(door, school) == []
    others = [str(uuid4()) for _ in range(40)]
    look(account, others, minute=59)
    assert [alarm["count"] for alarm in alarms_of(door, school)] == [100]


def test_each_who_looks_at_a_list_is_counted(door, school, add_account, look) -> None:
    pupils = [str(uuid4()) for _ in range(100)]
    one, other = add_account(school)["id"], add_account(school)["id"]
    look(one, pupils)
    look(other, pupils)
    assert {alarm["account_id"] for alarm in alarms_of(door, school)} == {one, other}


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
    assert TAKING[ROSTER_EXPORTED.name].taken == "pupils"
    assert TAKING[LOG_EXPORTED.name].taken == "count"
    assert TAKING[LIST_PRINTED.name].taken == "count"


def test_who_prints_a_list_is_told_to_the_log_with_its_size(door, school, database) -> None:
    """Every member of staff may print what they see; what is no list of ours is refused."""
    body = {"list": "pupils", "count": 300}
    address = "/operation-log/printed-lists"
    assert door.as_staff(school.id, "POST", address, json=body, functions=[]).status_code == 204
    for wrong in ({**body, "count": 0}, {**body, "list": "photographs"}):
        assert door.as_staff(school.id, "POST", address, json=wrong).status_code == 422
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(select(outbox.c.body).where(outbox.c.school_id == school.id))
        told = [Envelope.load(text.encode()).payload for text in bodies]
    (printed,) = [each for each in told if each.get("action") == "list.printed"]
    assert (printed["details"], printed["actor_kind"]) == (body, "staff")


def test_the_operator_is_told_how_long_nobody_answers(
    door, school, add_account, take, database
) -> None:
    """OPS-5: the alert on it counts a day, from the oldest one."""

    def told() -> float:
        with database.for_system() as session:
            tell_unanswered(session, now=HOUR + timedelta(hours=25))
        labels = {"service": "identity"}
        return REGISTRY.get_sample_value("renraku_download_alarm_unanswered_seconds", labels) or 0

    # Before all that other tests have left.
    take(add_account(school)["id"], 120, minute=-1_000_000)
    waits = timedelta(hours=25, minutes=1_000_000).total_seconds()
    assert told() == waits
    for alarm in alarms_of(door, school):
        door.as_staff(school.id, "PUT", f"/download-alarms/{alarm['id']}/seen")
    assert told() < waits


def test_the_alerts_on_guessing_watch_doors_that_exist(door) -> None:
    rules = (Path(__file__).parents[4] / "deploy/prometheus/rules.yml").read_text(encoding="utf-8")
    watched = {"proofs.Code", "proofs.Passkey", "sessions.Sessions"}
    assert watched <= door.app.view_functions.keys()
    assert r'endpoint=~"proofs\\.(Code|Passkey)"' in rules
    assert 'endpoint="sessions.Sessions"' in rules
