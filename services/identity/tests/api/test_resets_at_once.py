"""A password that is replaced while somebody signs in by the old one (ID-1, ID-4).

On PostgreSQL both are under way at once; on SQLite one waits for the other anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from common import clock
from common.db import is_postgres
from common.errors import ServiceError
from identity.actions.factors import confirm_password
from identity.actions.own import change_password
from identity.actions.passwords import choose_password
from identity.actions.sign_in import finish_sign_in
from identity.actions.tries import CountedTry, OpenedSession, Verdict
from identity.domain.sessions import SessionEnded, digest_of
from identity.domain.sources import Source
from identity.domain.words import FactorKind
from identity.store.models import Account, SecondFactor

NEW_HASH = "$2b$04$" + "a" * 53


def verdict_on(database: Any, account: dict[str, Any]) -> Verdict:
    """Return that the present password of an account was typed."""
    with database.for_system(read_only=True) as session:
        known = session.get_one(Account, UUID(account["id"]))
        source = Source.of_all_places(known.login_index)
        counted = CountedTry(source, None, known.id, known.password_hash)
    return Verdict(counted, matched=True)


def reset(door: Any, school: Any, account: dict[str, Any]) -> Any:
    return door.as_staff(school.id, "PUT", f"/accounts/{account['id']}/password", json={})


def factor_of(account: dict[str, Any]) -> SecondFactor:
    return SecondFactor(
        id=uuid4(),
        account_id=UUID(account["id"]),
        kind=FactorKind.TOTP.value,
        name="スマートフォン",
        counter=0,
        created_at=clock.now(),
    )


def waits(asked: Future[Any]) -> bool:
    try:
        asked.result(0.5)
    except NotYet:
        return True
    return False


def test_a_session_that_opens_by_the_old_password_ends_with_it(
    door, school, add_account, app, database
) -> None:
    account = add_account(school)
    # With the proof of it missing yet the sign-in writes nothing but its session.
    with database.for_system() as session:
        session.add(factor_of(account))
    verdict = verdict_on(database, account)
    key = app.extensions["house"].temporary
    with ThreadPoolExecutor(1) as pool:
        with database.for_system() as session:
            opened = finish_sign_in(session, verdict, "Edge", key, now=clock.now())
            assert isinstance(opened, OpenedSession)
            asked = pool.submit(reset, door, school, account)
            assert waits(asked)
        assert asked.result(10).status_code == 200
    resolved = door.resolve(opened.session_id)
    assert resolved.json["error"]["code"] == "session_ended"


@pytest.mark.parametrize("what", ["sign in", "change it", "confirm"])
def test_a_password_that_was_replaced_meanwhile_opens_and_changes_nothing(
    door, school, add_account, app, database, what: str
) -> None:
    account = add_account(school)
    digest = digest_of(door.sign_in(account["mail"]).json["session_id"])
    verdict = verdict_on(database, account)
    key, now = app.extensions["house"].temporary, clock.now()
    with read_account(door, school, account, database) as (session, given):
        answer: Any
        if what == "sign in":
            answer = finish_sign_in(session, verdict, "Edge", key, now=now)
        elif what == "change it":
            answer = change_password(session, verdict, digest, NEW_HASH, now=now)
        else:
            answer = confirm_password(session, verdict, digest, now=now)
        assert isinstance(answer, ServiceError)
    assert door.sign_in(account["mail"], given).status_code == 201


@contextmanager
def read_account(
    door: Any, school: Any, account: dict[str, Any], database: Any
) -> Iterator[tuple[Any, str]]:
    """Give a transaction that read an account before its password was replaced, and the new one.

    SQLite lets nobody replace it while the transaction writes: there it was replaced just before.
    """
    with database.for_system(read_only=True) as session:
        is_at_once = is_postgres(session)
    given = "" if is_at_once else reset(door, school, account).json["password"]
    with database.for_system() as session:
        before = session.get_one(Account, UUID(account["id"]))
        if is_at_once:
            given = reset(door, school, account).json["password"]
        yield session, given
        assert before.password_hash is None


def test_a_session_that_was_ended_meanwhile_chooses_no_password(
    door, school, add_account, database
) -> None:
    account = add_account(school)
    digest = digest_of(door.sign_in(account["mail"]).json["session_id"])
    assert reset(door, school, account).status_code == 200
    with pytest.raises(SessionEnded), database.for_system() as session:
        choose_password(session, digest, NEW_HASH, now=clock.now())
