"""At the foot of a person's page: what they were sent, and what was changed (MSG-8, ID-9)."""

from __future__ import annotations

from typing import Any

from browser import Browser
from fake_houses import FakeHouses
from fake_log import make_line
from town_school import make_account, make_id

from common.errors import Unavailable
from gateway.clients.calls import OPERATION_LOG, RECEIVED_MESSAGES


def message(subject: str, **stands: Any) -> dict[str, Any]:
    return {
        "id": make_id(subject),
        "subject": subject,
        "lane": "normal",
        "released_at": "2026-11-20T07:02:00+00:00",
        "state": "reached",
        "confirmed_at": None,
        "told_at": None,
        "told_how": None,
        **stands,
    }


def test_what_a_child_was_sent_stands_on_its_page_with_how_it_stands(
    houses: FakeHouses, deputy: Browser
) -> None:
    """MSG-8."""
    child = houses.members[0]["id"]
    houses.received[child] = [
        message("運動会", confirmed_at="2026-11-20T08:00:00+00:00"),
        message("臨時休業", lane="urgent", state="unreached"),
        message("プール納め"),
    ]
    words = deputy.open(f"/members/{child}").words.partition("届いた連絡")[2]
    assert "11月20日" in words
    assert "運動会 ✓ 確認済み" in words
    assert "臨時休業 緊急 ！ 届いていません" in words
    assert "プール納め 配信済み" in words
    assert f'href="/messages/{make_id("運動会")}"' in deputy.html


def test_who_reads_no_messages_is_shown_none(houses: FakeHouses, deputy: Browser) -> None:
    """ID-3: a function that is switched off is absent, and not asked for."""
    houses.account = make_account("sender", functions=["roster.see"])
    child = houses.members[0]["id"]
    houses.received[child] = [message("運動会")]
    words = deputy.open(f"/members/{child}").words
    assert "届いた連絡" not in words
    assert "変更の記録" not in words
    assert not {RECEIVED_MESSAGES, OPERATION_LOG} & {call for call, _ in houses.asked}


def test_changes_of_a_child_and_of_its_contact_points_stand_on_its_page(
    houses: FakeHouses, deputy: Browser
) -> None:
    """ID-9."""
    child, other = (member["id"] for member in houses.members[:2])
    point = make_id("point")
    houses.operations = [
        make_line("member.changed", ("member", child), details={"fields": ["kana"]}),
        make_line("member.deleted", ("member", other)),
        make_line("contact_point.ended", ("contact_point", point), details={"member_ids": []}),
    ]
    words = deputy.open(f"/members/{child}").words.partition("変更の記録")[2]
    assert "フリガナ" in words
    assert "受信先" in words
    assert "名簿から削除しました" not in words
    [asked] = [request["params"] for call, request in houses.asked if call == OPERATION_LOG]
    assert set(asked["targets"]) >= {child, point}


def test_a_page_of_a_child_stands_while_messaging_and_the_log_are_away(
    houses: FakeHouses, deputy: Browser
) -> None:
    """MSG-8: what is beside the point never keeps a number to call from who needs it."""
    child = houses.members[0]["id"]
    houses.failures = {RECEIVED_MESSAGES: Unavailable(), OPERATION_LOG: Unavailable()}
    assert "緊急連絡先（電話）" in deputy.open(f"/members/{child}").words
    assert 'id="received"' not in deputy.html
