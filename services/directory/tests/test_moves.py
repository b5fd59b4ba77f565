"""Who comes and who goes: lists, the next 出席番号, and the family of a new child (DIR-12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from directory_school import School

HINA, SAKURA, MOTHER = "髙橋 陽菜", "高木 さくら", "髙橋 恵"
MAIL = "m..takahashi@docomo.town.test"


@pytest.fixture(autouse=True)
def _first_of_december(time_machine: Any) -> None:
    time_machine.move_to(datetime.fromisoformat("2026-12-01T09:00:00+09:00"))


def change(school: School, name: str, status: str, since: str) -> None:
    body = {"status": status, "status_since": since}
    url = f"/members/{school.roster.id(name)}"
    assert school.call("PATCH", url, json=body).status_code == 204


def move_in(school: School, headers: Any = None, **more: Any) -> Any:
    body = {"kind": "pupil", "display_name": "髙橋 湊", "kana": "タカハシ ミナト", **more}
    return school.call("POST", "/members", headers, json=body)


def families(
    school: School, headers: Any = None, **child: Any
) -> list[tuple[str, list[str], list[str]]]:
    items = school.post("/moves/families", child, headers)["items"]
    found = []
    for item in items:
        children = [child["display_name"] for child in item["children"]]
        found.append((item["name"], item["mails"], children))
    return found


class TestLists:
    def names(self, school: School, part: str, headers: Any = None) -> list[str]:
        return [item["display_name"] for item in school.get("/moves", headers)[part]]

    @pytest.mark.parametrize(
        ("since", "is_listed"), [("2026-12-02", True), ("2026-12-31", True), ("2027-01-01", False)]
    )
    def test_what_is_planned_within_30_days_is_listed(
        self, school: School, since: str, is_listed: bool
    ) -> None:
        change(school, HINA, "transferred", since)
        assert (HINA in self.names(school, "planned")) is is_listed

    @pytest.mark.parametrize(
        ("since", "is_listed"), [("2026-12-01", True), ("2026-11-01", True), ("2026-10-31", False)]
    )
    def test_what_began_within_30_days_is_listed(
        self, school: School, since: str, is_listed: bool
    ) -> None:
        change(school, HINA, "suspended", since)
        assert (HINA in self.names(school, "done")) is is_listed

    def test_a_dropped_plan_is_listed_no_more(self, school: School) -> None:
        change(school, HINA, "transferred", "2026-12-24")
        school.call("DELETE", f"/members/{school.roster.id(HINA)}/planned-status")
        assert self.names(school, "planned") == []

    def test_each_sees_own_classes_only(self, school: School) -> None:
        change(school, HINA, "transferred", "2026-12-24")
        right = "roster.change"
        other = school.staff(right, own_only=[right], groups=["4-1"])
        own = school.staff(right, own_only=[right], groups=["4-2"])
        assert self.names(school, "planned", other) == []
        assert self.names(school, "planned", own) == [HINA]


class TestMovingIn:
    def test_a_child_without_a_number_gets_the_next_of_its_class(self, school: School) -> None:
        """Number 30 of 4年2組 is free: it was that of a child who is gone."""
        room = school.roster.id("4-2")
        numbers = {i["group_id"]: i["number"] for i in school.get("/moves/next-numbers")["items"]}
        assert numbers[room] == 15
        made = move_in(school, class_id=room, next_number=True).json
        assert school.get(f"/members/{made['id']}")["number"] == 15

    def test_a_date_of_birth_is_kept(self, school: School) -> None:
        made = move_in(school, birth_date="2017-05-10").json
        url = f"/members/{made['id']}"
        assert school.get(url)["birth_date"] == "2017-05-10"
        school.call("PATCH", url, json={"birth_date": "2017-05-11"})
        assert school.get(url)["birth_date"] == "2017-05-11"

    def test_a_family_is_found_by_the_family_name_whatever_its_variant(
        self, school: School
    ) -> None:
        found = families(school, display_name="高橋 湊")
        assert ("高橋 隆", [], ["高橋 陽菜"]) in found
        assert (MOTHER, [], [HINA, "髙橋 蓮"]) in found
        assert families(school, display_name="高橋湊") == []

    def test_an_address_finds_its_guardian_first(self, school: School) -> None:
        found = families(school, display_name="高橋 湊", mails=[MAIL, "no address"])
        assert found[0] == (MOTHER, [MAIL], [HINA, "髙橋 蓮"])

    def test_the_same_guardian_gets_one_more_child_and_keeps_its_name(self, school: School) -> None:
        same = {"known_id": school.roster.id(MOTHER), "label": "母", "name": "高橋めぐみ"}
        more = {**same, "mails": [MAIL, "megumi@town.test"]}
        made = move_in(school, guardians=[more]).json
        shown = school.get(f"/members/{made['id']}")
        [guardian] = shown["guardians"]
        assert (guardian["id"], guardian["name"]) == (school.roster.id(MOTHER), MOTHER)
        assert len(guardian["contact_points"]) == 2
        assert [sibling["display_name"] for sibling in shown["siblings"]] == [HINA, "髙橋 蓮"]

    def test_an_address_of_somebody_else_is_refused(self, school: School) -> None:
        same = {"known_id": school.roster.id(MOTHER), "label": "母", "mails": ["manabu@town.test"]}
        answer = move_in(school, guardians=[same])
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "mail_of_another")

    def test_an_address_that_had_ended_is_not_used_again_unasked(self, school: School) -> None:
        school.call("POST", f"/contact-points/{school.roster.id(MAIL)}/end")
        same = {"known_id": school.roster.id(MOTHER), "label": "母", "mails": [MAIL]}
        answer = move_in(school, guardians=[same])
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "mail_ended")


class TestProtected:
    """DIR-14: a protected family is offered to nobody who may not see it."""

    @pytest.fixture
    def clerk(self, school: School) -> Any:
        url = f"/members/{school.roster.id(HINA)}/guardians/{school.roster.id(MOTHER)}/protection"
        assert school.call("PUT", url, json={"protected": True}).status_code == 204
        return school.staff("roster.see", "roster.change")

    def test_it_is_not_found(self, school: School, clerk: Any) -> None:
        child = {"display_name": "髙橋 湊", "mails": [MAIL]}
        assert MOTHER in [name for name, _, _ in families(school, **child)]
        assert MOTHER not in [name for name, _, _ in families(school, clerk, **child)]

    @pytest.mark.parametrize("way", ["id", "mail"])
    def test_nobody_joins_it_by_a_guess(self, school: School, clerk: Any, way: str) -> None:
        guess = {"known_id": school.roster.id(MOTHER)} if way == "id" else {"mails": [MAIL]}
        answer = move_in(school, clerk, guardians=[{"label": "母", **guess}])
        said = {"id": (404, "guardian_not_found"), "mail": (422, "mail_of_another")}
        assert (answer.status_code, answer.json["error"]["code"]) == said[way]
        assert MOTHER not in answer.text
