"""Accounts, passwords, own sessions, the steps of a sign-in, settings (ID-2 … ID-5, ID-11)."""

from __future__ import annotations

import io

import pytest
from browser import Browser
from fake_accounts import TEMPORARY, make_row
from fake_houses import PASSWORD, FakeHouses
from python_calamine import CalamineWorkbook
from town_school import make_id

from common.errors import Invalid, NotAllowed, Refused
from gateway.clients.calls import (
    ADD_REVIEW,
    CHANGE_ACCOUNT,
    CHANGE_SETTINGS,
    EXPORT_PASSWORDS,
    OWN_PASSWORD,
)
from gateway.domain.browsers import say_browser

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0"


def page_of(name: str) -> str:
    return f"/accounts/{make_id(name)}"


def test_the_list_has_administrators_first_and_can_be_narrowed(
    staffed: FakeHouses, deputy: Browser
) -> None:
    words = deputy.open("/accounts").words.partition("最後のログイン")[2]
    assert words.index("山下 明子") < words.index("中野 正") < words.index("野口 大輔")
    assert "4年2組" in words
    narrowed = deputy.open("/accounts?role=sender&query=野口").words
    assert "野口 大輔" in narrowed
    assert "中野 正" not in narrowed
    assert "当てはまる人はいません" in deputy.open("/accounts?query=だれでもない").words


def test_a_new_account_shows_its_temporary_password_once(
    staffed: FakeHouses, deputy: Browser
) -> None:
    form = {"display_name": "内田 直樹", "mail": "uchida@school.test", "role": "sender"}
    deputy.open("/accounts/new").press(**form)
    assert deputy.status == 201
    assert TEMPORARY in deputy.words
    assert "12月1日（火）23:59まで・1回だけ使えます" in deputy.words
    assert TEMPORARY not in deputy.open(page_of("内田 直樹")).html


def test_what_is_refused_is_said_beside_what_was_typed(
    staffed: FakeHouses, deputy: Browser
) -> None:
    taken = staffed.people[0]["mail"]
    deputy.open("/accounts/new").press(display_name="内田 直樹", mail=taken, post="2年2組 担任")
    assert deputy.status == 409
    assert "ほかの人がすでにログインに使っています" in deputy.words
    assert ("post", "2年2組 担任") in deputy.form("/accounts").fields


def test_a_function_that_is_switched_off_leaves_the_menu_that_is_shown(
    staffed: FakeHouses, deputy: Browser
) -> None:
    before = deputy.open(page_of("中野 正")).words
    assert "この人にはこう見えます" in before
    ticked = [value for name, value in deputy.form(page_of("中野 正")).fields if name == "may"]
    assert "roster.change" not in ticked
    left = [value for value in ticked if value != "messages.send"] + ["roster.change"]
    deputy.press(form=page_of("中野 正"), may=left)
    assert (staffed.people[1]["functions_off"], staffed.people[1]["functions_on"]) == (
        ["messages.send"],
        ["roster.change"],
    )
    menu = deputy.words.partition("この人にはこう見えます")[2]
    assert "新しく作る" not in menu
    assert "Excelで登録・変更・削除" in menu


def test_another_role_begins_with_its_own_rights(staffed: FakeHouses, deputy: Browser) -> None:
    deputy.open(page_of("中野 正")).press(form=page_of("中野 正"), role="sender")
    asked = [request["json"] for call, request in staffed.asked if call == CHANGE_ACCOUNT]
    assert asked == [{"role": "sender"}]


def test_a_form_that_changes_nothing_asks_nothing(staffed: FakeHouses, deputy: Browser) -> None:
    deputy.open(page_of("中野 正")).press(form=page_of("中野 正"))
    assert "保存しました" in deputy.words
    assert not [call for call, _ in staffed.asked if call == CHANGE_ACCOUNT]


def test_the_last_administrator_is_told_what_to_do_first(
    staffed: FakeHouses, deputy: Browser
) -> None:
    deputy.open(page_of("山下 明子")).press(form=page_of("山下 明子"), role="sender")
    assert deputy.status == 409
    assert "先に別の人を管理者にしてください" in deputy.words


def test_an_account_is_stopped_deleted_and_brought_back(
    staffed: FakeHouses, deputy: Browser
) -> None:
    address = page_of("野口 大輔")
    deputy.open(address).press(form=f"{address}/status")
    assert "利用を止めました" in deputy.words
    deputy.press(form=f"{address}/delete")
    assert "30日間は" in deputy.words
    assert "野口 大輔" not in deputy.words
    assert "野口 大輔" in deputy.open("/accounts?status=deleted").words
    deputy.open(address).press(form=f"{address}/restore")
    assert "元に戻しました" in deputy.words
    assert staffed.people[0]["status"] == "active"


def test_many_are_changed_alike_or_nobody(staffed: FakeHouses, deputy: Browser) -> None:
    sender, limited, administrator = (one["id"] for one in staffed.people)
    deputy.open("/accounts").press(
        form="/accounts/changes", account=[sender, limited], change="off phones.see"
    )
    assert "2人の権限を変えました" in deputy.words
    deputy.press(form="/accounts/changes", account=[sender, administrator], change="scope own")
    assert deputy.status == 422
    assert "山下 明子 さん：管理者の権限は減らせません" in deputy.words
    assert "まだ、だれの権限も変えていません" in deputy.words
    deputy.press(form="/accounts/changes", account=[], change="scope own")
    assert "まだ何も変えていません" in deputy.words


def test_passwords_are_sorted_by_what_is_to_be_done(staffed: FakeHouses, deputy: Browser) -> None:
    staffed.people[1]["password_state"] = "expired"
    words = deputy.open("/passwords").words.partition("期限")[2]
    assert words.index("中野 正") < words.index("野口 大輔") < words.index("山下 明子")
    assert "中野 正" not in deputy.open("/passwords?state=valid").words.partition("氏名")[2]


def test_temporary_passwords_are_issued_shown_and_saved(
    staffed: FakeHouses, deputy: Browser
) -> None:
    ids = [one["id"] for one in staffed.people]
    deputy.open("/passwords")
    token = dict(deputy.form("").fields)["csrf_token"]
    chosen = {"csrf_token": token, "account": ids[:2]}
    assert TEMPORARY in deputy.post("/passwords/shown", chosen).words
    saved = deputy.client.post("/passwords/export.xlsx", data=chosen)
    book = CalamineWorkbook.from_filelike(io.BytesIO(saved.data))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[3] for row in rows[3:]] == [TEMPORARY]
    printed = deputy.client.post("/passwords/slips.pdf", data=chosen)
    assert printed.data.startswith(b"%PDF")
    assert "2人に一時パスワードを発行しました" in deputy.post("/passwords/issue", chosen).words
    assert len([call for call, _ in staffed.asked if call == EXPORT_PASSWORDS]) == 3


def test_nobody_chosen_or_nothing_to_show_is_said_in_words(
    staffed: FakeHouses, deputy: Browser
) -> None:
    token = dict(deputy.open("/passwords").form("").fields)["csrf_token"]
    for path in ("issue", "shown", "export.xlsx", "slips.pdf"):
        assert (
            "人を選んでください" in deputy.post(f"/passwords/{path}", {"csrf_token": token}).words
        )
    nobody = {"csrf_token": token, "account": [make_id("山下 明子")]}
    assert "先に発行してください" in deputy.post("/passwords/slips.pdf", nobody).words


def test_a_temporary_password_leads_to_the_choice_of_an_own_one(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.missing_step = "renewal"
    stranger.open("/messages?state=sent")
    stranger.press(mail="a@b.test", password=PASSWORD)
    assert stranger.path.startswith("/sign-in/password")
    stranger.press(password="hana no iro wa", again="hana no iro ha")
    assert "2つの入力が違います" in stranger.words
    stranger.press(password="short", again="short")
    assert "12文字以上にしてください" in stranger.words
    stranger.press(password="hana no iro wa", again="hana no iro wa")
    assert houses.own_password == "hana no iro wa"
    assert stranger.path == "/messages?state=sent"


def test_no_page_opens_between_the_password_and_the_last_step(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.missing_step = "renewal"
    stranger.open("/sign-in").press(mail="a@b.test", password=PASSWORD)
    for path in ("/", "/messages", "/members", "/accounts", "/own"):
        assert stranger.open(path).path.startswith("/sign-in/password")
    stranger.press(form="/sign-in/leave")
    assert stranger.path == "/sign-in"
    assert houses.sessions == set()


def test_who_works_at_two_schools_chooses_one(houses: FakeHouses, stranger: Browser) -> None:
    kita = {
        "id": make_id("北小"),
        "name": "みなも市立北小学校",
        "role": "sender",
        "post": "栄養教諭",
    }
    houses.choices = [{**kita, "id": houses.school["id"], "name": houses.school["name"]}, kita]
    houses.missing_step = "school"
    stranger.open("/sign-in").press(mail="a@b.test", password=PASSWORD)
    assert "みなも市立北小学校" in stranger.words
    stranger.press(form="/sign-in/school", school=make_id("だれかの学校"))
    assert "学校を選んでください" in stranger.words
    stranger.press(kita["id"], form="/sign-in/school")
    assert stranger.path == "/"
    assert "学校を切りかえる" in stranger.open("/own").words


def test_everybody_is_looked_at_before_the_list_is_signed(
    staffed: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/account-reviews").open("/account-reviews/new")
    asked = [value for name, value in deputy.form("/account-reviews").fields if name == "asked"]
    deputy.press(form="/account-reviews", **{f"of {asked[0]}": "stay"})
    assert deputy.status == 422
    assert f"まだ決めていない人が{len(asked) - 1}人います" in deputy.words
    deputy.press(form="/account-reviews", **{f"of {each}": "stay" for each in asked[1:]})
    assert "署名し、保存しました" in deputy.words
    assert "あとから書きかえられていません" in deputy.words
    assert "山下 明子" in deputy.open("/account-reviews").words


def test_a_refused_review_keeps_what_was_decided(staffed: FakeHouses, deputy: Browser) -> None:
    deputy.open("/account-reviews/new")
    asked = [value for name, value in deputy.form("/account-reviews").fields if name == "asked"]
    staffed.people.append(make_row("内田 直樹"))
    staffed.failures[ADD_REVIEW] = Refused("review_incomplete", "Incomplete.")
    decided = {f"of {each}": "stay" for each in asked[1:]} | {f"of {asked[0]}": "stop"}
    deputy.press(form="/account-reviews", **decided)
    assert deputy.status == 409
    assert "アカウントが増えたか減りました" in deputy.words
    fields = deputy.form("/account-reviews").fields
    assert decided.items() <= dict(fields).items()
    assert ("asked", make_id("内田 直樹")) in fields
    assert f"of {make_id('内田 直樹')}" not in dict(fields)


def test_an_alarm_stands_on_the_home_page_until_somebody_looked(
    staffed: FakeHouses, deputy: Browser
) -> None:
    alarm = {
        "id": make_id("alarm"),
        "account_id": make_id("中野 正"),
        "raised_at": "2026-11-24T06:20:00+00:00",
        "count": 120,
        "action": "roster.exported",
        "seen_at": None,
        "seen_by": None,
    }
    staffed.alarms = [alarm]
    staffed.account["open_alarms"] = 1
    words = deputy.open("/").words
    assert "多くの個人の記録が持ち出されました（知らせ 1通）" in words
    assert "いまは、することがありません。" not in words
    words = deputy.open("/download-alarms").words
    assert "中野 正 さん 1時間に合わせて120件" in words
    assert "最後の操作：名簿をExcelで書き出しました" in words
    deputy.press(form=f"/download-alarms/{alarm['id']}/seen")
    assert "まだ確かめていません" not in deputy.words
    deputy.press(form=f"/accounts/{make_id('中野 正')}/status")
    assert "利用を止めました" in deputy.words
    assert staffed.people[1]["status"] == "ended"


def test_own_sessions_are_shown_and_ended(houses: FakeHouses, deputy: Browser) -> None:
    assert "iPhone・Safari" in deputy.open("/own").words
    deputy.press(form="/own/sessions/end")
    assert "ログインを終わりにしました" in deputy.words
    assert houses.others_open == []


def test_who_reads_english_is_written_to_in_english(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/own").press(form="/own/language", language="en")
    assert houses.language == "en"
    assert ("language", "en") in deputy.form("/own/language").fields
    deputy.press(form="/own/language", language="fr")
    assert deputy.status == 422


def test_the_own_password_is_changed_by_who_knows_it(houses: FakeHouses, deputy: Browser) -> None:
    typed = {"current": PASSWORD, "password": "hana no iro wa", "again": "hana no iro wa"}
    houses.failures[OWN_PASSWORD] = NotAllowed("current_wrong", "Wrong.")
    deputy.open("/own").press(form="/own/password", **typed)
    assert "いまのパスワードが違います" in deputy.words
    houses.failures.clear()
    deputy.press(form="/own/password", **typed)
    assert "ほかの端末のログインは終わりました" in deputy.words


def test_settings_are_changed_and_wrong_ones_are_said(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/settings").press(form="/settings", pupil_word="生徒", short_name="つばめ")
    assert (houses.set_up["pupil_word"], houses.set_up["short_name"]) == ("生徒", "つばめ")
    deputy.open("/settings/safety").press(form="/settings/safety", idle_minutes="3")
    assert deputy.status == 422
    assert "10から120までの数（分）" in deputy.words
    assert ("idle_minutes", "3") in deputy.form("/settings/safety").fields
    deputy.press(form="/settings/safety", idle_minutes="30", own_messages_only="1")
    assert (houses.set_up["idle_minutes"], houses.set_up["own_messages_only"]) == (30, True)
    deputy.press(form="/settings/safety", networks="198.51.100.0/24\r\n2001:db8::/32\r\n")
    assert houses.set_up["networks"] == ["198.51.100.0/24", "2001:db8::/32"]
    deputy.press(form="/settings/safety", drop=("own_messages_only",))
    assert houses.set_up["own_messages_only"] is False


@pytest.mark.parametrize(
    ("typed", "problem", "sentence"),
    [
        ("phone", "not_a_phone", "電話番号として読めません。例：03-1234-5678"),
        ("short_name", "too_long", "短い名前は、1文字から8文字までにしてください。"),
        ("phone_hours", "too_long", "電話に出られる時間が長すぎます。短くしてください。"),
    ],
)
def test_what_identity_refuses_of_the_schools_particulars_is_said(
    houses: FakeHouses, deputy: Browser, typed: str, problem: str, sentence: str
) -> None:
    fields = {typed: [problem]}
    houses.failures[CHANGE_SETTINGS] = Invalid("invalid", "Wrong.", fields=fields)
    deputy.open("/settings").press(form="/settings", **{typed: "内線は 3 番"})
    assert deputy.status == 422
    assert sentence in deputy.words
    assert (typed, "内線は 3 番") in deputy.form("/settings").fields


def test_a_short_name_with_a_variant_kanji_is_sent_as_typed(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/settings").press(form="/settings", short_name="辻\U000e0100が丘第二小学校")
    assert houses.set_up["short_name"] == "辻\U000e0100が丘第二小学校"


def test_who_looked_before_another_changed_is_told(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/settings")
    houses.set_up["changed_at"] = "2026-11-02T00:00:00+00:00"
    deputy.press(form="/settings", phone="03-0000-0001")
    assert deputy.status == 409
    assert "ほかの人が変更しました" in deputy.words
    assert deputy.read().texts["h1"].strip() == "学校の情報と呼び方"
    assert ("phone", "0000-00-0000") in deputy.form("/settings").fields
    deputy.press(form="/settings", phone="03-0000-0001")
    assert "保存しました" in deputy.words
    assert houses.set_up["phone"] == "03-0000-0001"


def test_the_member_of_the_roster_without_account_is_offered_one(
    staffed: FakeHouses, deputy: Browser
) -> None:
    staffed.members[0].update(kind="staff", class_id=None, class_name=None)
    member = staffed.members[0]
    page = deputy.open(f"/members/{member['id']}")
    assert "ログインなし（受信のみ）" in page.words
    new = deputy.open(f"/accounts/new?member={member['id']}").form("/accounts")
    assert ("display_name", member["display_name"]) in new.fields
    assert ("member_id", member["id"]) in new.fields


def test_a_refusal_of_a_deletion_stands_on_the_accounts_page(
    staffed: FakeHouses, deputy: Browser
) -> None:
    from gateway.clients.calls import DELETE_ACCOUNT

    staffed.failures[DELETE_ACCOUNT] = Refused("last_administrator", "Last.")
    address = page_of("山下 明子")
    deputy.open(address).press(form=f"{address}/delete")
    assert deputy.path == address
    assert "先に別の人を管理者にしてください" in deputy.words


@pytest.mark.parametrize("path", ["/accounts", "/passwords", "/settings", "/settings/safety"])
def test_a_homeroom_teacher_finds_none_of_it(teacher: Browser, path: str) -> None:
    assert path not in teacher.open("/").html
    assert teacher.open(path).status == 403


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [(IPHONE, "iPhone・Safari"), (EDGE, "Windows・Edge"), ("curl/8", ""), ("", "")],
)
def test_a_browser_is_named_as_people_know_it(user_agent: str, words: str) -> None:
    assert say_browser(user_agent) == words


def test_the_weekly_mail_of_registrations_is_switched_off_and_on(
    houses: FakeHouses, deputy: Browser
) -> None:
    """DIR-9."""
    deputy.open("/settings").press(form="/settings", drop=("weekly_summary",))
    assert houses.set_up["weekly_summary"] is False
    deputy.open("/settings").press(form="/settings", weekly_summary="1")
    assert houses.set_up["weekly_summary"] is True
