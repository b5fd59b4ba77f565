"""The sentences people read: one for each error, reason, action and state (style.md)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from flask import Flask
from town_school import PRIMARY

from common import operations
from common.delivery.outcomes import Reason
from common.errors import ServiceError
from common.operations import Operation
from common.words import words_of
from gateway.clients.calls import GROUPS
from gateway.domain import audience, dates, log, progress, reasons, words
from gateway.domain.menu import menu_for
from gateway.pages.frame import pages_with_a_place

SERVICES = Path(__file__).parents[2]
_CODE = re.compile(
    r"(?:__init__|NotFound|Refused|Invalid|NotAllowed|Unauthenticated|Busy|Unavailable)\(\s*\"([a-z]+(?:_[a-z]+)*)\"",
    re.MULTILINE,
)
# What only programs meet: the gateway never asks for it.
UNSEEN = {
    *("version_unknown", "bad_signature", "line_away"),
    *("no_line_account", "not_its_word", "no_family_page"),
}


def sources() -> list[Path]:
    return [
        path
        for path in SERVICES.glob("*/*/**/*.py")
        if "tests" not in path.parts and "gateway" not in path.parts
    ]


def test_every_error_code_of_the_houses_has_its_words() -> None:
    codes = {code for path in sources() for code in _CODE.findall(path.read_text())}
    assert {"sign_in_refused", "snapshot_stale", "link_expired"} <= codes
    assert sorted(code for code in codes - UNSEEN if not words.is_known(code)) == []


def test_every_reason_has_its_words() -> None:
    assert {reason.value for reason in Reason} - set(reasons.REASON_WORDS) == set()


def test_every_sentence_says_what_to_do_or_what_is() -> None:
    for code in words.ERROR_WORDS:
        sentence = words.words_for(code, {}, school=PRIMARY)
        assert sentence.endswith("。"), code
        assert "エラー" not in sentence
        assert "{" not in sentence, code


def test_a_letter_that_is_gone_leads_to_the_recovery_that_operators_have() -> None:
    sentence = words.words_for("letter_gone", school=PRIMARY)
    assert "「管理者の回復」" in sentence
    assert "サーバー" not in sentence


def test_an_unknown_code_gives_a_number_for_the_telephone(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.failures[GROUPS] = ServiceError("never_seen", "?")
    deputy.open("/groups", headers={"X-Request-Id": "abc"})
    number = words.short_number("abc")
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{2}", number)
    assert f"続くときは番号 {number} をお知らせください。" in deputy.words


def test_a_crash_is_told_in_the_same_words(houses: FakeHouses, deputy: Browser) -> None:
    houses.failures[GROUPS] = RuntimeError("a bug of ours")
    deputy.open("/groups")
    assert deputy.status == 500
    assert "うまくいきませんでした。入力した内容は残っています。" in deputy.words


def test_dates_are_said_as_a_school_writes_them() -> None:
    morning = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)
    assert dates.say_moment(morning, today=date(2026, 11, 24)) == "7:05"
    assert dates.say_moment(morning, today=date(2026, 11, 25)) == "11月24日（火）7:05"
    assert dates.say_moment(morning, today=date(2027, 1, 8)) == "令和8年11月24日（火）7:05"
    assert dates.say_year(date(2019, 5, 1)) == "令和元年"
    assert dates.say_duration(38) == "38秒"
    assert dates.say_duration(3780) == "1時間3分"
    assert dates.say_moment_in_english(morning) == "Tue, 24 Nov 2026, 7:05"


def frozen(
    label: str, pupils: int, staff: int = 0, *, groups: bool = True, missed: int = 0
) -> dict[str, Any]:
    """Return an audience as directory freezes it."""
    audience = {"group_ids": ["a"] if groups else [], "member_ids": [] if groups else ["b"]}
    heads = {"heads": pupils + staff, "pupil_heads": pupils, "staff_heads": staff}
    return {"label": label, **heads, "audience": audience, "unreachable": [{}] * missed}


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (frozen("4年2組", 26), "4年2組の児童 26人の保護者"),
        (frozen("全校", 300), "全校児童 300人の保護者"),
        (frozen("全教職員", 0, 25), "教職員 25人"),
        (frozen("管理職", 0, 2), "管理職（教職員 2人）"),
        (frozen("全校・全教職員", 300, 25), "全校・全教職員（児童 300人の保護者と教職員 25人）"),
        (
            frozen("4年2組 12番 高木 さくら さん", 1, groups=False),
            "4年2組 12番 高木 さくら さんの保護者",
        ),
        (
            frozen("4年2組 14番 髙橋 陽菜 さん・3年1組 10番 佐藤 陽菜 さん", 2, groups=False),
            "4年2組 14番 髙橋 陽菜 さん、3年1組 10番 佐藤 陽菜 さんの保護者",
        ),
    ],
)
def test_the_confirm_screen_says_whether_families_or_colleagues_are_meant(
    snapshot: dict[str, Any], words: str
) -> None:
    assert audience.recipient_words(snapshot, PRIMARY) == words


@pytest.mark.parametrize(
    ("snapshot", "urgent", "words"),
    [
        (frozen("4年2組", 26), False, "4年2組の26人に送る"),
        (frozen("4年2組", 26, missed=1), False, "4年2組の25人に送る（1人には届きません）"),
        (frozen("全校", 300), True, "全校300人に緊急で送る"),
        (frozen("全校", 302, missed=111), False, "全校191人に送る（111人には届きません）"),
        (frozen("全教職員", 0, 25), False, "教職員25人に送る"),
        (
            frozen("4年2組 12番 高木 さくら さん", 1, groups=False),
            False,
            "4年2組 12番 高木 さくら さんの保護者に送る",
        ),
        (frozen("山下 明子 さん", 0, 1, groups=False), False, "山下 明子 さんに送る"),
    ],
)
def test_the_button_says_whom_it_reaches(
    snapshot: dict[str, Any], urgent: bool, words: str
) -> None:
    """S2 16: it counted those whom nothing reaches, too."""
    assert audience.button_words(snapshot, PRIMARY, is_urgent=urgent) == words


def test_groups_stand_under_headings() -> None:
    names = (
        "東町1班",
        "縦割り班 赤1",
        "東町地区",
        "放送委員会",
        "囲碁クラブ",
        "放課後児童クラブ",
        "金管バンド",
    )
    groups = [{"id": name, "kind": "free", "name": name, "parent_id": None} for name in names]
    found = {
        heading.words: [branch.group["name"] for branch in heading.branches]
        for heading in audience.build_picker(groups).headings
    }
    assert found == {
        "縦割り班": ["縦割り班 赤1"],
        "登校班": ["東町1班"],
        "地区": ["東町地区"],
        "委員会": ["放送委員会"],
        "クラブ": ["囲碁クラブ"],
        "その他のグループ": ["放課後児童クラブ", "金管バンド"],
    }


@pytest.mark.parametrize(
    ("heads", "label", "is_urgent", "is_administrator", "needed"),
    [
        (101, "4年・5年", False, True, True),
        (100, "4年・5年", False, True, False),
        (40, "全校", False, True, True),
        (300, "全校", True, True, False),
        (300, "全校", True, False, True),
    ],
)
def test_the_tick_is_asked_for_large_audiences(
    heads: int, label: str, is_urgent: bool, is_administrator: bool, needed: bool
) -> None:
    assert (
        audience.needs_box(heads, label, is_urgent=is_urgent, is_administrator=is_administrator)
        is needed
    )


COUNTS = {
    "confirmed": 3,
    "told": 1,
    "delivered": 284,
    "delivering": 4,
    "unreached": 9,
    "stopped": 2,
}


def test_the_parts_are_disjoint_and_without_a_button_nobody_is_unconfirmed() -> None:
    """S2 17, 18: 配信済み and 未確認 each meant two numbers."""
    with_button = {
        part.label: (part.heads, part.also) for part in progress.parts_of(COUNTS, confirmable=True)
    }
    assert with_button == {
        "確認済み": (3, "うち電話・紙 1"),
        "未確認": (288, "配信済み 284・配信中 4"),
        "届いていません": (9, "うち止めた 2"),
    }
    without = {
        part.label: part.heads
        for part in progress.parts_of({**COUNTS, "confirmed": 0, "told": 0}, confirmable=False)
    }
    assert without == {"配信済み": 284, "配信中": 4, "届いていません": 9}


def test_a_stop_says_what_it_did() -> None:
    """S1 4: 「残りを止める 102人分」 stopped one."""
    counts = {
        "confirmed": 1,
        "told": 0,
        "delivered": 100,
        "delivering": 0,
        "unreached": 1,
        "stopped": 1,
    }
    stand = {
        "state": "stopped",
        "counts": counts,
        "heads": 102,
        "stopped_heads": 1,
        "handed_heads": 101,
    }
    assert progress.stopped_words(stand) == "止めた 1人・もう渡っていた 101人"
    told = {**counts, "confirmed": 2, "told": 1, "unreached": 0, "stopped": 0}
    assert (
        progress.stopped_words({**stand, "counts": told}) == "止めた 1人・もう渡っていた 101人"
    ), "told by phone, yet stopped"
    waiting = progress.stopped_words({**stand, "counts": {**counts, "delivering": 3}})
    assert waiting == "止めています。あと 3人分の結果を待っています。"
    assert progress.stopped_words({**stand, "state": "complete"}) == ""


def test_a_reader_of_some_classes_is_told_of_how_many() -> None:
    assert progress.heads_words(26, 300) == "26人（全体 300人のうち）"
    assert progress.heads_words(300, 300) == "300人"


def test_months_are_those_of_the_school_year() -> None:
    assert dates.month_between("2026-12") == (
        "2026-12-01T00:00:00+09:00",
        "2027-01-01T00:00:00+09:00",
    )
    assert dates.month_between("2026-13") == ("", "")
    assert dates.school_months()[-1][1] == "4月"


def test_a_top_with_nothing_in_it_vanishes(app: Flask) -> None:
    menu = menu_for(
        pages_with_a_place(app, "staff", "public"), {"roster.see"}, words_of("junior_high")
    )
    assert [top.label for top in menu] == ["ホーム", "名簿", "受信登録", "ヘルプ"]
    assert menu[1].entries[0].label == "生徒"


def test_every_operation_has_its_words_and_no_words_are_left_over() -> None:
    declared = {each.name for each in vars(operations).values() if isinstance(each, Operation)}
    assert set(log.ACTION_WORDS) == declared
