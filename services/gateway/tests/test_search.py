"""さがす: children, staff and messages, each by right (screens.md 2.2, walk S3 27).

It is on every page, and on the phone too.
"""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, make_account, make_id

from common.errors import Unavailable
from gateway.clients.calls import MEMBERS, MESSAGES


@pytest.fixture(autouse=True)
def _people_and_messages(houses: FakeHouses) -> None:
    colleague = {
        **houses.members[0],
        "id": make_id("yamashita-member"),
        "kind": "staff",
        "display_name": "山下 明子",
    }
    houses.members.append({**colleague, "class_name": None, "number": None, "status": "active"})
    for subject, state in (("校外学習の持ち物", "complete"), ("校外学習の下見", "draft")):
        audience = {"group_ids": [CLASS_42], "member_ids": [], "excluded_member_ids": []}
        content = {"subject": subject, "body": "お弁当", "audience": audience}
        made = houses.post_messages({"json": content})
        houses.messages[made["id"]]["state"] = state


def test_a_colleague_is_found(deputy: Browser) -> None:
    words = deputy.open("/search?query=山下").words
    assert "教職員 山下 明子" in words
    assert "見つかりません" not in words


def test_a_child_is_found_by_name_and_by_seat(deputy: Browser) -> None:
    assert "4年2組 14番 髙橋 陽菜" in deputy.open("/search?query=陽菜").words
    assert "4年2組 12番 松本" not in deputy.words
    assert "4年2組 12番" in deputy.open("/search?query=4-2-12").words


def test_a_message_is_found_by_a_word_of_its_subject(houses: FakeHouses, deputy: Browser) -> None:
    html = deputy.open("/search?query=校外学習").html
    sent, draft = houses.messages
    assert f'href="/messages/{sent}"' in html
    assert f'href="/messages/{draft}/edit"' in html
    assert "校外学習の下見 下書き" in deputy.words


def test_who_finds_nothing_is_told_what_can_be_looked_for(deputy: Browser) -> None:
    words = deputy.open("/search?query=ぞうさん").words
    assert "「ぞうさん」は見つかりません。" in words
    assert "児童は、氏名・フリガナ・「4-2-12」（4年2組12番）" in words
    assert "連絡は、件名の言葉" in words


def test_each_section_needs_its_right(houses: FakeHouses, deputy: Browser) -> None:
    houses.account = make_account("sender", functions=["messages.read"])
    words = deputy.open("/search?query=山下").words
    assert "教職員" not in words
    assert MEMBERS not in [call for call, _ in houses.asked]
    houses.account = make_account("sender", functions=["roster.see"])
    houses.asked.clear()
    words = deputy.open("/search?query=校外学習").words
    assert "件名の言葉" not in words
    assert MESSAGES not in [call for call, _ in houses.asked]


def test_a_house_that_is_away_hides_nothing_of_the_others(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.failures[MESSAGES] = Unavailable()
    words = deputy.open("/search?query=陽菜").words
    assert deputy.status == 200
    assert "髙橋 陽菜" in words
    assert "いま、つながりにくくなっています。" in words


def test_the_houses_are_asked_in_the_name_of_who_looks(
    houses: FakeHouses, teacher: Browser
) -> None:
    houses.asked.clear()
    teacher.open("/search?query=陽菜")
    asked = [request for call, request in houses.asked if call in (MEMBERS, MESSAGES)]
    assert len(asked) == 3
    assert {request["user_token"] for request in asked} == {"token"}


def test_every_page_leads_there_on_a_desk_and_on_a_phone(deputy: Browser) -> None:
    html = deputy.open("/").html
    assert 'class="search" action="/search"' in html
    assert 'class="search-link ms-auto" href="/search"' in html


def test_what_was_typed_is_shown_as_text(deputy: Browser) -> None:
    html = deputy.open('/search?query="><script>alert(1)</script>').html
    assert "<script>alert" not in html
