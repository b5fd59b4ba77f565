"""A whole roster at once, row by row or as a workbook; all or nothing (DIR-2, DIR-15)."""

from __future__ import annotations

import copy
import io

import pytest
import xlsxwriter

HEADER = ["学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス"]
ROWS = [
    ["4", "2", "12", "高木 さくら", "ﾀｶｷﾞ ｻｸﾗ", "高木 花", "母", "t.hana@town.test"],
    ["4", "2", "12", "高木 さくら", "タカギ サクラ", "高木 実", "父", "minoru@town.test"],
    ["５", "１", "３", "高木 大地", "たかぎ だいち", "高木 花", "母", "t.hana@town.test"],
    ["6", "ひまわり", "1", "\ufa19谷 新", "カミヤ アラタ", "", "", ""],
]


def workbook(rows):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名簿")
        for index, row in enumerate([["令和8年度 児童名簿"], HEADER, *rows]):
            sheet.write_row(index, 0, row)
    return content.getvalue()


def upload(school, content, headers=None):
    return school.call(
        "POST", "/imports", headers, data={"file": (io.BytesIO(content), "名簿.xlsx")}
    )


def is_empty(school):
    return school.get("/members")["items"] == [] and school.get("/groups")["items"] == []


class TestWorkbook:
    def test_a_workbook_registers_pupils_families_and_classes(self, empty_school):
        answer = upload(empty_school, workbook(ROWS))
        assert answer.status_code == 201, answer.json
        assert answer.json == {
            "pupils": 3,
            "guardians": 2,
            "contact_points": 2,
            "households": 2,
            "classes": 3,
        }
        assert [group["path"] for group in empty_school.get("/groups")["items"]] == [
            "全校",
            "4年",
            "4年2組",
            "5年",
            "5年1組",
            "ひまわり学級",
        ]
        [item] = empty_school.get("/members?query=4-2-12")["items"]
        assert item["channels"] == {"mail": 2, "line": 0, "push": 0}

    def test_an_imported_school_can_be_written_to_at_once(self, empty_school):
        upload(empty_school, workbook(ROWS))
        root = empty_school.get("/groups")["items"][0]
        made = empty_school.post("/snapshots", {"audience": {"group_ids": [root["id"]]}})
        assert (
            made["label"],
            made["heads"],
            made["households"],
            made["contact_points"]["mail"],
        ) == ("全校", 3, 2, 2)
        assert [item["reason"] for item in made["unreachable"]] == ["none"]

    def test_characters_stand_as_typed(self, empty_school):
        upload(empty_school, workbook(ROWS))
        assert [
            item["display_name"] for item in empty_school.get("/members?query=カミヤ")["items"]
        ] == ["\ufa19谷 新"]

    def test_every_wrong_cell_is_named_and_nothing_is_registered(self, empty_school):
        rows = copy.deepcopy(ROWS)
        rows[0][7] = "t.hana＠town.test"
        rows[2][2] = "三"
        answer = upload(empty_school, workbook(rows))
        assert answer.status_code == 422
        error = answer.json["error"]
        assert error["code"] == "import_refused"
        assert [(e["row"], e["cell"], e["code"]) for e in error["fields"]["errors"]] == [
            (3, "H3", "mail_full_width"),
            (5, "C5", "number_unreadable"),
        ]
        assert error["fields"]["errors"][1]["params"] == {"value": "三"}
        assert is_empty(empty_school)

    def test_what_is_no_workbook_is_refused(self, empty_school):
        answer = upload(empty_school, b"hello")
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "workbook_not_xlsx")

    def test_a_request_without_a_file_is_refused(self, empty_school):
        assert empty_school.refused("POST", "/imports", data={}) == (422, "invalid")

    def test_a_second_import_changes_nothing(self, empty_school):
        upload(empty_school, workbook(ROWS))
        answer = upload(empty_school, workbook(ROWS))
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "roster_not_empty")
        assert len(empty_school.get("/members")["items"]) == 3

    def test_a_workbook_above_the_members_limit_is_refused_whole(self, empty_school, limits):
        limits.limit = 2
        answer = upload(empty_school, workbook(ROWS))
        assert (answer.status_code, answer.json["error"]["code"]) == (409, "member_limit")
        assert is_empty(empty_school)

    def test_an_import_needs_the_right_for_the_whole_school(self, empty_school):
        headers = empty_school.staff("roster.change", own_only=["roster.change"])
        answer = upload(empty_school, workbook(ROWS), headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "out_of_scope")


class TestRows:
    def test_the_answer_counts_the_rows(self, empty_school):
        counts = empty_school.post(
            "/rosters", empty_school.roster.rows, empty_school.service("operator")
        )
        assert (counts["members"], counts["groups"], counts["contact_points"]) == (11, 9, 6)

    def test_staff_may_not_load_rows(self, empty_school):
        assert empty_school.refused("POST", "/rosters", json=empty_school.roster.rows) == (
            403,
            "not_allowed",
        )

    def test_rows_go_into_an_empty_school_only(self, school):
        assert school.refused(
            "POST", "/rosters", school.service("operator"), json=school.roster.rows
        ) == (409, "roster_not_empty")

    def test_ids_of_another_school_are_refused_whole(self, school, empty_school, app, keys_dir):
        other = type(school)(app, keys_dir)
        operator = other.service("operator")
        assert other.refused("POST", "/rosters", operator, json=school.roster.rows) == (
            409,
            "roster_conflict",
        )
        assert is_empty(other)

    @pytest.mark.parametrize(
        ("table", "change", "code"),
        [
            (
                "memberships",
                {"group_id": "99999999-9999-4999-8999-999999999999"},
                "refers_to_nothing",
            ),
            (
                "guardianships",
                {"guardian_id": "99999999-9999-4999-8999-999999999999"},
                "refers_to_nothing",
            ),
            (
                "guardianships",
                {"member_id": "99999999-9999-4999-8999-999999999999"},
                "refers_to_nothing",
            ),
            ("groups", {"parent_id": "99999999-9999-4999-8999-999999999999"}, "tree_broken"),
            ("members", {"status": "retired"}, "status_of_other_kind"),
            ("contact_points", {"guardian_id": None}, "owner_wrong"),
        ],
    )
    def test_rows_that_do_not_hold_together_are_refused_whole(
        self, empty_school, table, change, code
    ):
        rows = copy.deepcopy(empty_school.roster.rows)
        rows[table][0] |= change
        assert empty_school.refused(
            "POST", "/rosters", empty_school.service("operator"), json=rows
        ) == (422, code)
        assert is_empty(empty_school)

    def test_a_second_class_for_a_pupil_is_refused(self, empty_school):
        empty_school.roster.join("山崎 樹", "4-1", kind="enrolled")
        operator = empty_school.service("operator")
        assert empty_school.refused(
            "POST", "/rosters", operator, json=empty_school.roster.rows
        ) == (422, "twice")
