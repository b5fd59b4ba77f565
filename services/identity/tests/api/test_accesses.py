"""An operator looks at a school's data with a reason, for an hour at most (ID-10).

The school is told of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from common import clock
from common.schemas import Envelope
from identity.actions.accesses import end_due_accesses
from identity.actions.operation_log import append_operation

REASON = "教頭先生からの電話。きょうの連絡が配信中のままの件を確かめる"


@dataclass(frozen=True)
class Accesses:
    """The accesses of one operator to one school."""

    person: Any
    school_id: UUID

    @property
    def path(self) -> str:
        return f"/schools/{self.school_id}/accesses"

    def begin(self, **changed: Any) -> Any:
        body = {"id": str(uuid4()), "reason": REASON, "minutes": 30, **changed}
        return self.person.ask("POST", self.path, json=body)

    def look(self, access_id: str, part: str) -> Any:
        return self.person.ask("POST", f"{self.path}/{access_id}/looks", json={"part": part})

    def end(self, access_id: str) -> Any:
        return self.person.ask("POST", f"{self.path}/{access_id}/end")

    def opened(self, part: str, **changed: Any) -> str:
        """Return a token that opens a part of the school's data."""
        access_id = self.begin(**changed).json["id"]
        answer = self.look(access_id, part)
        assert answer.status_code == 201, answer.json
        return str(answer.json["token"])


@pytest.fixture
def accesses(operator, school) -> Accesses:
    return Accesses(operator, school.id)


@pytest.fixture
def now() -> Iterator[Any]:
    """Hold the clock, and yield what moves it."""
    with time_machine.travel(datetime.now(UTC), tick=False) as moment:
        yield moment


READS = {"accounts": "/accounts", "operation_log": "/operation-log"}


@pytest.mark.parametrize("part", sorted(READS))
def test_with_a_reason_a_part_of_the_school_is_open_to_read(door, accesses, part: str) -> None:
    token = accesses.opened(part)
    answer = door.with_token(token, "GET", READS[part])
    assert answer.status_code == 200
    assert "items" in answer.json


def test_the_accounts_are_this_schools_alone_and_name_no_address(
    door, accesses, school, make_school
) -> None:
    make_school()
    listed = door.with_token(accesses.opened("accounts"), "GET", "/accounts").json["items"]
    assert [row["id"] for row in listed] == [str(school.administrator_id)]
    assert "mail" not in listed[0]


def test_without_an_access_nothing_of_a_school_is_open(
    door, operator, accesses, make_school
) -> None:
    """The operator's own token, one of another school, one for another part, one of an access that
    is over: each is refused by identity itself.
    """
    for path in READS.values():
        assert operator.ask("GET", path).status_code == 403, path
    elsewhere = Accesses(operator, make_school().id).begin().json["id"]
    assert accesses.look(elsewhere, "accounts").status_code == 404
    of_accounts = accesses.opened("accounts")
    assert door.with_token(of_accounts, "GET", "/operation-log").status_code == 403


def test_another_operators_access_opens_nothing(add_operator, accesses) -> None:
    access_id = accesses.begin().json["id"]
    other = Accesses(add_operator(), accesses.school_id)
    assert other.look(access_id, "accounts").status_code == 404
    assert other.end(access_id).status_code == 404


def test_an_ended_access_opens_nothing(accesses) -> None:
    access_id = accesses.begin().json["id"]
    for _ in range(2):
        assert accesses.end(access_id).status_code == 204
    refused = accesses.look(access_id, "accounts")
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "access_over")


def test_after_its_end_a_token_given_before_opens_nothing_within_a_minute(
    door, accesses, now
) -> None:
    access_id = accesses.begin(minutes=60).json["id"]
    token = accesses.look(access_id, "accounts").json["token"]
    accesses.end(access_id)
    now.shift(timedelta(seconds=61))
    assert door.with_token(token, "GET", "/accounts").status_code == 401


def test_an_access_ends_by_itself_and_no_token_outlives_it(door, accesses, now) -> None:
    access_id = accesses.begin(minutes=1).json["id"]
    now.shift(timedelta(seconds=40))
    given = accesses.look(access_id, "accounts").json
    assert given["token_expires_in"] == 20
    assert door.with_token(given["token"], "GET", "/accounts").status_code == 200
    now.shift(timedelta(seconds=21))
    assert door.with_token(given["token"], "GET", "/accounts").status_code == 401
    assert accesses.look(access_id, "accounts").json["error"]["code"] == "access_over"


def test_a_token_of_a_look_changes_nothing(door, accesses, school) -> None:
    token = accesses.opened("accounts")
    for method, path in (
        ("POST", "/accounts"),
        ("PATCH", f"/accounts/{school.administrator_id}"),
        ("POST", "/operation-log/exports"),
        ("GET", "/schools"),
        ("PUT", f"/schools/{school.id}"),
        ("POST", accesses.path),
    ):
        assert door.with_token(token, method, path, json={}).status_code == 403, path


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "電話があった"}, "reason"),
        ({"reason": "あ" * 501}, "reason"),
        ({"minutes": 61}, "minutes"),
        ({"minutes": 0}, "minutes"),
    ],
)
def test_without_a_reason_or_for_too_long_no_access_begins(
    accesses, changed: dict[str, Any], field: str
) -> None:
    refused = accesses.begin(**changed)
    assert (refused.status_code, list(refused.json["error"]["fields"])) == (422, [field])
    assert accesses.person.ask("GET", accesses.path).json["items"] == []


def test_two_presses_begin_one_access_and_another_one_waits_for_its_end(accesses) -> None:
    access_id = str(uuid4())
    first, second = (accesses.begin(id=access_id) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert accesses.begin().json["error"]["code"] == "access_open"
    accesses.end(access_id)
    assert accesses.begin(id=access_id).json["error"]["code"] == "access_over"
    assert accesses.begin().status_code == 201
    assert len(accesses.person.ask("GET", accesses.path).json["items"]) == 2


def test_a_school_that_is_being_erased_is_open_to_nobody(door, accesses) -> None:
    today = clock.today().isoformat()
    name = "みなも市立つばめ野小学校"
    body = {"ended_on": today, "grace_days": 0, "name_typed": name}
    door.as_service("operator", "POST", f"/schools/{accesses.school_id}/end", json=body)
    door.as_service(
        "retention",
        "POST",
        f"/schools/{accesses.school_id}/erasing",
        school_id=accesses.school_id,
    )
    assert accesses.begin().json["error"]["code"] == "school_erasing"


@pytest.fixture
def keep_log(database) -> Callable[[list[Envelope]], None]:
    """Yield what lets lines arrive in the log, as the worker does."""

    def keep(lines: list[Envelope]) -> None:
        for line in lines:
            with database.for_system() as session:
                append_operation(session, line, None, now=clock.now())

    return keep


def test_begin_looks_and_end_stand_in_the_schools_log_with_the_reason(
    door, operator, accesses, logged, keep_log
) -> None:
    access_id = accesses.begin(minutes=15).json["id"]
    accesses.look(access_id, "messages")
    accesses.look(access_id, "accounts")
    accesses.end(access_id)
    lines = logged(access_id)
    told = [(line.payload["action"], line.payload["details"]) for line in lines]
    assert told == [
        ("access.begun", {"minutes": 15}),
        ("access.used", {"part": "messages"}),
        ("access.used", {"part": "accounts"}),
        ("access.ended", {}),
    ]
    assert {line.school_id for line in lines} == {accesses.school_id}
    assert {line.payload["actor_id"] for line in lines} == {operator.id}
    assert REASON not in "".join(line.dump() for line in lines)

    keep_log(lines)
    shown = door.as_staff(accesses.school_id, "GET", "/operation-log").json["items"]
    of_access = [line for line in shown if line["target_id"] == access_id]
    assert {line["reason"] for line in of_access} == {REASON}
    assert {line["reason"] for line in shown if line not in of_access} <= {""}
    exported = door.as_staff(accesses.school_id, "POST", "/operation-log/exports", json={}).json
    assert REASON in {line["reason"] for line in exported["items"]}


def test_the_end_by_time_is_written_down_once(database, accesses, logged, now) -> None:
    access_id = accesses.begin(minutes=1).json["id"]
    now.shift(timedelta(minutes=2))
    for _ in range(2):
        with database.for_system() as session:
            end_due_accesses(session, now=clock.now())
    ends = [line for line in logged(access_id) if line.payload["action"] == "access.ended"]
    assert [line.payload["actor_kind"] for line in ends] == ["system"]
    kept = accesses.person.ask("GET", accesses.path).json["items"][0]
    assert kept["ended_at"] == kept["ends_at"]


def test_who_is_removed_looks_no_longer_and_the_reason_stays(
    operator, add_operator, accesses
) -> None:
    access_id = accesses.begin().json["id"]
    other = add_operator()
    assert other.confirm("POST", f"/operators/{operator.id}/remove").status_code == 204
    assert accesses.look(access_id, "accounts").json["error"]["code"] == "access_over"
    kept = other.ask("GET", accesses.path).json["items"][0]
    assert (kept["reason"], kept["operator_name"]) == (REASON, None)
    assert accesses.begin().status_code == 404
