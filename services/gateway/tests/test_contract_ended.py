"""Days 1–30 after a contract's end (RET-1, MSG-8).

What was sent stays readable, nothing can be sent, and every page says so.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_operator import make_erasure
from town_school import CLASS_42, PRIMARY, SCHOOL, WHOLE, make_account

from common.errors import Unavailable
from gateway.clients.calls import BEGIN_DRAFT, ERASURE, RELEASE, STOP
from gateway.domain.endings import WITHOUT_DATES, ending_words

NO_DATES = PRIMARY.say(WITHOUT_DATES)
LOOKING = ["log.see", "messages.read", "phones.see", "roster.see"]
ENDED = {
    "ended_on": "2027-03-31",
    "read_only_until": "2027-04-30",
    "erases_on": "2027-05-01",
    "gone_by": "2027-06-09",
}
IN_WORDS = (
    "この学校の利用は令和9年3月31日で終わりました。4月30日まで、見ることだけできます（送信や変更はできません）。"
    "5月1日から消去し、6月9日までに控えも含めてなくなります。"
)
LATE_IN_THE_YEAR = (
    "この学校の利用は令和8年12月20日で終わりました。令和9年1月19日まで、見ることだけできます（送信や変更はできません）。"
    "令和9年1月20日から消去し、令和9年2月28日までに控えも含めてなくなります。"
)


@pytest.fixture
def sent(houses: FakeHouses, deputy: Browser) -> str:
    """Send a message to the whole school, end the contract, and return the message's id."""
    fields = {
        "subject": "運動会の順延",
        "body": "あすに順延します。",
        "group": [WHOLE],
        "lane": "normal",
        "confirmable": "1",
    }
    deputy.open("/messages/new").press("confirm", form="/messages/new", **fields)
    deputy.press(form="/release", ticked="1")
    (message,) = houses.messages.values()
    message.update(state="released", released_at=message["created_at"], heads=300)
    houses.counts[message["id"]] = {
        "confirmed": 251,
        "delivered": 10,
        "delivering": 30,
        "unreached": 9,
    }
    houses.account = make_account(functions=LOOKING)
    houses.erasures[SCHOOL["id"]] = make_erasure(SCHOOL, "read_only", date(2027, 3, 31)) | ENDED
    houses.school["state"] = "ended"
    return str(message["id"])


def test_what_was_sent_its_progress_and_its_lists_stay_readable(deputy: Browser, sent: str) -> None:
    deputy.open("/messages")
    assert "運動会の順延" in deputy.words
    deputy.open(f"/messages/{sent}")
    assert "あすに順延します。" in deputy.words
    assert "251" in deputy.words
    for path in ("recipients?state=unreached", "recipients?state=all", "phone-list"):
        assert deputy.open(f"/messages/{sent}/{path}").status == 200, path
        assert "4年2組" in deputy.words


def test_nothing_offers_to_send_and_nothing_sends(
    houses: FakeHouses, deputy: Browser, sent: str
) -> None:
    for path in ("/", "/messages", f"/messages/{sent}"):
        page = deputy.open(path).html
        assert [
            offer
            for offer in ("/messages/new", "/messages/drafts", "/stop", "/edit")
            if offer in page
        ] == [], path
    houses.asked.clear()
    token = deputy.form("/sign-out").fields[0][1]
    for path in (
        "/messages/new",
        f"/messages/{sent}/release",
        f"/messages/{sent}/stop",
        f"/messages/{sent}/withdraw",
    ):
        assert deputy.post(path, {"csrf_token": token}).status == 403, path
    assert {call for call, _ in houses.asked} & {BEGIN_DRAFT, RELEASE, STOP} == set()
    assert deputy.open("/messages/new").status == 403


def test_every_staff_page_says_what_becomes_of_the_school(deputy: Browser, sent: str) -> None:
    for path in (
        "/",
        "/messages",
        f"/messages/{sent}",
        "/members",
        f"/groups/{CLASS_42}",
        "/operation-log",
        "/messages/new",
    ):
        assert IN_WORDS in deputy.open(path).words, path


def test_the_pages_say_it_without_dates_while_retention_is_away(
    houses: FakeHouses, deputy: Browser, sent: str
) -> None:
    houses.failures[ERASURE] = Unavailable("service_away", "Away.")
    assert NO_DATES in deputy.open("/messages").words


def test_a_school_in_use_says_nothing_of_an_end_and_asks_nobody(
    houses: FakeHouses, deputy: Browser
) -> None:
    assert "利用は" not in deputy.open("/").words
    assert ERASURE not in {call for call, _ in houses.asked}


@pytest.mark.parametrize(
    ("erasure", "words"),
    [
        (ENDED, IN_WORDS),
        ({**ENDED, "read_only_until": None}, NO_DATES),
        (None, NO_DATES),
        (
            {
                "ended_on": "2026-12-20",
                "read_only_until": "2027-01-19",
                "erases_on": "2027-01-20",
                "gone_by": "2027-02-28",
            },
            LATE_IN_THE_YEAR,
        ),
    ],
)
def test_the_days_are_said_with_their_year_where_it_is_another(
    erasure: dict[str, Any] | None, words: str
) -> None:
    assert ending_words(erasure, PRIMARY) == words


def test_who_tries_to_send_is_told_that_the_contract_ended_and_not_to_ask_an_administrator(
    deputy: Browser, sent: str
) -> None:
    deputy.open("/messages/new")
    assert deputy.status == 403
    assert "学校の利用が終わったため、送信や変更はできません。" in deputy.words
    assert "管理者に相談" not in deputy.words
