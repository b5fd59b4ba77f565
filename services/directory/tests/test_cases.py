"""Files that offices really have end as they should, whole: uploaded, asked about, applied (DIR-2).

`cases/README.md` says of each what it holds.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from directory_school import School

CASES = Path(__file__).parent / "cases"


def upload(school: School, name: str) -> Any:
    file = io.BytesIO((CASES / f"{name}.xlsx").read_bytes())
    answer = school.call("POST", "/imports/plans", data={"file": (file, "名簿.xlsx")})
    assert answer.status_code == 201, answer.json
    return school.get(f"/imports/plans/{answer.json['id']}")


def decide(school: School, plan: Any, **by_kind: str) -> Any:
    decisions = {each["key"]: by_kind[each["kind"]] for each in plan["questions"]}
    school.post(f"/imports/plans/{plan['id']}/decisions", {"decisions": decisions})
    return school.get(f"/imports/plans/{plan['id']}")


def apply(school: School, plan: Any) -> None:
    assert plan["errors"] == []
    school.post(f"/imports/plans/{plan['id']}/apply", None)


def register(school: School, name: str) -> None:
    apply(school, upload(school, name))


def children(school: School, **query: str) -> list[dict[str, Any]]:
    wanted = "&".join(f"{key}={value}" for key, value in query.items())
    items: list[dict[str, Any]] = school.get(f"/members?kind=pupil&limit=500&{wanted}")["items"]
    return items


def find(school: School, name: str) -> Any:
    (found,) = (each for each in children(school) if each["display_name"] == name)
    return school.get(f"/members/{found['id']}")


def new_names(plan: Any) -> list[str]:
    return [row["display_name"] for row in plan["changes"]["items"] if row["kind"] == "new"]


def faults(plan: Any) -> list[tuple[str, str]]:
    return [(error["cell"], error["code"]) for error in plan["errors"]]


@pytest.fixture
def school_of(empty_school: School) -> School:
    """A school with the roster that most cases are tried on."""
    register(empty_school, "base-roster")
    return empty_school


def test_b03_two_guardians_side_by_side(school_of: School) -> None:
    plan = upload(school_of, "B03-a-two-guardians-wide")
    assert plan["errors"] == []
    added = [d for row in plan["changes"]["items"] for d in row["details"]]
    assert len([d for d in added if d["field"] == "mail"]) == 4
    assert len([d for d in added if d["field"] == "guardian"]) == 4


def test_b03_a_second_address(school_of: School) -> None:
    apply(school_of, upload(school_of, "B03-c-mail-and-mail2"))
    guardians = [
        guardian
        for child in children(school_of)
        for guardian in school_of.get(f"/members/{child['id']}")["guardians"]
        if guardian["name"] == "本田 真理"
    ]
    assert [len(guardian["contact_points"]) for guardian in guardians] == [2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("B04-a-mail-error-cell", ("H2", "cell_error")),
        ("B04-b-mail-formula-without-value", ("H2", "cell_uncalculated")),
        ("B10-b-room-ditto", ("B3", "cell_ditto")),
        ("B29-a-class-became-a-date", ("B2", "cell_date")),
    ],
)
def test_what_cannot_be_meant_is_named_at_its_cell(
    school_of: School, name: str, expected: tuple[str, str]
) -> None:
    plan = upload(school_of, name)
    assert expected in faults(plan)
    assert plan["counts"]["new"] == 0


@pytest.mark.parametrize(
    "name", ["B05-a-hidden-row-of-a-transferred-child", "B05-d-struck-out-row"]
)
def test_b05_who_has_left_comes_back_by_decision_only(empty_school: School, name: str) -> None:
    school = empty_school
    register(school, "B05-base-roster")
    kenta = find(school, "森田 健太")["id"]
    school.call("PATCH", f"/members/{kenta}", json={"status": "transferred"})
    sota = find(school, "小林 颯太")["id"]
    school.call("PATCH", f"/members/{sota}", json={"status": "graduated"})
    school.call("DELETE", f"/members/{find(school, '大野 楓')['id']}")
    plan = upload(school, name)
    assert plan["state"] == "asking"
    kinds = {question["kind"] for question in plan["questions"]}
    assert "former_child" in kinds
    assert kinds & {"hidden_rows", "struck_rows"}
    assert "森田 健太" not in new_names(plan)
    assert school.refused("POST", f"/imports/plans/{plan['id']}/apply") == (409, "import_undecided")
    left = decide(school, plan, hidden_rows="read", struck_rows="read", former_child="leave")
    assert left["state"] == "ready"
    apply(school, left)
    assert [
        child["status"] for child in children(school) if child["display_name"] == "森田 健太"
    ] in ([], ["transferred"])


def test_b05_who_has_left_is_back_in_school_when_the_office_says_so(empty_school: School) -> None:
    school = empty_school
    register(school, "B05-base-roster")
    kenta = find(school, "森田 健太")["id"]
    school.call("PATCH", f"/members/{kenta}", json={"status": "transferred"})
    plan = upload(school, "B05-a-hidden-row-of-a-transferred-child")
    apply(school, decide(school, plan, hidden_rows="read", former_child="restore"))
    assert school.get(f"/members/{kenta}")["status"] == "enrolled"
    assert len([c for c in children(school) if c["display_name"] == "森田 健太"]) == 1


def test_b06_a_typing_error_is_warned_of_and_can_be_ended(empty_school: School) -> None:
    school = empty_school
    register(school, "B06-base-roster")
    plan = upload(school, "B06-a-gmail-con")
    assert [(note["cell"], note["code"]) for note in plan["notes"]] == [("H2", "mail_typo")]
    apply(school, plan)
    corrected = upload(school, "B06-b-corrected-gmail-com")
    (question,) = corrected["questions"]
    assert (question["kind"], question["params"]["before"]) == ("mail_replaced", "miho@gmail.con")
    assert corrected["state"] == "ready", "an offer, not a demand"
    apply(school, decide(school, corrected, mail_replaced="end"))
    again = upload(school, "B06-b-corrected-gmail-com")
    assert (again["counts"]["unchanged"], again["questions"]) == (1, [])


def test_b06_an_address_that_was_ended_does_not_come_back_unasked(empty_school: School) -> None:
    school = empty_school
    register(school, "B06-base-roster")
    register(school, "B06-a-gmail-con")
    corrected = upload(school, "B06-b-corrected-gmail-com")
    apply(school, decide(school, corrected, mail_replaced="end"))
    old_file = upload(school, "B06-a-gmail-con")
    assert [question["kind"] for question in old_file["questions"]] == ["mail_comes_back"]
    assert old_file["counts"]["changed"] == 0, "without a decision it stays ended"
    apply(school, decide(school, old_file, mail_comes_back="revive"))
    (aoi,) = [c for c in children(school) if c["display_name"] == "上田 葵"]
    assert aoi["channels"]["mail"] == 2


def test_b08_one_sheet_a_class(empty_school: School) -> None:
    plan = upload(empty_school, "B08-a-one-sheet-a-class")
    assert (len(plan["sheets"]), plan["counts"]["new"]) == (3, 5)


def test_b08_an_example_sheet_first(empty_school: School) -> None:
    plan = upload(empty_school, "B08-b-example-sheet-first")
    assert plan["sheets"] == ["名簿"]
    assert plan["counts"]["new"] == 5
    assert "見本 太郎" not in new_names(plan)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("B09-a-guardian-left-two-levels", 1),
        ("B10-a-zero-guardians", 4),
        ("B21-a-merged-grade-and-class", 30),
        ("B25-a-backslashes", None),
        ("B26-a-hidden-postcode-sheet-30000-rows", 1),
        ("B26-b-eighty-columns", 1),
        ("B28-a-long-mark-lookalikes", 4),
        ("B28-c-latin-reading", None),
        ("B32-a-no-class-in-a-grade", None),
    ],
)
def test_what_is_meant_is_understood(empty_school: School, name: str, count: int | None) -> None:
    plan = upload(empty_school, name)
    assert plan["errors"] == []
    assert plan["counts"]["new"] >= 1
    assert count in (None, plan["counts"]["new"])


def test_b09_the_child_is_the_child(empty_school: School) -> None:
    assert new_names(upload(empty_school, "B09-a-guardian-left-two-levels")) == ["本田 葵"]


def test_b10_a_zero_is_nobody(empty_school: School) -> None:
    register(empty_school, "B10-a-zero-guardians")
    for child in children(empty_school):
        assert empty_school.get(f"/members/{child['id']}")["guardians"] == []


def test_b20_radicals_and_private_characters(empty_school: School) -> None:
    plan = upload(empty_school, "B20-a-radicals-and-private-characters")
    assert {code for _, code in faults(plan)} == {"character_private"}
    meant = {note["params"]["meant"] for note in plan["notes"] if note["code"] == "radical_read"}
    assert any("長" in name for name in meant)
    assert any("西" in name for name in meant)


def test_b20_what_cannot_be_seen_does_not_hide_a_child(empty_school: School) -> None:
    register(empty_school, "B20-b-invisible-inside-names")
    for name in ("高橋陽菜", "高橋翔", "高橋杏"):
        assert len(children(empty_school, query=name)) == 1


def test_b24_one_mailbox_of_two_guardians(empty_school: School) -> None:
    register(empty_school, "B24-a-father-and-mother-one-mailbox")
    guardians = [
        guardian
        for child in children(empty_school)
        for guardian in empty_school.get(f"/members/{child['id']}")["guardians"]
    ]
    assert len(guardians) == 2
    assert sum(len(guardian["contact_points"]) for guardian in guardians) == 1


def test_b27_zeros_that_a_format_shows(empty_school: School) -> None:
    register(empty_school, "B27-base-roster")
    plan = upload(empty_school, "B27-a-zeros-by-number-format")
    assert (plan["counts"]["unchanged"], plan["counts"]["changed"]) == (2, 0)


def test_b28_what_looks_like_a_long_mark_is_one(empty_school: School) -> None:
    plan = upload(empty_school, "B28-a-long-mark-lookalikes")
    assert {row["kana"] for row in plan["changes"]["items"] if row["kind"] == "new"} == {
        "サトー アオイ"
    }


def test_b30_quotes_that_others_demanded(empty_school: School) -> None:
    plan = upload(empty_school, "B30-a-quoted-carrier-address")
    assert plan["errors"] == []
    mails = {
        detail["after"]
        for row in plan["changes"]["items"]
        for detail in row["details"]
        if detail["field"] == "mail"
    }
    assert mails == {"m..takahashi@docomo.town.test", "m..takahashi2@docomo.town.test"}


def test_b31_what_cannot_be_seen_in_an_address_is_named(empty_school: School) -> None:
    """Without it two of the four addresses are one, which stands with two families' names."""
    plan = upload(empty_school, "B31-a-invisible-inside-address")
    said = [note["cell"] for note in plan["notes"] if note["code"] == "mail_invisible"]
    assert said == ["H2", "H3", "H4", "H5"]
    assert faults(plan) == [("H3", "mail_of_another")]
