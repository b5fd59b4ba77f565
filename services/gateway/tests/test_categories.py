"""設定 → カテゴリ, and the category of a sent message (MSG-3)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from notices import only, write
from town_school import make_account, make_id, make_reading

EVENT, HEALTH = make_id("学校行事"), make_id("保健")
PAGE = "/settings/categories"
MINE = ["messages.read", "messages.send", "catalogue.edit"]


def send(houses: FakeHouses, browser: Browser, category: str = EVENT) -> str:
    """Send a message of a category; return the address of its page."""
    write(browser, category=category)
    browser.press(form="/release")
    return f"/messages/{only(houses)['id']}"


def fill(browser: Browser, action: str, **typed: str) -> Browser:
    """Type into the form of just this address, and press its button."""
    form = next(each for each in browser.read().forms if each.action == action)
    return browser.post(action, {**dict(form.fields), **typed})


def test_a_limited_administrator_finds_the_categories_and_no_other_settings(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.account = make_account("limited_administrator", functions=MINE)
    deputy.open(PAGE)
    assert "緊急・安全" in deputy.words
    assert "学校の情報と呼び方" not in deputy.words
    houses.account = make_account("sender", functions=["messages.read", "messages.send"])
    assert deputy.open(PAGE).status == 403


def test_a_category_is_added_with_a_mark_and_a_colour(houses: FakeHouses, deputy: Browser) -> None:
    fill(deputy.open(PAGE), PAGE, name="集金", mark="金", colour="purple")
    added = houses.category("集金")
    assert (added["mark"], added["colour"]) == ("金", "purple")
    assert "「集金」を加えました。" in deputy.words
    assert 'class="category purple"' in deputy.html


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "カテゴリの名前は、1文字から40文字までにしてください。"),
        ({"mark": "きんき"}, "印は、1文字か2文字にしてください（例：行）。"),
        ({"colour": "pink"}, "色を選んでください。"),
        ({"name": "保健"}, "「保健」というカテゴリは、もうあります。別の名前にしてください。"),
    ],
)
def test_what_is_refused_is_told_and_stays_typed(
    deputy: Browser, typed: dict[str, str], sentence: str
) -> None:
    content = {"name": "集金のお知らせ", "mark": "金", "colour": "purple", **typed}
    fill(deputy.open(PAGE), PAGE, **content)
    assert deputy.status in (409, 422)
    assert sentence in deputy.words
    assert f'value="{content["name"]}"' in deputy.html


def test_a_retired_name_is_led_to_its_place(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(PAGE).press(form=f"{PAGE}/{HEALTH}/retire")
    assert "「保健」を使うのをやめました。" in deputy.words
    fill(deputy, PAGE, name="保健", mark="保", colour="orange")
    assert "「また使う」を押してください。" in deputy.words
    deputy.press(form=f"{PAGE}/{HEALTH}/restore")
    assert houses.category("保健")["retired_at"] is None


def test_a_category_is_renamed_by_who_saw_it_as_it_is(houses: FakeHouses, deputy: Browser) -> None:
    fill(deputy.open(PAGE), f"{PAGE}/{HEALTH}", name="保健・健康")
    assert houses.category("保健・健康")["id"] == HEALTH
    deputy.open(PAGE)
    houses.category("保健・健康").update(name="けんこう", version=7)
    fill(deputy, f"{PAGE}/{HEALTH}", name="ほけん")
    assert deputy.status == 409
    assert "ほかの人が変更しました。まだ何も保存していません。" in deputy.words
    assert 'value="けんこう"' in deputy.html, "what it is by now"
    assert 'value="7"' in deputy.html


def test_the_order_is_changed_by_arrows(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(PAGE).press("up", form=f"{PAGE}/{HEALTH}/move")
    names = [each["name"] for each in houses.categories]
    assert names == ["緊急・安全", "保健", "学校行事", "給食"]


def test_the_lists_show_letter_and_colour(houses: FakeHouses, deputy: Browser) -> None:
    houses.category("学校行事")["colour"] = "green"
    send(houses, deputy)
    deputy.open("/messages")
    assert 'class="category green"><span class="letter" aria-hidden="true">行</span>' in deputy.html


def test_the_category_of_a_sent_message_is_changed(houses: FakeHouses, deputy: Browser) -> None:
    address = send(houses, deputy)
    assert f'href="{address}/category"' in deputy.open(address).html
    deputy.open(f"{address}/category").press(form="/category", category=HEALTH)
    assert only(houses)["category_id"] == HEALTH
    assert "カテゴリを変えました。" in deputy.words
    deputy.open(f"{address}/category").press(form="/category", category="")
    assert only(houses)["category_id"] is None


def test_two_who_file_a_message_at_once_are_told(houses: FakeHouses, deputy: Browser) -> None:
    address = send(houses, deputy)
    deputy.open(f"{address}/category")
    only(houses)["category_id"] = make_id("給食")
    deputy.press(form="/category", category=HEALTH)
    assert only(houses)["category_id"] == make_id("給食")
    assert "ほかの人が変更しました。まだ何も保存していません。" in deputy.words


def test_a_colleagues_message_offers_no_other_category(houses: FakeHouses, deputy: Browser) -> None:
    address = send(houses, deputy)
    functions = ["messages.read", "messages.send"]
    houses.account = make_account(
        "sender", id=make_id("other"), functions=functions, own_only=functions
    )
    deputy.open(address)
    assert "カテゴリを変える" not in deputy.words


def test_a_retired_category_stays_where_it_is_and_is_offered_nowhere(
    houses: FakeHouses, deputy: Browser
) -> None:
    address = send(houses, deputy)
    houses.category("学校行事")["retired_at"] = "2026-11-20T00:00:00+00:00"
    deputy.open(address)
    assert "学校行事" in deputy.words
    deputy.open("/messages")
    assert "学校行事（使うのをやめたもの）" in deputy.words
    deputy.open("/messages/new")
    assert "学校行事" not in deputy.words


def test_a_family_sees_what_a_message_is_about(houses: FakeHouses, stranger: Browser) -> None:
    houses.reading = make_reading(houses.members[:1])
    stranger.open("/r/good")
    assert 'class="category green"' in stranger.html
    houses.reading = make_reading(houses.members[:1], category=None)
    stranger.open("/r/good")
    assert "categories.css" not in stranger.html
