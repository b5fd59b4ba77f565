"""学年・学級とグループ, and who is in them, in a browser without JavaScript (DIR-4, DIR-5)."""

from __future__ import annotations

from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from flask.testing import FlaskClient
from town_school import CLASS_42, WHOLE, make_account, make_id

from common.errors import Invalid
from gateway.clients.calls import (
    ADD_GROUP,
    CHANGE_GROUP,
    FILL_GROUP,
    MAKE_SNAPSHOT,
    MOVE_GROUP,
    MOVE_MEMBER,
)
from gateway.domain.groups import possible_parents

BAN = make_id("東町1班")
CHILD = make_id("child-1")


def asked(houses: FakeHouses, call: Any) -> list[Any]:
    return [request["json"] for each, request in houses.asked if each == call]


def names_of(browser: Browser) -> list[str]:
    """Return the names of the list in their order, by the ids of their links."""
    ids = [
        given["id"] for tag, given in browser.read().tags if given.get("id", "").startswith("name-")
    ]
    return [each.removeprefix("name-") for each in ids]


def location_of(client: FlaskClient, browser: Browser, address: str, **form: str) -> str:
    token = dict(browser.form("/groups/").fields)["csrf_token"]
    answer = client.post(address, data={"csrf_token": token, **form})
    assert answer.status_code == 303
    return answer.location


def test_each_kind_of_group_has_its_tab(deputy: Browser) -> None:
    words = deputy.open("/groups").words
    assert "4年 52人 1組 26人 2組 26人" in words
    assert "東町1班" not in words
    assert "東町1班 8人" in deputy.open("/groups?kind=free").words
    assert "全教職員" in deputy.open("/groups?kind=staff").words


def test_a_group_is_added_below_another_and_the_next_one_after_it(
    houses: FakeHouses, deputy: Browser
) -> None:
    below = make_id("4年")
    deputy.open(f"/groups/new?kind=class&below={below}")
    deputy.press("another", form="/groups", name="3組")
    assert deputy.path.startswith("/groups/new?")
    assert "「3組」を追加しました。" in deputy.words
    assert dict(deputy.form("/groups").fields)["parent"] == below
    deputy.press(form="/groups", name="4組")
    assert deputy.path.startswith("/groups/arrange?kind=class")
    assert asked(houses, ADD_GROUP) == [
        {"kind": "class", "name": name, "parent_id": below} for name in ("3組", "4組")
    ]


def test_an_arrow_changes_places_and_keeps_the_focus(
    houses: FakeHouses, deputy: Browser, client: FlaskClient
) -> None:
    """Without a script the address says where the focus lands."""
    second = make_id("東町2班")
    deputy.open("/groups/arrange?kind=free")
    assert names_of(deputy)[:2] == [BAN, second]
    address = f"/groups/{second}/move"
    location = location_of(client, deputy, address, kind="free", direction="up")
    assert location == f"/groups/arrange?kind=free#down-{second}", "it is the first one now"
    assert names_of(deputy.open("/groups/arrange?kind=free"))[:2] == [second, BAN]
    location = location_of(client, deputy, address, kind="free", direction="down")
    assert location.endswith(f"#down-{second}"), "it can go further down"
    assert asked(houses, MOVE_GROUP) == [{"direction": "up"}, {"direction": "down"}]


def test_the_ends_of_a_row_have_no_arrow_that_leads_nowhere(deputy: Browser) -> None:
    deputy.open("/groups/arrange?kind=free")
    buttons = {
        given["id"]: given for tag, given in deputy.read().tags if tag == "button" and "id" in given
    }
    assert "disabled" in buttons[f"up-{BAN}"]
    assert "disabled" not in buttons[f"down-{BAN}"]
    assert buttons[f"down-{BAN}"]["aria-label"] == "東町1班を下へ"
    deputy.open("/groups/arrange")
    assert f"up-{WHOLE}" not in deputy.html


def test_a_name_and_a_place_are_changed(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/groups/{CLASS_42}/edit")
    deputy.press(form=f"/groups/{CLASS_42}/edit", name="3組", parent=make_id("5年"))
    assert asked(houses, CHANGE_GROUP) == [
        {"version": 1, "name": "3組", "parent_id": make_id("5年")}
    ]
    assert "保存しました。" in deputy.words


def test_who_comes_second_sees_what_the_first_one_wrote(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open(f"/groups/{BAN}/edit")
    houses.groups[[group["id"] for group in houses.groups].index(BAN)].update(
        name="東町A班", version=2
    )
    deputy.press(form=f"/groups/{BAN}/edit", name="東町い班")
    assert deputy.status == 409
    assert "ほかの人が変更しました。まだ何も保存していません。" in deputy.words
    fields = dict(deputy.form(f"/groups/{BAN}/edit").fields)
    assert (fields["name"], fields["version"]) == ("東町A班", "2")


def test_what_is_refused_stands_beside_what_was_typed(houses: FakeHouses, deputy: Browser) -> None:
    code = "name_too_long"
    houses.failures[ADD_GROUP] = Invalid(code, "No.", fields={"name": {"code": code, "limit": 50}})
    deputy.open("/groups/new?kind=free").press(form="/groups", name="長" * 60)
    assert deputy.status == 422
    assert "名前が長すぎます。50文字までにしてください。" in deputy.words
    assert dict(deputy.form("/groups").fields)["name"] == "長" * 60


def test_a_class_with_pupils_is_not_deleted_and_the_page_says_why(deputy: Browser) -> None:
    deputy.open(f"/groups/{CLASS_42}/delete")
    assert "いまは削除できません 26人が在籍しています。" in deputy.words
    assert "4年2組を削除する" not in deputy.words


def test_a_deletion_says_what_it_takes_along_and_is_taken_back(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open(f"/groups/{BAN}/delete")
    assert "入っている 8人は、ここから外れます。" in deputy.words
    assert "ここを宛先にした下書きは残ります。" in deputy.words
    deputy.press(form=f"/groups/{BAN}/delete")
    assert BAN not in names_of(deputy)
    assert "削除したもの 東町1班" in deputy.words
    deputy.press(form=f"/groups/{BAN}/restore")
    assert "元に戻しました。" in deputy.words
    assert BAN in names_of(deputy)


def test_who_may_not_change_the_roster_reads_only(houses: FakeHouses, deputy: Browser) -> None:
    houses.account = make_account("sender", functions=["roster.see"])
    for address in ("/groups", f"/groups/{CLASS_42}", f"/members/{CHILD}"):
        deputy.open(address)
        for link in ("/groups/arrange", "/memberships", "/edit"):
            assert link not in deputy.html, (address, link)
    for address in ("/groups/arrange", f"/groups/{CLASS_42}/edit", "/memberships"):
        assert deputy.open(address).status == 403


def test_a_right_for_own_classes_gives_buttons_for_these_only(
    houses: FakeHouses, deputy: Browser
) -> None:
    right = "roster.change"
    functions = ["roster.see", right]
    houses.account = make_account(
        "limited_administrator", functions=functions, own_only=[right], group_ids=[CLASS_42]
    )
    for group in houses.groups:
        group["changeable"] = group["id"] == CLASS_42
    deputy.open("/groups/arrange")
    assert f'id="change-{CLASS_42}"' in deputy.html
    assert deputy.html.count('id="change-') == 1
    assert 'id="up-' not in deputy.html
    deputy.open(f"/groups/{CLASS_42}/edit")
    assert 'name="parent"' not in deputy.html
    assert f"/groups/{CLASS_42}/delete" not in deputy.html


def test_a_group_never_comes_below_itself(houses: FakeHouses) -> None:
    parents = possible_parents(houses.groups, "class", without=make_id("4年"))
    paths = [group["path"] for group in parents]
    assert "4年" not in paths
    assert "4年1組" not in paths
    assert {"全校", "5年", "5年1組"} <= set(paths)


def test_people_come_and_go_by_difference(houses: FakeHouses, deputy: Browser) -> None:
    """What is sent is who was ticked, never the whole list: a colleague's people stay (DIR-5)."""
    houses.joined[BAN].add(make_id("child-3"))
    deputy.open(f"/groups/{BAN}/memberships?room={CLASS_42}")
    assert "いま入っている人 2人" in deputy.words
    houses.joined[BAN].add(make_id("child-4"))
    deputy.press(form=f"/groups/{BAN}/memberships", remove=[CHILD])
    assert "1人を外しました。" in deputy.words
    assert f"room={CLASS_42}" in deputy.path
    assert asked(houses, FILL_GROUP) == [{"add": [], "remove": [CHILD], "kind": "joined"}]
    assert houses.joined[BAN] == {make_id("child-3"), make_id("child-4")}


def test_who_is_in_already_cannot_be_ticked(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/groups/{BAN}/memberships")
    ticks = [g["value"] for tag, g in deputy.read().tags if g.get("name") == "add"]
    assert CHILD not in ticks
    assert len(ticks) == 25
    assert "青木 湊 入っています" in deputy.words


def test_nobody_ticked_is_said_and_asks_nothing(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/groups/{BAN}/memberships").press(form=f"/groups/{BAN}/memberships")
    assert "人を選んでから押してください。まだ何も変えていません。" in deputy.words
    assert asked(houses, FILL_GROUP) == []


def test_a_class_is_filled_by_moving_or_by_joining(houses: FakeHouses, deputy: Browser) -> None:
    address = f"/groups/{make_id('5年1組')}/memberships"
    token = dict(deputy.open(address).form(address).fields)["csrf_token"]
    for kind in ("enrolled", "joined"):
        data = {"csrf_token": token, "add": [make_id("child-2")], "kind": kind}
        deputy.post(address, data)
    assert [each["kind"] for each in asked(houses, FILL_GROUP)] == ["enrolled", "joined"]
    assert "選んだ人を5年1組の在籍にする" in deputy.words


def test_a_childs_groups_are_changed_from_its_own_page(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/members/{CHILD}")
    assert "所属の変更 学級・グループを変える" in deputy.words
    address = f"/members/{CHILD}/memberships"
    deputy.open(address)
    shown = [value for name, value in deputy.form(address).fields if name == "was"]
    assert shown == [BAN, make_id("金管バンド")]
    deputy.press(
        form=address,
        group=[make_id("金管バンド"), make_id("図書委員会")],
        **{"class": make_id("4年1組")},
    )
    assert asked(houses, MOVE_MEMBER) == [
        {"class_id": make_id("4年1組"), "join": [make_id("図書委員会")], "leave": [BAN]}
    ]
    assert deputy.path == f"/members/{CHILD}"
    assert "所属を保存しました。" in deputy.words


def test_a_form_that_was_not_touched_changes_nothing(houses: FakeHouses, deputy: Browser) -> None:
    address = f"/members/{CHILD}/memberships"
    deputy.open(address).press(form=address)
    assert asked(houses, MOVE_MEMBER) == [{"class_id": None, "join": [], "leave": []}]


def test_a_draft_for_a_deleted_group_says_so_and_can_be_mended(
    houses: FakeHouses, deputy: Browser
) -> None:
    """It used to lose the group without a word, or to end on 「見つかりません」."""
    fields = dict(deputy.open("/messages/new").form().fields)
    words = {"subject": "集合場所", "body": "公園の入口です。", "group": [BAN, CLASS_42]}
    deputy.post("/messages/new", {**fields, **words, "do": "save"})
    address = deputy.path
    houses.groups = [group for group in houses.groups if group["id"] != BAN]
    deputy.open(address)
    assert "うち 1つは、もうありません（削除されたか、担当ではありません）。" in deputy.words
    assert "公園の入口です。" in deputy.html
    gone = Invalid("audience_group_gone", "Gone.", fields={"count": 1})
    houses.failures[MAKE_SNAPSHOT] = gone
    deputy.press("confirm")
    assert deputy.status == 422
    assert "下書きは残っています。宛先を選び直してください。" in deputy.words
    del houses.failures[MAKE_SNAPSHOT]
    deputy.press("confirm")
    assert "内容の確認" in deputy.words


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (
            [BAN],
            "宛先に選んだ学級・グループ・人は、もうありません（削除されたか、担当ではありません）",
        ),
        ([BAN, CLASS_42], "4年2組（ほかに選んだ1件は、もうありません）"),
        ([CLASS_42], "4年2組"),
        ([], "宛先はまだありません"),
    ],
)
def test_the_list_of_drafts_says_what_became_of_an_audience(
    houses: FakeHouses, deputy: Browser, chosen: list[str], said: str
) -> None:
    """MSG-1, DIR-4: a draft whose groups were deleted is not one that never had any."""
    audience = {"group_ids": chosen, "member_ids": [], "excluded_member_ids": []}
    houses.post_messages({"json": {"subject": "集合", "body": "公園", "audience": audience}})
    houses.groups = [group for group in houses.groups if group["id"] != BAN]
    assert f"{said} " in deputy.open("/messages/drafts").words.replace("\u3000", " ")


@pytest.mark.parametrize("kind", ["class", "free", "staff"])
def test_an_empty_school_is_told_where_to_begin(
    houses: FakeHouses, deputy: Browser, kind: str
) -> None:
    houses.groups = []
    deputy.open(f"/groups/arrange?kind={kind}")
    assert "まだ" in deputy.words
    deputy.open(f"/groups/new?kind={kind}").press(form="/groups", name="はじめの1つ")
    assert asked(houses, ADD_GROUP) == [{"kind": kind, "name": "はじめの1つ", "parent_id": None}]
