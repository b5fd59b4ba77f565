"""The sentences people read: one for each error, reason, action and state (style.md: every error code has its words)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from browser import Browser
from fake_houses import FakeHouses

from common.delivery.outcomes import Reason
from common.errors import ServiceError
from gateway.clients.calls import GROUPS
from gateway.domain import audience, dates, log, progress, reasons, words
from gateway.domain.menu import menu_for

SERVICES = Path(__file__).parents[2]
_CODE = re.compile(
    r"(?:__init__|NotFound|Refused|Invalid|NotAllowed|Unauthenticated|Busy|Unavailable)\(\s*\"([a-z]+(?:_[a-z]+)*)\"", re.MULTILINE
)
_ACTION = re.compile(r"\"((?:account|operator|school|roster|member|group|message|contact_point|phones)\.[a-z_]+)\"")
# What only programs meet: the gateway never asks for it.
UNSEEN = {"version_unknown", "bad_signature", "line_away", "no_line_account"}


def sources() -> list[Path]:
    return [path for path in SERVICES.glob("*/*/**/*.py") if "tests" not in path.parts and "gateway" not in path.parts]


def test_every_error_code_of_the_houses_has_its_words() -> None:
    codes = {code for path in sources() for code in _CODE.findall(path.read_text())}
    assert {"sign_in_refused", "snapshot_stale", "link_expired"} <= codes
    assert sorted(code for code in codes - UNSEEN if not words.is_known(code)) == []


def test_every_reason_has_its_words() -> None:
    assert {reason.value for reason in Reason} - set(reasons.REASON_WORDS) == set()


def test_every_sentence_says_what_to_do_or_what_is() -> None:
    for code in words.ERROR_WORDS:
        sentence = words.words_for(code, {})
        assert sentence.endswith("。"), code
        assert "エラー" not in sentence
        assert "{" not in sentence, code


def test_an_unknown_code_gives_a_number_for_the_telephone(houses: FakeHouses, deputy: Browser) -> None:
    houses.failures[GROUPS] = ServiceError("never_seen", "?")
    deputy.open("/groups", headers={"X-Request-Id": "abc"})
    number = words.short_number("abc")
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{2}", number)
    assert f"続くときは番号 {number} をお知らせください。" in deputy.words


def test_a_crash_is_told_in_the_same_words(houses: FakeHouses, deputy: Browser) -> None:
    houses.groups.append({"id": "broken"})
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


def test_the_confirm_screen_says_whether_families_or_colleagues_are_meant() -> None:
    groups = [{"id": "a", "kind": "class"}, {"id": "b", "kind": "staff"}]

    def say(label: str, heads: int, group_ids: list[str], member_ids: list[str]) -> str:
        chosen = {"group_ids": group_ids, "member_ids": member_ids}
        return audience.recipient_words({"label": label, "heads": heads, "audience": chosen}, groups, "児童")

    assert say("4年2組", 26, ["a"], []) == "4年2組の児童 26人の保護者"
    assert say("全校", 300, ["a"], []) == "全校児童 300人の保護者"
    assert say("管理職", 2, ["b"], []) == "管理職の2人（教職員）"
    assert say("4年2組・管理職", 28, ["a", "b"], []) == "4年2組・管理職の28人（児童の保護者と教職員）"
    assert say("高木 さくら さん", 1, [], ["c"]) == "高木 さくら さんの保護者"


def test_the_button_says_whom_it_reaches() -> None:
    assert audience.button_words("4年2組", 26, is_urgent=False) == "4年2組の26人に送る"
    assert audience.button_words("全校", 300, is_urgent=True) == "全校300人に緊急で送る"
    assert audience.button_words("高木 さくら さん", 1, is_urgent=False) == "高木 さくら さんの保護者に送る"


@pytest.mark.parametrize(
    ("heads", "label", "is_urgent", "is_administrator", "needed"),
    [(101, "4年・5年", False, True, True), (100, "4年・5年", False, True, False), (40, "全校", False, True, True),
     (300, "全校", True, True, False), (300, "全校", True, False, True)],
)  # fmt: skip
def test_the_tick_is_asked_for_large_audiences(
    heads: int, label: str, is_urgent: bool, is_administrator: bool, needed: bool
) -> None:
    assert audience.needs_box(heads, label, is_urgent=is_urgent, is_administrator=is_administrator) is needed


def test_a_share_is_never_whole_while_something_is_missing() -> None:
    assert progress.share(299, 300) == 99
    assert progress.share(1, 300) == 1
    assert progress.share(300, 300) == 100
    assert progress.share(0, 0) == 0


def test_a_top_with_nothing_in_it_vanishes() -> None:
    tops = [top.label for top in menu_for({"roster.see"}, "生徒")]
    assert tops == ["ホーム", "名簿", "ヘルプ"]
    assert menu_for({"roster.see"}, "生徒")[1].entries[0].label == "生徒"


def test_every_action_of_the_log_has_its_words() -> None:
    actions = {action for path in sources() for action in _ACTION.findall(path.read_text())}
    # events between houses, lines of a program's own log, a file's name, a field of FCM's; names of rights
    others = {"message.paged", "contact_point.changed", "contact_point.change_skipped", "school.erasing", "school.erased"}
    others |= {"message.token", "roster.xlsx", "roster.see", "roster.change", "phones.see"}
    assert sorted(actions - others - set(log.ACTION_WORDS)) == []
