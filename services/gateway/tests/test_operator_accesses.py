"""学校データの閲覧 in the browser: for a reason, an hour at most, told to the school (ID-10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from browser import Browser
from fake_console import COLLEAGUE
from fake_houses import FakeHouses
from fake_operator import OTHER
from test_operation_log import line
from town_school import SCHOOL, make_id

from common import clock
from gateway.clients.calls import ACCOUNTS, LOOK, OPERATION_LOG, SENT_MESSAGES

ACCESS = f"/operator/schools/{SCHOOL['id']}/access"
REASON = "教頭先生からの電話。きょうの連絡が配信中のままの件を確かめる"
PARTS = ("accounts", "operation-log", "messages")


@pytest.fixture
def looking(operator: Browser) -> Browser:
    """Return the browser of an operator who wrote a reason."""
    operator.open(f"/operator/schools/{SCHOOL['id']}")
    assert f'href="{ACCESS}"' in operator.html
    operator.open(ACCESS).press(reason=REASON, minutes="15")
    assert operator.path == ACCESS
    return operator


def looks(houses: FakeHouses) -> list[str]:
    return [request["json"]["part"] for call, request in houses.asked if call == LOOK]


def test_with_a_reason_the_parts_are_open_and_each_look_is_noted(
    houses: FakeHouses, looking: Browser
) -> None:
    assert "を閲覧中です。" in looking.words
    assert REASON in looking.words
    houses.operations = [
        line("account.signed_in", ("account", make_id("yamashita"))),
        line(
            "access.used",
            ("access", make_id("access")),
            actor=("operator", make_id("operator")),
            details={"part": "messages"},
            reason=REASON,
        ),
    ]
    houses.sent = [sent(subject="運動会"), sent(subject=None)]
    words = looking.open(f"{ACCESS}/accounts").words
    assert "山下 明子 管理者 利用中" in words
    words = looking.open(f"{ACCESS}/operation-log").words
    assert "山下 明子 ログインしました" in words
    used = f"運営者 学校のデータを見ました 送った連絡の一覧（本文なし） 理由：{REASON}"
    assert used in words
    words = looking.open(f"{ACCESS}/messages").words
    assert "運動会 送信済み 26人 2人" in words
    assert "（児童を選んで送った連絡） 送信済み 26人 2人" in words
    assert looks(houses) == ["accounts", "operation_log", "messages"]


def sent(**changed: Any) -> dict[str, Any]:
    """Return a message as messaging tells an operator of it."""
    at = clock.now().isoformat()
    counts = dict.fromkeys(("confirmed", "told", "delivered", "delivering", "stopped"), 0)
    given = {
        "id": make_id(str(changed)),
        "lane": "normal",
        "state": "complete",
        "subject": "",
        "heads": 26,
        "release_at": at,
        "released_at": at,
        "completed_at": at,
        "stopped_at": None,
        "counts": {**counts, "unreached": 2},
    }
    return {**given, **changed}


def test_a_schools_data_is_asked_for_with_the_token_of_the_look_alone(
    houses: FakeHouses, looking: Browser
) -> None:
    for part in PARTS:
        looking.open(f"{ACCESS}/{part}")
    tokens = {
        call: request["user_token"]
        for call, request in houses.asked
        if call in (ACCOUNTS, OPERATION_LOG, SENT_MESSAGES)
    }
    assert tokens == {
        ACCOUNTS: "look-operation_log",
        OPERATION_LOG: "look-operation_log",
        SENT_MESSAGES: "look-messages",
    }


@pytest.mark.parametrize("part", PARTS)
def test_without_a_reason_no_part_is_open(houses: FakeHouses, operator: Browser, part: str) -> None:
    operator.open(f"{ACCESS}/{part}")
    assert operator.path == ACCESS
    assert (
        "閲覧の時間が終わりました。続けるときは、もう一度理由を書いてください。" in operator.words
    )
    assert looks(houses) == []
    asked = {call for call, _ in houses.asked}
    assert asked & {ACCOUNTS, OPERATION_LOG, SENT_MESSAGES} == set()


def test_an_access_to_another_school_or_of_a_colleague_opens_nothing(
    houses: FakeHouses, looking: Browser
) -> None:
    looking.open(f"/operator/schools/{OTHER['id']}/access/messages")
    assert looking.path == f"/operator/schools/{OTHER['id']}/access"
    houses.accesses[0]["operator_id"] = COLLEAGUE
    looking.open(f"{ACCESS}/messages")
    assert looking.path == ACCESS
    assert "を閲覧中です。" not in looking.words


def test_it_ends_by_itself_and_by_hand(houses: FakeHouses, looking: Browser) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert looking.open(f"{ACCESS}/messages").path == ACCESS
        assert "閲覧を始める" in looking.words
    looking.open(f"{ACCESS}/accounts")
    assert "閲覧を終える" in looking.words
    looking.press(form="/end")
    assert "学校データの閲覧を終えました。" in looking.words
    assert looking.open(f"{ACCESS}/accounts").path == ACCESS
    assert REASON in looking.words, "who looked before, and why, is shown"


@pytest.mark.parametrize("reason", ["", "電話があった", " 　電話　 "])
def test_a_reason_that_tells_nothing_is_refused_in_words_and_stays(
    houses: FakeHouses, operator: Browser, reason: str
) -> None:
    operator.open(ACCESS).press(reason=reason, minutes="60")
    assert operator.status == 422
    assert "理由を10文字以上で書いてください。" in operator.words
    assert 'aria-describedby="about-reason wrong-reason"' in operator.html
    kept = dict(operator.form("/access").fields)
    assert (kept["reason"], kept["minutes"]) == (reason.strip(), "60")
    assert houses.accesses == []


def test_two_presses_ask_for_one_access(houses: FakeHouses, operator: Browser) -> None:
    form = operator.open(ACCESS).form("/access")
    data = {**dict(form.fields), "reason": REASON}
    for _ in range(2):
        operator.post(ACCESS, data)
        assert operator.path == ACCESS
    assert len({access["id"] for access in houses.accesses}) == 1


def test_a_link_on_another_site_leaves_no_line_in_the_schools_log(
    houses: FakeHouses, looking: Browser
) -> None:
    looking.open(f"{ACCESS}/messages", headers={"Sec-Fetch-Site": "cross-site"})
    assert looking.status == 403
    assert looks(houses) == []


def test_the_schools_administrators_read_who_looked_and_why(
    houses: FakeHouses, deputy: Browser
) -> None:
    by = ("operator", make_id("operator"))
    target = ("access", make_id("access"))
    houses.operations = [
        line("access.ended", target, actor=("system", None), reason=REASON),
        line("access.used", target, actor=by, details={"part": "accounts"}, reason=REASON),
        line("access.begun", target, actor=by, details={"minutes": 15}, reason=REASON),
    ]
    words = deputy.open("/operation-log").words
    for told in (
        f"運営者 学校のデータの閲覧を始めました 15分まで 理由：{REASON}",
        f"運営者 学校のデータを見ました 職員のアカウント 理由：{REASON}",
        f"自動 学校のデータの閲覧を終えました 理由：{REASON}",
    ):
        assert told in words, told
