"""An operator finds, shows and changes a school and its contract (OPS-1, OPS-9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common import clock

CONTACTS = [
    {
        "name": "中野 正",
        "post": "事務",
        "postal_code": "123-0001",
        "address": "みなも市つばめ野1-2-3",
        "mail": "jimu@town.test",
        "phone": "03-0000-0002",
    },
    {
        "name": "山下 明子",
        "post": "教頭",
        "postal_code": "",
        "address": "",
        "mail": "",
        "phone": "03-0000-0003",
    },
]


def changes(version: str) -> dict[str, Any]:
    contract = {
        "starts_on": "2026-05-01",
        "reseller": "みなも事務機",
        "individual_agreement": True,
        "agreement_number": "R8-014",
        "contacts": CONTACTS,
    }
    return {
        "version": version,
        "name": "みなも市立つばめ野学園",
        "short_name": "つばめ野学園",
        "phone": "03-0000-0009",
        "phone_hours": "8:00〜16:45",
        "member_limit": 600,
        "contract": contract,
    }


def shown(operator: Any, school: Any) -> Any:
    return operator.ask("GET", f"/schools/{school.id}").json


def test_what_is_changed_is_shown_and_both_logs_name_the_fields_alone(
    operator, school, logged
) -> None:
    before = shown(operator, school)
    wanted = changes(before["version"])
    answer = operator.ask("PUT", f"/schools/{school.id}", json=wanted)
    assert answer.status_code == 200, answer.json
    after = shown(operator, school)
    assert answer.json == after
    assert after["version"] != before["version"]
    for name in ("name", "short_name", "phone", "phone_hours", "member_limit"):
        assert after[name] == wanted[name], name
    assert after["contacts"] == CONTACTS
    contract = {**wanted["contract"], "ends_on": None, "member_limit": 600, "state": "active"}
    del contract["contacts"]
    assert after["contract"] == contract
    lines = [line for line in logged(school.id) if line.payload["action"] == "school.changed"]
    assert [line.school_id for line in lines] == [school.id, None]
    assert lines[0].payload["details"]["fields"] == [
        "name",
        "short_name",
        "phone",
        "member_limit",
        "first_day",
        "phone_hours",
        "reseller",
        "individual_agreement",
        "agreement_number",
        "contacts",
    ]
    told = "".join(line.dump() for line in lines)
    assert not [text for text in ("学園", "みなも事務機", "R8-014", "教頭") if text in told]


def test_who_read_an_older_school_changes_nothing_and_is_told(
    operator, add_operator, school
) -> None:
    version = shown(operator, school)["version"]
    first = changes(version)
    assert operator.ask("PUT", f"/schools/{school.id}", json=first).status_code == 200
    second = {**changes(version), "member_limit": 700}
    refused = add_operator().ask("PUT", f"/schools/{school.id}", json=second)
    assert (refused.status_code, refused.json["error"]["code"]) == (
        409,
        "school_changed_elsewhere",
    )
    assert shown(operator, school)["member_limit"] == 600


def test_the_school_and_the_operator_do_not_write_over_one_another(door, operator, school) -> None:
    version = shown(operator, school)["version"]
    settings = "/schools/current/settings"
    seen = door.as_staff(school.id, "GET", settings).json["changed_at"]
    by_school = {"changed_at": seen, "phone": "03-0000-0005"}
    assert door.as_staff(school.id, "PATCH", settings, json=by_school).status_code == 200
    refused = operator.ask("PUT", f"/schools/{school.id}", json=changes(version))
    assert refused.json["error"]["code"] == "school_changed_elsewhere"

    seen = door.as_staff(school.id, "GET", settings).json["changed_at"]
    wanted = changes(shown(operator, school)["version"])
    assert operator.ask("PUT", f"/schools/{school.id}", json=wanted).status_code == 200
    again = {"changed_at": seen, "phone": "03-0000-0006"}
    refused = door.as_staff(school.id, "PATCH", settings, json=again)
    assert refused.json["error"]["code"] == "changed_meanwhile"


def test_a_second_press_of_save_is_told_nothing_wrong_and_logs_nothing(
    operator, school, logged
) -> None:
    wanted = changes(shown(operator, school)["version"])
    for _ in range(2):
        assert operator.ask("PUT", f"/schools/{school.id}", json=wanted).status_code == 200
    lines = [line for line in logged(school.id) if line.payload["action"] == "school.changed"]
    assert len(lines) == 2, "one in the school's log, one in the operator's"


def test_a_contract_does_not_begin_after_its_end(door, operator, school) -> None:
    last_day = clock.today() + timedelta(days=40)
    body = {"ended_on": last_day.isoformat()}
    door.as_service("operator", "POST", f"/schools/{school.id}/end", json=body)
    wanted = changes(shown(operator, school)["version"])
    wanted["contract"]["starts_on"] = (last_day + timedelta(days=1)).isoformat()
    refused = operator.ask("PUT", f"/schools/{school.id}", json=wanted)
    assert refused.status_code == 422
    assert refused.json["error"]["fields"] == {"contract": {"starts_on": "after_end"}}


def test_a_school_that_is_not_there_is_404(operator, school) -> None:
    nowhere = "/schools/00000000-0000-4000-8000-000000000000"
    for method, path in (("GET", nowhere), ("PUT", nowhere), ("POST", f"{nowhere}/letters")):
        assert operator.ask(method, path, json=changes("x")).status_code == 404, path


@pytest.mark.parametrize(
    "spelling", ["{code}", "{first} {rest}", "つばめ野 {code}", "市立つばめ {code}"]
)
def test_schools_are_found_by_words_of_the_name_and_digits_of_the_code(
    operator, school, make_school, spelling: str
) -> None:
    make_school()
    code = school.code
    query = spelling.format(code=code, first=code[:5], rest=code[3:])
    found = operator.ask("GET", "/schools", query_string={"query": query}).json["items"]
    assert str(school.id) in {row["id"] for row in found}
    if "{code}" in spelling:
        assert [row["id"] for row in found] == [str(school.id)]


def test_full_width_digits_find_a_code_and_wild_cards_find_nothing(operator, school) -> None:
    wide = school.code.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    found = operator.ask("GET", "/schools", query_string={"query": wide}).json["items"]
    assert [row["id"] for row in found] == [str(school.id)]
    assert operator.ask("GET", "/schools", query_string={"query": "%"}).json["items"] == []
