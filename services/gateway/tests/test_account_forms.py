"""What forms of accounts never lose or half do: links, ticks, addresses (ID-2 … ID-5)."""

from __future__ import annotations

from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, make_id

from common.errors import Unavailable
from gateway.clients.calls import CHANGE_ACCOUNT, GROUPS, MEMBERS

STAFF_ROOM, LEFT = make_id("教職員"), make_id("left")


def page_of(name: str) -> str:
    return f"/accounts/{make_id(name)}"


def changes_asked(houses: FakeHouses) -> list[Any]:
    return [request["json"] for call, request in houses.asked if call == CHANGE_ACCOUNT]


@pytest.fixture
def linked(staffed: FakeHouses) -> FakeHouses:
    """Return the houses with a teacher who has left the roster, and is of a group of staff too."""
    staffed.people[0].update(member_id=LEFT, group_ids=[STAFF_ROOM, CLASS_42])
    return staffed


@pytest.mark.parametrize("away", [(), (GROUPS,), (MEMBERS,), (GROUPS, MEMBERS)])
def test_a_save_keeps_every_link_that_the_form_does_not_list(
    linked: FakeHouses, deputy: Browser, away: tuple[Any, ...]
) -> None:
    for call in away:
        linked.failures[call] = Unavailable()
    deputy.open(page_of("野口 大輔")).press(form=page_of("野口 大輔"), post="5年1組 担任")
    assert "保存しました" in deputy.words
    assert changes_asked(linked) == [{"post": "5年1組 担任"}]
    assert ("いま、名簿につながりません" in deputy.words) == bool(away)


def test_a_link_to_somebody_who_has_left_can_be_taken_away(
    linked: FakeHouses, deputy: Browser
) -> None:
    deputy.open(page_of("野口 大輔"))
    assert "いま結び付いている人のまま" in deputy.words
    deputy.press(form=page_of("野口 大輔"), member_id="", group=[STAFF_ROOM])
    assert changes_asked(linked) == [{"member_id": None, "group_ids": [STAFF_ROOM]}]


def test_while_the_directory_is_away_nobody_is_said_to_be_in_charge_of_nothing(
    staffed: FakeHouses, deputy: Browser
) -> None:
    staffed.failures[GROUPS] = Unavailable()
    words = deputy.open("/accounts").words
    assert "担当は、いま分かりません" in words
    assert "担当なし" not in words


def test_address_and_role_are_changed_in_one_go_or_not_at_all(
    staffed: FakeHouses, deputy: Browser
) -> None:
    before = staffed.people[2]["mail"]
    address = page_of("山下 明子")
    deputy.open(address).press(form=address, role="sender", mail="new@school.test")
    assert deputy.status == 409
    assert "先に別の人を管理者にしてください" in deputy.words
    assert staffed.people[2]["mail"] == before
    assert ("mail", "new@school.test") in deputy.form(address).fields
    deputy.press(form=address, role="administrator")
    assert "保存しました" in deputy.words
    assert staffed.people[2]["mail"] == "new@school.test"


def test_who_was_ticked_stays_ticked_when_one_of_them_is_refused(
    staffed: FakeHouses, deputy: Browser
) -> None:
    sender, _, administrator = (one["id"] for one in staffed.people)
    deputy.open("/accounts?query=大").press(form="/accounts/changes", account=[sender])
    assert "変える内容を選んでください" in deputy.words
    assert ("account", sender) in deputy.form("/accounts/changes").fields
    assert "中野 正" not in deputy.words
    deputy.open("/accounts").press(
        form="/accounts/changes", account=[sender, administrator], change="scope own"
    )
    kept = deputy.form("/accounts/changes").fields
    ticked = [value for name, value in kept if name == "account"]
    assert sorted(ticked) == sorted([sender, administrator])
    assert ("change", "scope own") in kept
    assert deputy.read().texts["h1"].strip() == "教職員のアカウントと権限"
