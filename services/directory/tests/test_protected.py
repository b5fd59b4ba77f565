"""A sister leads to nobody.

Who is protected for one child is protected for all, whoever asks and however (DIR-14).
"""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import UUID

import pytest
from directory_school import RosterBuilder, School
from workbook_files import read_workbook

from directory.actions.write_workbook import write_roster
from directory.domain.protection import NOBODY, protect

MOTHER, AUNT, MARKED, SISTER = "守田 渚", "守田 澪", "守田 葵", "守田 岬"
MAIL, NUMBERS = "nagisa@hidden.test", ("0000-99-0001", "0000-99-0002")
SECRETS = (
    MOTHER,
    "nagisa",
    "hidden.test",
    *NUMBERS,
    *(number.replace("-", "") for number in NUMBERS),
)
EVERYTHING_ELSE = (
    "messages.send",
    "messages.read",
    "roster.see",
    "roster.change",
    "phones.see",
    "sheets.print",
    "sheets.change",
)
NEW_SISTER = {
    "kind": "pupil",
    "display_name": "守田 凪",
    "kana": "モリタ ナギ",
    "guardians": [{"label": "父", "name": "別 の人", "mails": [MAIL]}],
}
# What a caller may ask, and the children whose names stand in the answer by themselves. {marked},
# {sister}: ids of children.
READS = [
    ("GET", "/groups", None, ()),
    ("GET", "/groups/{room}", None, (MARKED,)),
    ("GET", "/groups/deleted", None, ()),
    ("GET", "/groups/names", None, ()),
    ("GET", "/groups/{room}/deletion", None, ()),
    ("GET", "/groups/{room}/memberships", None, (MARKED,)),
    ("GET", "/members", None, (MARKED, SISTER)),
    ("GET", "/members?query=もりた", None, (MARKED, SISTER)),
    ("GET", "/members?reach=doubtful", None, (MARKED, SISTER)),
    ("GET", "/members/{marked}", None, (MARKED,)),
    ("GET", "/members/{sister}", None, (SISTER,)),
    ("GET", "/members/deleted", None, ()),
    ("POST", "/members/look-up", {"ids": ["{marked}", "{sister}"]}, (MARKED, SISTER)),
    ("POST", "/phone-numbers/look-up", {"member_ids": ["{marked}", "{sister}"]}, ()),
    ("POST", "/snapshots", {"audience": {"group_ids": ["{all}"]}}, ()),
    ("POST", "/snapshots", {"audience": {"member_ids": ["{sister}"]}}, (SISTER,)),
    ("GET", "/snapshots/{snapshot}", None, ()),
    ("GET", "/guardians/{mother}/doubles", None, ()),
    ("GET", "/guardians/{aunt}/doubles", None, ()),
    ("GET", "/guardians/{aunt}/doubles?query=もりた", None, ()),
    ("GET", "/guardians/{aunt}/joining/{mother}", None, ()),
    ("POST", "/guardians/{mother}/joining/{aunt}", {"version": "x"}, ()),
    ("GET", "/moves", None, ()),
    ("GET", "/moves/next-numbers", None, ()),
    ("POST", "/moves/families", {"display_name": "守田 凪", "mails": [MAIL]}, ()),
    ("GET", "/unreachable", None, ()),
    ("GET", "/reachability", None, ()),
    ("GET", "/registrations", None, ()),
    ("GET", "/board", None, ()),
    ("GET", "/registration-sheets", None, (MARKED, SISTER)),
    ("POST", "/registration-sheets", {"member_ids": ["{marked}", "{sister}"]}, ()),
    ("GET", "/registration-sheets/{marked}", None, ()),
    ("GET", "/registration-sheets/text", None, ()),
    ("GET", "/registration-sheets/period", None, ()),
    ("POST", "/registration-sheets/{sister}/void", None, ()),
    ("PUT", "/registration-sheets/{marked}/login-id", {"login_id": ""}, ()),
    ("GET", "/imports/plans/{plan}", None, ()),
    ("GET", "/imports/plans/{plan}/progress", None, ()),
    ("GET", "/imports/plans/{plan}/errors", None, ()),
    # Who uploaded a file gets it back.
    ("POST", "/imports/plans/{plan}/marked.xlsx", {"notes": []}, (MARKED, SISTER)),
    ("POST", "/imports/plans/{plan}/decisions", {"decisions": {}}, ()),
    # A file of children that was taken for one of staff.
    ("GET", "/imports/staff-plans/{staff_plan}", None, ()),
    ("GET", "/imports/staff-plans/{staff_plan}/errors", None, ()),
    ("POST", "/imports/staff-plans/{staff_plan}/marked.xlsx", {"notes": []}, (MARKED, SISTER)),
    ("POST", "/imports/staff-plans/{staff_plan}/decisions", {"decisions": {}}, ()),
    ("POST", "/exports/staff.xlsx", None, ()),
    ("GET", "/exports/staff-template.xlsx", None, ()),
    ("POST", "/exports/roster.xlsx", None, (MARKED, SISTER)),
    ("GET", "/exports/roster-template.xlsx", None, ()),
    ("GET", "/groups/former", None, ()),
    ("GET", "/talk-registrations/setting", None, ()),
    ("GET", "/year-change", None, ()),
    ("GET", "/year-change/lines", None, (MARKED, SISTER)),
    ("POST", "/year-change/class-lists", "file", ()),
    ("POST", "/year-change/class-lists.xlsx", None, (MARKED,)),
    ("POST", "/year-change/rehearsal", None, ()),
    # What changes something answers with refusals, which name nobody either.
    ("POST", "/members", NEW_SISTER, ()),
    ("PUT", "/members/{sister}/phone-numbers", {"phone_numbers": [{"number": "0000-99-0009"}]}, ()),
    ("PUT", "/talk-registrations/setting", {"is_allowed": False}, ()),
    ("POST", "/contact-points/{point}/resume", None, ()),
    ("POST", "/contact-points/{point}/end", None, ()),
    ("POST", "/members/{sister}/guardians", {"label": "父", "name": "別 の人"}, ()),
    ("POST", "/members/{other}/guardians", {"label": "父", "mails": [MAIL]}, ()),
    ("PATCH", "/members/{marked}/guardians/{mother}", {"name": "別 の人"}, ()),
    ("POST", "/members/{sister}/guardians/{aunt}/mails", {"mail": MAIL}, ()),
    ("POST", "/members/{marked}/guardians/{mother}/mails", {"mail": "x@town.test"}, ()),
    ("DELETE", "/members/{marked}/guardians/{mother}", {"reason": "x"}, ()),
    ("PUT", "/members/{sister}/guardians/{mother}/protection", {"protected": False}, ()),
    ("POST", "/members/{marked}/guardians/{mother}/sessions/end", None, ()),
    ("POST", "/imports", "file", ()),
    ("POST", "/imports/plans", "file", ()),
    ("POST", "/imports/plans/{plan}/apply", {}, ()),
    ("POST", "/imports/staff-plans", "file", ()),
    ("POST", "/imports/staff-plans/{staff_plan}/apply", {}, ()),
]
# An id or nothing at all is what these answer.
ANSWER_NOBODY = {
    ("POST", "/groups"),
    ("PATCH", "/groups/{group}"),
    ("DELETE", "/groups/{group}"),
    ("POST", "/groups/{group}/move"),
    ("POST", "/groups/{group}/restore"),
    ("POST", "/groups/{group}/memberships"),
    ("POST", "/members/statuses"),
    ("POST", "/members/{member}/memberships"),
    ("PATCH", "/members/{member}"),
    ("DELETE", "/members/{member}"),
    ("POST", "/members/{member}/restore"),
    ("DELETE", "/members/{member}/planned-status"),
    ("POST", "/members/deletions"),
    ("PUT", "/registration-sheets/text"),
    ("PUT", "/registration-sheets/period"),
    ("POST", "/year-change"),
    ("DELETE", "/year-change"),
    ("PUT", "/year-change/places/{member}"),
    ("DELETE", "/year-change/places/{member}"),
    ("POST", "/year-change/classes"),
    ("DELETE", "/year-change/classes/{group}"),
    ("POST", "/year-change/classes/{group}/numbers"),
    ("PUT", "/year-change/schedule"),
    ("DELETE", "/year-change/schedule"),
    ("POST", "/year-change/turn"),
    ("POST", "/year-change/undo"),
    # Of staff, who is signed in alone.
    ("GET", "/own-contact-points"),
    ("POST", "/own-contact-points/mails"),
    ("POST", "/own-contact-points/mails/{mail}/proof"),
    ("POST", "/own-contact-points/line-links"),
    ("POST", "/own-contact-points/apps"),
    ("POST", "/own-contact-points/{contact_point}/tests"),
    ("POST", "/own-contact-points/{contact_point}/end"),
    ("POST", "/registrations/{registration}/accept"),
    ("POST", "/registrations/{registration}/refuse"),
}
# No person comes in there.
FOR_HOUSES = {
    ("POST", "/rosters"),
    ("GET", "/imports/staff-plans/{staff_plan}/accounts"),
    ("GET", "/snapshots/{snapshot}/page"),
    ("POST", "/contact-points/look-up"),
    ("POST", "/contact-points/owners"),
    ("GET", "/contact-points/{contact_point}"),
    ("POST", "/registrations"),
    ("POST", "/registrations/look-up"),
    ("PUT", "/registrations/agreement"),
    ("POST", "/registrations/siblings"),
    ("POST", "/registrations/mails"),
    ("POST", "/registrations/mails/proof"),
    ("POST", "/registrations/apps"),
    ("POST", "/registrations/tickets"),
    ("POST", "/registrations/tickets/use"),
    ("POST", "/registration-links/look-up"),
    ("POST", "/registration-links/proof"),
    ("POST", "/line-links/of-registrations"),
    ("POST", "/line-links/of-families"),
    ("POST", "/line-links/sessions"),
    ("POST", "/line-links/told"),
    ("POST", "/talk-registrations"),
    ("POST", "/talk-registrations/schools"),
    ("POST", "/talk-registrations/schools/look-up"),
    ("POST", "/empty-mails"),
    ("POST", "/empty-mails/look-up"),
    ("POST", "/empty-mails/address"),
    ("POST", "/family-sessions/resolve"),
    ("POST", "/family-sessions/end"),
    ("POST", "/family-sessions/end-others"),
    ("PUT", "/family-sessions/language"),
    ("POST", "/family-sessions/apps"),
    ("POST", "/family-sessions/apps/look-up"),
    ("POST", "/family-sessions/apps/renewals"),
    ("POST", "/family-sessions/contact-points/{contact_point}/tests"),
    ("POST", "/family-sessions/contact-points/{contact_point}/end"),
    ("POST", "/family-sign-ins"),
    ("PUT", "/family-sessions/password"),
    ("POST", "/family-sessions/password/look-up"),
    ("POST", "/family-sessions/password/end"),
    ("POST", "/family-links"),
    ("POST", "/family-links/of-line"),
    ("GET", "/family-links/<string:token>"),
    ("POST", "/family-links/<string:token>/press"),
    ("GET", "/family-mails/{mail}"),
    ("GET", "/family-notifications/{notification}"),
}


@pytest.fixture
def family(empty_school: School, new_roster: type[RosterBuilder]) -> Any:
    """Return a school with a mother who is protected for one daughter.

    The other's link says nothing.
    """
    roster = new_roster()
    roster.group("全校")
    roster.group("4年", "全校", position=4)
    roster.group("4-1", "4年", label="1組")
    roster.group("5年", "全校", position=5)
    roster.group("5-1", "5年", label="1組")
    roster.member(MARKED, "モリタ アオイ", "4-1", 1)
    roster.member(SISTER, "モリタ ミサキ", "5-1", 1)
    roster.member("海野 潮", "ウンノ ウシオ", "5-1", 2)
    roster.guardian(MOTHER, [MARKED], [], protected=True)
    roster.add(
        "guardianships",
        member_id=roster.id(SISTER),
        guardian_id=roster.id(MOTHER),
        label="母",
        position=1,
        protected=False,
    )
    roster.point(MOTHER, "mail", MAIL, state="stopped")
    roster.guardian(AUNT, [MARKED, SISTER], label="伯母")
    for child, number in zip((MARKED, SISTER), NUMBERS, strict=True):
        roster.phone(child, number, "母")
    empty_school.load(roster)
    return empty_school


def workbook_of(school: School, headers: Any = None) -> bytes:
    content: bytes = school.call("POST", "/exports/roster.xlsx", headers).data
    return content


def upload(school: School, rows: Any, headers: Any = None) -> Any:
    file = io.BytesIO(write_roster(rows))
    return school.call("POST", "/imports/plans", headers, data={"file": (file, "名簿.xlsx")})


@pytest.fixture
def ask(family: Any) -> Any:
    """Return what asks as somebody with every right but this one, and gives back all words of the
    answer.
    """
    clerk = family.staff(*EVERYTHING_ELSE)
    plan, staff_plan = (
        family.call(
            "POST",
            url,
            clerk,
            data={"file": (io.BytesIO(workbook_of(family, clerk)), "名簿.xlsx")},
        )
        for url in ("/imports/plans", "/imports/staff-plans")
    )
    family.call("POST", "/year-change", clerk)
    ids = {
        "{marked}": family.roster.id(MARKED),
        "{sister}": family.roster.id(SISTER),
        "{room}": family.roster.id("4-1"),
        "{all}": family.roster.id("全校"),
        "{mother}": family.roster.id(MOTHER),
        "{aunt}": family.roster.id(AUNT),
        "{other}": family.roster.id("海野 潮"),
        "{point}": family.roster.id(MAIL),
        "{plan}": plan.json["id"],
        "{staff_plan}": staff_plan.json["id"],
        "{snapshot}": family.snapshot(groups=["全校"])["id"],
    }

    def fill(text: str) -> str:
        for name, value in ids.items():
            text = text.replace(name, value)
        return text

    def call(method: str, url: str, body: Any) -> str:
        request: dict[str, Any] = (
            {"json": json.loads(fill(json.dumps(body)))} if isinstance(body, dict) else {}
        )
        if body == "file":
            request = {"data": {"file": (io.BytesIO(workbook_of(family)), "名簿.xlsx")}}
        answer = family.call(method, fill(url), clerk, **request)
        is_file = answer.mimetype.endswith("sheet")
        return (
            str(read_workbook(answer.data))
            if is_file
            else json.dumps(answer.json, ensure_ascii=False)
        )

    return call


@pytest.mark.parametrize("route", READS, ids=lambda route: f"{route[0]} {route[1]}")
def test_no_answer_names_the_protected_family_or_its_numbers(ask, route):
    method, url, body, named = route
    words = ask(method, url, body)
    assert [secret for secret in SECRETS if secret in words] == []
    assert {child for child in (MARKED, SISTER) if child in words} == set(named)


def test_every_route_is_walked_here(app):
    names = {
        "marked": "member",
        "sister": "member",
        "other": "member",
        "mother": "guardian",
        "aunt": "guardian",
        "room": "group",
        "point": "contact_point",
    }
    walked = set()
    for method, url, _, _ in READS:
        path = url.partition("?")[0]
        for one, other in names.items():
            path = path.replace("{%s}" % one, "{%s}" % other)  # noqa: UP031
        walked.add((method, path))
    of_the_frame = {"/openapi.json", "/healthz", "/readyz", "/metrics"}
    for rule in app.url_map.iter_rules():
        url = rule.rule.replace("<uuid:", "{").replace("_id>", "}")
        url = url.replace("{other_guardian}", "{guardian}")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            known = (method, url) in walked | ANSWER_NOBODY | FOR_HOUSES
            assert known or url in of_the_frame, f"{method} {url} is not walked"


def test_who_may_see_protected_families_sees_all_of_it(family):
    sister = family.get(f"/members/{family.roster.id(SISTER)}")
    assert {guardian["name"]: guardian["protected"] for guardian in sister["guardians"]} == {
        MOTHER: True,
        AUNT: False,
    }
    assert [child["display_name"] for child in sister["siblings"]] == [MARKED]
    assert [phone["number"] for phone in sister["phone_numbers"]] == [NUMBERS[1]]
    assert MAIL in str(read_workbook(workbook_of(family)))
    assert [item["contact_point_id"] for item in family.get("/board")["items"]] == family.of(MAIL)


def test_what_a_colleagues_file_says_of_the_family_stays_with_who_may_see_it(family):
    rows = read_workbook(workbook_of(family))
    column = rows[0].index("緊急連絡先1")
    seat = next(index for index, row in enumerate(rows) if SISTER in row)
    rows[seat][column] = "0000-99-0003"
    plan = upload(family, rows).json
    assert NUMBERS[1] in json.dumps(family.get(f"/imports/plans/{plan['id']}"))
    clerk = family.staff(*EVERYTHING_ELSE)
    assert family.refused("GET", f"/imports/plans/{plan['id']}", clerk) == (
        404,
        "import_plan_not_found",
    )


def test_a_file_does_not_write_over_numbers_that_its_reader_may_not_see(family):
    header = ("学年", "組", "出席番号", "氏名", "フリガナ", "メールアドレス", "緊急連絡先1")
    row = ("5", "1", "1", SISTER, "モリタ ミサキ", "", "0000-99-0003")
    clerk = family.staff(*EVERYTHING_ELSE)
    made = upload(family, [header, row], clerk).json
    (error,) = family.get(f"/imports/plans/{made['id']}", clerk)["errors"]
    assert (error["code"], error["cell"]) == ("phones_hidden", "G2")
    seen = upload(family, [header, row]).json
    assert family.get(f"/imports/plans/{seen['id']}")["counts"]["changed"] == 1


def test_one_mark_protects_the_guardian_and_all_of_the_guardians_children():
    mother, aunt, one, other, cousin = (UUID(int=number) for number in range(5))
    found = protect(
        [(one, mother, True), (other, mother, False), (other, aunt, False), (cousin, aunt, False)]
    )
    assert (found.guardians, found.children) == ({mother}, {one, other})
    assert found.hidden_from(sees_protected=True) == NOBODY
