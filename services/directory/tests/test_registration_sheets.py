"""Registration sheets: what is printed, for whom, and what makes it void (DIR-6, DIR-7)."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from directory_school import FixedKeys, School

from common import clock
from common.bus import tables
from common.crypto import SchoolKey
from common.db import Database
from directory.actions.registration_codes import find_child
from directory.domain.registration.codes import ALPHABET

PRINTS = ("sheets.print",)
CHANGES = ("sheets.print", "sheets.change")
LAST_IN_CLASS = "小鳥遊 心"
CODE = re.compile(f"[{ALPHABET}]{{4,5}} [{ALPHABET}]{{4,5}}")


@pytest.fixture
def key(school: School, school_keys: FixedKeys) -> SchoolKey:
    return school_keys.get(school.id)


def print_sheets(school: School, *names: str, headers: Any = None) -> list[dict[str, Any]]:
    body = {"member_ids": school.of(*names)}
    found: list[dict[str, Any]] = school.post("/registration-sheets", body, headers)["items"]
    return found


def opens(database: Database, key: SchoolKey, sheet: dict[str, Any]) -> UUID | None:
    """Return the child to whom what is printed leads, typed as it stands there."""
    codes = sheet["login_id_in_parts"], sheet["passcode_in_parts"].lower()
    with database.for_school(key.school_id) as session:
        found = find_child(session, key, *codes, now=clock.now())
        return found.member_id if found else None


def operations(database: Database, school: School) -> list[dict[str, Any]]:
    """Return what the operation log was told of this school's sheets."""
    query = sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(query.order_by(tables.outbox.c.position)).all()
    told = [json.loads(body)["payload"] for body in bodies]
    return [each for each in told if each.get("action", "").startswith("sheets.")]


def test_a_sheet_leads_to_its_child(school: School, database: Database, key: SchoolKey) -> None:
    sheets = print_sheets(school, "髙橋 陽菜", "高橋 陽菜")
    assert [sheet["class_name"] for sheet in sheets] == ["4年2組", "4年1組"]
    for sheet in sheets:
        assert CODE.fullmatch(sheet["login_id_in_parts"])
        assert CODE.fullmatch(sheet["passcode_in_parts"])
        assert str(opens(database, key, sheet)) == sheet["id"]
    mixed = {**sheets[0], "passcode_in_parts": sheets[1]["passcode_in_parts"]}
    assert opens(database, key, mixed) is None


def test_a_reprint_is_the_same_sheet(school: School, at: Any) -> None:
    at("2026-11-24T10:00")
    first = print_sheets(school, "髙橋 陽菜")
    at("2027-01-20T10:00")
    assert print_sheets(school, "髙橋 陽菜") == first


def test_a_sheet_that_is_about_to_end_is_given_again_for_90_days_by_the_same_codes(
    school: School, database: Database, key: SchoolKey, at: Any
) -> None:
    at("2026-11-24T10:00")
    (first,) = print_sheets(school, "髙橋 陽菜")
    at("2027-02-22T10:00")
    assert opens(database, key, first) is None, "90 days are over"
    (again,) = print_sheets(school, "髙橋 陽菜")
    codes = ("login_id", "login_id_in_parts", "passcode_in_parts")
    assert [again[name] for name in codes] == [first[name] for name in codes]
    assert again["valid_until"].startswith("2027-05-23")
    assert str(opens(database, key, first)) == first["id"]


def test_a_void_sheet_opens_nothing_and_the_next_one_does(
    school: School, database: Database, key: SchoolKey
) -> None:
    (lost,) = print_sheets(school, "髙橋 陽菜")
    member_id = lost["id"]
    assert school.call("POST", f"/registration-sheets/{member_id}/void").status_code == 204
    assert opens(database, key, lost) is None
    (new,) = print_sheets(school, "髙橋 陽菜")
    assert new["login_id"] == lost["login_id"]
    assert str(opens(database, key, new)) == member_id
    told = [(each["action"], each["target_id"]) for each in operations(database, school)]
    assert told == [
        ("sheets.printed", member_id),
        ("sheets.voided", member_id),
        ("sheets.printed", member_id),
    ]


def test_an_id_is_changed_by_hand_or_drawn_and_is_unique_in_the_school(
    school: School, other_school: School, database: Database, key: SchoolKey
) -> None:
    first, second = print_sheets(school, "髙橋 陽菜", "高橋 陽菜")
    url = f"/registration-sheets/{first['id']}/login-id"
    assert school.call("PUT", url, json={"login_id": "tbn−4k7q 2"}).status_code == 204
    assert opens(database, key, first) is None
    (typed,) = print_sheets(school, "髙橋 陽菜")
    assert typed["login_id"] == "TBN4K7Q2"
    assert typed["passcode_in_parts"] == first["passcode_in_parts"]
    elsewhere = f"/registration-sheets/{second['id']}/login-id"
    taken = school.refused("PUT", elsewhere, json={"login_id": "TBN-4K7Q-2"})
    assert taken == (409, "login_id_taken")
    assert school.call("PUT", url, json={"login_id": ""}).status_code == 204
    assert print_sheets(school, "髙橋 陽菜")[0]["login_id"] not in ("TBN4K7Q2", first["login_id"])
    (theirs,) = print_sheets(other_school, "髙橋 陽菜")
    same = f"/registration-sheets/{theirs['id']}/login-id"
    assert other_school.call("PUT", same, json={"login_id": "TBN4K7Q2"}).status_code == 204


@pytest.mark.parametrize("typed", ["ABCDE", "ABCDEFGHJKMNP", "O0O0O0", "さくら2026", "a<b>c'd"])
def test_an_id_that_a_family_would_misread_is_refused(school: School, typed: str) -> None:
    (sheet,) = print_sheets(school, "髙橋 陽菜")
    url = f"/registration-sheets/{sheet['id']}/login-id"
    assert school.refused("PUT", url, json={"login_id": typed}) == (422, "login_id_unfit")
    assert print_sheets(school, "髙橋 陽菜") == [sheet]


def test_what_was_never_printed_can_be_neither_void_nor_changed(school: School) -> None:
    url = f"/registration-sheets/{school.roster.id('髙橋 陽菜')}"
    assert school.get(url) == {"login_id": None, "issued_at": None, "valid_until": None}
    assert school.refused("POST", f"{url}/void") == (404, "sheet_not_found")
    changed = school.refused("PUT", f"{url}/login-id", json={"login_id": ""})
    assert changed == (404, "sheet_not_found")


def test_a_list_says_who_is_reached_and_whose_sheet_is_out_and_no_codes(school: School) -> None:
    (sheet,) = print_sheets(school, "髙橋 陽菜")
    of_class = school.get(f"/registration-sheets?group_id={school.roster.id('4-2')}")["items"]
    assert [child["display_name"] for child in of_class] == [
        "高木 さくら",
        LAST_IN_CLASS,
        "髙橋 陽菜",
    ]
    assert [sum(child["channels"].values()) for child in of_class] == [0, 1, 1]
    assert [child["issued_at"] for child in of_class] == [None, None, sheet["issued_at"]]
    said = json.dumps(of_class)
    assert sheet["login_id"] not in said
    assert sheet["passcode_in_parts"] not in said


def test_who_comes_next_year_and_whom_nothing_reaches_are_lists_of_their_own(
    school: School,
) -> None:
    def names(query: str) -> list[str]:
        items = school.get(f"/registration-sheets?{query}")["items"]
        return [child["display_name"] for child in items]

    assert names("prospective=true") == ["来年 入る子"]
    assert names("unreached=true") == ["高木 さくら"]
    assert "転出 した子" not in names("")
    assert len(names("")) == 7
    assert [sheet["display_name"] for sheet in print_sheets(school, "来年 入る子")] == [
        "来年 入る子"
    ]


def test_who_has_left_is_of_the_staff_or_elsewhere_gets_no_sheet(
    school: School, database: Database
) -> None:
    assert print_sheets(school, "転出 した子", "野口 大輔", "だれも いない") == []
    assert operations(database, school) == []


def test_a_teacher_prints_for_the_own_class_and_changes_nothing(school: School) -> None:
    own = school.staff(*PRINTS, own_only=PRINTS, groups=["4-2"])
    assert len(print_sheets(school, "髙橋 陽菜", headers=own)) == 1
    listed = school.get("/registration-sheets", own)["items"]
    assert {child["class_name"] for child in listed} == {"4年2組"}
    both = {"member_ids": school.of("髙橋 陽菜", "高橋 陽菜")}
    refused = school.refused("POST", "/registration-sheets", own, json=both)
    assert refused == (403, "out_of_scope")
    url = f"/registration-sheets/{school.roster.id('髙橋 陽菜')}/void"
    assert school.refused("POST", url, own) == (403, "not_allowed")


def test_the_log_keeps_whose_sheets_were_printed(school: School, database: Database) -> None:
    print_sheets(school, "髙橋 陽菜", "高木 さくら")
    (told,) = operations(database, school)
    assert told["details"] == {"pupils": 2, "pupil_ids": school.of("髙橋 陽菜", "高木 さくら")}


def test_a_protected_familys_sheet_is_for_who_may_see_it(
    school: School, database: Database
) -> None:
    child, guardian = school.of("髙橋 陽菜", "髙橋 恵")
    url = f"/members/{child}/guardians/{guardian}/protection"
    assert school.call("PUT", url, json={"protected": True}).status_code == 204
    clerk = school.staff(*CHANGES)
    body = {"member_ids": school.of("高木 さくら", "髙橋 蓮")}
    refused = school.refused("POST", "/registration-sheets", clerk, json=body)
    assert refused == (403, "sheet_protected"), "the brother leads to the family too"
    for method, path in (("GET", ""), ("POST", "/void"), ("PUT", "/login-id")):
        address = f"/registration-sheets/{child}{path}"
        told = school.refused(method, address, clerk, json={"login_id": ""})
        assert told == (403, "sheet_protected")
    listed = school.get("/registration-sheets", clerk)["items"]
    marked = {each["display_name"] for each in listed if each["protected"]}
    assert marked == {"髙橋 陽菜", "髙橋 蓮"}
    assert operations(database, school) == []
    seen = print_sheets(school, "髙橋 陽菜", "高木 さくら")
    assert [sheet["protected"] for sheet in seen] == [True, False]


def test_two_who_print_a_class_at_once_get_the_same_sheets(school: School) -> None:
    names = ("髙橋 陽菜", "高木 さくら", LAST_IN_CLASS, "高橋 陽菜")
    backwards = tuple(reversed(names))
    with ThreadPoolExecutor(4) as pool:
        asked = [names, backwards, names, backwards]
        answers = list(pool.map(lambda wanted: print_sheets(school, *wanted), asked))
    codes = {frozenset((each["id"], each["login_id"]) for each in answer) for answer in answers}
    assert len(codes) == 1


def test_the_schools_own_text_is_printed_and_nobody_overwrites_anothers(school: School) -> None:
    assert school.get("/registration-sheets/text") == {"text": ""}
    wanted = {"text": "用紙は 12月4日までにお持ちください。", "former": ""}
    assert school.call("PUT", "/registration-sheets/text", json=wanted).status_code == 204
    stale = school.refused("PUT", "/registration-sheets/text", json={"text": "x", "former": ""})
    assert stale == (409, "changed_meanwhile")
    assert school.get("/registration-sheets/text") == {"text": wanted["text"]}
    long = {"text": "あ" * 201, "former": ""}
    assert school.call("PUT", "/registration-sheets/text", json=long).status_code == 422
    own = school.staff(*CHANGES, own_only=CHANGES, groups=["4-2"])
    assert school.refused("PUT", "/registration-sheets/text", own, json=wanted)[0] == 403


def test_an_unknown_group_is_not_there(school: School) -> None:
    url = f"/registration-sheets?group_id={uuid4()}"
    assert school.refused("GET", url) == (404, "group_not_found")


def test_a_school_sets_for_how_many_days_its_sheets_are_good(school: School) -> None:
    """Paper that was handed out keeps its days; what is printed anew has the school's."""
    period = "/registration-sheets/period"
    assert school.get(period) == {"days": 90}
    (old,) = print_sheets(school, "高木 さくら")
    assert school.call("PUT", period, json={"days": 30}).status_code == 204
    (kept,) = print_sheets(school, "高木 さくら")
    (new,) = print_sheets(school, LAST_IN_CLASS)
    assert kept["valid_until"] == old["valid_until"]
    assert days_of(old) == 90
    assert days_of(new) == 30
    assert school.call("PUT", period, json={"days": 3650}).status_code == 422
    own = school.staff(*CHANGES, own_only=CHANGES, groups=["4-2"])
    assert school.refused("PUT", period, own, json={"days": 60})[0] == 403
    assert school.get(period) == {"days": 30}


def days_of(sheet: dict[str, Any]) -> int:
    begin = datetime.fromisoformat(sheet["issued_at"])
    end = datetime.fromisoformat(sheet["valid_until"])
    return (end - begin).days
