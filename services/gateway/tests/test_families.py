"""A child's guardians on their page: who is none any more, and why (DIR-8, DIR-14)."""

from __future__ import annotations

from browser import Browser
from fake_houses import FakeHouses
from fake_log import make_line
from town_school import make_account, make_id

from gateway.clients.calls import END_GUARDIANSHIP

FATHER = make_id("father")


def sent(houses: FakeHouses, call: object) -> list[dict[str, object]]:
    return [request["json"] for asked, request in houses.asked if asked == call]


def open_father(houses: FakeHouses, browser: Browser) -> Browser:
    return browser.open(f"/members/{houses.members[0]['id']}/guardians/{FATHER}")


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
    wrong = [given for _, given in deputy.read().tags if given.get("aria-invalid")]
    assert [given["name"] for given in wrong] == ["reason"]
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
