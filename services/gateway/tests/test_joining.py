"""Two guardians who are one person are joined on a page that says what that does (DIR-8)."""

from __future__ import annotations

from browser import Browser
from fake_houses import FakeHouses
from fake_log import make_line
from town_school import make_account, make_id

from gateway.clients.calls import JOIN_GUARDIANS

FATHER = make_id("father")


def open_preview(houses: FakeHouses, deputy: Browser) -> str:
    """Go from the guardian's page to what joining would do, and return that page's address."""
    child, mother = houses.members[0]["id"], houses.know_mother()
    own = f"/members/{child}/guardians/{FATHER}"
    assert f'href="{own}/doubles"' in deputy.open(own).html
    preview = f"{own}/joining/{mother}"
    assert f'href="{preview}"' in deputy.open(f"{own}/doubles").html
    deputy.open(preview)
    return preview


def pressed(houses: FakeHouses) -> list[dict[str, object]]:
    return [request["json"] for asked, request in houses.asked if asked == JOIN_GUARDIANS]


def test_both_are_shown_before_they_are_joined(houses: FakeHouses, deputy: Browser) -> None:
    preview = open_preview(houses, deputy)
    assert "2人の児童の保護者になります。" in deputy.words
    assert "元には戻せません。操作ログに残ります。" in deputy.words
    assert pressed(houses) == []
    deputy.press(form=preview)
    assert pressed(houses) == [{"version": "1"}]
    assert "保護者を1人にまとめました。" in deputy.words


def test_the_other_one_may_stay_instead(houses: FakeHouses, deputy: Browser) -> None:
    open_preview(houses, deputy)
    mother = make_id("mother")
    swapped = f"/members/{houses.members[0]['id']}/guardians/{mother}/joining/{FATHER}"
    assert f'href="{swapped}"' in deputy.html


def test_what_changed_meanwhile_is_shown_again(houses: FakeHouses, deputy: Browser) -> None:
    preview = open_preview(houses, deputy)
    houses.joining_version = "2"
    deputy.press(form=preview)
    assert deputy.status == 409
    assert "どちらかの登録が変わりました。まだ何もまとめていません。" in deputy.words
    deputy.press(form=preview)
    assert pressed(houses)[-1] == {"version": "2"}


def test_too_many_addresses_leave_no_button(houses: FakeHouses, deputy: Browser) -> None:
    houses.too_many = True
    open_preview(houses, deputy)
    assert "メールアドレスが合わせて5件になります。" in deputy.words
    assert "1人にまとめる（" not in deputy.words


def test_who_sees_no_protected_families_is_told_whom_to_ask(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-14: such a family is not offered, and the page says why somebody may be missing."""
    address = f"/members/{houses.members[0]['id']}/guardians/{FATHER}/doubles"
    words = "配慮が必要なご家庭の保護者は、ここに出ません。管理者に頼んでください。"
    assert words not in deputy.open(address).words
    houses.account = make_account("sender", functions=["roster.see", "roster.change"])
    assert words in deputy.open(address).words


def test_the_log_tells_of_it(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[0]["id"]
    details = {
        "guardian_id": FATHER,
        "joined_id": make_id("mother"),
        "pupil_ids": [child],
        "contact_points": 2,
    }
    houses.operations = [make_line("guardianship.joined", ("member", child), details=details)]
    assert "2人の保護者を1人にまとめました" in deputy.open("/operation-log").words
