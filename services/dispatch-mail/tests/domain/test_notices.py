"""The words of notices, in both languages (ID-8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from common.delivery.outcomes import Reason
from common.notices import PARAMS, NoticeKind
from common.operations import TAKING
from common.words import Language, words_of
from dispatch_mail.domain.notices import (
    TAKEN,
    TAKEN_IN_ENGLISH,
    NoticeReader,
    NoticeSchool,
    StaffNotice,
    ToldNotice,
    letter_of,
    named_in,
)
from dispatch_mail.store.models import TABLES, NoticeRow

CLERK = UUID("018f0000-0000-7000-8000-00000000000c")
READER = NoticeReader(UUID(int=4), "kyoto@a.town.test", "山下 明子", Language.JA)
SCHOOL = NoticeSchool(
    "みなも市立つばめ野小学校",
    "つばめ野小",
    "03-0000-0000",
    "",
    "tsubameno",
    words_of("elementary"),
)
PARAMS_OF: dict[NoticeKind, dict[str, Any]] = {
    NoticeKind.DOWNLOAD_ALARM: {
        "account_id": str(CLERK),
        "action": "roster.exported",
        "count": 120,
        "at": "2026-11-24T06:05:59+00:00",
    },
    NoticeKind.NEW_DEVICE: {"browser": "iPhone・Safari", "at": "2026-11-30T16:05:00+00:00"},
    NoticeKind.WEEK_OF_REGISTRATIONS: {
        "pupils": 300,
        "unreachable": 9,
        "new": 2,
        "registered": 5,
    },
}
every_kind = pytest.mark.parametrize("kind", NoticeKind)
every_language = pytest.mark.parametrize("language", Language)


def told(kind: NoticeKind, **params: Any) -> ToldNotice:
    requested_at = datetime(2026, 11, 24, 6, 6, tzinfo=UTC)
    notice = StaffNotice(UUID(int=1), kind, {**PARAMS_OF[kind], **params}, requested_at)
    return ToldNotice(notice, SCHOOL, {CLERK: "事務 中野 正"}, "https://renraku.minamo.example")


@every_kind
@every_language
def test_every_kind_has_its_words_in_every_language(kind: NoticeKind, language: Language) -> None:
    reader = READER._replace(language=language)
    letter = letter_of(told(kind), reader)
    assert letter.subject.startswith({"ja": "【確認】", "en": "[Please check] "}[language])
    assert "山下 明子" in letter.text.splitlines()[0]
    assert "https://renraku.minamo.example/" in letter.text
    assert "みなも市立つばめ野小学校" in letter.text
    assert "{" not in letter.text
    without = letter_of(told(kind), reader, with_link=False)
    assert "http" not in without.text


@every_kind
def test_the_words_need_what_is_declared_for_their_kind(kind: NoticeKind) -> None:
    assert PARAMS_OF[kind].keys() == PARAMS[kind]


def test_an_alarm_in_english() -> None:
    letter = letter_of(told(NoticeKind.DOWNLOAD_ALARM), READER._replace(language=Language.EN))
    assert letter.subject == "[Please check] Personal records were taken out (120 within an hour)"
    assert letter.text == (
        "Dear 山下 明子,\n"
        "\n"
        "事務 中野 正 has taken out 120 records within this hour, all told.\n"
        "On 24 November at 15:05 (Japan time) the last of it was "
        "an export of the roster to Excel.\n"
        "If you do not know of this, stop the account at once.\n"
        "\n"
        "▼ The page where you can stop it\n"
        f"https://renraku.minamo.example/accounts/{CLERK}\n"
        "\n"
        "――――――――――\n"
        "みなも市立つばめ野小学校, telephone 03-0000-0000\n"
        "Replies to this mail do not reach the school.\n"
    )


def test_a_moment_is_told_in_japans_time() -> None:
    assert "12月1日 1:05、" in letter_of(told(NoticeKind.NEW_DEVICE), READER).text


def test_a_device_that_nobody_knows_leaves_no_gap() -> None:
    text = letter_of(told(NoticeKind.NEW_DEVICE, browser=""), READER).text
    assert "はじめての端末から、" in text


def test_whatever_takes_records_out_has_its_words() -> None:
    assert TAKEN.keys() == TAKEN_IN_ENGLISH.keys() == TAKING.keys()


@every_language
def test_an_act_that_only_a_newer_identity_knows_is_told_all_the_same(language: Language) -> None:
    later = told(NoticeKind.DOWNLOAD_ALARM, action="photographs.exported")
    assert "120" in letter_of(later, READER._replace(language=language)).subject


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (Language.JA, "名前の残っていない利用者 さんの持ち出しが、この1時間に"),
        (Language.EN, "Somebody whose name is no longer kept has taken out"),
    ],
)
def test_who_acted_and_has_no_name_any_more_is_told_of(language: Language, sentence: str) -> None:
    nameless = replace(told(NoticeKind.DOWNLOAD_ALARM), names={})
    text = letter_of(nameless, READER._replace(language=language)).text
    assert sentence in text
    assert f"/accounts/{CLERK}" in text


def test_an_alarm_calls_who_acted_by_name_and_a_sign_in_nobody() -> None:
    assert named_in(told(NoticeKind.DOWNLOAD_ALARM).notice) == [CLERK]
    assert named_in(told(NoticeKind.NEW_DEVICE).notice) == []


def test_a_school_without_a_telephone_stands_by_its_name_alone() -> None:
    silent = replace(SCHOOL, phone="", hours="8:00〜17:00")
    text = letter_of(replace(told(NoticeKind.NEW_DEVICE), school=silent), READER).text
    assert "\nみなも市立つばめ野小学校\n" in text


def test_a_week_says_what_is_new_and_nothing_that_is_not() -> None:
    kind = NoticeKind.WEEK_OF_REGISTRATIONS
    letter = letter_of(told(kind), READER)
    assert letter.subject == "【確認】登録の状況（届かない見込み　児童 9人）"
    assert "いま緊急連絡を送ると、児童 9人には届きません（全300人）。" in letter.text
    assert "このうち2人は、この1週間に届かなくなりました。" in letter.text
    assert "保護者 5人が受信登録をしました。" in letter.text
    calm = letter_of(told(kind, unreachable=0, new=0), READER).text
    assert "全員に届く見込みです" in calm
    assert "届かなくなりました" not in calm


def test_every_word_fits_its_column() -> None:
    """PostgreSQL refuses a longer one, and the notice would be parked; SQLite takes it."""
    longest = NoticeRow.__table__.c.kind.type.length
    assert [kind for kind in NoticeKind if len(kind.value) > longest] == []
    reasons = TABLES.deliveries.c.reason.type.length
    assert [reason for reason in Reason if len(reason.value) > reasons] == []
