"""People deleted by selection, with a look before and 30 days after (DIR-1, DIR-3)."""

from __future__ import annotations

from browser import Browser
from fake_houses import FakeHouses
from fake_log import make_line
from town_school import make_account

from gateway.clients.calls import DELETE_MEMBERS


def pick(houses: FakeHouses, browser: Browser, *numbers: int) -> Browser:
    ids = [member["id"] for member in houses.members if member["number"] in numbers]
    return browser.open("/members?select=1").press(form="/deletions/preview", member=ids)


def test_who_was_ticked_is_shown_before_anything_changes(
    houses: FakeHouses, deputy: Browser
) -> None:
    assert 'type="checkbox"' not in deputy.open("/members").html
    pick(houses, deputy, 1, 2)
    assert "まだ何も変わっていません。" in deputy.words
    assert "4年2組 1番 青木 湊" in deputy.words
    assert DELETE_MEMBERS not in [call for call, _ in houses.asked]
    deputy.press(form="/members/deletions")
    assert "2人を名簿から削除しました。30日間は、ここから元に戻せます。" in deputy.words
    assert deputy.path == "/members/deleted?kind=pupil"
    assert [member["number"] for member in houses.gone_people] == [2, 1]


def test_without_a_tick_nobody_is_deleted(houses: FakeHouses, deputy: Browser) -> None:
    pick(houses, deputy)
    assert "削除する人を選んでください。まだ何も変えていません。" in deputy.words
    assert len(houses.members) == 26


def test_one_child_is_deleted_from_its_page_and_comes_back(
    houses: FakeHouses, deputy: Browser
) -> None:
    child = houses.members[0]["id"]
    deputy.open(f"/members/{child}").press(form="/deletions/preview")
    deputy.press(form="/members/deletions")
    assert deputy.open(f"/members/{child}").status == 404
    deputy.open("/members/deleted").press(form="/restore")
    assert "元に戻しました。" in deputy.words
    assert deputy.path == f"/members/{child}"
    assert "削除した人はいません。" in deputy.open("/members/deleted").words


def test_a_seat_taken_meanwhile_is_told_with_who_has_it(
    houses: FakeHouses, deputy: Browser
) -> None:
    pick(houses, deputy, 1).press(form="/members/deletions")
    houses.members[2]["number"] = 1
    deputy.press(form="/restore")
    assert "元に戻していません。1番は、同じ学級の井上 陽菜さんの番号です。" in deputy.words
    assert len(houses.gone_people) == 1


def test_the_log_names_who_was_deleted_and_leads_to_no_lost_page(
    houses: FakeHouses, deputy: Browser
) -> None:
    child = houses.members[0]["id"]
    pick(houses, deputy, 1).press(form="/members/deletions")
    houses.operations = [make_line("member.deleted", ("member", child))]
    deputy.open("/operation-log")
    assert "名簿から削除しました" in deputy.words
    assert "4年2組 1番 青木 湊" in deputy.words
    assert f'href="/members/{child}"' not in deputy.html


def test_a_draft_tells_that_a_chosen_child_is_gone(houses: FakeHouses, deputy: Browser) -> None:
    gone, other = (houses.members[number]["id"] for number in (0, 1))
    audience = {"group_ids": [], "member_ids": [gone, other], "excluded_member_ids": []}
    draft = {"subject": "持ち物", "body": "お弁当", "audience": audience}
    message = houses.post_messages({"json": draft})["id"]
    pick(houses, deputy, 1).press(form="/members/deletions")
    deputy.open(f"/messages/{message}/edit")
    assert "宛先に選んであった1人は、名簿にない人です（名簿から削除されたなど）。" in deputy.words
    assert "4年2組 2番 池田 結衣" in deputy.words


def test_who_may_not_change_the_roster_finds_no_way_to_delete(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.account = make_account("sender", functions=["roster.see"])
    page = deputy.open("/members?select=1")
    assert 'type="checkbox"' not in page.html
    assert "/members/deleted" not in page.html
    assert "/deletions" not in deputy.open(f"/members/{houses.members[0]['id']}").html
    assert deputy.open("/members/deleted").status == 403
