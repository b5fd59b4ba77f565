"""What strangers can do at the one door that is open to the internet: nothing that grows, and next
to nothing that costs.
"""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from common import clock
from common.crypto import Undecipherable
from common.db import Database
from common.testing.statements import count_statements
from dispatch_line.actions.accounts import AccountBook
from dispatch_line.app import create_app
from dispatch_line.config import Settings
from dispatch_line.store.models import LineAccount
from suite.town.line_webhooks import sign

STRANGERS = 200_000
LOOKS_SIGNED = base64.b64encode(bytes(32)).decode()
SECRET = "secret of the school's account"
MEGABYTE = 1024 * 1024


@pytest.fixture
def book(app: Flask) -> AccountBook:
    held: AccountBook = app.extensions["accounts"]
    return held


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the monotonic clock of the test, which stands still until the test moves it."""
    moment = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


@pytest.fixture
def call(app: Flask) -> Callable[..., Any]:
    """Return `call(account_id, body, signature)`: what anybody in the internet can send to the
    door.
    """

    def post(account_id: UUID, body: bytes = b"{}", signature: str = LOOKS_SIGNED) -> Any:
        headers = {"X-Line-Signature": signature}
        return app.test_client().post(f"/webhooks/{account_id}", data=body, headers=headers)

    return post


def test_ids_that_are_nobodys_leave_nothing_behind_and_ask_the_database_a_few_times_a_minute(
    book: AccountBook, account_id: UUID, database: Database, seconds: list[float]
) -> None:
    assert book.find(account_id) is not None
    count = count_statements(database.engine)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(STRANGERS):
            # Random ones would take longer to invent than to refuse.
            assert book.find_for_stranger(UUID(int=number)) is None
            seconds[0] += 60 / STRANGERS
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count() <= 30
    assert after - before < 100_000, "bytes"
    assert book.find(account_id) is not None


def test_an_account_that_another_process_has_made_is_known_soon(
    book: AccountBook,
    operator: Callable[..., Any],
    settings: Settings,
    database: Database,
    seconds: list[float],
) -> None:
    made = uuid4()
    assert book.find_for_stranger(made) is None
    elsewhere: AccountBook = create_app(settings, database=database).extensions["accounts"]
    assert elsewhere.find_for_stranger(made) is None
    given = {"name": "みなも市学校連絡", "channel_secret": SECRET, "access_token": "the token"}
    operator(f"/accounts/{made}", given)
    assert book.find_for_stranger(made) is not None, "the process that made it knows it at once"
    assert elsewhere.find_for_stranger(made) is None, "strangers asked a moment ago"
    seconds[0] += 5
    assert elsewhere.find_for_stranger(made) is not None


def test_an_account_of_our_own_tables_is_found_however_much_strangers_ask(
    book: AccountBook,
    operator: Callable[..., Any],
    settings: Settings,
    database: Database,
    seconds: list[float],
) -> None:
    made = uuid4()
    elsewhere: AccountBook = create_app(settings, database=database).extensions["accounts"]
    assert elsewhere.find_for_stranger(made) is None
    operator(
        f"/accounts/{made}",
        {"name": "みなも市学校連絡", "channel_secret": SECRET, "access_token": "the token"},
    )
    assert elsewhere.find(made) is not None


def test_an_account_that_cannot_be_opened_takes_no_other_with_it(
    book: AccountBook, account_id: UUID, operator: Callable[..., Any], database: Database
) -> None:
    broken = uuid4()
    operator(
        f"/accounts/{broken}",
        {"name": "よその学校", "channel_secret": SECRET, "access_token": "the token"},
    )
    with database.for_system() as session:
        session.execute(
            sa.update(LineAccount)
            .where(LineAccount.id == broken)
            .values(channel_secret=b"of another key")
        )
    book.drop(broken)
    assert book.find(account_id) is not None
    with pytest.raises(Undecipherable):
        book.find(broken)


@pytest.mark.parametrize("signature", ["", "x", "髙橋", "A" * 44, "A" * 43 + "=="])
def test_a_header_that_is_no_signature_is_refused_before_the_database_is_asked(
    call: Callable[..., Any], signature: str, database: Database
) -> None:
    count = count_statements(database.engine)
    answer = call(uuid4(), signature=signature)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "bad_signature")
    assert count() == 0


def test_of_a_body_of_more_than_a_megabyte_nothing_is_read(
    call: Callable[..., Any], account_id: UUID
) -> None:
    largest = b'{"events": []}'.ljust(MEGABYTE)
    assert call(account_id, largest, sign(SECRET, largest)).status_code == 200
    too_large = b'{"events": []}'.ljust(MEGABYTE + 1)
    answer = call(account_id, too_large, sign(SECRET, too_large))
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "too_large")
