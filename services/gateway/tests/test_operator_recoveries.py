"""管理者の回復 in the browser: one operator asks, another agrees (ID-12)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import SCHOOL, make_id

from common.errors import Invalid, Refused
from gateway.clients.calls import AGREE_TO_RECOVERY, ASK_RECOVERY

PAGE = f"/operator/schools/{SCHOOL['id']}/recovery"
RECOVERY = make_id("recovery")
CALLED = "契約のご担当者 中野様、契約書の番号 0000-00-0002"


@pytest.fixture
def waiting(houses: FakeHouses) -> FakeHouses:
    """Return the houses with what another operator has asked for."""
    houses.recoveries = [
        {
            "id": RECOVERY,
            "account_id": make_id("yamashita"),
            "asked_by": make_id("another operator"),
            "asked_at": "2026-11-24T06:20:00+00:00",
            "called": CALLED,
        }
    ]
    return houses


def test_who_asks_waits_for_another(houses: FakeHouses, operator: Browser) -> None:
    operator.open(PAGE).press(form=PAGE, called=CALLED)
    assert "管理者を選んでください" in operator.words
    operator.press(form=PAGE, account=make_id("yamashita"), called=CALLED)
    assert "別の運営者が承認してください" in operator.words
    assert "承認を待っています：山下 明子 さん" in operator.words
    assert "承認し、一時パスワードを出す" not in operator.words


def test_another_agrees_and_sees_the_temporary_password(
    waiting: FakeHouses, operator: Browser
) -> None:
    words = operator.open(PAGE).words
    assert CALLED in words
    operator.press(form=f"{PAGE}/{RECOVERY}/agree")
    assert operator.status == 200
    assert "aaaa-bbbb-cccc-dddd" in operator.words
    assert "多要素認証の登録はリセットしました。" in operator.words


def test_what_is_refused_is_said_and_what_was_typed_stays(
    houses: FakeHouses, operator: Browser
) -> None:
    houses.failures[ASK_RECOVERY] = Invalid("called_too_short", "Short.")
    operator.open(PAGE).press(form=PAGE, account=make_id("yamashita"), called="電話した")
    assert "10文字以上で書いてください" in operator.words
    assert ">電話した</textarea>" in operator.html


def test_a_recovery_that_is_over_is_said(waiting: FakeHouses, operator: Browser) -> None:
    waiting.failures[AGREE_TO_RECOVERY] = Refused("recovery_over", "Over.")
    operator.open(PAGE).press(form=f"{PAGE}/{RECOVERY}/agree")
    assert "もう一度申し込んでください" in operator.words
