"""A contact point's health in three words that staff understand, and why (DLV-4, screens.md 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from common import clock
from gateway.domain.dates import say_day
from gateway.domain.reasons import reason_words

REACHED, DOUBTFUL, NOT_REACHED = "届いています", "要確認", "届きません"
# Nothing arrives there until somebody does something; every other word is worth a look.
DEAD = frozenset({"blocked", "blocked_by_user", "token_dead", "user_unknown", "no_push", "address_bad", "no_contact_point"})
LINE_WORDS: Mapping[str, str] = {
    "blocked": "LINEでブロックされています",
    "no_buttons": "ボタンの出ない古いLINEです（文字は届きます）",
}
HEALTH_WORDS: Mapping[str, str] = {
    "token_dead": "アプリの通知が切られています",
    "no_push": "この機種では通知を受け取れません",
    "auto_reply": "自動の返事が返ってきます（読んでいるかは分かりません）",
}


@dataclass(frozen=True, slots=True)
class Health:
    """`word`: one of the three; `style`: the mark's class; `why`: the reason and since when, or nothing."""

    word: str
    style: str
    sign: str
    why: str = ""


def health_of(point: Mapping[str, Any]) -> Health:
    """Return how a contact point of a guardian or colleague stands."""
    code = (point.get("health") or {}).get("code")
    if point["state"] == "ended":
        return Health(NOT_REACHED, "warn", "！", "使われていません")
    if code in DEAD:
        return Health(NOT_REACHED, "warn", "！", _why(point["kind"], code, point["health"].get("since")))
    if point["state"] == "stopped":
        return Health(DOUBTFUL, "doubt", "？", "ご家庭がメールの受信を止めています（緊急連絡は届きます）")
    if code:
        return Health(DOUBTFUL, "doubt", "？", _why(point["kind"], code, point["health"].get("since")))
    return Health(REACHED, "good", "✓")


def recipient_health(answers: Iterable[Mapping[str, Any]]) -> Health:
    """Return how it stands with a child whom a message did not reach: dead for good, or worth another look."""
    told = list(answers)
    hopeless = all(answer["state"] == "nothing" or answer.get("reason") in DEAD for answer in told)
    return Health(NOT_REACHED, "warn", "！") if hopeless else Health(DOUBTFUL, "doubt", "？")


def _why(kind: str, code: str, since: str | None) -> str:
    words = (LINE_WORDS.get(code) if kind == "line" else None) or HEALTH_WORDS.get(code) or reason_words(code)
    day = _day(since)
    return f"{words}（{say_day(day, today=clock.today())}から）" if day else words


def _day(since: str | None) -> date | None:
    """Return the day in Japan of a moment, or of a plain date."""
    try:
        moment = datetime.fromisoformat(since or "")
    except ValueError:
        return None
    return clock.to_jst(moment).date() if moment.tzinfo else moment.date()
