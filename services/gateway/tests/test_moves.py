"""転入・転出: a child comes in one form, goes on a day, and who moves these days (DIR-12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, make_account, make_id

from gateway.clients.calls import ADD_MEMBER, CHANGE_MEMBER, DROP_PLAN, POSSIBLE_FAMILIES

CHILD = {
    "display_name": "髙橋 湊",
    "kana": "たかはし みなと",
    "class_id": CLASS_42,
    "status_since": "2026-12-01",
}
MOTHER = {"name_1": "髙橋 真由美", "label_1": "母", "mails_1": "mayumi@town.test"}


@pytest.fixture(autouse=True)
def _first_of_december(time_machine: Any) -> None:
    time_machine.move_to(datetime.fromisoformat("2026-12-01T09:00:00+09:00"))


def sent(houses: FakeHouses, call: object) -> list[dict[str, Any]]:
    return [request["json"] for asked, request in houses.asked if asked == call]


class TestMovingIn:
    def test_a_child_and_its_family_are_registered_in_one_form(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        deputy.open("/moves/in")
        assert "4年2組（次は27番）" in deputy.words
        deputy.press(form="/moves/in", **CHILD, **MOTHER, birth_date="2017-05-10")
        [child] = sent(houses, ADD_MEMBER)
        assert child["guardians"] == [
            {"name": "髙橋 真由美", "label": "母", "mails": ["mayumi@town.test"]}
        ]
        assert (child["number"], child["next_number"]) == (None, True)
        assert (child["birth_date"], child["status_since"]) == ("2017-05-10", "2026-12-01")
        assert "髙橋 湊 さんを登録しました。 いまから、連絡の宛先と人数に入ります。" in deputy.words
        assert f"/members/{make_id('new 髙橋 湊')}" in deputy.html

    def test_a_childs_sheet_is_printed_with_the_press_that_registers_it(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        mother = houses.know_mother("mayumi@town.test")
        deputy.open("/moves/in").press("sheet", form="/moves/in", **CHILD, **MOTHER)
        assert deputy.status == 422, "the question comes first"
        child_id = make_id("new 髙橋 湊")
        houses.members.append({**houses.members[0], "id": child_id})
        deputy.press("sheet", form="/moves/in", same=mother)
        assert deputy.path == f"/members/{child_id}/registration-sheet.pdf"
        assert deputy.headers["Content-Type"] == "application/pdf"

    def test_a_known_guardian_is_asked_about_once_and_gets_one_more_child(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        mother = houses.know_mother("mayumi@town.test")
        deputy.open("/moves/in").press(form="/moves/in", **CHILD, **MOTHER)
        assert deputy.status == 422
        assert sent(houses, ADD_MEMBER) == []
        assert "同じ保護者ですか" in deputy.words
        assert "4年2組 1番 青木 湊 さん" in deputy.words
        assert dict(deputy.form("/moves/in").fields)["mails_1"] == "mayumi@town.test"
        deputy.press(form="/moves/in", same=mother)
        [child] = sent(houses, ADD_MEMBER)
        assert [guardian["known_id"] for guardian in child["guardians"]] == [mother]
        assert "髙橋 湊 さんを登録しました。" in deputy.words

    def test_one_who_was_not_typed_comes_along_with_what_it_is_to_the_sister(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        mother = houses.know_mother()
        deputy.open("/moves/in").press(form="/moves/in", **CHILD, name_1="髙橋 隆", label_1="父")
        deputy.press(form="/moves/in", same=mother)
        [child] = sent(houses, ADD_MEMBER)
        assert child["guardians"] == [
            {"name": "髙橋 隆", "label": "父", "mails": []},
            {"known_id": mother, "label": "母", "mails": []},
        ]

    def test_another_family_of_the_same_name_stays_another(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        houses.know_mother()
        deputy.open("/moves/in").press(form="/moves/in", **CHILD)
        deputy.press(form="/moves/in")
        [child] = sent(houses, ADD_MEMBER)
        assert child["guardians"] == []

    def test_a_changed_name_or_address_is_asked_about_anew(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        houses.know_mother()
        deputy.open("/moves/in").press(form="/moves/in", **CHILD)
        deputy.press(form="/moves/in", mails_2="other@town.test", label_2="父")
        assert deputy.status == 422
        assert len(sent(houses, POSSIBLE_FAMILIES)) == 2
        assert sent(houses, ADD_MEMBER) == []

    @pytest.mark.parametrize(
        ("typed", "field", "words"),
        [
            ({"display_name": ""}, "display_name", "氏名を入れてください。"),
            ({"number": "十二"}, "number", "出席番号は数字で入れてください。"),
            ({"number": "3"}, "number", "3番は、同じ学級の石川 蓮さんの番号です。"),
            ({"name_2": "髙橋 隆"}, "label_2", "続柄を入れてください。"),
            (
                {"mails_1": "x@town.test", "label_1": "母"},
                "mails_1",
                "ほかの保護者「別 の人」さんのメールアドレスです。",
            ),
        ],
    )
    def test_what_can_not_be_is_told_at_its_field_and_nothing_is_lost(
        self,
        houses: FakeHouses,
        deputy: Browser,
        typed: dict[str, str],
        field: str,
        words: str,
    ) -> None:
        houses.known_mails = {"x@town.test": {"code": "mail_of_another", "name": "別 の人"}}
        deputy.open("/moves/in").press(form="/moves/in", **{**CHILD, **typed})
        assert deputy.status == 422
        assert words in deputy.words
        wrong = [given["name"] for _, given in deputy.read().tags if given.get("aria-invalid")]
        assert wrong == [field]
        assert dict(deputy.form("/moves/in").fields)["kana"] == CHILD["kana"]

    def test_the_contracts_limit_is_told(self, houses: FakeHouses, deputy: Browser) -> None:
        houses.limit_reached = True
        deputy.open("/moves/in").press(form="/moves/in", **CHILD)
        assert deputy.status == 409
        assert "契約の人数（400人）に達しているため、登録できません。" in deputy.words


class TestMovingOut:
    def test_a_child_is_found_and_goes_on_a_day_by_itself(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        child = houses.members[0]["id"]
        page = f"/moves/out/{child}"
        assert f'href="{page}"' in deputy.open("/moves/out?query=青木").html
        deputy.open(page)
        assert "その日に起きること" in deputy.words
        deputy.press(form=page, since="2026-12-24")
        assert sent(houses, CHANGE_MEMBER) == [
            {"status": "transferred", "status_since": "2026-12-24", "version": "1"}
        ]
        assert "青木 湊 さんは、12月24日（木）に転出の予定です。" in deputy.words

    def test_without_a_day_nothing_happens(self, houses: FakeHouses, deputy: Browser) -> None:
        page = f"/moves/out/{houses.members[0]['id']}"
        deputy.open(page).press(form=page, since="")
        assert deputy.status == 422
        assert "異動日を入れてください。" in deputy.words
        assert sent(houses, CHANGE_MEMBER) == []

    def test_what_somebody_changed_meanwhile_is_not_written_over(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        child = houses.members[0]["id"]
        page = f"/moves/out/{child}"
        deputy.open(page)
        houses.change_behind(child, number=30)
        deputy.press(form=page, since="2026-12-24")
        assert deputy.status == 409
        assert "ほかの人が変更しました" in deputy.words


class TestLists:
    def test_a_planned_move_stands_with_its_undo(self, houses: FakeHouses, deputy: Browser) -> None:
        child = houses.members[0]["id"]
        plan = {"planned_status": "transferred", "planned_since": "2026-12-24"}
        houses.change_behind(child, **plan)
        deputy.open("/moves")
        assert "転出 12月24日（木）" in deputy.words
        deputy.press(form=f"/moves/{child}/undo")
        assert [asked for asked, _ in houses.asked if asked == DROP_PLAN] == [DROP_PLAN]
        assert "予定を取りやめました。" in deputy.words
        assert "予定はありません。" in deputy.words

    def test_a_move_that_was_refused_on_its_day_says_what_to_do(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        plan = {"planned_status": "transferred", "planned_since": "2026-12-01"}
        houses.change_behind(houses.members[0]["id"], **plan)
        assert "まだ変わっていません。" in deputy.open("/moves").words

    def test_what_has_been_stands_without_an_undo(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        child = houses.members[0]["id"]
        houses.change_behind(child, status="suspended", status_since="2026-11-20")
        assert "休学等 11月20日（金）" in deputy.open("/moves").words
        assert "/undo" not in deputy.html

    def test_only_who_may_change_the_roster_finds_the_page(
        self, houses: FakeHouses, deputy: Browser
    ) -> None:
        assert 'href="/moves"' in deputy.open("/members").html
        houses.account = make_account("sender", functions=["roster.see"])
        assert 'href="/moves"' not in deputy.open("/members").html
        assert deputy.open("/moves").status == 403
