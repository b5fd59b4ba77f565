"""The end of a contract in the browser (OPS-1, RET-1).

Dates before the button, errors in words, progress, certificate, clocks.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_operator import OTHER, days_ago, make_erasure
from town_school import SCHOOL, make_id

from common import clock
from gateway.clients.calls import CALENDAR, END_CONTRACT
from gateway.domain.contract_end import WantedEnd
from gateway.domain.dates import say_date
from gateway.domain.erasures import clocks_of, next_clock
from gateway.pages.operator.schools import POLL_NO_MORE, POLL_WHILE_RUNNING

PAGE = f"/operator/schools/{SCHOOL['id']}"
NAME = SCHOOL["name"]


def asked(houses: FakeHouses) -> list[dict[str, object]]:
    return [request["json"] for call, request in houses.asked if call == END_CONTRACT]


def test_the_schools_are_listed_with_state_and_end(houses: FakeHouses, operator: Browser) -> None:
    houses.erasures[OTHER["id"]] = make_erasure(OTHER, "waiting", date(2030, 3, 31))
    words = operator.open("/operator/schools").words
    assert f"208 114 825 {NAME} 利用中 決まっていません" in words
    assert "208 114 833 みなも市立川東中学校 利用中 令和12年3月31日（日）" in words


def test_a_school_that_is_erased_has_ended_though_its_contract_is_gone(
    houses: FakeHouses, operator: Browser
) -> None:
    houses.schools[OTHER["id"]]["state"] = "erased"
    assert (
        "208 114 833 みなも市立川東中学校 消去済み 終わりました"
        in operator.open("/operator/schools").words
    )


def test_every_date_stands_in_words_before_the_button_and_nothing_has_changed(
    houses: FakeHouses, operator: Browser
) -> None:
    operator.open(f"{PAGE}/end?ended_on=2030-03-31&grace_days=30")
    for words in (
        "令和12年3月31日（日）",
        "令和12年4月30日（火）まで",
        "令和12年5月1日（水）",
        "令和12年5月3日（金）",
        "令和12年5月7日（火）",
        "令和12年5月9日（木）",
        "おそくとも令和12年6月8日（土）",
        "令和12年6月9日（日）",
    ):
        assert words in operator.words, words
    assert "この学校の利用は令和12年3月31日で終わりました。4月30日まで、" in operator.words
    assert "まだ何も変わっていません" in operator.words
    assert "name_typed" not in operator.html
    assert houses.erasures == {}


def test_the_button_ends_the_contract_and_says_so(houses: FakeHouses, operator: Browser) -> None:
    operator.open(f"{PAGE}/end?ended_on=2030-03-31&grace_days=30")
    assert f"{NAME}の契約を令和12年3月31日で終わる" in operator.words
    operator.press()
    assert operator.path.partition("?")[0] == PAGE
    assert asked(houses) == [{"ended_on": "2030-03-31", "grace_days": 30, "name_typed": None}]
    assert f"{NAME}の契約の終わりを令和12年3月31日（日）に決めました。" in operator.words
    assert "終了予定" in operator.words
    assert "契約の終わりを変える" in operator.words


def test_the_form_leads_to_the_dates(operator: Browser) -> None:
    form = next(each for each in operator.open(PAGE).read().forms if each.action == f"{PAGE}/end")
    assert (form.method, dict(form.fields)) == ("get", {"ended_on": "", "grace_days": "30"})


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ended_on=2030-03-31&grace_days=39", "データを残す日数は、0日から38日までです。"),
        ("ended_on=2030-03-31&grace_days=-1", "データを残す日数は、0日から38日までです。"),
        ("ended_on=2030-03-31&grace_days=", "データを残す日数は、0日から38日までです。"),
        ("ended_on=&grace_days=30", "契約の終わりの日を入れてください"),
        ("ended_on=2030-02-30&grace_days=30", "契約の終わりの日を入れてください"),
        (
            "ended_on=2030-03-31&grace_days=0",
            "残す日数が0日のときは、終わりの日をきょうか、それより前にしてください。",
        ),
    ],
)
def test_what_can_not_be_is_told_in_words_and_what_was_typed_stays(
    operator: Browser, query: str, words: str
) -> None:
    operator.open(f"{PAGE}/end?{query}")
    assert operator.status == 422
    assert words in operator.words
    form = next(each for each in operator.read().forms if each.action == f"{PAGE}/end")
    assert "&".join(f"{name}={value}" for name, value in form.fields) == query
    assert f"{NAME}の契約を" not in operator.words


def test_thirty_eight_days_are_granted(operator: Browser) -> None:
    assert operator.open(f"{PAGE}/end?ended_on=2030-03-31&grace_days=38").status == 200


def test_to_erase_at_once_the_name_is_typed_exactly(houses: FakeHouses, operator: Browser) -> None:
    today = clock.today()
    operator.open(f"{PAGE}/end?ended_on={today}&grace_days=0")
    assert "ボタンを押すと、すぐに消去が始まります。" in operator.words
    assert (
        f"{NAME}の契約を{say_date(today).partition('（')[0]}で終わり、すぐに消去する"
        in operator.words
    )
    operator.press(name_typed="みなも市立つばめ小学校")
    assert operator.status == 422
    assert (
        "学校名が違います。書いてあるとおりに入力してください。まだ何も変わっていません。"
        in operator.words
    )
    assert houses.erasures == {}
    operator.press(name_typed=f" {NAME} ")
    assert operator.path.partition("?")[0] == PAGE
    assert houses.erasures[SCHOOL["id"]]["state"] == "erasing"


def test_a_slip_in_the_year_needs_the_name_too(operator: Browser) -> None:
    operator.open(f"{PAGE}/end?ended_on={days_ago(400)}&grace_days=30")
    assert "（もう過ぎています）" in operator.words
    operator.press()
    assert operator.status == 422
    assert "学校名が違います。" in operator.words


def test_a_second_press_of_the_button_is_told_nothing_wrong(
    houses: FakeHouses, operator: Browser
) -> None:
    today, token = (
        clock.today(),
        dict(operator.open(f"{PAGE}/end?ended_on={days_ago(0)}&grace_days=0").form().fields)[
            "csrf_token"
        ],
    )
    data = {"csrf_token": token, "ended_on": str(today), "grace_days": "0", "name_typed": NAME}
    for _ in range(2):
        operator.post(f"{PAGE}/end", data)
        assert operator.path.partition("?")[0] == PAGE
        assert "変えられません" not in operator.words
    assert len(asked(houses)) == 2
    operator.post(f"{PAGE}/end", {**data, "grace_days": "30"})
    assert "この学校の消去はもう始まっているため、契約の終わりは変えられません。" in operator.words


def test_while_it_is_erased_each_service_tells_and_the_page_asks_again(
    houses: FakeHouses, operator: Browser
) -> None:
    houses.schools[SCHOOL["id"]]["state"] = "erasing"
    houses.erasures[SCHOOL["id"]] = make_erasure(SCHOOL, "erasing", days_ago(31))
    operator.open(PAGE)
    assert "6のサービスのうち1が終わりました。" in operator.words
    assert "名簿・グループ・受信先・電話番号 消去しました 1,234件" in operator.words
    assert "LINEの配信記録 頼みました" in operator.words
    assert "契約を終了する" not in operator.words
    assert 'data-rounds="40"' in operator.html
    part = operator.open(f"{PAGE}/progress").html
    assert f'data-every="{POLL_WHILE_RUNNING}"' in part
    assert "<html" not in part


def test_before_it_is_erased_no_service_is_asked(houses: FakeHouses, operator: Browser) -> None:
    houses.schools[SCHOOL["id"]]["state"] = "ended"
    houses.erasures[SCHOOL["id"]] = make_erasure(SCHOOL, "read_only", days_ago(3))
    words = operator.open(PAGE).words
    assert "LINEの配信記録 まだ" in words
    assert f"学校は{say_date(days_ago(-27))}まで、見ることだけできます。" in words


def test_the_days_of_the_plan_before_are_not_shown_after_a_new_one(
    houses: FakeHouses, operator: Browser
) -> None:
    school = next(iter(houses.schools.values()))
    houses.erasures[school["id"]] = make_erasure(school, "read_only", days_ago(3))
    school["state"] = "ended"
    page = f"/operator/schools/{school['id']}"
    assert "まで、見ることだけできます。" in operator.open(page).words
    operator.open(f"{page}?awaits={days_ago(3)}_0")
    assert "まで、見ることだけできます。" not in operator.words
    assert "まもなく、ここに日程が出ます。" in operator.words
    assert f"/progress?awaits={days_ago(3)}_0" in operator.html
    assert "まで、見ることだけできます。" in operator.open(f"{page}?awaits={days_ago(3)}_30").words


def test_an_end_before_the_contract_began_is_refused_in_words(
    houses: FakeHouses, operator: Browser
) -> None:
    school_id = next(iter(houses.schools))
    operator.open(f"/operator/schools/{school_id}/end?ended_on=2024-03-31&grace_days=30")
    assert operator.status == 422
    assert "契約の始まりより前の日では終われません。" in operator.words


def test_an_end_that_retention_has_not_heard_of_yet_is_said(
    houses: FakeHouses, operator: Browser
) -> None:
    houses.schools[SCHOOL["id"]]["state"] = "ended"
    assert (
        "契約の終わりを受け付けました。まもなく、ここに日程が出ます。" in operator.open(PAGE).words
    )


def test_when_it_is_over_the_certificate_is_given_as_paper_and_to_check(
    houses: FakeHouses, operator: Browser
) -> None:
    assert operator.open(f"{PAGE}/certificate.pdf").status == 404
    assert "消去がまだ終わっていないため、証明書はありません。" in operator.words
    houses.schools[SCHOOL["id"]]["state"] = "erased"
    houses.erasures[SCHOOL["id"]] = make_erasure(SCHOOL, "certified", days_ago(33))
    operator.open(PAGE)
    assert "証明書を学校にお渡しください。" in operator.words
    assert f'data-every="{POLL_NO_MORE}"' in operator.html, (
        "nothing changes any more, and an open page keeps nobody signed in"
    )
    assert "暗号鍵（控えの中の連絡先も読めなくなります） 廃棄しました" in operator.words
    for ending, kind, start in (
        ("pdf", "application/pdf", b"%PDF"),
        ("json", "application/json", b"{"),
    ):
        answer = operator.client.get(f"{PAGE}/certificate.{ending}")
        assert answer.mimetype == kind
        assert answer.data.startswith(start)
        assert (
            answer.headers["Content-Disposition"]
            == f'attachment; filename="erasure-{SCHOOL["id"]}.{ending}"'
        )


def test_a_school_that_is_not_there_is_404_in_the_console(operator: Browser) -> None:
    operator.open(f"/operator/schools/{make_id('nowhere')}")
    assert operator.status == 404
    assert "状況盤へ" in operator.words


def test_no_date_is_shown_that_retention_did_not_compute(
    houses: FakeHouses, operator: Browser
) -> None:
    operator.open(f"{PAGE}/end?ended_on=2030-03-31&grace_days=30")
    asked_for = [request["params"] for call, request in houses.asked if call == CALENDAR]
    assert asked_for == [{"ended_on": "2030-03-31", "grace_days": 30}]


def test_the_clocks_stand_in_order_with_what_is_done_and_what_is_next(
    houses: FakeHouses, operator: Browser
) -> None:
    far, soon = date(2090, 3, 31), days_ago(20)
    houses.erasures = {
        SCHOOL["id"]: make_erasure(SCHOOL, "waiting", far),
        OTHER["id"]: make_erasure(OTHER, "read_only", soon),
    }
    words = operator.open("/operator/clocks").words
    assert words.index(OTHER["name"]) < words.index(NAME)
    ours = words[words.index(OTHER["name"]) : words.index(NAME)]
    labels = [
        "契約の終わり 当日 済み",
        "見られる期間の終わり 30日目 あと10日",
        "消去の始まり 31日目 あと11日",
        "遅れの警報（1回目） 33日目 あと13日",
        "遅れの警報（2回目） 37日目 あと17日",
        "遅れの警報（3回目） 39日目 あと19日",
        "消去の期限（鍵の廃棄と証明書まで） 39日目 あと19日",
        "最後の控えが消える日 69日目 あと49日",
        "すべてがなくなる日 70日目 あと50日",
    ]
    assert [ours.index(label) for label in labels] == sorted(ours.index(label) for label in labels)


@pytest.mark.parametrize("state", ["waiting", "read_only", "erasing", "erased", "certified"])
@pytest.mark.parametrize("grace_days", [0, 1, 30, 38])
def test_a_clock_is_done_only_when_it_happened(state: str, grace_days: int) -> None:
    ended_on = days_ago(30)
    erasure = make_erasure(SCHOOL, state, ended_on, grace_days)
    for day in range(-5, 120):
        today = ended_on + timedelta(days=day)
        clocks = {each.label: each for each in clocks_of(erasure, today)}
        assert (clocks["消去の始まり"].state == "done") is (erasure["started_at"] is not None)
        gone = clocks["すべてがなくなる日"]
        assert (gone.state == "done") is (erasure["erased_at"] is not None and gone.day < today)
        assert (next_clock(list(clocks.values())) is None) is (state == "certified" and day > 70)
        assert all(each.says(today) for each in clocks.values())


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (("2027-03-31", "30"), (date(2027, 3, 31), 30)),
        (("２０２７／３／３１", "０"), (date(2027, 3, 31), 0)),
        (("2027年3月31日", "5日"), (date(2027, 3, 31), 5)),
        (("31.3.2027", "many"), (None, None)),
        (("1027-03-31", "3.5"), (None, None)),
    ],
)
def test_days_are_read_however_they_are_typed(
    typed: tuple[str, str], read: tuple[date | None, int | None]
) -> None:
    wanted = WantedEnd.of({"ended_on": typed[0], "grace_days": typed[1]})
    assert (wanted.ended_on, wanted.grace_days) == read


def test_a_certificate_that_was_handed_over_leaves_the_board(
    houses: FakeHouses, operator: Browser
) -> None:
    """There was no way to tick it: it stood there for 14 days, then went by itself (walk S3 36)."""
    houses.erasures[SCHOOL["id"]] = make_erasure(SCHOOL, "certified", days_ago(41))
    assert "証明書ができました" in operator.open("/operator").words
    operator.open(f"/operator/schools/{SCHOOL['id']}").press(form="/hand-over")
    assert "証明書を学校に渡したことを記録しました。" in operator.words
    assert "に学校に渡しました。" in operator.words
    assert "学校に渡しました</button>" not in operator.html
    assert "証明書ができました" not in operator.open("/operator").words
