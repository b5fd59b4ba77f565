"""Logs hold no personal data, whatever went wrong (trust.md)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from common import logs
from common.db import Database
from common.errors import Unavailable

NAME = "髙橋 陽菜"


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Send logs to a stream for the length of a test; yield what reads its lines."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level, settings = root.handlers[:], root.level, structlog.get_config()
    logs.configure(stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.configure(**settings)


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Database]:
    if request.param == "postgresql":
        url = request.getfixturevalue("make_database")("logs_tests")
    else:
        url = f"sqlite:///{tmp_path}/logs_tests.db"
    database = Database.connect(url)
    with database.for_system() as session:
        children = "CREATE TABLE children (name TEXT PRIMARY KEY, class TEXT NOT NULL)"
        session.execute(sa.text(children))
    yield database
    database.dispose()


def test_a_failed_statement_is_logged_without_the_row_it_was_about(
    logged: Callable[[], list[dict[str, Any]]], database: Database
) -> None:
    insert = sa.text("INSERT INTO children (name, class) VALUES (:name, :class)")
    for log in (structlog.get_logger(), logging.getLogger("a.library")):
        try:
            with database.for_system() as session:
                session.execute(insert, {"name": NAME, "class": None})
        except sa.exc.IntegrityError:
            log.exception("request.failed")
    lines = logged()
    assert len(lines) == 2
    for line in lines:
        assert NAME not in json.dumps(line, ensure_ascii=False)
        assert "IntegrityError" in line["exception"] or "NotNullViolation" in line["exception"]
        assert "INSERT INTO children" in line["exception"]
        assert "test_logs.py" in line["exception"]


def test_a_database_error_behind_another_is_not_told_either(
    logged: Callable[[], list[dict[str, Any]]], database: Database
) -> None:
    try:
        try:
            with database.for_system() as session:
                insert = sa.text("INSERT INTO nowhere (name) VALUES (:name)")
                session.execute(insert, {"name": NAME})
        except sa.exc.DBAPIError as error:
            raise ValueError("something else went wrong") from error
        except Unavailable as error:  # SQLite calls a missing table operational
            raise ValueError("something else went wrong") from error
    except ValueError:
        structlog.get_logger().exception("request.failed")
    line = logged()[0]
    assert NAME not in json.dumps(line, ensure_ascii=False)
    assert "something else went wrong" in line["exception"]


def test_addresses_and_link_tokens_are_masked_in_every_field(
    logged: Callable[[], list[dict[str, Any]]],
) -> None:
    structlog.get_logger().info(
        "mail.odd",
        why="to a..b@docomo.ne.jp, see /r/AbCdEfGhIjKlMnOp-_q0 or 03-0000-0000",
        token="x",
    )
    line = logged()[0]
    assert (line["why"], line["token"]) == ("to [address], see /r/[token] or [phone]", "[hidden]")


@pytest.mark.timeout(10)
def test_a_long_word_without_an_address_is_looked_through_once() -> None:
    """Hardening 24.9: from each letter anew, a million of them would take hours."""
    word = "a" * 1_000_000
    assert logs.scrub(f"{word} <taro@docomo.town.test>") == f"{word} <[address]>"
