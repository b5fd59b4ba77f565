"""Sessions are server-side.

They run out, end at once when something changes, and give five-minute tokens (ID-1, ID-2).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from common.keys import Keys, TokenRefused
from common.rights import Right
from common.testing.tokens import bearer
from common.web import auth
from identity.actions.purge import purge_sign_ins
from identity.store.models import School, SignedInSession

MORNING = datetime(2026, 11, 1, 22, 50, tzinfo=UTC)


def who_calls_directory(keys_dir: Path, token: str) -> auth.Staff:
    """Return how another house's door sees the bearer of a token."""
    app, seen = Flask("directory"), []
    auth.install(app, Keys(keys_dir, "directory"))
    app.add_url_rule(
        "/", view_func=auth.allow(auth.staff())(lambda: seen.append(auth.current_staff()) or "")
    )
    assert app.test_client().get("/", headers=bearer(token)).status_code == 200
    return seen[0]


def test_a_token_tells_the_other_houses_who_it_is(door, school, add_account, settings) -> None:
    group, member = uuid4(), uuid4()
    account = add_account(
        school,
        group_ids=[str(group)],
        member_id=str(member),
        functions_off=["phones.see"],
        post="4年2組担任",
    )
    resolved = door.resolve(door.sign_in(account["mail"]).json["session_id"]).json
    staff = who_calls_directory(settings.keys_dir, resolved["token"])
    assert (staff.account_id, staff.school_id, staff.member_id) == (
        UUID(account["id"]),
        school.id,
        member,
    )
    assert (staff.role, staff.limit_of(Right.MESSAGES_SEND)) == ("sender", {group})
    assert staff.may(Right.MESSAGES_SEND)
    assert not staff.may(Right.PHONES_SEE)
    assert not staff.may(Right.SETTINGS_EDIT)
    assert resolved["account"]["post"] == "4年2組担任"
    assert set(resolved["account"]["functions"]) == staff.functions
    assert set(resolved["account"]["own_only"]) == staff.own_only
    assert (resolved["school"]["id"], resolved["school"]["member_limit"]) == (str(school.id), 400)


def test_a_token_lives_five_minutes(door, school, settings) -> None:
    with time_machine.travel(MORNING, tick=False):
        resolved = door.resolve(door.sign_in(school.administrator_mail).json["session_id"]).json
    assert resolved["token_expires_in"] == 300
    keys = Keys(settings.keys_dir, "messaging")
    with time_machine.travel(MORNING + timedelta(seconds=299), tick=False):
        assert keys.read_token(resolved["token"])["kind"] == "staff"
    with (
        time_machine.travel(MORNING + timedelta(seconds=300), tick=False),
        pytest.raises(TokenRefused),
    ):
        keys.read_token(resolved["token"])


def test_a_session_ends_after_an_hour_without_use(door, school) -> None:
    with time_machine.travel(MORNING, tick=False):
        session_id = door.sign_in(school.administrator_mail).json["session_id"]
    for minutes in (59, 118):
        with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=False):
            assert door.resolve(session_id).status_code == 200
    with time_machine.travel(MORNING + timedelta(minutes=118 + 60), tick=False):
        ended = door.resolve(session_id)
    assert (ended.status_code, ended.json["error"]["code"]) == (401, "session_ended")


def test_a_session_ends_after_twelve_hours_however_busy(door, school) -> None:
    with time_machine.travel(MORNING, tick=False):
        session_id = door.sign_in(school.administrator_mail).json["session_id"]
    answers = []
    for half_hours in range(1, 25):
        with time_machine.travel(MORNING + timedelta(minutes=30 * half_hours), tick=False):
            answers.append(door.resolve(session_id).status_code)
    assert answers == [200] * 23 + [401]


def test_looking_again_within_a_minute_writes_nothing(door, school, database) -> None:
    def last_seen() -> datetime | None:
        with database.for_system(read_only=True) as session:
            return session.scalar(
                select(SignedInSession.last_seen_at).where(SignedInSession.school_id == school.id)
            )

    with time_machine.travel(MORNING, tick=False):
        session_id = door.sign_in(school.administrator_mail).json["session_id"]
    for seconds, seen in ((59, 0), (60, 60)):
        with time_machine.travel(MORNING + timedelta(seconds=seconds), tick=False):
            assert door.resolve(session_id).status_code == 200
        assert last_seen() == MORNING + timedelta(seconds=seen)


def test_a_page_that_asks_by_itself_keeps_no_session_awake(door, school) -> None:
    """Who left a page open in the staff room is signed out after 60 minutes (ID-1)."""
    with time_machine.travel(MORNING, tick=False):
        session_id = door.sign_in(school.administrator_mail).json["session_id"]
    answers = []
    for minutes in (15, 30, 45, 59, 60):
        with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=False):
            answers.append(door.resolve(session_id, by_hand=False).status_code)
    assert answers == [200] * 4 + [401]


def test_signing_out_ends_the_session_and_a_second_time_changes_nothing(door, school) -> None:
    kept, ended = (door.sign_in(school.administrator_mail).json["session_id"] for _ in range(2))
    for _ in range(2):
        assert (
            door.as_service(
                "gateway", "POST", "/sessions/end", json={"session_id": ended}
            ).status_code
            == 204
        )
    assert (door.resolve(ended).status_code, door.resolve(kept).status_code) == (401, 200)


@pytest.mark.parametrize("changes", [{"role": "limited_administrator"}, {"status": "ended"}])
def test_a_change_of_role_or_status_ends_the_sessions(
    door, school, add_account, changes: dict[str, str]
) -> None:
    account, colleague = add_account(school), add_account(school)
    session_id, other = (
        door.sign_in(who["mail"]).json["session_id"] for who in (account, colleague)
    )
    changed = door.as_staff(school.id, "PATCH", f"/accounts/{account['id']}", json=changes)
    assert changed.status_code == 200, changed.json
    assert (door.resolve(session_id).status_code, door.resolve(other).status_code) == (401, 200)


def test_another_password_ends_the_sessions_and_the_old_one(door, school, add_account) -> None:
    account = add_account(school)
    session_id = door.sign_in(account["mail"]).json["session_id"]
    made = door.as_staff(school.id, "PUT", f"/accounts/{account['id']}/password", json={})
    assert door.resolve(session_id).status_code == 401
    assert door.sign_in(account["mail"]).status_code == 401
    assert door.sign_in(account["mail"], made.json["password"]).status_code == 201


def test_a_switched_off_function_is_gone_from_an_open_session_at_once(
    door, school, add_account
) -> None:
    account = add_account(school)
    session_id = door.sign_in(account["mail"]).json["session_id"]
    assert "phones.see" in door.resolve(session_id).json["account"]["functions"]
    door.as_staff(
        school.id, "PATCH", f"/accounts/{account['id']}", json={"functions_off": ["phones.see"]}
    )
    assert "phones.see" not in door.resolve(session_id).json["account"]["functions"]


@pytest.mark.parametrize("state", ["erasing", "erased"])
def test_a_session_ends_with_its_school(door, school, database, state: str) -> None:
    session_id = door.sign_in(school.administrator_mail).json["session_id"]
    assert door.resolve(session_id).status_code == 200
    with database.for_system() as session:
        session.execute(update(School).where(School.id == school.id).values(state=state))
    assert door.resolve(session_id).json["error"]["code"] == "session_ended"


def test_sessions_that_have_run_out_are_purged_and_others_stay(door, make_school, database) -> None:
    idle, alive = make_school(), make_school()
    with time_machine.travel(MORNING, tick=False):
        door.sign_in(idle.administrator_mail)
    with time_machine.travel(MORNING + timedelta(minutes=30), tick=False):
        door.sign_in(alive.administrator_mail)
    with database.for_system() as session:
        purge_sign_ins(session, now=MORNING + timedelta(minutes=120))
    with database.for_system(read_only=True) as session:
        count = select(SignedInSession.school_id, func.count()).where(
            SignedInSession.school_id.in_([idle.id, alive.id])
        )
        assert session.execute(count.group_by(SignedInSession.school_id)).all() == [(alive.id, 1)]
