"""A school ends: read-only, then erased, then without a key (RET-1, OPS-1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from sqlalchemy import select, update

from common import bus, clock
from common.bus import tables
from common.schemas import Envelope
from identity.actions.ends import end_due_contracts
from identity.domain.contracts import End
from identity.store.accounts import find_account
from identity.store.models import METADATA, Contract, OperationLine, School
from identity.worker import BEYOND_TABLES

NAME = "みなも市立つばめ野小学校"


def end(door: Any, school_id: UUID, ended_on: date | None = None, **body: Any) -> Any:
    body = {"ended_on": (ended_on or clock.today()).isoformat(), **body}
    return door.as_service("operator", "POST", f"/schools/{school_id}/end", json=body)


def erase(database: Any, school_id: UUID) -> dict[str, int]:
    """Let identity hear `school.erasing`, and itself, until it answers; return the counts."""
    handler = bus.erase_school(METADATA, "identity", lambda _: True, BEYOND_TABLES, batch=5)
    event = Envelope.of("school.erasing", school_id, {})
    while event.type != "school.erased":
        with database.for_school(school_id, even_erased=True) as session:
            handler.act(session, event, None, now=clock.now())
            newest = select(tables.outbox.c.body).order_by(tables.outbox.c.position.desc()).limit(1)
            event = Envelope.load(session.scalars(newest).one())
    return dict(event.payload["counts"])


def told(database: Any, event_type: str, school_id: UUID) -> list[Envelope]:
    query = (
        select(tables.outbox.c.body)
        .where(tables.outbox.c.type == event_type)
        .order_by(tables.outbox.c.position)
    )
    with database.for_system(read_only=True) as session:
        return [
            Envelope.load(body)
            for body in session.scalars(query.where(tables.outbox.c.body.contains(str(school_id))))
        ]


def test_a_contract_that_ends_today_leaves_a_school_that_can_be_looked_at_only(
    door, school, database
) -> None:
    session_id = door.sign_in(school.administrator_mail).json["session_id"]
    assert end(door, school.id).json == {"id": str(school.id), "state": "ended"}
    for opened in (session_id, door.sign_in(school.administrator_mail).json["session_id"]):
        account = door.resolve(opened).json["account"]
        assert account["functions"] == [
            "log.see",
            "messages.read",
            "phones.see",
            "protected.see",
            "roster.see",
        ]
    (event,) = told(database, "contract.ended", school.id)
    assert (event.school_id, event.payload) == (
        school.id,
        {"ended_on": clock.today(), "grace_days": 30},
    )


def test_a_contract_cannot_end_before_it_began(door, school) -> None:
    starts_on = date.fromisoformat(
        door.as_service("operator", "GET", f"/schools/{school.id}").json["contract"]["starts_on"]
    )
    answer = end(door, school.id, starts_on - timedelta(days=1), name_typed=NAME)
    assert answer.status_code == 422
    assert answer.json["error"]["fields"] == {"ended_on": "before_start"}


def test_a_contract_that_ends_later_holds_until_that_day_has_passed_in_japan(
    door, school, database
) -> None:
    last_day = clock.today() + timedelta(days=10)
    assert end(door, school.id, last_day).json["state"] == "active"

    def state_at(moment: datetime) -> str:
        with database.for_system() as session:
            end_due_contracts(session, now=moment)
            return str(session.get_one(School, school.id).state)

    before_midnight = datetime(last_day.year, last_day.month, last_day.day, 14, 59, 59, tzinfo=UTC)
    assert state_at(before_midnight) == "active"
    assert state_at(before_midnight + timedelta(seconds=1)) == "ended"


def test_an_end_may_be_changed_until_the_erasure_begins(door, school, database) -> None:
    end(door, school.id)
    assert end(door, school.id, clock.today() + timedelta(days=3)).json["state"] == "active"
    assert end(door, school.id, grace_days=38).status_code == 200
    assert [
        event.payload["grace_days"] for event in told(database, "contract.ended", school.id)
    ] == [30, 30, 38]
    erase(database, school.id)
    assert end(door, school.id).json["error"]["code"] == "school_erased"


@pytest.mark.parametrize(
    ("days_ago", "body", "field"),
    [
        (0, {"grace_days": 39}, "grace_days"),
        (0, {"grace_days": -1}, "grace_days"),
        (0, {"grace_days": 0}, "name_typed"),
        (0, {"grace_days": 0, "name_typed": "みなも市立つばめ野小"}, "name_typed"),
        (-1, {"grace_days": 0, "name_typed": NAME}, "ended_on"),
        (32, {}, "name_typed"),  # a slip in the month would erase at once
    ],
)
def test_an_end_that_cannot_be_is_refused_and_changes_nothing(
    door, school, database, days_ago, body, field
) -> None:
    refused = end(door, school.id, clock.today() - timedelta(days=days_ago), **body)
    assert (
        refused.status_code,
        refused.json["error"]["code"],
        list(refused.json["error"]["fields"]),
    ) == (
        422,
        "end_invalid",
        [field],
    )
    assert told(database, "contract.ended", school.id) == []
    assert (
        door.as_service("messaging", "GET", "/schools/current", school_id=school.id).json["state"]
        == "active"
    )


def test_no_grace_is_given_when_the_name_is_typed_exactly(door, school, database) -> None:
    assert end(door, school.id, grace_days=0, name_typed=NAME).status_code == 200
    assert told(database, "contract.ended", school.id)[0].payload["grace_days"] == 0


def begin(door: Any, school_id: UUID, *, name: str = "retention") -> Any:
    """Ask as retention whether the school's erasure may begin, which begins it here."""
    return door.as_service(name, "POST", f"/schools/{school_id}/erasing", school_id=school_id)


def test_an_erasure_begins_once_retention_asks_and_then_no_end_is_taken_any_more(
    door, school
) -> None:
    end(door, school.id, grace_days=0, name_typed=NAME)
    for _ in range(2):
        asked = begin(door, school.id)
        assert (asked.status_code, asked.json) == (200, {"id": str(school.id), "state": "erasing"})
    refused = end(door, school.id, clock.today() + timedelta(days=365))
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "school_erasing")
    refused = door.sign_in(school.administrator_mail)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "school_erasing")


def test_no_erasure_begins_before_the_last_day_of_grace_is_over(door, school) -> None:
    def is_refused() -> bool:
        asked = begin(door, school.id)
        return (asked.status_code, asked.json["error"]["code"]) == (409, "erasure_not_due")

    assert is_refused(), "the contract goes on"
    end(door, school.id, clock.today() + timedelta(days=3))
    assert is_refused(), "its last day lies ahead"
    end(door, school.id, clock.today() - timedelta(days=30))
    assert is_refused(), "this is the last day of grace"
    assert (
        door.as_service("messaging", "GET", "/schools/current", school_id=school.id).json["state"]
        == "ended"
    )
    end(door, school.id, clock.today() - timedelta(days=31), name_typed=NAME)
    assert begin(door, school.id).status_code == 200


def test_an_end_that_was_moved_in_time_saves_the_school(door, school) -> None:
    end(door, school.id, grace_days=0, name_typed=NAME)
    assert end(door, school.id, clock.today() + timedelta(days=365)).json["state"] == "active"
    assert begin(door, school.id).json["error"]["code"] == "erasure_not_due"


def test_of_an_end_from_before_graces_were_kept_retention_alone_counts_the_days(
    door, school, database
) -> None:
    end(door, school.id)
    with database.for_school(school.id) as session:
        session.execute(
            update(Contract).where(Contract.school_id == school.id).values(grace_days=None)
        )
    assert begin(door, school.id).status_code == 200


def test_retention_alone_begins_an_erasure(door, school) -> None:
    end(door, school.id, grace_days=0, name_typed=NAME)
    for name in ("operator", "gateway", "directory"):
        assert begin(door, school.id, name=name).status_code == 403
    path = f"/schools/{school.id}/erasing"
    assert door.as_service("retention", "POST", path, school_id=uuid4()).status_code == 404
    assert begin(door, uuid4()).status_code == 404


def test_an_erased_school_is_answered_for_again(door, school, database) -> None:
    end(door, school.id, grace_days=0, name_typed=NAME)
    begin(door, school.id)
    erase(database, school.id)
    assert begin(door, school.id).json == {"id": str(school.id), "state": "erased"}


@pytest.mark.parametrize(
    ("now", "at_once"), [("2027-04-29T15:00Z", False), ("2027-04-30T15:00Z", True)]
)
def test_thirty_days_are_counted_from_the_day_after_the_end_in_japan(
    now: str, at_once: bool
) -> None:
    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        assert End(date(2027, 3, 31)).erases_at_once(clock.today()) is at_once


def test_only_the_operator_ends_a_school(door, school) -> None:
    body = {"ended_on": clock.today().isoformat()}
    path = f"/schools/{school.id}/end"
    assert door.as_staff(school.id, "POST", path, json=body).status_code == 403
    assert door.as_service("gateway", "POST", path, json=body).status_code == 403
    assert end(door, uuid4()).status_code == 404


def test_an_erased_school_leaves_its_name_and_its_marks_only(
    door, school, add_account, database, app
) -> None:
    other_mail = add_account(school)["mail"]
    end(door, school.id, grace_days=0, name_typed=NAME)
    door.sign_in(school.administrator_mail)
    counts = erase(database, school.id)
    assert counts == {
        "staff_roles": 2,
        "sessions": 1,
        "contracts": 1,
        "contract_contacts": 1,
        "accounts": 2,
    }
    login = app.extensions["house"].login
    with database.for_system(read_only=True) as session:
        for mail in (school.administrator_mail, other_mail):
            assert find_account(session, login.index(mail)) is None
        left = session.get_one(School, school.id)
        assert (left.state, left.name, left.phone, left.mail_local) == ("erased", NAME, "", "")
        assert (
            session.scalars(select(OperationLine).where(OperationLine.school_id == school.id)).all()
            == []
        )
    listed = door.as_service("operator", "GET", "/schools?limit=500").json["items"]
    assert [
        (row["state"], row["member_limit"]) for row in listed if row["id"] == str(school.id)
    ] == [("erased", 0)]
    assert door.sign_in(school.administrator_mail).json["error"]["code"] == "sign_in_refused"
    assert (
        door.as_service("messaging", "GET", "/schools/current", school_id=school.id).status_code
        == 404
    )


def test_whose_school_is_being_erased_is_told_so_after_the_right_password(
    door, school, database
) -> None:
    opened = door.sign_in(school.administrator_mail).json["session_id"]
    handler = bus.erase_school(METADATA, "identity", lambda _: True, BEYOND_TABLES)
    with database.for_school(school.id) as session:
        handler.act(session, Envelope.of("school.erasing", school.id, {}), None, now=clock.now())
    assert door.resolve(opened).json["error"]["code"] == "session_ended"
    refused = door.sign_in(school.administrator_mail)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "school_erasing")
    assert (
        door.sign_in(school.administrator_mail, "wrong wrong wrong").json["error"]["code"]
        == "sign_in_refused"
    )


def test_a_key_is_destroyed_by_retention_alone_and_not_while_it_is_in_use(
    door, school, database, app
) -> None:
    path, keyring = f"/keys/{school.id}/destroy", app.extensions["house"].keyring
    fingerprint = keyring.entry(school.id)["fingerprint"]
    in_use = door.as_service("retention", "POST", path, school_id=school.id)
    assert (in_use.status_code, in_use.json["error"]["code"]) == (409, "school_not_erasing")
    for name in ("operator", "gateway", "directory"):
        assert door.as_service(name, "POST", path, school_id=school.id).status_code == 403
    assert door.as_service("retention", "POST", path, school_id=uuid4()).status_code == 404
    erase(database, school.id)
    first, again = (
        door.as_service("retention", "POST", path, school_id=school.id).json for _ in range(2)
    )
    assert first == again
    assert (first["school_id"], first["fingerprint"]) == (str(school.id), fingerprint)
    assert (
        door.as_service("directory", "GET", f"/keys/{school.id}", school_id=school.id).json[
            "error"
        ]["code"]
        == "key_destroyed"
    )
    assert {event.type for event in told(database, "key.destroyed", school.id)} == {"key.destroyed"}


def test_the_operators_own_line_outlives_the_schools(door, school, database) -> None:
    end(door, school.id, grace_days=0, name_typed=NAME)
    lines = [
        event
        for event in told(database, "operation.recorded", school.id)
        if event.payload["action"] == "school.ended"
    ]
    assert [event.school_id for event in lines] == [school.id, None]
    assert {event.payload["target_id"] for event in lines} == {school.id}
