"""The house at its other doors, and the rules that every house keeps (DLV-5)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from line_house import AsOperator

import dispatch_line
from common.db import Database
from common.testing import checks
from common.testing.dispatch import Neighbours
from common.testing.tokens import bearer, service_token, staff_token
from common.words import DeliveryState
from dispatch_line.config import Settings
from dispatch_line.domain.talk_state import TalkStep
from dispatch_line.store.models import METADATA, TABLES, LineAccount
from suite.town.line import LineTown
from suite.town.talks import Channel

MIGRATIONS = Path(dispatch_line.__file__).parent / "migrations"
ACCOUNT = {"name": "みなも市学校連絡", "channel_secret": "the secret", "access_token": "the token"}


def test_every_route_says_who_may_call_it(app: Flask) -> None:
    checks.assert_every_route_has_a_rule(app)


def test_urls_are_kebab_case_and_typed(app: Flask) -> None:
    checks.assert_rules_kebab_case(app)


def test_a_migrated_database_equals_a_created_one(make_database: Callable[[str], str]) -> None:
    checks.assert_migrated_equals_created(METADATA, MIGRATIONS, make_database)


def test_the_migrations_have_one_head() -> None:
    checks.assert_one_head(MIGRATIONS)


def test_the_tables_hold_the_words_of_delivery() -> None:
    checks.assert_words_match(
        METADATA,
        {
            f"{TABLES.deliveries.name}.state": DeliveryState,
            "talk_registrations.step": TalkStep,
        },
    )


def test_an_accounts_secrets_are_kept_sealed_and_never_given_out(
    operator: AsOperator, database: Database
) -> None:
    account_id = uuid4()
    answer = operator(f"/accounts/{account_id}", ACCOUNT)
    assert (answer.status_code, sorted(answer.json)) == (200, ["created_at", "id", "name"])
    with database.for_system(read_only=True) as session:
        [row] = session.execute(
            sa.select(LineAccount.channel_secret, LineAccount.access_token)
        ).all()
    assert b"the secret" not in row.channel_secret
    assert b"the token" not in row.access_token


def test_an_account_is_replaced_and_a_school_changes_its_account(
    operator: AsOperator, app: Flask
) -> None:
    one, two, school_id = uuid4(), uuid4(), uuid4()
    for account_id in (one, two):
        operator(f"/accounts/{account_id}", ACCOUNT)
        answer = operator(f"/account-schools/{school_id}", {"account_id": str(account_id)})
        assert answer.json == {"school_id": str(school_id), "account_id": str(account_id)}
    assert app.extensions["accounts"].find(one).access_token == "the token"
    operator(f"/accounts/{one}", {**ACCOUNT, "access_token": "a new token"})
    assert app.extensions["accounts"].find(one).access_token == "a new token"


def test_a_school_cannot_speak_through_an_account_that_is_not_there(operator: AsOperator) -> None:
    answer = operator(f"/account-schools/{uuid4()}", {"account_id": str(uuid4())})
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "account_unknown")


def test_only_the_operator_gives_accounts(app: Flask, settings: Settings) -> None:
    school_id = uuid4()
    tokens = [
        staff_token(settings.keys_dir, school_id=school_id, functions=("settings.edit",)),
        service_token(settings.keys_dir, "gateway", "dispatch-line", school_id),
    ]
    for token in tokens:
        for path, body in (
            (f"/accounts/{uuid4()}", ACCOUNT),
            (f"/account-schools/{school_id}", {"account_id": str(uuid4())}),
        ):
            assert app.test_client().put(path, json=body, headers=bearer(token)).status_code == 403


@pytest.fixture
def ask(app: Flask, settings: Settings, neighbours: Neighbours) -> Callable[..., Any]:
    def quota(*functions: str, school_id: Any = None) -> Any:
        school = school_id or neighbours.school_id
        token = staff_token(
            settings.keys_dir, school_id=school, functions=functions or ("messages.send",)
        )
        return app.test_client().get("/quota", headers=bearer(token))

    return quota


def test_the_months_quota_is_shown_before_a_send(
    ask: Callable[..., Any], account_id: UUID, line: LineTown, app: Flask
) -> None:
    assert ask().json == {"limit": None, "used": 0, "left": None}
    [channel] = line.talks.list_channels()
    line.talks.put_channel(
        Channel(channel.name, channel.access_token, channel.secret, channel.webhook_url, 200)
    )
    line.talks.take(
        channel.name,
        "multicast",
        [f"U{number:032x}" for number in range(30)],
        [{"type": "text", "text": "x"}],
    )
    assert ask().json["limit"] is None, "an answer serves for a minute"
    app.extensions["accounts"].drop(account_id)
    assert ask().json == {"limit": 200, "used": 30, "left": 170}


def test_the_quota_needs_a_right_an_account_and_line(
    ask: Callable[..., Any], account_id: UUID, operator: AsOperator, app: Flask
) -> None:
    assert ask("messages.read").status_code == 403
    assert ask(school_id=uuid4()).json["error"]["code"] == "no_line_account"
    operator(f"/accounts/{account_id}", {**ACCOUNT, "access_token": "wrong"})
    answer = ask()
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "line_away")


def test_the_quota_is_for_people_and_no_house_asks_for_it_in_its_own_name(
    ask: Callable[..., Any],
    account_id: UUID,
    app: Flask,
    settings: Settings,
    neighbours: Neighbours,
) -> None:
    assert ask().status_code == 200
    token = service_token(settings.keys_dir, "gateway", "dispatch-line", neighbours.school_id)
    assert app.test_client().get("/quota", headers=bearer(token)).status_code == 403
