"""What we tell staff by mail ourselves: who asks for it, and by which address it goes (ID-8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from common import clock
from common.bus.tables import outbox
from common.db import Database
from common.houses import SIGNERS
from common.notices import MOST_READERS, NoticeKind, WrongParams
from common.schemas import Envelope
from common.testing.tokens import bearer, staff_token
from identity import events

PASSWORD = "tsukushi mo sakura mo"
PATH = "/accounts/notice-addresses"
DEVICE = {"browser": "iPhone・Safari", "at": "2026-11-24T06:20:00+00:00"}


def ask(door, school, *account_ids, named=()):
    body = {"account_ids": list(map(str, account_ids)), "named_account_ids": list(map(str, named))}
    answer = door.as_service("dispatch-mail", "POST", PATH, school_id=school.id, json=body)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_the_house_that_sends_gets_addresses_in_plain_with_name_and_language(
    door, school, add_account
) -> None:
    account = add_account(school, display_name="野口 大輔")
    assert ask(door, school, account["id"]) == {
        "items": [
            {
                "account_id": account["id"],
                "mail": account["mail"],
                "display_name": "野口 大輔",
                "language": "ja",
            }
        ],
        "names": [],
    }


def test_who_chose_english_is_written_to_in_english(door, school, add_account) -> None:
    account = add_account(school)
    token = staff_token(door.keys_dir, school_id=school.id, account_id=UUID(account["id"]))
    client = door.app.test_client()
    for _ in range(2):
        chosen = client.put("/own/language", json={"language": "en"}, headers=bearer(token))
        assert chosen.status_code == 204
    shown = client.get("/own/sessions", headers=bearer(token)).json
    assert (shown["mail"], shown["language"]) == (account["mail"], "en")
    (reader,) = ask(door, school, account["id"])["items"]
    assert reader["language"] == "en"
    refused = client.put("/own/language", json={"language": "fr"}, headers=bearer(token))
    assert refused.status_code == 422


def test_no_other_house_and_no_staff_gets_an_address(door, school) -> None:
    body = {"account_ids": [str(school.administrator_id)]}
    for name in SIGNERS:
        if name != "dispatch-mail":
            refused = door.as_service(name, "POST", PATH, school_id=school.id, json=body)
            assert refused.status_code == 403, name
    assert door.as_staff(school.id, "POST", PATH, json=body).status_code == 403
    assert door.app.test_client().post(PATH, json=body).status_code == 401


def test_another_schools_accounts_are_nobody(door, make_school, add_account) -> None:
    here, there = make_school(), make_school()
    account = add_account(there)
    asked = ask(door, here, account["id"], uuid4(), named=[account["id"]])
    assert asked == {"items": [], "names": []}


def test_who_is_not_in_use_gets_no_notice_and_keeps_the_name(door, school, add_account) -> None:
    today = clock.today()
    changes = [
        {"status": "ended"},
        {"ends_on": (today - timedelta(days=1)).isoformat()},
        {"starts_on": (today + timedelta(days=1)).isoformat()},
    ]
    away = []
    for change in changes:
        account_id = add_account(school)["id"]
        path = f"/accounts/{account_id}"
        assert door.as_staff(school.id, "PATCH", path, json=change).status_code == 200
        away.append(account_id)
    deleted = add_account(school)["id"]
    assert door.as_staff(school.id, "DELETE", f"/accounts/{deleted}").status_code == 204
    asked = ask(door, school, *away, deleted, named=[*away, deleted])
    assert asked["items"] == []
    assert {named["account_id"] for named in asked["names"]} == {*away, deleted}


def test_a_name_comes_with_the_post_and_without_the_address(door, school, add_account) -> None:
    clerk = add_account(school, display_name="中野 正", post="事務")
    assert ask(door, school, named=[clerk["id"]])["names"] == [
        {"account_id": clerk["id"], "display_name": "中野 正", "post": "事務"}
    ]


@pytest.fixture
def asked_for(database: Database) -> Callable[[UUID | str], list[Envelope]]:
    """Yield `asked_for(id)`: the events that ask for a notice in which an id stands, in order."""

    def read(something: UUID | str) -> list[Envelope]:
        of_notice = outbox.c.body.contains(str(something))
        query = select(outbox.c.body).where(outbox.c.type == "notice.requested", of_notice)
        with database.for_system(read_only=True) as session:
            bodies = session.scalars(query.order_by(outbox.c.position)).all()
        return [Envelope.load(body) for body in bodies]

    return read


def test_a_notice_to_many_is_asked_for_in_events_that_can_be_read(
    database: Database, school, asked_for
) -> None:
    readers = [uuid4() for _ in range(MOST_READERS + 1)]
    with database.for_school(school.id) as session:
        notice_id = events.put_notice(
            session, NoticeKind.NEW_DEVICE, readers, DEVICE, school_id=school.id
        )
    first, second = asked_for(notice_id)
    assert first.payload["account_ids"] + second.payload["account_ids"] == readers
    assert {event.school_id for event in (first, second)} == {school.id}
    assert first.payload["kind"] == "new_device"
    assert first.payload["params"] == DEVICE


def test_a_notice_to_nobody_is_not_asked_for(database: Database, school, asked_for) -> None:
    with database.for_school(school.id) as session:
        notice_id = events.put_notice(
            session, NoticeKind.NEW_DEVICE, [], DEVICE, school_id=school.id
        )
    assert asked_for(notice_id) == []


def test_a_notice_without_what_its_words_need_is_a_bug_of_ours(database: Database, school) -> None:
    with database.for_school(school.id) as session, pytest.raises(WrongParams):
        events.put_notice(session, NoticeKind.NEW_DEVICE, [uuid4()], {}, school_id=school.id)


def test_a_sign_in_from_a_new_device_is_told_with_device_and_moment(
    door, school, add_account, asked_for
) -> None:
    account = add_account(school)
    assert door.sign_in(account["mail"]).status_code == 201, "the first, of which nobody is told"
    body = {
        "mail": account["mail"],
        "password": PASSWORD,
        "remote_address": "198.51.100.7",
        "device": None,
        "browser": "iPhone・Safari",
    }
    assert door.as_service("gateway", "POST", "/sessions", json=body).status_code == 201
    [event] = asked_for(account["id"])
    assert event.payload["params"]["browser"] == "iPhone・Safari"
    at = datetime.fromisoformat(event.payload["params"]["at"])
    assert clock.now() - at < timedelta(minutes=1)


def test_who_does_not_know_the_password_writes_to_nobody(
    door, school, add_account, asked_for
) -> None:
    account = add_account(school)
    assert door.sign_in(account["mail"]).status_code == 201
    assert door.sign_in(account["mail"], "not the password").status_code == 401
    assert asked_for(account["id"]) == []


def test_who_serves_at_several_schools_is_told_once_in_the_name_of_the_first(
    door, make_school, add_account, asked_for
) -> None:
    first, second = make_school(), make_school()
    account = add_account(first)
    assert door.sign_in(account["mail"]).status_code == 201
    body = {"mail": account["mail"], "display_name": "野口 大輔", "role": "sender"}
    assert door.as_staff(second.id, "POST", "/accounts", json=body).status_code == 201
    assert door.sign_in(account["mail"]).status_code == 201
    assert [event.school_id for event in asked_for(account["id"])] == [first.id]
