"""管理者の回復 in the browser: one operator asks, another agrees (ID-12)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import SCHOOL, make_id

from common.errors import Invalid, Refused
from gateway.clients.calls import AGREE_TO_RECOVERY, ASK_RECOVERY, LOOK

PAGE = f"/operator/schools/{SCHOOL['id']}/recovery"
RECOVERY = make_id("recovery")
CALLED = "契約のご担当者 中野様、契約書の番号 0000-00-0002"


ACCESS = f"/operator/schools/{SCHOOL['id']}/access"


@pytest.fixture
def looking(operator: Browser) -> Browser:
    """Return the browser of an operator who wrote why they look at the school's accounts."""
    operator.open(ACCESS).press(reason="中野様からの電話。教頭先生がログインできない", minutes="15")
    return operator


def test_the_administrators_are_named_for_a_written_reason(
    houses: FakeHouses, operator: Browser
) -> None:
    operator.open(PAGE)
    assert operator.path == ACCESS
    assert "先に理由を書いて閲覧を始めてください" in operator.words
    assert "山下 明子" not in operator.words
    operator.press(reason="中野様からの電話。教頭先生がログインできない", minutes="15")
    assert f'href="{PAGE}"' in operator.html
    assert "山下 明子" in operator.open(PAGE).words
    looks = [request["json"]["part"] for call, request in houses.asked if call == LOOK]
    assert looks == ["accounts"]


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


def test_who_asks_waits_for_another(houses: FakeHouses, looking: Browser) -> None:
    looking.open(PAGE).press(form=PAGE, called=CALLED)
    assert "管理者を選んでください" in looking.words
    looking.press(form=PAGE, account=make_id("yamashita"), called=CALLED)
    assert "別の運営者が承認してください" in looking.words
    assert "承認を待っています：山下 明子 さん" in looking.words
    assert "承認し、一時パスワードを出す" not in looking.words


def test_another_agrees_and_sees_the_temporary_password(
    waiting: FakeHouses, looking: Browser
) -> None:
    words = looking.open(PAGE).words
    assert CALLED in words
    looking.press(form=f"{PAGE}/{RECOVERY}/agree")
    assert looking.status == 200
    assert "aaaa-bbbb-cccc-dddd" in looking.words
    assert "多要素認証の登録はリセットしました。" in looking.words


def test_what_is_refused_is_said_and_what_was_typed_stays(
    houses: FakeHouses, looking: Browser
) -> None:
    houses.failures[ASK_RECOVERY] = Invalid("called_too_short", "Short.")
    looking.open(PAGE).press(form=PAGE, account=make_id("yamashita"), called="電話した")
    assert "10文字以上で書いてください" in looking.words
    assert ">電話した</textarea>" in looking.html


def test_a_recovery_that_is_over_is_said(waiting: FakeHouses, looking: Browser) -> None:
    waiting.failures[AGREE_TO_RECOVERY] = Refused("recovery_over", "Over.")
    looking.open(PAGE).press(form=f"{PAGE}/{RECOVERY}/agree")
    assert "もう一度申し込んでください" in looking.words
