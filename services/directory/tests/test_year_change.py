"""The next school year as a draft, and its class lists (DIR-10)."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import sqlalchemy as sa
from directory_school import School
from workbook_files import read_workbook
from year_school import (
    HINA,
    LISTS,
    NEXT_YEARS,
    OTHER_HINA,
    REN,
    SAKURA,
    WATANABE,
    Move,
    class_of,
    decide,
    lines,
    take_lists,
    turn,
    undo,
    year,
)

from common.bus import tables
from common.db import Database


def test_by_the_rule_each_child_goes_one_grade_higher(drafted: School) -> None:
    assert lines(drafted) == {
        SAKURA: ("moves", "5年", None),
        "小鳥遊 心": ("moves", "5年", None),
        HINA: ("moves", "5年", None),
        OTHER_HINA: ("moves", "5年1組", 15),
        WATANABE: ("moves", "ひまわり学級", 1),
        NEXT_YEARS: ("enters", "4年", None),
        REN: ("graduates", None, None),
        "山崎 樹": ("graduates", None, None),
    }
    shown = year(drafted)
    assert shown["state"] == "draft"
    assert shown["fiscal_year"] == 2027
    # There is no 5年2組 yet, and who comes new has no class.
    assert (shown["moves"], shown["enters"], shown["graduates"], shown["open"]) == (5, 1, 2, 4)
    assert lines(drafted, "?having=open").keys() == {SAKURA, "小鳥遊 心", HINA, NEXT_YEARS}


def test_until_the_year_turns_nothing_of_the_draft_is_seen(school: School, at: Move) -> None:
    at("2027-03-15T10:00")
    before = [school.get(url) for url in ("/groups", "/members", "/groups?reach=true")]
    school.call("POST", "/year-change")
    assert [school.get(url) for url in ("/groups", "/members", "/groups?reach=true")] == before


def test_who_moves_in_meanwhile_goes_along(drafted: School) -> None:
    """The rule is applied anew at each look; only what was decided is kept."""
    new = {
        "kind": "pupil",
        "display_name": "新田 葵",
        "kana": "ニッタ アオイ",
        "class_id": drafted.roster.id("4-1"),
        "number": 16,
    }
    drafted.post("/members", new)
    assert lines(drafted)["新田 葵"] == ("moves", "5年1組", 16)
    drafted.call("PATCH", f"/members/{drafted.roster.id(HINA)}", json={"status": "transferred"})
    assert HINA not in lines(drafted)


def test_what_was_decided_stands_until_it_is_taken_back(drafted: School) -> None:
    room = class_of(drafted, "4年1組")
    assert decide(drafted, REN, group_id=room, number=3).status_code == 204
    assert decide(drafted, HINA, graduates=True).status_code == 204
    assert lines(drafted)[REN] == ("moves", "4年1組", 3)
    assert lines(drafted)[HINA] == ("graduates", None, None)
    assert lines(drafted, "?having=decided").keys() == {REN, HINA}
    url = f"/year-change/places/{drafted.roster.id(REN)}"
    assert drafted.call("DELETE", url).status_code == 204
    assert lines(drafted)[REN] == ("graduates", None, None)


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ({"group_id": None}, "group_id"),
        ({"group_id": "00000000-0000-0000-0000-000000000001"}, "group_id"),
    ],
)
def test_a_place_that_is_none_is_refused(drafted: School, place: Any, field: str) -> None:
    answer = decide(drafted, REN, **place)
    assert answer.status_code == 422
    assert list(answer.json["error"]["fields"]) == [field]


def test_a_class_of_this_year_is_no_place(drafted: School) -> None:
    assert decide(drafted, REN, group_id=drafted.roster.id("4-1")).status_code == 422
    assert decide(drafted, REN, group_id=class_of(drafted, "5年1組"), number=0).status_code == 422


def test_two_on_one_seat_hold_up_the_turn_until_they_are_numbered(drafted: School) -> None:
    room = class_of(drafted, "5年1組")
    decide(drafted, HINA, group_id=room, number=15)
    assert year(drafted)["clashes"] == 2
    assert lines(drafted, "?having=clashes").keys() == {HINA, OTHER_HINA}
    assert drafted.refused("POST", "/year-change/turn") == (409, "year_clashes")
    assert drafted.refused("POST", "/year-change/rehearsal") == (409, "year_clashes")
    numbered = drafted.post(f"/year-change/classes/{room}/numbers", None)
    assert numbered == {"pupils": 2}
    assert sorted(number for _, _, number in lines(drafted, f"?group_id={room}").values()) == [1, 2]
    turn(drafted)


def test_a_class_is_added_and_an_empty_one_taken_out(drafted: School) -> None:
    fifth = class_of(drafted, "5年")
    added = drafted.post("/year-change/classes", {"parent_id": fifth, "name": "2組"})
    # Now the rule finds the class that was missing.
    assert lines(drafted)[HINA] == ("moves", "5年2組", 14)
    in_use = drafted.refused("DELETE", f"/year-change/classes/{added['id']}")
    assert in_use == (409, "year_class_in_use")
    empty = class_of(drafted, "4年2組")
    assert drafted.call("DELETE", f"/year-change/classes/{empty}").status_code == 204
    assert "4年2組" not in [room["path"] for room in year(drafted)["classes"]]


def test_a_grade_in_which_nobody_is_is_not_skipped(drafted: School) -> None:
    """A school without first-graders takes 1年 out; each still goes one grade higher."""
    assert drafted.call("DELETE", "/year-change").status_code == 204
    for grade in (4, 5):
        old = drafted.roster.id(f"{grade}年")
        version = {"version": 1, "name": f"{grade - 3}年"}
        assert drafted.call("PATCH", f"/groups/{old}", json=version).status_code == 204
    drafted.post("/groups", {"kind": "class", "name": "4年"})
    drafted.call("POST", "/year-change")
    paths = [room["path"] for room in year(drafted)["classes"]]
    # 2年 goes to 3年, which the school had not.
    assert "3年" in paths
    assert lines(drafted)[REN] == ("moves", "3年", None)
    assert lines(drafted)[OTHER_HINA] == ("moves", "2年1組", 15)


def test_who_comes_new_begins_in_the_lowest_grade_wherever_it_stands(drafted: School) -> None:
    root = next(g for g in drafted.get("/groups")["items"] if g["path"] == "全校")
    assert root["id"] == drafted.roster.id("全校")
    planned = class_of(drafted, "4年")
    third = drafted.refused("DELETE", f"/year-change/classes/{planned}")
    assert third == (409, "year_class_in_use")


@pytest.mark.parametrize(
    ("since", "planned"),
    [("2027-04-01", ("enters", "4年2組", 7)), ("2027-03-20", ("enters", "5年", None))],
    ids=["comes in April", "comes before"],
)
def test_who_is_written_into_a_class_for_april_goes_there(
    drafted: School, since: str, planned: Any
) -> None:
    new = {
        "kind": "pupil",
        "display_name": "新田 葵",
        "kana": "ニッタ アオイ",
        "class_id": drafted.roster.id("4-2"),
        "number": 7,
        "status": "enrolled",
        "status_since": since,
    }
    drafted.post("/members", new)
    assert lines(drafted)["新田 葵"] == planned


def test_a_class_for_which_only_somebody_who_left_was_decided_is_taken_out(
    drafted: School,
) -> None:
    fifth = class_of(drafted, "5年")
    added = drafted.post("/year-change/classes", {"parent_id": fifth, "name": "9組"})
    decide(drafted, HINA, group_id=added["id"], number=1)
    drafted.call("PATCH", f"/members/{drafted.roster.id(HINA)}", json={"status": "transferred"})
    taken = drafted.call("DELETE", f"/year-change/classes/{added['id']}")
    assert taken.status_code == 204


class TestClassLists:
    def test_a_list_puts_children_into_classes(self, drafted: School) -> None:
        answer = take_lists(
            drafted,
            (HINA, "タカハシ ヒナ", "5", "2", "1"),
            (SAKURA, "タカギ サクラ", "5", "１", ""),
            (NEXT_YEARS, "", "4", "1", "9"),
            (WATANABE, "ワタナベ サクラ", "", "ひまわり", "1"),
        )
        assert answer.status_code == 200, answer.json
        # 5年2組 is new.
        assert (answer.json["pupils"], answer.json["classes"]) == (4, 1)
        planned = lines(drafted)
        assert planned[HINA] == ("moves", "5年2組", 1)
        assert planned[SAKURA] == ("moves", "5年1組", None)
        assert planned[NEXT_YEARS] == ("enters", "4年1組", 9)
        # Of whom the list says nothing the rule goes on; now there is a 5年2組.
        assert planned["小鳥遊 心"] == ("moves", "5年2組", 13)

    def test_the_file_that_is_given_out_reads_back_unchanged(self, drafted: School) -> None:
        for room in ("5年1組", "ひまわり学級"):
            drafted.post(f"/year-change/classes/{class_of(drafted, room)}/numbers", None)
        before = lines(drafted)
        answer = drafted.call("POST", "/year-change/class-lists.xlsx")
        rows = read_workbook(answer.data)
        assert rows[0][3:] == ["いまの学級", "いまの番号", "学年", "組", "出席番号"]
        file = (io.BytesIO(answer.data), "学級編制.xlsx")
        back = drafted.call("POST", "/year-change/class-lists", data={"file": file})
        assert back.status_code == 200, back.json
        assert back.json["unused"] == ["いまの学級", "いまの番号"]
        assert lines(drafted) == before

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            (("知らない 子", "シラナイ コ", "5", "1", "1"), "list_pupil_unknown"),
            (("転出 した子", "テンシュツ シタコ", "5", "1", "1"), "list_pupil_unknown"),
            ((HINA, "タカハシ ヒナ", "5", "#N/A", "1"), "class_unreadable"),
        ],
    )
    def test_a_cell_that_cannot_be_is_named_and_nothing_is_kept(
        self, drafted: School, row: Any, code: str
    ) -> None:
        before = lines(drafted)
        answer = take_lists(drafted, (SAKURA, "タカギ サクラ", "5", "3", "1"), row)
        assert answer.status_code == 422
        errors = answer.json["error"]["fields"]["errors"]
        assert [(error["row"], error["code"]) for error in errors] == [(3, code)]
        assert lines(drafted) == before

    def test_two_of_one_name_are_told_apart_or_refused(self, drafted: School) -> None:
        """髙橋 陽菜 and 高橋 陽菜: what is written exactly is enough, a third way is not."""
        answer = take_lists(drafted, (HINA, "", "5", "1", "1"), (OTHER_HINA, "", "5", "1", "2"))
        assert answer.status_code == 200, answer.json
        assert lines(drafted)[OTHER_HINA][2] == 2
        answer = take_lists(drafted, ("たかはし ひな", "タカハシ ヒナ", "5", "1", "1"))
        assert answer.status_code == 422

    def test_a_list_may_say_that_a_child_graduates_or_stays_a_year(self, drafted: School) -> None:
        header = (*LISTS, "在籍状況")
        answer = take_lists(
            drafted,
            (HINA, "", "", "", "", "卒業"),
            (REN, "", "5", "1", "1", ""),
            header=header,
        )
        assert answer.status_code == 200, answer.json
        assert lines(drafted)[HINA][0] == "graduates"
        assert lines(drafted)[REN] == ("moves", "5年1組", 1)


def test_only_who_may_change_the_whole_roster_turns_the_year(school: School) -> None:
    for who in (
        school.staff("roster.see"),
        school.staff("roster.change", own_only=["roster.change"], groups=["4-2"]),
    ):
        assert school.call("GET", "/year-change", who).status_code == 403
        assert school.call("POST", "/year-change", who).status_code == 403
        assert school.call("POST", "/year-change/turn", who).status_code == 403


def test_a_school_without_classes_has_no_year_to_turn(empty_school: School) -> None:
    assert year(empty_school)["state"] == "none"
    assert empty_school.refused("POST", "/year-change") == (409, "year_no_classes")
    assert empty_school.refused("POST", "/year-change/turn")[0] == 404


def test_the_log_knows_each_step(drafted: School, database: Database, at: Move) -> None:
    at("2027-04-01T08:00")
    turn(drafted)
    undo(drafted)
    told = sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == drafted.id)
    with database.for_system(read_only=True) as session:
        payloads = [json.loads(body)["payload"] for body in session.scalars(told)]
    actions = [payload.get("action", "") for payload in payloads]
    years = [action for action in actions if action.startswith("year.")]
    assert sorted(years) == ["year.planned", "year.turned", "year.undone"]
