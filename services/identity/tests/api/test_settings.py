"""A school's administrators set their school's words and times; what they set holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

ADDRESS = "/schools/current/settings"
MORNING = datetime(2026, 11, 1, 22, 50, tzinfo=UTC)


def change(door: Any, school: Any, **wanted: Any) -> Any:
    seen = door.as_staff(school.id, "GET", ADDRESS).json
    body = {"changed_at": seen["changed_at"], **wanted}
    return door.as_staff(school.id, "PATCH", ADDRESS, json=body)


def test_what_is_set_is_shown_to_everybody_at_the_school(door, school) -> None:
    wanted = {"name": "みなも学園", "short_name": "みなも学園", "pupil_word": "生徒"}
    changed = change(door, school, **wanted, guardian_names="label")
    assert changed.status_code == 200, changed.json
    session_id = door.sign_in(school.administrator_mail).json["session_id"]
    shown = door.resolve(session_id).json["school"]
    assert (shown["name"], shown["pupil_word"]) == ("みなも学園", "生徒")
    assert shown["guardian_names"] == "label"


@pytest.mark.parametrize(
    "wrong",
    [
        {"password_length": 8},
        {"idle_minutes": 600},
        {"undo_seconds": 121},
        {"short_name": ""},
        {"alarm_records": 3},
        {"phone": "職員室へ"},
        {"guardian_names": "nickname"},
        {"short_name": "つばめ野東小学校分校"},
    ],
)
def test_what_is_out_of_bounds_or_unknown_is_refused(door, school, wrong) -> None:
    assert change(door, school, **wrong).status_code == 422


def test_a_school_spells_itself_as_the_operator_would(door, school) -> None:
    """OPS-1: a kanji with its variation selector is one character, and digits are half width."""
    short_name = "辻\U000e0100が丘第二小学校"
    changed = change(door, school, short_name=short_name, phone="０３ー１２３４ー５６７８")
    assert changed.status_code == 200, changed.json
    assert (changed.json["short_name"], changed.json["phone"]) == (short_name, "03-1234-5678")
    refused = change(door, school, phone="内線3")
    assert refused.json["error"]["fields"] == {"phone": ["not_a_phone"]}
    assert change(door, school, phone="").json["phone"] == ""


@pytest.mark.parametrize("wrong", ["school", "0.0.0.0/0", "198.51.100.7/24", "2001:db8::/16"])
def test_what_is_no_network_of_a_school_is_refused_and_named(door, school, wrong: str) -> None:
    refused = change(door, school, networks=["198.51.100.0/24", wrong])
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "network_invalid")
    assert refused.json["error"]["fields"] == {"networks": wrong}
    kept = change(door, school, networks=["198.51.100.0/24", "198.51.100.0/24", "192.0.2.1"])
    assert kept.json["networks"] == ["198.51.100.0/24", "192.0.2.1/32"]


def test_who_looked_before_another_changed_is_told_and_overwrites_nothing(door, school) -> None:
    stale = door.as_staff(school.id, "GET", ADDRESS).json["changed_at"]
    assert change(door, school, phone="03-0000-0009").status_code == 200
    late = {"changed_at": stale, "phone": "03-0000-0001"}
    refused = door.as_staff(school.id, "PATCH", ADDRESS, json=late)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "changed_meanwhile")
    assert door.as_staff(school.id, "GET", ADDRESS).json["phone"] == "03-0000-0009"


def test_a_session_rests_as_long_as_its_school_says(door, school) -> None:
    change(door, school, idle_minutes=20, session_hours=1)
    with time_machine.travel(MORNING, tick=False) as traveller:
        session_id = door.sign_in(school.administrator_mail).json["session_id"]
        traveller.shift(timedelta(minutes=19))
        assert door.resolve(session_id).status_code == 200
        traveller.shift(timedelta(minutes=20))
        assert door.resolve(session_id).status_code == 401
        session_id = door.sign_in(school.administrator_mail).json["session_id"]
        for _ in range(5):
            traveller.shift(timedelta(minutes=11))
            assert door.resolve(session_id).status_code == 200
        traveller.shift(timedelta(minutes=11))
        assert door.resolve(session_id).status_code == 401


def test_only_who_edits_settings_sees_them(door, school) -> None:
    functions = ["accounts.manage", "log.see"]
    for method, body in (("GET", None), ("PATCH", {"changed_at": None})):
        answer = door.as_staff(school.id, method, ADDRESS, functions=functions, json=body)
        assert answer.status_code == 403


def test_own_messages_only_holds_for_all_but_administrators(door, school, add_account) -> None:
    account = add_account(school)
    change(door, school, own_messages_only=True)
    seen = {}
    for mail in (account["mail"], school.administrator_mail):
        session_id = door.sign_in(mail).json["session_id"]
        seen[mail] = door.resolve(session_id).json["account"]["own_messages"]
    assert seen == {account["mail"]: True, school.administrator_mail: False}
