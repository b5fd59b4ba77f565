"""A file of staff is previewed against roster and accounts, then applied whole (DIR-2, ID-2)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import xlsxwriter
from workbook_files import read_workbook

from common import clock
from common.bus import tables
from common.schemas import Envelope
from directory.actions import staff_imports
from directory.store.models import ContactPoint, Member, StaffImport

BASIC = ("管理番号", "氏名", "フリガナ", "メールアドレス", "権限", "グループ", "備考")
NOGUCHI = ("", "野口 大輔", "ノグチ ダイスケ", "noguchi@town.test", "送信者", "全教職員", "")
FURUKAWA = ("", "古川 茂", "フルカワ シゲル", "", "ログインなし", "全教職員", "")
NEW = ("T-09", "新田 葵", "ニッタ アオイ", "nitta@town.test", "限定管理者", "4学年部", "")


def workbook(*rows: Sequence[Any], header: Sequence[str] = BASIC) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("教職員")
        for number, cells in enumerate((header, *rows)):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, str(cell))
    return content.getvalue()


def with_cells(line: Sequence[str], **cells: str) -> tuple[str, ...]:
    return tuple(cells.get(name, text) for name, text in zip(BASIC, line, strict=True))


def send(school, content, headers=None):
    data = {"file": (io.BytesIO(content), "教職員.xlsx")}
    return school.call("POST", "/imports/staff-plans", headers, data=data)


@pytest.fixture
def office(school, accounts):
    """Upload rows as one person of the office, and return the plan; Noguchi signs in already."""
    accounts.add(
        school.id, school.roster.id("野口 大輔"), "sender", "noguchi@town.test", "野口 大輔"
    )
    headers = school.staff()

    class Office:
        def upload(self, *rows, content=None, **options):
            answer = send(school, content or workbook(*rows, **options), headers)
            assert answer.status_code == 201, answer.json
            return self.show(answer.json)

        def show(self, plan):
            return school.get(f"/imports/staff-plans/{plan['id']}", headers)

        def decide(self, plan, **decisions):
            found = {key.replace("__", "/"): choice for key, choice in decisions.items()}
            path = f"/imports/staff-plans/{plan['id']}/decisions"
            school.post(path, {"decisions": found}, headers)
            return self.show(plan)

        def apply(self, plan):
            body = {"revision": plan["revision"]}
            return school.post(f"/imports/staff-plans/{plan['id']}/apply", body, headers)

    found = Office()
    found.headers = headers
    return found


def said(plan, kind):
    return [
        (row["display_name"], [(d["field"], d["before"], d["after"]) for d in row["details"]])
        for row in plan["changes"]["items"]
        if row["kind"] == kind
    ]


def codes(plan):
    return [(error["row"], error["column"], error["code"]) for error in plan["errors"]]


def counts(plan):
    names = ("new", "changed", "deleted", "missing", "unchanged")
    return {name: plan["counts"][name] for name in names if plan["counts"][name]}


def told(database, school, event_type):
    """Return the events that were put in the outbox for a school."""
    query = sa.select(tables.outbox.c.body).where(
        tables.outbox.c.type == event_type, tables.outbox.c.school_id == school.id
    )
    with database.for_system(read_only=True) as session:
        bodies = session.scalars(query.order_by(tables.outbox.c.position))
        return [Envelope.load(body) for body in bodies]


def wanted_by(school, plan):
    path = f"/imports/staff-plans/{plan['id']}/accounts"
    return school.get(path, school.service("identity"))["items"]


def settle(database, school, plan, *refused):
    payload = {"import_id": plan["id"], "refused": list(refused)}
    event = Envelope.of("accounts.settled", school.id, payload)
    event = Envelope.load(event.dump())
    with database.for_school(school.id) as session:
        staff_imports.note_settled(session, event, None, now=clock.now())


def test_a_preview_says_who_is_new_changed_unchanged_and_missing(office):
    plan = office.upload(with_cells(NOGUCHI, 権限="管理者", 備考="体育主任"), NEW)
    assert plan["state"] == "ready"
    assert counts(plan) == {"new": 1, "changed": 1, "missing": 1}
    assert said(plan, "changed") == [
        ("野口 大輔", [("note", None, "体育主任"), ("role", "sender", "administrator")])
    ]
    assert said(plan, "new") == [
        (
            "新田 葵",
            [
                ("role", None, "limited_administrator"),
                ("staff_mail", None, "nitta@town.test"),
                ("groups", None, "4学年部"),
            ],
        )
    ]
    assert said(plan, "missing") == [("古川 茂", [])]
    assert office.upload(NOGUCHI, FURUKAWA)["counts"]["unchanged"] == 2


def test_what_was_previewed_is_written_and_identity_is_asked_once(school, office, database):
    changed = with_cells(NOGUCHI, メールアドレス="d.noguchi@town.test")
    plan = office.upload(changed, FURUKAWA, NEW)
    first, second = office.apply(plan), office.apply(plan)
    assert (first["already"], second["already"], first["state"]) == (False, True, "waiting")

    listed = school.get("/members?kind=staff")["items"]
    assert {one["display_name"] for one in listed} == {"野口 大輔", "古川 茂", "新田 葵"}
    with database.for_school(school.id, read_only=True) as session:
        of_noguchi = ContactPoint.member_id == UUID(school.roster.id("野口 大輔"))
        states = session.scalars(sa.select(ContactPoint.state).where(of_noguchi)).all()
        uploads = session.scalars(
            sa.select(StaffImport.upload).where(StaffImport.school_id == school.id)
        )
        assert set(uploads) == {None}, "the file itself is kept no longer"
    assert sorted(states) == ["active", "ended"]

    asked = told(database, school, "accounts.requested")
    assert [str(event.payload["import_id"]) for event in asked] == [plan["id"]]
    assert "town.test" not in asked[0].dump()
    changed, new = wanted_by(school, plan)
    assert (changed["role"], changed["mail"]) == ("sender", "d.noguchi@town.test")
    assert (new["role"], new["display_name"]) == ("limited_administrator", "新田 葵")
    lines = [event.payload for event in told(database, school, "operation.recorded")]
    imported = [line for line in lines if line["action"] == "staff.imported"]
    assert [line["details"] for line in imported] == [
        {"staff": 2, "new": 1, "changed": 1, "deleted": 0}
    ]


def test_an_account_is_called_as_its_person_when_the_name_changes(school, office):
    plan = office.upload(with_cells(NOGUCHI, 氏名="野口 大介"), FURUKAWA)
    office.apply(plan)
    (wanted,) = wanted_by(school, plan)
    assert (wanted["display_name"], wanted["mail"]) == ("野口 大介", None)


def test_what_identity_refuses_in_the_end_stands_at_its_row(school, office, database):
    plan = office.upload(NOGUCHI, FURUKAWA, NEW)
    office.apply(plan)
    member_id = wanted_by(school, plan)[0]["member_id"]
    for _ in range(2):
        settle(database, school, plan, {"member_id": member_id, "code": "mail_taken"})
        shown = office.show(plan)
        assert shown["state"] == "applied"
        (refused,) = shown["refused"]
        assert (refused["cell"], refused["code"]) == ("D4", "account_mail_taken")
        assert refused["params"] == {"name": "新田 葵"}


def test_the_answer_to_an_import_that_is_gone_changes_nothing(school, office, database):
    settle(database, school, {"id": str(uuid4())})
    plan = office.upload(NEW)
    settle(database, school, plan)
    assert office.show(plan)["state"] == "ready", "it was not applied"


def test_an_applied_import_waits_for_identity_for_days(school, office, database):
    plan = office.upload(NEW)
    office.apply(plan)
    later = clock.now() + timedelta(days=2)
    with database.for_school(school.id) as session:
        staff_imports.erase_expired_imports(session, now=later)
    assert office.show(plan)["state"] == "waiting"
    with database.for_school(school.id) as session:
        staff_imports.erase_expired_imports(session, now=later + timedelta(days=6))
    path = f"/imports/staff-plans/{plan['id']}"
    assert school.refused("GET", path, office.headers) == (404, "import_plan_not_found")


def test_what_identity_refuses_before_is_a_cell_to_correct(school, office, accounts):
    accounts.refusals[""] = "mail_taken"
    plan = office.upload(NOGUCHI, NEW)
    assert plan["state"] == "refused"
    assert codes(plan) == [(3, "メールアドレス", "account_mail_taken")]
    assert plan["changes"]["items"] == [], "of a file with errors nothing is written"
    status, code = school.refused(
        "POST", f"/imports/staff-plans/{plan['id']}/apply", office.headers, json={}
    )
    assert (status, code) in ((409, "import_stale"), (422, "import_refused"))


def test_accounts_that_changed_since_make_a_plan_stale(school, office, accounts):
    plan = office.upload(with_cells(NOGUCHI, 権限="ログインなし"))
    accounts.refusals[school.roster.id("野口 大輔")] = "last_administrator"
    path = f"/imports/staff-plans/{plan['id']}/apply"
    assert school.refused("POST", path, office.headers, json={}) == (409, "import_stale")


def test_who_is_not_in_the_file_is_deleted_by_tick_alone(school, office, database):
    plan = office.upload(FURUKAWA)
    question = next(one for one in plan["questions"] if one["kind"] == "missing_staff")
    assert (question["choices"], question["chosen"]) == (["keep", "delete"], "keep")
    missing = f"missing__{school.roster.id('野口 大輔')}"
    plan = office.decide(plan, **{missing: "delete"})
    assert [name for name, _ in said(plan, "deleted")] == ["野口 大輔"]
    office.apply(plan)
    left = school.get("/members?kind=staff")["items"]
    assert [one["display_name"] for one in left] == ["古川 茂"]
    (wanted,) = wanted_by(school, plan)
    assert (wanted["member_id"], wanted["role"]) == (school.roster.id("野口 大輔"), None)


def test_the_last_administrator_stays_though_ticked(school, office, accounts):
    member_id = school.roster.id("野口 大輔")
    accounts.refusals[member_id] = "last_administrator"
    plan = office.upload(with_cells(FURUKAWA, 備考="用務"))
    plan = office.decide(plan, **{f"missing__{member_id}": "delete"})
    assert plan["state"] == "ready"
    assert said(plan, "deleted") == []
    assert [name for name, _ in said(plan, "missing")] == ["野口 大輔"]
    (note,) = [one for one in plan["notes"] if one["code"] == "account_last_administrator"]
    assert note["params"] == {"name": "野口 大輔"}


def test_an_account_needs_an_address(office):
    plan = office.upload(with_cells(FURUKAWA, 権限="送信者"))
    assert codes(plan) == [(2, "権限", "account_mail_needed")]


def test_an_account_of_nobody_is_taken_by_its_address(school, office, accounts):
    accounts.add(school.id, None, "administrator", "kyoto@town.test", "山下 明子")
    line = ("", "山下 明子", "ヤマシタ アキコ", "Kyoto@town.test", "", "", "")
    plan = office.upload(line)
    (_, details) = said(plan, "new")[0]
    assert ("account", None, "kyoto@town.test") in details
    office.apply(plan)
    (wanted,) = wanted_by(school, plan)
    assert (wanted["role"], wanted["mail"]) == ("administrator", "Kyoto@town.test")


def test_an_account_of_nobody_stays_where_the_file_says_no_login(school, office, accounts):
    accounts.add(school.id, None, "administrator", "furukawa@town.test", "古川 茂")
    plan = office.upload(with_cells(FURUKAWA, メールアドレス="furukawa@town.test"), NOGUCHI)
    assert said(plan, "changed") == []
    assert accounts.checked == []


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (
            ("職員番号", "職員氏名", "ふりがな", "E-mail", "役割"),
            ("９", "新田 葵", "にった あおい", "nitta@town.test", "限定管理者"),
        ),
        (
            ("権限区分", "Ｅメール", "名前", "ﾌﾘｶﾞﾅ"),
            ("管理者", "nitta@town.test", "新田　葵", "ﾆｯﾀ ｱｵｲ"),
        ),
        (
            ("No", "教職員名", "よみ", "アドレス", "ロール", "所属"),
            ("1", "新田 葵", "ニッタ アオイ", "nitta@town.test", "送信のみ", "4学年部/体育部"),
        ),
    ],
)
def test_files_as_schools_have_them_are_read(office, header, line):
    """DIR-2"""
    plan = office.upload(line, header=header)
    assert plan["errors"] == []
    ((name, details),) = said(plan, "new")
    assert name == "新田 葵"
    assert ("staff_mail", None, "nitta@town.test") in details
    new = next(row for row in plan["changes"]["items"] if row["kind"] == "new")
    assert new["kana"] == "ニッタ アオイ"


def test_what_cannot_be_read_is_named_by_cell(office):
    plan = office.upload(
        with_cells(NEW, 権限="校長"),
        with_cells(NEW, 氏名="", 管理番号=""),
        with_cells(NEW, メールアドレス="nitta＠town.test", 管理番号="T-10"),
        NOGUCHI,
        NOGUCHI,
    )
    assert codes(plan) == [
        (2, "権限", "role_unreadable"),
        (3, "氏名", "value_missing"),
        (4, "メールアドレス", "mail_full_width"),
        (6, "氏名", "staff_twice"),
    ]
    answer = office.upload(NEW, with_cells(NEW, 氏名="別 の人", フリガナ="ベツ ノヒト"))
    assert codes(answer) == [(3, "管理番号", "management_number_twice")]


def test_a_file_of_children_makes_nobody_staff(office):
    header = ("学年", "組", "出席番号", "氏名", "フリガナ")
    plan = office.upload(("4", "2", "14", "髙橋 陽菜", "タカハシ ヒナ"), header=header)
    assert [error["code"] for error in plan["errors"]] == ["file_of_pupils"]


def test_examples_of_the_template_are_never_registered(school, office):
    template = school.call("GET", "/exports/staff-template.xlsx").data
    book = read_workbook(template)
    assert tuple(book[0]) == BASIC
    plan = office.upload(content=template)
    assert [error["code"] for error in plan["errors"]] == ["no_rows"]
    assert len([one for one in plan["unused"] if one["code"] == "row_of_example"]) == 2


def test_an_export_reads_back_as_unchanged(school, office, accounts):
    manager = school.staff("roster.see", "roster.change", "accounts.manage")
    exported = school.call("POST", "/exports/staff.xlsx", manager).data
    rows = read_workbook(exported)
    assert ["", "野口 大輔", "ノグチ ダイスケ", "noguchi@town.test", "送信者", "全教職員"] in rows
    assert counts(office.upload(content=exported)) == {"unchanged": 2}
    assert accounts.checked == []


def test_who_manages_no_accounts_takes_out_none_and_changes_none(school, office, database):
    exported = school.call("POST", "/exports/staff.xlsx", office.headers).data
    rows = {row[1]: row for row in read_workbook(exported)}
    assert tuple(rows["野口 大輔"][3:5]) == ("", "")
    assert counts(office.upload(content=exported)) == {"unchanged": 2}
    lines = [event.payload for event in told(database, school, "operation.recorded")]
    assert [line["details"] for line in lines if line["action"] == "staff.exported"] == [
        {"staff": 2}
    ]


def test_who_has_left_comes_back_by_decision_alone(school, office, database):
    member_id = school.roster.id("古川 茂")
    school.call("DELETE", f"/members/{member_id}")
    plan = office.upload(FURUKAWA)
    assert plan["state"] == "asking"
    plan = office.decide(plan, **{f"former__{member_id}": "restore"})
    assert said(plan, "changed") == [("古川 茂", [("status", "deleted", "active")])]
    office.apply(plan)
    with database.for_school(school.id, read_only=True) as session:
        assert session.get(Member, UUID(member_id)).deleted_at is None


def test_the_contracts_limit_holds_for_staff(school, office, limits):
    limits.limit = 9
    plan = office.upload(NEW)
    assert plan["over_limit"] == 1
    path = f"/imports/staff-plans/{plan['id']}/apply"
    assert school.refused("POST", path, office.headers, json={}) == (409, "member_limit")


def test_two_schools_know_nothing_of_each_other(school, other_school, office, accounts):
    accounts.add(other_school.id, None, "administrator", "nitta@town.test", "別 の人")
    plan = office.upload(NEW)
    assert all(field != "account" for field, _, _ in said(plan, "new")[0][1])
    office.apply(plan)
    assert len(other_school.get("/members?kind=staff")["items"]) == 2
    path = f"/imports/staff-plans/{plan['id']}/accounts"
    there = other_school.service("identity")
    assert other_school.refused("GET", path, there) == (404, "import_plan_not_found")
