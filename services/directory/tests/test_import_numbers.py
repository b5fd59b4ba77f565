"""Numbers to call in a roster file.

Previewed, changed by their place, never taken away, and given back (DIR-2, DIR-13).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from directory_school import School
from workbook_files import read_workbook

from directory.actions.write_workbook import write_roster

BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
HINA = (
    "4",
    "2",
    "14",
    "髙橋 陽菜",
    "タカハシ ヒナ",
    "髙橋 恵",
    "母",
    "m..takahashi@docomo.town.test",
)
REN = ("5", "1", "13", "髙橋 蓮", "タカハシ レン", "髙橋 恵", "母", "m..takahashi@docomo.town.test")
CALLS = (*BASIC, "緊急連絡先1", "緊急連絡先1の続柄", "緊急連絡先2")


def file_of(*rows: Sequence[str]) -> dict[str, Any]:
    return {"file": (io.BytesIO(write_roster([CALLS, *rows])), "名簿.xlsx")}


def upload(school: School, *rows: Sequence[str]) -> Any:
    made = school.call("POST", "/imports/plans", data=file_of(*rows)).json
    return school.get(f"/imports/plans/{made['id']}")


def apply(school: School, plan: Any) -> None:
    school.post(f"/imports/plans/{plan['id']}/apply", None)


def said(plan: Any) -> list[tuple[str, list[tuple[str, str | None, str | None]]]]:
    changed = [row for row in plan["changes"]["items"] if row["kind"] == "changed"]
    return [
        (row["display_name"], [(d["field"], d["before"], d["after"]) for d in row["details"]])
        for row in changed
    ]


def numbers_of(school: School, name: str) -> list[tuple[str, str]]:
    shown = school.get(f"/members/{school.roster.id(name)}")["phone_numbers"]
    return [(phone["number"], phone["label"]) for phone in shown]


def test_numbers_to_call_are_previewed_changed_added_and_never_taken_away(school):
    rows = (*HINA, "0000-00-1001", "祖母", ""), (*REN, "００００００１００５", "", "")
    plan = upload(school, *rows)
    assert said(plan) == [
        ("髙橋 陽菜", [("phone", "0000-00-1001（母）", "0000-00-1001（祖母）")]),
        ("髙橋 蓮", [("phone", None, "0000001005")]),
    ]
    apply(school, plan)
    assert numbers_of(school, "髙橋 陽菜") == [("0000-00-1001", "祖母"), ("0000-00-1002", "父")]
    assert numbers_of(school, "髙橋 蓮") == [("0000001005", "")]
    assert upload(school, *rows)["counts"]["unchanged"] == 2


def test_a_corrected_number_takes_the_place_of_the_old_one(school):
    plan = upload(school, (*HINA, "", "", "0000-00-1009"))
    assert said(plan) == [("髙橋 陽菜", [("phone", "0000-00-1002（父）", "0000-00-1009")])]
    apply(school, plan)
    assert numbers_of(school, "髙橋 陽菜") == [("0000-00-1001", "母"), ("0000-00-1009", "")]


def test_an_export_holds_numbers_for_who_may_see_them(school):
    header, *rows = read_workbook(school.call("POST", "/exports/roster.xlsx").data)
    hina = next(row for row in rows if "髙橋 陽菜" in row)
    at = header.index("緊急連絡先1")
    assert hina[at : at + 4] == ["0000-00-1001", "母", "0000-00-1002", "父"]
    hidden = read_workbook(
        school.call(
            "POST", "/exports/roster.xlsx", school.staff("roster.change", "protected.see")
        ).data
    )
    assert "0000-00-1001" not in str(hidden)


def test_a_number_changed_by_hand_meanwhile_refuses_the_plan(school):
    plan = upload(school, (*HINA, "", "", ""))
    school.call(
        "PUT",
        f"/members/{school.roster.id('山崎 樹')}/phone-numbers",
        json={"phone_numbers": [{"number": "0000-00-1008"}]},
    )
    assert school.why_not(plan) == "import_stale"


def test_a_first_roster_brings_its_numbers_to_call(empty_school):
    empty_school.call(
        "POST", "/imports", data=file_of((*HINA, "0000-00-1001", "母", "0000-00-1002"))
    )
    (hina,) = empty_school.get("/members?query=髙橋 陽菜")["items"]
    shown = empty_school.get(f"/members/{hina['id']}")["phone_numbers"]
    assert shown == [
        {"label": "母", "number": "0000-00-1001"},
        {"label": "", "number": "0000-00-1002"},
    ]
