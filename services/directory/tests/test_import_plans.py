"""A roster file is previewed against the roster, then applied whole or not at all.

An export reads back as unchanged (DIR-2).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import xlsxwriter
from directory_school import School
from sqlalchemy import func, select
from workbook_files import read_workbook

from common import clock
from common.db import Database
from directory.actions import import_plans, import_work
from directory.store.models import ImportPlan, Member

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
NEW = ("4", "1", "16", "新田 葵", "ニッタ アオイ", "新田 茜", "母", "akane@town.test")


def workbook(*rows: Sequence[Any], header: Sequence[str] = BASIC) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate((header, *rows)):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, str(cell))
    return content.getvalue()


def with_cells(line: Sequence[str], **cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, text) for name, text in zip(BASIC, line, strict=True))


@pytest.fixture
def office(school: School) -> Callable[..., Any]:
    """Upload rows as the office and return the plan with its changes."""

    def upload(*rows: Sequence[Any], content: bytes | None = None, **options: Any) -> Any:
        answer = send(school, content or workbook(*rows, **options))
        assert answer.status_code == 201, answer.json
        return school.get(f"/imports/plans/{answer.json['id']}")

    return upload


def send(school: School, content: bytes) -> Any:
    return school.call("POST", "/imports/plans", data={"file": (io.BytesIO(content), "名簿.xlsx")})


def apply(school: School, plan: Any) -> Any:
    return school.apply(plan)


def said(plan: Any, kind: str) -> list[tuple[str, list[tuple[str, str | None, str | None]]]]:
    return [
        (
            row["display_name"] or row["class_name"],
            [(d["field"], d["before"], d["after"]) for d in row["details"]],
        )
        for row in plan["changes"]["items"]
        if row["kind"] == kind
    ]


def count_pupils(database: Database, school: School) -> int:
    with database.for_school(school.id, read_only=True) as session:
        return session.scalar(
            select(func.count()).select_from(Member).where(Member.school_id == school.id)
        )


def test_a_preview_says_who_is_new_changed_unchanged_and_missing(school, office):
    moved = with_cells(HINA, 組="1", 出席番号="2")
    plan = office(moved, REN, NEW)
    assert plan["state"] == "ready"
    assert {name: plan["counts"][name] for name in ("new", "changed", "unchanged", "classes")} == {
        "new": 1,
        "changed": 1,
        "unchanged": 1,
        "classes": 0,
    }
    assert said(plan, "changed") == [
        ("髙橋 陽菜", [("class", "4年2組", "4年1組"), ("number", "14", "2")])
    ]
    assert said(plan, "new") == [
        ("新田 葵", [("guardian", None, "母 新田 茜"), ("mail", None, "akane@town.test")])
    ]
    missing = [name for name, _ in said(plan, "missing")]
    assert missing == ["高橋 陽菜", "高木 さくら", "小鳥遊 心", "山崎 樹", "渡邉 咲良"], (
        "by class and number"
    )


def test_looking_at_a_preview_changes_nothing(school, office):
    before = school.get("/members"), school.get("/groups")
    office(with_cells(HINA, 組="1"), NEW)
    assert (school.get("/members"), school.get("/groups")) == before


def test_applying_does_what_the_preview_said_and_a_second_press_changes_nothing(school, office):
    rows = with_cells(HINA, 組="3", 出席番号="2", フリガナ="タカハシ ハルナ"), NEW
    plan = office(*rows)
    assert said(plan, "class") == [("4年3組", [])]
    done = apply(school, plan)
    assert (done["state"], done["already"]) == ("applied", False)
    hina = school.get(f"/members/{school.roster.id('髙橋 陽菜')}")
    assert (hina["class_name"], hina["number"], hina["kana"]) == ("4年3組", 2, "タカハシ ハルナ")
    assert [group["name"] for group in hina["groups"]] == ["4年3組", "東町1班"]
    (aoi,) = school.get("/members?query=にったあおい")["items"]
    assert (aoi["class_name"], aoi["channels"]["mail"]) == ("4年1組", 1)
    everybody = school.get("/members")
    assert apply(school, plan)["already"] is True
    assert school.get("/members") == everybody
    assert office(*rows)["counts"]["unchanged"] == 2


def test_who_is_missing_in_the_file_stays_in_the_roster(school, office):
    plan = office(HINA)
    assert plan["counts"]["missing"] == 6
    apply(school, plan)
    assert len(school.get("/members?status=enrolled&kind=pupil")["items"]) == 7


def test_an_address_is_added_and_the_old_one_stays(school, office):
    plan = office(with_cells(HINA, メールアドレス="megumi@town.test"))
    assert said(plan, "changed") == [("髙橋 陽菜", [("mail", None, "megumi@town.test")])]
    assert plan["counts"]["kept_mails"] == 1
    apply(school, plan)
    (guardian,) = school.get(f"/members/{school.roster.id('髙橋 陽菜')}")["guardians"]
    assert len(guardian["contact_points"]) == 2


def test_a_guardian_is_renamed_relabelled_or_joined_by_the_address(school, office):
    plan = office(
        with_cells(HINA, 保護者="佐藤 恵", 続柄="その他"),
        with_cells(REN, 保護者="佐藤 恵", 続柄="母"),
        with_cells(NEW, 保護者="小鳥遊 学", メールアドレス="manabu@town.test"),
    )
    assert said(plan, "changed") == [
        ("髙橋 陽菜", [("guardian_name", "髙橋 恵", "佐藤 恵"), ("label", "母", "その他")]),
        ("髙橋 蓮", [("guardian_name", "髙橋 恵", "佐藤 恵")]),
    ]
    assert said(plan, "new") == [("新田 葵", [("guardian", None, "母 小鳥遊 学")])]
    apply(school, plan)
    (aoi,) = school.get("/members?query=にったあおい")["items"]
    assert [child["display_name"] for child in school.get(f"/members/{aoi['id']}")["siblings"]] == [
        "小鳥遊 心"
    ]


def test_strangers_children_are_not_joined_by_an_address_of_another(school, office):
    plan = office(with_cells(NEW, メールアドレス="manabu@town.test"))
    assert (plan["state"], plan["error_count"]) == ("refused", 1)
    (error,) = plan["errors"]
    assert (error["cell"], error["code"]) == ("H2", "mail_known")
    assert error["params"] == {"name": "小鳥遊 学"}
    assert school.refused("POST", f"/imports/plans/{plan['id']}/apply") == (422, "import_refused")


OTHER_HINA = (
    "4",
    "1",
    "15",
    "高橋 陽菜",
    "タカハシ ヒナ",
    "高橋 隆",
    "父",
    "t.takahashi@town.test",
)


@pytest.mark.parametrize("addresses", [True, False])
def test_two_children_of_one_name_may_change_places(office, addresses):
    rows = with_cells(HINA, 組="1", 出席番号="15"), with_cells(OTHER_HINA, 組="2", 出席番号="14")
    plan = office(*(row if addresses else (*row[:5], "", "", "") for row in rows))
    assert [
        (name, [field for field, _, _ in details]) for name, details in said(plan, "changed")
    ] == [
        ("髙橋 陽菜", ["class", "number"]),
        ("高橋 陽菜", ["class", "number"]),
    ]


def test_a_corrected_character_is_not_another_child(office):
    plan = office(with_cells(HINA, 氏名="高橋 陽菜"), OTHER_HINA)
    assert said(plan, "changed") == [("高橋 陽菜", [("display_name", "髙橋 陽菜", "高橋 陽菜")])]


def test_who_cannot_be_told_apart_is_asked_about(school, office):
    plan = office(
        with_cells(HINA, 組="1", 出席番号="40", 保護者="", 続柄="", メールアドレス=""),
        with_cells(HINA, 組="2", 出席番号="41", 保護者="", 続柄="", メールアドレス=""),
    )
    assert [(e["cell"], e["code"]) for e in plan["errors"]] == [
        ("D2", "pupil_ambiguous"),
        ("D3", "pupil_ambiguous"),
    ]


def test_a_management_number_finds_a_child_whose_name_and_class_changed(school, office):
    hina = school.roster.id("髙橋 陽菜")
    assert (
        school.call("PATCH", f"/members/{hina}", json={"management_number": "20260412"}).status_code
        == 204
    )
    row = ("6", "1", "1", "佐藤 ひなの", "サトウ ヒナノ", "", "", "", "20260412")
    plan = office(row, header=(*BASIC, "管理番号"))
    assert [name for name, _ in said(plan, "changed")] == ["佐藤 ひなの"]
    assert plan["changes"]["items"][1]["member_id"] == hina


def test_a_file_with_faults_changes_nothing(school, office):
    before = school.get("/members")
    plan = office(
        with_cells(HINA, フリガナ="高橋"),
        ("4", "1", "3", '=HYPERLINK("http://x")', "ｱ", "", "", "a＠b"),
    )
    assert plan["counts"]["new"] == 0
    assert [error["cell"] for error in plan["errors"]] == ["E2", "H3"]
    assert school.get(f"/imports/plans/{plan['id']}/errors")["errors"] == plan["errors"]
    assert school.get("/members") == before


def test_an_export_reads_back_as_unchanged(school, office):
    exported = school.call("POST", "/exports/roster.xlsx")
    assert exported.status_code == 200
    plan = office(content=exported.data)
    assert plan["errors"] == []
    assert plan["counts"] == {
        "classes": 0,
        "new": 0,
        "changed": 0,
        "deleted": 0,
        "missing": 0,
        "unchanged": 8,
        "kept_mails": 0,
    }


def test_a_protected_family_is_in_no_export_of_who_may_not_see_it(school):
    school.load(protected_school(school))
    seen = read_workbook(school.call("POST", "/exports/roster.xlsx").data)
    hidden = read_workbook(
        school.call("POST", "/exports/roster.xlsx", school.staff("roster.change")).data
    )
    assert "secret@town.test" in str(seen)
    assert "secret" not in str(hidden)
    assert "母 秘" not in str(hidden)
    assert "守 りたい" in str(hidden)


def protected_school(school: School) -> Any:
    school.id = type(school.id)(int=school.id.int ^ 1)
    roster = type(school.roster)()
    roster.group("全校")
    roster.group("1年", "全校")
    roster.group("1-1", "1年", label="1組")
    roster.member("守 りたい", "マモ リタイ", "1-1", 1)
    roster.guardian("母 秘", ["守 りたい"], ["secret@town.test"], protected=True)
    return roster


def test_a_roster_that_changed_in_between_refuses_the_plan(school, office):
    plan = office(NEW)
    school.call("PATCH", f"/members/{school.roster.id('山崎 樹')}", json={"number": 22})
    assert school.why_not(plan) == "import_stale"


def test_of_two_uploads_the_second_is_stale(school, office):
    first, second = office(NEW), office(with_cells(NEW, 出席番号="17"))
    apply(school, first)
    assert school.why_not(second) == "import_stale"


def test_the_contracts_limit_is_said_in_the_preview_and_holds_at_the_end(school, office, limits):
    limits.limit = 9  # seven pupils and two of staff
    plan = office(NEW)
    assert (plan["limit"], plan["over_limit"]) == (9, 1)
    assert school.why_not(plan) == "member_limit"
    limits.limit = 10
    assert apply(school, plan)["state"] == "applied"


def test_a_first_roster_comes_by_the_same_way(empty_school):
    made = send(empty_school, workbook(HINA, REN)).json
    plan = empty_school.get(f"/imports/plans/{made['id']}")
    assert (plan["counts"]["new"], plan["counts"]["classes"]) == (2, 2)
    apply(empty_school, plan)
    assert [group["path"] for group in empty_school.get("/groups")["items"]] == [
        "全校",
        "4年",
        "4年2組",
        "5年",
        "5年1組",
    ]
    (hina, ren) = empty_school.get("/members")["items"]
    assert empty_school.get(f"/members/{hina['id']}")["siblings"][0]["id"] == ren["id"]


def test_nothing_is_half_when_the_writing_breaks_off(school, office, database, monkeypatch):
    plan = office(NEW, with_cells(HINA, 組="1"))
    before = school.get("/members"), count_pupils(database, school)

    def break_off(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    # The last statement before the commit.
    monkeypatch.setattr(import_work, "record_operation", break_off)
    with pytest.raises(KeyboardInterrupt):
        apply(school, plan)
    monkeypatch.undo()
    assert (school.get("/members"), count_pupils(database, school)) == before
    assert school.get(f"/imports/plans/{plan['id']}/progress")["state"] == "applying"
    # The event comes again.
    school.work()
    assert school.get(f"/imports/plans/{plan['id']}/progress")["state"] == "applied"


def test_a_plan_expires_after_half_an_hour_and_is_erased(school, office, database):
    plan = office(NEW)
    later = datetime.fromisoformat(plan["created_at"]) + timedelta(minutes=30)
    with clock_at(later):
        assert school.refused("GET", f"/imports/plans/{plan['id']}") == (
            404,
            "import_plan_not_found",
        )
        with database.for_system() as session:
            import_plans.erase_expired_plans(session, now=clock.now())
    with database.for_school(school.id, read_only=True) as session:
        assert (
            session.scalar(
                select(func.count())
                .select_from(ImportPlan)
                .where(ImportPlan.school_id == school.id)
            )
            == 0
        )


def clock_at(moment: datetime) -> Any:
    import time_machine

    return time_machine.travel(moment.astimezone(UTC), tick=False)


def test_what_stands_in_a_file_is_sealed_while_it_waits(school, office, database):
    office(NEW)
    with database.for_school(school.id, read_only=True) as session:
        (plan,) = session.scalars(select(ImportPlan).where(ImportPlan.school_id == school.id))
    assert b"akane" not in plan.content
    assert "新田".encode() not in plan.content
    assert not plan.upload.startswith(b"PK")
    assert "新田" not in str(plan.summary)


def test_a_file_that_is_no_workbook_is_refused(school):
    made = send(school, b"%PDF-1.7").json
    plan = school.get(f"/imports/plans/{made['id']}")
    assert (plan["state"], plan["trouble"]["code"]) == ("failed", "workbook_not_xlsx")
    assert school.refused("POST", f"/imports/plans/{plan['id']}/apply") == (409, "import_under_way")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/imports/plans"), ("POST", "/exports/roster.xlsx")]
)
def test_a_whole_roster_is_for_who_may_change_the_whole_school(school, method, path):
    def request() -> dict[str, Any]:
        return {} if method == "GET" else {"data": {"file": (io.BytesIO(workbook(HINA)), "x.xlsx")}}

    own = school.staff("roster.change", own_only=["roster.change"], groups=["4-2"])
    assert school.refused(method, path, own, **request()) == (403, "out_of_scope")
    assert school.refused(method, path, school.staff("roster.see"), **request())[0] == 403
