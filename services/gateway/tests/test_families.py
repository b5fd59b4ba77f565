"""A child's guardians on their page: who is new, who is none any more, and why (DIR-8, DIR-14)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_log import make_line
from town_school import make_account, make_id

from gateway.clients.calls import (
    ADD_GUARDIAN,
    ADD_MAIL,
    CHANGE_GUARDIAN,
    END_GUARDIANSHIP,
    PROTECT_GUARDIAN,
)

FATHER = make_id("father")


def sent(houses: FakeHouses, call: object) -> list[dict[str, object]]:
    return [request["json"] for asked, request in houses.asked if asked == call]


def wrong_fields(browser: Browser) -> list[str]:
    return [given["name"] for _, given in browser.read().tags if given.get("aria-invalid")]


def open_father(houses: FakeHouses, browser: Browser) -> Browser:
    return browser.open(f"/members/{houses.members[0]['id']}/guardians/{FATHER}")


def test_a_guardian_is_added_on_the_childs_page(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[0]["id"]
    assert f'href="/members/{child}/guardians/new"' in deputy.open(f"/members/{child}").html
    deputy.open(f"/members/{child}/guardians/new")
    typed = {"name": "髙橋 新", "label": "祖父", "mails": "arata@town.test"}
    deputy.press(form="/guardians", **typed)
    assert sent(houses, ADD_GUARDIAN) == [{**typed, "mails": ["arata@town.test"]}]
    assert "保護者を登録しました。" in deputy.words


@pytest.mark.parametrize(
    ("typed", "said", "field", "words"),
    [
        ({"label": ""}, {}, "label", "続柄を入れてください。例：母"),
        (
            {"label": "父"},
            {"code": "mail_of_another", "name": "別 の人"},
            "mails",
            "ほかの保護者「別 の人」さんのメールアドレスです。",
        ),
        (
            {"label": "父"},
            {"code": "mail_of_another", "name": None},
            "mails",
            "ほかの保護者のメールアドレスです。アドレスを確かめてください。",
        ),
        (
            {"label": "父"},
            {"code": "mail_space", "value": "a b"},
            "mails",
            "「a b」の途中に空白があります。空白を消してください。",
        ),
    ],
)
def test_what_a_new_guardian_can_not_be_is_told_at_its_field(
    houses: FakeHouses,
    deputy: Browser,
    typed: dict[str, str],
    said: dict[str, object],
    field: str,
    words: str,
) -> None:
    houses.known_mails = {"a@town.test": said}
    deputy.open(f"/members/{houses.members[0]['id']}/guardians/new")
    deputy.press(form="/guardians", name="髙橋 新", mails="a@town.test", **typed)
    assert deputy.status == 422
    assert words in deputy.words
    fields = dict(deputy.form("/guardians").fields)
    assert (fields["name"], fields["mails"]) == ("髙橋 新", "a@town.test")
    assert wrong_fields(deputy) == [field]


def test_a_name_and_what_it_is_to_the_child_are_changed(
    houses: FakeHouses, deputy: Browser
) -> None:
    form = f"/guardians/{FATHER}"
    open_father(houses, deputy)
    fields = dict(deputy.form(form).fields)
    assert (fields["name"], fields["label"]) == ("髙橋 健一", "父")
    deputy.press(form=form, name="鈴木 健一", label="養父")
    assert sent(houses, CHANGE_GUARDIAN) == [{"name": "鈴木 健一", "label": "養父"}]
    assert "保存しました。" in deputy.words


def test_a_fifth_address_is_refused_at_its_field_and_the_names_stay(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.known_mails = {"fifth@town.test": {"code": "mails_too_many", "limit": 4}}
    open_father(houses, deputy).press(form="/mails", mails="fifth@town.test")
    assert deputy.status == 422
    assert "登録できるメールアドレスは4件までです。" in deputy.words
    assert wrong_fields(deputy) == ["mails"]
    assert dict(deputy.form(f"/guardians/{FATHER}").fields)["name"] == "髙橋 健一"
    deputy.press(form="/mails", mails="fourth@town.test")
    assert sent(houses, ADD_MAIL)[-1] == {"mail": "fourth@town.test", "again": False}
    assert "メールアドレスを登録しました。" in deputy.words


def test_an_address_that_had_ended_is_asked_about(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-8: nobody is written to again unasked."""
    old = "old@town.test"
    houses.known_mails = {old: {"code": "mail_ended", "value": old}}
    open_father(houses, deputy).press(form="/mails", mails=old)
    assert deputy.status == 422
    assert "前に止めたアドレスです。いまは何も送っていません。" in deputy.words
    assert dict(deputy.form("/mails").fields)["mails"] == old
    houses.known_mails = {}
    deputy.press("1", form="/mails")
    assert sent(houses, ADD_MAIL) == [
        {"mail": old, "again": False},
        {"mail": old, "again": True},
    ]


def test_a_guardian_is_taken_from_a_child_for_a_reason(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/members/{houses.members[0]['id']}")
    assert f'/guardians/{FATHER}"' in deputy.html
    open_father(houses, deputy).press(form="/end", reason="親権者の変更を書面で確認")
    assert sent(houses, END_GUARDIANSHIP) == [{"reason": "親権者の変更を書面で確認"}]
    assert "保護者から外しました。理由は操作ログに残りました。" in deputy.words
    assert "髙橋 健一" not in deputy.words
    assert "髙橋 真由美（母）" in deputy.words


def test_without_a_reason_the_guardian_stays(houses: FakeHouses, deputy: Browser) -> None:
    open_father(houses, deputy).press(form="/end", reason=" ")
    assert deputy.status == 422
    assert "理由を書いてください。操作ログに残します。" in deputy.words
    assert wrong_fields(deputy) == ["reason"]
    assert houses.ended_guardians == []


def test_the_operation_log_tells_the_reason(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[0]["id"]
    details = {"guardian_id": FATHER, "reason": "親権者の変更を書面で確認"}
    houses.operations = [make_line("guardianship.ended", ("member", child), details=details)]
    words = deputy.open("/operation-log").words
    assert "保護者から外しました" in words
    assert "理由：親権者の変更を書面で確認" in words


def test_a_protected_guardian_is_for_who_sees_protected_families(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.protected = [FATHER]
    child = f"/members/{houses.members[0]['id']}"
    assert f'/guardians/{FATHER}"' in deputy.open(child).html
    houses.account = make_account("sender", functions=["roster.see", "roster.change"])
    assert f'/guardians/{FATHER}"' not in deputy.open(child).html
    assert open_father(houses, deputy).status == 404
    assert "この保護者は、もう登録されていません。" in deputy.words


def test_a_family_is_marked_and_the_mark_is_taken_away(houses: FakeHouses, deputy: Browser) -> None:
    """DIR-14."""
    open_father(houses, deputy).press("1", form="/protection")
    assert "「配慮あり」の印を付けました。" in deputy.words
    assert "髙橋 健一（父） 配慮あり" in deputy.words
    open_father(houses, deputy).press("0", form="/protection")
    assert "「配慮あり」の印を外しました。" in deputy.words
    assert sent(houses, PROTECT_GUARDIAN) == [{"protected": True}, {"protected": False}]


def test_a_lost_phone_is_put_out(houses: FakeHouses, deputy: Browser) -> None:
    open_father(houses, deputy).press(form="/lost-phone")
    assert houses.put_out == [FATHER]
    assert "マイページから、すべての端末を出しました。" in deputy.words


def test_a_mark_at_a_sibling_is_not_said_to_be_gone(houses: FakeHouses, deputy: Browser) -> None:
    houses.protected, houses.marked_at_sibling = [FATHER], True
    open_father(houses, deputy).press("0", form="/protection")
    assert "この印は、きょうだいのページで付けたものです。" in deputy.words
    assert "印を外しました" not in deputy.words


def test_who_does_not_see_protected_families_has_no_mark_to_press(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.account = make_account("sender", functions=["roster.see", "roster.change"])
    assert "/protection" not in open_father(houses, deputy).html
