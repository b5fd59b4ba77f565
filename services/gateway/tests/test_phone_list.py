"""Health in three words, numbers on a child's page, and the list of whom to call (DLV-4, DIR-13, MSG-18)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, make_account

from gateway.clients.calls import PHONE_NUMBERS
from gateway.domain.health import health_of, recipient_health

AUDIENCE = {"group_ids": [CLASS_42], "member_ids": [], "excluded_member_ids": []}


@pytest.fixture
def sent(houses: FakeHouses) -> str:
    """Return a message that is sent and did not reach one child."""
    message_id: str = houses.post_messages({"json": {"subject": "持ち物", "body": "お弁当", "audience": AUDIENCE}})["id"]
    snapshot = houses.post_snapshots({"json": {"audience": AUDIENCE}})["id"]
    houses.post_messages_message_id_release({"json": {"snapshot_id": snapshot}}, message_id)
    houses.post_messages_message_id_send_now({}, message_id)
    houses.counts[message_id] = {"confirmed": 12, "delivered": 13, "unreached": 1}
    return message_id


def test_a_childs_page_has_numbers_that_call(houses: FakeHouses, deputy: Browser) -> None:
    address = f"/members/{houses.members[0]['id']}"
    deputy.open(address)
    assert 'href="tel:0000-00-1001"' in deputy.html
    assert "緊急連絡先（電話）" in deputy.words
    houses.account = make_account("sender", functions=["roster.see"])
    assert "緊急連絡先" not in deputy.open(address).words


def test_a_childs_page_says_health_in_three_words_and_why(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/members/{houses.members[0]['id']}")
    assert "✓ 届いています" in deputy.words
    assert "？ 要確認 受信箱がいっぱいです" in deputy.words


@pytest.mark.parametrize(
    ("kind", "state", "code", "word", "why"),
    [
        ("mail", "active", None, "届いています", ""),
        ("mail", "active", "user_unknown", "届きません", "この宛先はもう使われていません（11月3日（火）から）"),
        ("line", "active", "blocked", "届きません", "LINEでブロックされています（11月3日（火）から）"),
        ("app", "active", "token_dead", "届きません", "アプリの通知が切られています（11月3日（火）から）"),
        ("mail", "active", "mailbox_full", "要確認", "受信箱がいっぱいです（11月3日（火）から）"),
        ("mail", "stopped", None, "要確認", "ご家庭がメールの受信を止めています（緊急連絡は届きます）"),
        ("mail", "ended", None, "届きません", "使われていません"),
    ],
)
def test_health_is_one_of_three_words_with_its_reason(kind: str, state: str, code: str | None, word: str, why: str) -> None:
    health = {"code": code, "since": "2026-11-03"} if code else None
    found = health_of({"kind": kind, "state": state, "health": health})
    assert (found.word, found.why) == (word, why)


def test_a_recipient_is_out_of_reach_or_worth_another_look() -> None:
    nothing, full = {"state": "nothing", "reason": None}, {"state": "refused", "reason": "mailbox_full"}
    assert recipient_health([nothing, {"state": "refused", "reason": "user_unknown"}]).word == "届きません"
    assert recipient_health([nothing, full]).word == "要確認"


def test_the_message_leads_to_whom_to_call(houses: FakeHouses, deputy: Browser, sent: str) -> None:
    assert f"/messages/{sent}/phone-list" in deputy.open(f"/messages/{sent}").html
    deputy.open(f"/messages/{sent}/recipients?state=unreached")
    assert "！ 届きません" in deputy.words
    deputy.open(f"/messages/{sent}/phone-list")
    assert "届いていない家庭 9人" in deputy.words
    assert "4年2組 26番 渡邉 希" in deputy.words
    assert "髙橋 真由美 （母）" in deputy.words
    assert 'href="tel:0000-00-1002"' in deputy.html
    assert "この宛先はもう使われていません" in deputy.words
    assert "番号は管理者に確かめてください" in deputy.words
    body = next(request["json"] for call, request in houses.asked if call == PHONE_NUMBERS)
    assert body["message_id"] == sent


def test_without_the_right_to_phones_there_is_no_list(houses: FakeHouses, deputy: Browser, sent: str) -> None:
    houses.account = make_account("sender", functions=["messages.read", "messages.send", "roster.see"])
    assert "phone-list" not in deputy.open(f"/messages/{sent}").html
    assert deputy.open(f"/messages/{sent}/phone-list").status == 403
