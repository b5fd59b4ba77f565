"""How a message looks in a talk; what LINE's answers mean, without LINE (DLV-5, screens 3.5)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.delivery.outcomes import Accepted, Deferred, Reason, Rejected, Unknown
from dispatch_line.domain import words
from dispatch_line.domain.content import CONFIRM, READ, Content, read_button, shorten, talk_message
from dispatch_line.domain.events import read_events, signature_holds
from dispatch_line.provider.answers import BadRecipients, answer_to_refusal, answer_to_success
from dispatch_line.provider.messages import bubble
from dispatch_line.provider.pauses import AccountPauses
from suite.town.line_rules import problems_of_messages

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
SECRET = b"s" * 32
CONTENT = Content(
    message_id=UUID(int=7),
    school_name="みなも市立つばめ野小学校",
    school_short_name="つばめ野小",
    mark="urgent",
    subject="本日は臨時休業です",
    body="午前6時現在、暴風警報が出ています。",
    short_text="",
    names_people=False,
    confirmable=True,
    link_key=b"k",
    released_at=NOW,
)


def test_a_message_shows_school_mark_subject_text_and_buttons() -> None:
    shown = talk_message(CONTENT, SECRET)
    assert shown.alt_text == "【緊急】つばめ野小：本日は臨時休業です"
    assert (shown.school, shown.title) == ("みなも市立つばめ野小学校", "【緊急】本日は臨時休業です")
    assert shown.text == "午前6時現在、暴風警報が出ています。"
    assert [button.label for button in shown.buttons] == ["全文を読む", "確認しました"]
    assert [
        button.label for button in talk_message(replace(CONTENT, confirmable=False), SECRET).buttons
    ] == ["全文を読む"]


def test_a_short_text_written_for_the_talk_goes_before_the_body() -> None:
    assert talk_message(replace(CONTENT, short_text="休校です"), SECRET).text == "休校です"


def test_what_may_speak_of_one_child_is_not_given_to_line() -> None:
    personal = replace(CONTENT, names_people=True, subject="髙橋さんの件", body="秘密")
    shown = talk_message(personal, SECRET)
    assert "髙橋" not in repr(shown)
    assert "秘密" not in repr(shown)


def test_a_button_is_read_back_and_anything_else_is_nothing() -> None:
    read, confirm = talk_message(CONTENT, SECRET).buttons
    assert read_button(SECRET, read.data) == (READ, CONTENT.message_id)
    assert read_button(SECRET, confirm.data) == (CONFIRM, CONTENT.message_id)
    for data in (
        "",
        "c",
        "c:",
        confirm.data[:-1],
        "x" + confirm.data[1:],
        confirm.data + "あ",
        "c:" + "é" * 43,
    ):
        assert read_button(SECRET, data) is None
    assert read_button(b"other" * 6, confirm.data) is None


@given(st.text(max_size=700), st.text(max_size=7000))
def test_every_message_is_one_that_line_takes(subject: str, body: str) -> None:
    content = replace(
        CONTENT,
        subject=f"件{_encodable(subject)}",
        body=_encodable(body) or "本文",
        school_short_name="学校",
    )
    made = bubble(talk_message(content, SECRET))
    assert problems_of_messages([json.loads(json.dumps(made.to_dict()))]) == []


def _encodable(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_shortened_text_fits_and_is_a_beginning(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    normal = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert normal == short or (short.endswith("…") and normal.startswith(short[:-1]))


def test_an_address_is_never_cut_and_nothing_touches_it() -> None:
    """B16: half an address opens another page, or none."""
    text = "詳しくはhttps://example.test/a?b=cをご覧ください。"
    for limit in range(1, len(text) + 1):
        shown = shorten(text, limit)
        assert "http" not in shown or shown.startswith("詳しくはhttps://example.test/a?b=cを")
    assert shorten(text, 12) == "詳しくは…"
    long = "https://example.test/" + "a" * 400
    shown = talk_message(replace(CONTENT, body=f"{long}をご覧ください。"), SECRET).text
    assert shown == "（リンクは「全文を読む」にあります）をご覧ください。"


def test_a_message_to_staff_alone_is_shown_though_it_has_no_words_for_families() -> None:
    """S1 7: they were told 「個別の連絡が1件あります」, as were those who tried a message out."""
    to_staff = replace(CONTENT, names_people=True, pupil_heads=0)
    assert talk_message(to_staff, SECRET).title == "【緊急】本日は臨時休業です"
    to_a_family = replace(to_staff, pupil_heads=1)
    assert talk_message(to_a_family, SECRET).title == "【緊急】個別の連絡が1件あります"


@pytest.mark.parametrize(
    ("source", "is_heard"),
    [
        ({"type": "user", "userId": "Uabababababababababababababababab"}, True),
        (
            {"type": "group", "groupId": "C0123", "userId": "Uabababababababababababababababab"},
            False,
        ),
        ({"type": "room", "roomId": "R0123", "userId": "Uabababababababababababababababab"}, False),
        ({"userId": "Uabababababababababababababababab"}, False),
        ({"type": ["user"], "userId": "Uabababababababababababababababab"}, False),
        ({"type": "user"}, False),
        (None, False),
    ],
)
def test_only_what_happens_in_a_persons_own_talk_is_heard(source: object, is_heard: bool) -> None:
    """B07."""
    event = {
        "type": "message",
        "mode": "active",
        "webhookEventId": "01HG",
        "timestamp": 1764310000000,
        "source": source,
    }
    assert len(read_events(json.dumps({"events": [event]}).encode())) == is_heard


def test_a_name_is_not_cut_inside_a_character() -> None:
    assert shorten("葛\U000e0100城小学校", 3) == "…"
    assert shorten("𠮷野家小学校", 4) == "𠮷野…"


def test_a_registration_tells_for_how_many_children_and_staff_of_none() -> None:
    assert words.registered(2).startswith("受信登録ができました（お子様2人）。")
    assert words.registered(0) == "受信登録ができました。ほかの受信先にもお知らせしました。"


def test_a_confirmation_tells_time_and_children_but_no_name() -> None:
    assert (
        words.confirmed(datetime(2026, 11, 23, 21, 5, tzinfo=UTC), 2)
        == "確認を受け付けました（6:05）。2人分です。"
    )
    assert (
        words.confirmed(datetime(2026, 11, 24, 3, 0, tzinfo=UTC), 0)
        == "確認を受け付けました（12:00）。"
    )


JSON = {"content-type": "application/json", "x-line-request-id": "r1"}


@pytest.mark.parametrize(
    ("headers", "body", "is_success"),
    [
        (JSON, "{}", True),
        ({"content-type": "text/html", "x-line-request-id": "r1"}, "<html>", False),
        ({"content-type": "application/json"}, "{}", False),
        ({}, "", False),
    ],
)
def test_a_200_is_a_success_only_if_line_said_it(
    headers: dict[str, str], body: str, is_success: bool
) -> None:
    assert isinstance(answer_to_success(200, headers, body), Accepted if is_success else Unknown)


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> object:
    return answer_to_refusal(
        status, {**JSON, **(headers or {})}, json.dumps({"message": message}), NOW
    )


def test_each_refusal_means_what_line_says_it_means() -> None:
    taken = _refusal(409, "The retry key is already accepted", {"x-line-accepted-request-id": "r0"})
    assert taken == Accepted(409, "r0")
    assert isinstance(_refusal(409, "conflict"), Unknown)
    monthly = _refusal(429, "You have reached your monthly limit.")
    assert isinstance(monthly, Rejected)
    assert monthly.reason is Reason.QUOTA_REACHED
    for message in (
        "The API rate limit has been exceeded. Try again later.",
        "too many concurrent requests",
        "?",
    ):
        later = _refusal(429, message)
        assert isinstance(later, Deferred)
        assert (later.reason, later.until) == (Reason.RATE_LIMITED, NOW + timedelta(seconds=2))
    assert isinstance(_refusal(401, "Authentication failed"), Deferred)
    assert isinstance(_refusal(400, "The request body has 1 error(s)"), Rejected)
    assert isinstance(answer_to_refusal(500, {}, "<html>oops", NOW), Unknown)
    assert isinstance(answer_to_refusal(429, {}, "<html>oops", NOW), Deferred)


def test_a_request_refused_for_some_of_its_recipients_names_them() -> None:
    body = json.dumps(
        {
            "message": "2 error(s)",
            "details": [{"property": "to[3]", "message": "x"}, {"property": "to[12]"}],
        }
    )
    assert answer_to_refusal(400, JSON, body, NOW) == BadRecipients(frozenset({3, 12}))


def test_an_account_is_closed_while_paused_and_when_the_seconds_requests_are_used_up() -> None:
    pauses = AccountPauses(per_second=2)
    pauses.count("a", NOW)
    assert set(pauses.closed(NOW)) == set()
    pauses.count("a", NOW)
    pauses.pause("b", NOW + timedelta(seconds=5))
    pauses.pause("b", NOW + timedelta(seconds=1))
    assert set(pauses.closed(NOW)) == {"a", "b"}
    assert set(pauses.closed(NOW + timedelta(seconds=2))) == {"b"}
    assert set(pauses.closed(NOW + timedelta(seconds=5))) == set()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_reading_a_body_never_fails(document: object) -> None:
    assert read_events(json.dumps({"events": [document]}).encode()) == []
    assert read_events(json.dumps(document).encode()) == []


@given(st.binary(max_size=50), st.text(max_size=60))
def test_only_lines_own_signature_holds(body: bytes, signature: str) -> None:
    assert signature_holds("secret", body, signature) is False


def test_ids_are_of_messages_not_of_people() -> None:
    one, two = (talk_message(replace(CONTENT, message_id=uuid4()), SECRET) for _ in range(2))
    assert one.buttons != two.buttons
