"""Operators sign in with a second factor whose codes are used once.

Guessing is counted and told nothing (ID-10).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import bcrypt
import pyotp
import pytest
import time_machine
from sqlalchemy import select

from common.db import Database
from common.keys import Keys
from identity.actions.purge import purge_sign_ins
from identity.app import create_app
from identity.config import Settings
from identity.store.models import Operator, OperatorSession

PASSWORD = "minamo no ike ni kamo"
NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)
HERE = "203.0.118.7"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def test_a_session_is_known_by_its_digest_only_and_each_sign_in_gets_a_new_one(
    operator, database
) -> None:
    with time_machine.travel(NOON, tick=False):
        first = operator.opened()
    with time_machine.travel(NOON + STEP, tick=False):
        second = operator.opened()
    assert first != second
    with database.for_system(read_only=True) as session:
        kept = session.scalars(
            select(OperatorSession.id).where(OperatorSession.operator_id == operator.id)
        ).all()
    assert set(kept) == {hashlib.sha256(one.encode()).digest() for one in (first, second)}


def test_the_token_of_a_session_is_an_operators_of_no_school_for_a_minute(
    door, operator, settings
) -> None:
    answer = door.resolve_operator(operator.opened()).json
    assert answer["operator"] == {"id": str(operator.id), "display_name": "中田 亮"}
    assert answer["token_expires_in"] == 60
    claims = Keys(settings.keys_dir, "retention").read_token(answer["token"])
    assert (claims["kind"], claims["sub"], claims.get("school")) == (
        "operator",
        str(operator.id),
        None,
    )
    assert claims["exp"] - claims["iat"] == 60


def test_whichever_of_the_three_is_wrong_the_answer_is_the_same(door, operator, school) -> None:
    answers = [
        operator.sign_in(operator.wrong_code()),
        operator.sign_in(operator.code(), "minamo no ike ni koi"),
        door.sign_in_operator("nobody@town.test", operator.code()),
        operator.sign_in(""),
        door.sign_in_operator(school.administrator_mail, operator.code(), "tsukushi mo sakura mo"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json["error"]["code"] == "operator_sign_in_refused"
    assert operator.sign_in(operator.code()).status_code == 201


def test_whichever_is_wrong_the_work_is_the_same(
    door, operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    check, generate = bcrypt.checkpw, pyotp.TOTP.generate_otp

    def watched_check(password: bytes, hashed: bytes) -> bool:
        work.append("bcrypt")
        return check(password, hashed)

    def watched_generate(totp: pyotp.TOTP, step: int) -> str:
        work.append("code")
        return generate(totp, step)

    wrong, right = operator.wrong_code(), operator.code()
    monkeypatch.setattr(bcrypt, "checkpw", watched_check)
    monkeypatch.setattr(pyotp.TOTP, "generate_otp", watched_generate)
    for mail, code, password in (
        (operator.mail, wrong, PASSWORD),
        (operator.mail, right, "wrong wrong wrong"),
        ("nobody@town.test", right, PASSWORD),
        (operator.mail, right, PASSWORD),
    ):
        work.clear()
        door.sign_in_operator(mail, code, password)
        assert work == ["bcrypt", "code", "code", "code"]


def test_a_code_is_used_once(operator) -> None:
    with time_machine.travel(NOON, tick=False):
        code = operator.code()
        assert [operator.sign_in(code).status_code for _ in range(2)] == [201, 401]
    with time_machine.travel(NOON + STEP, tick=False):
        assert operator.sign_in(code).status_code == 401
        assert operator.sign_in(operator.code()).status_code == 201


def test_a_code_that_two_use_at_once_opens_one_session(
    door, operator, settings: Settings, database: Database
) -> None:
    """In processes of their own: one of them checks an operator's password at a time."""
    code = operator.code()
    doors = [replace(door, app=create_app(settings, database=database)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(each.sign_in_operator, operator.mail, code) for each in doors]
        answers = Counter(each.result().status_code for each in asked)
    assert answers == {201: 1, 401: 3}


@pytest.mark.parametrize(("ahead", "status"), [(-2, 401), (-1, 201), (0, 201), (1, 201), (2, 401)])
def test_a_code_of_the_step_before_or_after_is_taken_and_no_other(
    operator, ahead: int, status: int
) -> None:
    with time_machine.travel(NOON, tick=False):
        assert operator.sign_in(operator.code(ahead=ahead)).status_code == status


def test_a_code_older_than_one_that_was_used_is_refused(operator) -> None:
    with time_machine.travel(NOON, tick=False):
        assert operator.sign_in(operator.code(ahead=1)).status_code == 201
        assert [operator.sign_in(operator.code(ahead=ahead)).status_code for ahead in (-1, 0)] == [
            401,
            401,
        ]


def test_a_code_that_came_with_a_wrong_password_is_not_used_up(operator) -> None:
    with time_machine.travel(NOON, tick=False):
        assert operator.sign_in(operator.code(), "wrong wrong wrong").status_code == 401
        assert operator.sign_in(operator.code()).status_code == 201


@pytest.mark.parametrize(
    "spell", [lambda code: f"{code[:3]} {code[3:]} ", lambda code: code.translate(FULL_WIDTH)]
)
def test_a_code_is_understood_however_it_is_typed(operator, spell: Callable[[str], str]) -> None:
    assert operator.sign_in(spell(operator.code())).status_code == 201


def test_a_code_of_another_secret_opens_nothing(add_operator) -> None:
    one, other = add_operator(), add_operator()
    with time_machine.travel(NOON, tick=False):
        assert one.sign_in(other.code()).status_code == 401


@pytest.mark.parametrize("exists", [True, False])
def test_ten_wrong_tries_lock_an_operator_there_for_half_a_minute(
    door, operator, exists: bool
) -> None:
    mail = operator.mail if exists else f"{uuid4()}@town.test"
    here = "203.0.116.7" if exists else "203.0.117.7"
    with time_machine.travel(NOON, tick=False):
        wrong = operator.wrong_code()
        tried = [door.sign_in_operator(mail, wrong, address=here).status_code for _ in range(10)]
        locked = door.sign_in_operator(mail, operator.code(), address=here)
        elsewhere = door.sign_in_operator(mail, operator.code())
    assert tried == [401] * 10
    assert (locked.status_code, locked.json["error"]["code"]) == (429, "locked")
    assert locked.json["error"]["fields"] == {"retry_after": 30, "where": "network"}
    assert elsewhere.status_code == (201 if exists else 401)
    with time_machine.travel(NOON + STEP, tick=False):
        again = door.sign_in_operator(mail, operator.code(), address=here)
    assert again.status_code == (201 if exists else 401)


def test_the_tries_of_operators_and_of_staff_do_not_count_for_each_other(
    door, operator, school
) -> None:
    city = "203.0.114.7"
    with time_machine.travel(NOON, tick=False):
        sprayed = [
            door.sign_in(f"{uuid4()}@town.test", "wrong wrong wrong", address=city).status_code
            for _ in range(31)
        ]
        assert sprayed == [401] * 30 + [429]
        assert operator.sign_in(operator.code(), address=city).status_code == 201
    city = "203.0.115.7"
    with time_machine.travel(NOON, tick=False):
        sprayed = [
            door.sign_in_operator(f"{uuid4()}@town.test", "000000", address=city).status_code
            for _ in range(31)
        ]
        assert sprayed == [401] * 30 + [429]
        assert door.sign_in(school.administrator_mail, address=city).status_code == 201


def test_tries_against_the_staff_account_of_an_address_do_not_lock_its_operator(
    door, operator
) -> None:
    tried = [
        door.sign_in(operator.mail, "wrong wrong wrong", address=HERE).status_code
        for _ in range(11)
    ]
    assert tried[-1] == 429
    assert operator.sign_in(operator.code(), address=HERE).status_code == 201


def test_an_operators_known_device_passes_where_strangers_have_locked_the_login(operator) -> None:
    with time_machine.travel(NOON, tick=False):
        first = operator.sign_in(operator.code()).json
    assert first["new_device"]
    with time_machine.travel(NOON + STEP, tick=False):
        wrong = operator.wrong_code()
        tried = [operator.sign_in(wrong, address=HERE).status_code for _ in range(11)]
        assert tried == [401] * 10 + [429]
        second = operator.sign_in(operator.code(), address=HERE, device=first["device"])
    assert second.status_code == 201
    assert not second.json["new_device"]


def test_a_session_ends_after_fifteen_minutes_without_use(door, operator) -> None:
    with time_machine.travel(NOON, tick=False):
        session_id = operator.opened()
    for minutes in (14, 28):
        with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
            assert door.resolve_operator(session_id).status_code == 200
    with time_machine.travel(NOON + timedelta(minutes=28 + 15), tick=False):
        ended = door.resolve_operator(session_id)
    assert (ended.status_code, ended.json["error"]["code"]) == (401, "session_ended")


def test_a_session_ends_after_eight_hours_however_busy(door, operator) -> None:
    with time_machine.travel(NOON, tick=False):
        session_id = operator.opened()
    answers = []
    for tens in range(1, 49):
        with time_machine.travel(NOON + timedelta(minutes=10 * tens), tick=False):
            answers.append(door.resolve_operator(session_id).status_code)
    assert answers == [200] * 47 + [401]


def test_sessions_that_have_run_out_are_purged_and_others_stay(add_operator, database) -> None:
    idle, alive = add_operator(), add_operator()
    for person, moment in ((idle, NOON), (alive, NOON + timedelta(minutes=10))):
        with time_machine.travel(moment, tick=False):
            person.opened()
    with database.for_system() as session:
        purge_sign_ins(session, now=NOON + timedelta(minutes=15))
    with database.for_system(read_only=True) as session:
        query = select(OperatorSession.operator_id).where(
            OperatorSession.operator_id.in_([idle.id, alive.id])
        )
        assert session.scalars(query).all() == [alive.id]


def test_signing_out_ends_the_session_and_a_second_time_changes_nothing(
    door, operator, logged
) -> None:
    session_id = operator.opened()
    for _ in range(2):
        assert (
            door.as_service(
                "gateway", "POST", "/operator-sessions/end", json={"session_id": session_id}
            ).status_code
            == 204
        )
    assert door.resolve_operator(session_id).status_code == 401
    assert [line.payload["action"] for line in logged(operator.id)][-2:] == [
        "operator.signed_in",
        "operator.signed_out",
    ]


def test_a_used_step_is_written_down(operator, database) -> None:
    with time_machine.travel(NOON, tick=False):
        operator.opened()
    with database.for_system(read_only=True) as session:
        assert session.get_one(Operator, operator.id).last_step == int(NOON.timestamp()) // 30
