"""People chosen from a list and changed together, seen before it is done (DIR-1, DIR-5, DIR-12)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import make_account, make_id

from common import clock
from gateway.clients.calls import CHANGE_STATUSES, FILL_GROUP

GROUP = make_id("東町1班")


def choose(houses: FakeHouses, browser: Browser, button: str, *numbers: int, **typed: str) -> None:
    ids = [member["id"] for member in houses.members if member["number"] in numbers]
    browser.open("/members?select=1")
    browser.press(button, form="/deletions/preview", member=ids, **typed)


def asked(houses: FakeHouses) -> list[object]:
    return [call for call, _ in houses.asked if call in (FILL_GROUP, CHANGE_STATUSES)]


def test_who_would_join_a_group_is_seen_before_anything_changes(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-5."""
    choose(houses, deputy, "join", 1, 2, 3, group=GROUP)
    assert "2人を「東町1班」に加える" in deputy.words
    # The first child is in it already.
    assert "もう入っているので、何も変わらない人（1人）" in deputy.words
    assert asked(houses) == []
    deputy.press(form="/members/groups")
    assert "2人を「東町1班」に加えました。" in deputy.words
    assert len(houses.joined[GROUP]) == 3


def test_who_would_leave_a_group_is_seen_before_anything_changes(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-5."""
    choose(houses, deputy, "leave", 1, 2, group=GROUP)
    assert "1人を「東町1班」から外す" in deputy.words
    assert "入っていないので、何も変わらない人（1人）" in deputy.words
    deputy.press(form="/members/groups")
    assert "1人を「東町1班」から外しました。" in deputy.words
    assert houses.joined[GROUP] == set()


def test_where_nobody_would_change_there_is_no_button(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-5."""
    choose(houses, deputy, "join", 1, group=GROUP)
    assert "選んだ人は、みなもうそのようになっています。" in deputy.words
    assert "人を「東町1班」に加える</button>" not in deputy.html


def test_a_status_of_today_changes_at_once(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-12."""
    today = clock.today().isoformat()
    choose(houses, deputy, "status", 1, 2, status="transferred", since=today)
    assert "「転出」にする" in deputy.words
    assert "すぐに変わります。" in deputy.words
    assert "連絡は届きません。" in deputy.words
    assert asked(houses) == []
    deputy.press(form="/members/statuses")
    assert "2人を「転出」にしました。" in deputy.words
    assert [member["status"] for member in houses.members[:2]] == ["transferred"] * 2


def test_a_status_of_a_day_to_come_is_planned(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-12: 卒業 is planned for a whole class in one go."""
    since = (clock.today() + timedelta(days=40)).isoformat()
    choose(houses, deputy, "status", 1, 2, status="graduated", since=since)
    assert "「卒業」にする予定を入れる" in deputy.words
    assert "その日の午前0時に、自動で変わります。" in deputy.words
    deputy.press(form="/members/statuses")
    assert "「卒業」にする予定です。" in deputy.words
    child = houses.members[0]["id"]
    assert houses.particulars[child] == {"planned_status": "graduated", "planned_since": since}


def test_a_refusal_is_told_in_words_and_nobody_changes(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-1."""
    today = clock.today().isoformat()
    choose(houses, deputy, "status", 1, status="suspended", since=today)
    houses.limit_reached = True
    deputy.press(form="/members/statuses")
    assert "契約の人数（400人）に達しているため" in deputy.words
    assert houses.members[0]["status"] == "enrolled"


@pytest.mark.parametrize(
    ("button", "numbers", "typed", "said"),
    [
        ("join", (), {"group": GROUP}, "人を選んでください。まだ何も変えていません。"),
        ("join", (1,), {"group": ""}, "グループを選んでください。"),
        ("leave", (1,), {"group": make_id("no group")}, "グループを選んでください。"),
        ("status", (), {"status": "graduated"}, "人を選んでください。"),
        ("status", (1,), {"status": ""}, "在籍状況を選んでください。"),
        ("status", (1,), {"status": "active"}, "在籍状況を選んでください。"),
        ("status", (1,), {"status": "graduated", "since": "いつか"}, "いつからかを、"),
    ],
)
def test_what_is_missing_is_said(
    houses: FakeHouses,
    deputy: Browser,
    button: str,
    numbers: tuple[int, ...],
    typed: dict[str, str],
    said: str,
) -> None:
    """DIR-1."""
    choose(houses, deputy, button, *numbers, **typed)
    assert said in deputy.words
    assert asked(houses) == []


def test_all_of_a_page_are_chosen_at_once(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-1: a whole class without twenty-six ticks, and without a script."""
    deputy.open("/members?select=1")
    assert "この画面の26人をすべて選ぶ" in deputy.words
    deputy.open("/members?select=all").press("join", form="/deletions/preview", group=GROUP)
    assert "25人を「東町1班」に加える" in deputy.words


def test_who_may_not_change_the_roster_chooses_nobody(houses: FakeHouses, deputy: Browser) -> None:
    """ID-3."""
    houses.account = make_account("sender", functions=["roster.see"])
    deputy.open("/members?select=1")
    assert 'type="checkbox"' not in deputy.html
    assert deputy.post("/members/statuses/preview", {"member": houses.members[0]["id"]}).status in (
        400,
        403,
    )


def test_only_groups_within_reach_are_offered(houses: FakeHouses, deputy: Browser) -> None:
    """ID-3: who has the right for own classes is offered what they may change."""
    for group in houses.groups:
        group["changeable"] = group["id"] != GROUP
    deputy.open("/members?select=1")
    offered = deputy.html.partition('id="chosen-group"')[2].partition("</select>")[0]
    assert GROUP not in offered
