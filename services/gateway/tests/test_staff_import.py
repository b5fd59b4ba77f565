"""A file of staff in the browser: chosen, shown as differences, applied; the accounts follow
(DIR-2, ID-2).
"""

from __future__ import annotations

from browser import Browser
from fake_houses import FakeHouses
from test_roster_import import choose
from town_school import make_id
from town_staff import make_staff_plan

from common.errors import Refused
from gateway.clients.calls import APPLY_STAFF, EXPORT_STAFF

CHOOSE = "/members/import/staff"
PLAN = f"{CHOOSE}/{make_id('staff-plan')}"
TAKEN = {
    "sheet": "教職員",
    "row": 3,
    "column": "権限",
    "cell": "E3",
    "code": "account_mail_taken",
    "params": {"name": "新田 葵"},
}


def test_a_file_of_staff_is_shown_as_differences_before_anything_changes(
    houses: FakeHouses, deputy: Browser
) -> None:
    choose(deputy, page=CHOOSE)
    assert deputy.path == PLAN
    assert "まだ何も反映していません" in deputy.words
    assert "権限：送信者 → 管理者" in deputy.words
    assert "権限：ログインなし" in deputy.words
    assert "メールアドレス：nitta@town.test" in deputy.words
    assert "アカウントが変わる人：2人。" in deputy.words
    assert "ファイルにない教職員" in deputy.words
    assert APPLY_STAFF not in [call for call, _ in houses.asked]


def test_children_and_staff_are_chosen_on_one_page(deputy: Browser) -> None:
    deputy.open("/members/import")
    assert f'href="{CHOOSE}"' in deputy.html
    deputy.open(CHOOSE)
    assert 'href="/members/import"' in deputy.html


def test_who_is_not_in_the_file_goes_by_tick_alone(houses: FakeHouses, deputy: Browser) -> None:
    choose(deputy, page=CHOOSE)
    form = deputy.form("/decisions")
    fields = dict(form.fields)
    key = f"missing/{make_id('staff-2')}"
    assert fields[key] == "keep"
    deputy.post(f"{PLAN}/decisions", {**fields, key: "delete"})
    assert houses.decided == {key: "delete"}


def test_the_page_says_when_the_accounts_are_given(houses: FakeHouses, deputy: Browser) -> None:
    choose(deputy, page=CHOOSE)
    fields = dict(deputy.form("/apply").fields)
    deputy.press(form="/apply")
    assert "続けて、アカウントに反映しています（2人）。" in deputy.words
    assert "js/poll.js" in deputy.html
    assert "すでに反映されています。" in deputy.post(f"{PLAN}/apply", fields).words
    houses.staff_plan.update(state="applied")
    part = deputy.open(f"{PLAN}/accounts")
    assert "アカウントにも反映しました（2人）。" in part.words
    assert 'data-every="0"' in part.html


def test_what_identity_refused_stands_with_its_row(houses: FakeHouses, deputy: Browser) -> None:
    houses.staff_plan = make_staff_plan(state="applied", refused=[TAKEN])
    deputy.open(PLAN)
    assert "アカウントに反映できなかった人が1人います" in deputy.words
    assert "「教職員」3行目「権限」(E3)：「新田 葵」さんのメールアドレスは、" in deputy.words


def test_a_file_with_faults_is_told_and_given_back(houses: FakeHouses, deputy: Browser) -> None:
    nobody = {**TAKEN, "row": 0, "cell": "", "column": "", "sheet": ""}
    faults = [TAKEN, {**nobody, "code": "account_last_administrator"}]
    houses.staff_plan = make_staff_plan(state="refused", error_count=2, errors=faults)
    choose(deputy, page=CHOOSE)
    assert "2か所に直すところがあるため、まだ1件も登録していません。" in deputy.words
    assert "「新田 葵」さんはこの学校の最後の管理者です。" in deputy.words
    assert deputy.client.get(f"{PLAN}/marked.xlsx").data == b"PK marked staff"
    assert [mark["row"] for mark in houses.marks] == [3], "what stands in no row marks no cell"


def test_a_roster_that_changed_since_leads_back(houses: FakeHouses, deputy: Browser) -> None:
    choose(deputy, page=CHOOSE)
    houses.failures[APPLY_STAFF] = Refused("import_stale", "Stale.")
    deputy.press(form="/apply")
    assert deputy.path == CHOOSE
    assert "名簿が変わりました" in deputy.words


def test_template_and_export_are_files(houses: FakeHouses, deputy: Browser) -> None:
    assert deputy.client.get(f"{CHOOSE}/template.xlsx").data == b"PK staff template"
    token = dict(deputy.open(CHOOSE).form("/members/export-staff.xlsx").fields)
    answer = deputy.client.post("/members/export-staff.xlsx", data=token)
    assert answer.data == b"PK staff"
    assert EXPORT_STAFF in [call for call, _ in houses.asked]
