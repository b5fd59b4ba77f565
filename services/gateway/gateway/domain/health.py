"""A contact point's health in four words that staff understand, and why (DLV-4, screens.md 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from common import clock
from gateway.domain.dates import say_day
from gateway.domain.people import CHANNEL_WORDS
from gateway.domain.reasons import point_reason_words

UNPROVED, REACHED, DOUBTFUL, NOT_REACHED = "まだ確かめていません", "届いています", "要確認", "届きません"
# Nothing arrives there until somebody does something; every other word is worth a look.
DEAD = frozenset({"blocked", "blocked_by_user", "token_dead", "user_unknown", "no_push", "address_bad", "no_contact_point"})
STOPPED = "ご家庭がメールの受信を止めています（緊急連絡は届きます）"


@dataclass(frozen=True, slots=True)
class Health:
    """`word`: one of the four; `style`: the mark's class; `why`: the reason and since when, or nothing."""

    word: str
    style: str
    sign: str
    why: str = ""


def health_of(point: Mapping[str, Any]) -> Health:
    """Return how a contact point of a guardian or colleague stands.

    Nothing is said to arrive before somebody pressed what only this point had brought; until then it counts as reachable.
    """
    code = (point.get("health") or {}).get("code")
    if point["state"] == "ended":
        return Health(NOT_REACHED, "warn", "！", "使われていません")
    if code in DEAD:
        return Health(NOT_REACHED, "warn", "！", _why(point["kind"], code, point["health"].get("since")))
    if point["state"] == "stopped":
        return Health(DOUBTFUL, "doubt", "？", STOPPED)
    if code:
        return Health(DOUBTFUL, "doubt", "？", _why(point["kind"], code, point["health"].get("since")))
    if not point.get("proved_at"):
        return Health(UNPROVED, "", "・")
    return Health(REACHED, "good", "✓")


def recipient_health(answers: Iterable[Mapping[str, Any]]) -> Health:
    """Return how it stands with a child whom a message did not reach: dead for good, or worth another look."""
    told = list(answers)
    hopeless = all(answer["state"] == "nothing" or answer.get("reason") in DEAD for answer in told)
    return Health(NOT_REACHED, "warn", "！") if hopeless else Health(DOUBTFUL, "doubt", "？")


def _why(kind: str, code: str, since: str | None) -> str:
    words = point_reason_words(kind, code)
    day = _day(since)
    return f"{words}（{say_day(day, today=clock.today())}から）" if day else words


def _day(since: str | None) -> date | None:
    """Return the day in Japan of a moment, or of a plain date."""
    try:
        moment = datetime.fromisoformat(since or "")
    except ValueError:
        return None
    return clock.to_jst(moment).date() if moment.tzinfo else moment.date()


@dataclass(frozen=True, slots=True)
class Reach:
    """How a person of a list is reached: `live` in words (メール 1・LINE 1), and a mark for what does not work."""

    live: str
    marks: tuple[Health, ...]


def reach_of(listed: Mapping[str, Any]) -> Reach:
    """Return how somebody of a list is reached: dead and stopped contact points never look like living ones."""
    live = [f"{CHANNEL_WORDS[kind]} {number}" for kind, number in listed["channels"].items() if number]
    dead, stopped = _kinds(listed["dead"]), _kinds(listed["stopped"])
    marks = []
    if dead:
        marks.append(Health(f"{dead} {NOT_REACHED}", "warn", "！"))
    if stopped:
        marks.append(Health(f"{stopped} 緊急のみ", "doubt", "？"))
    if not (live or marks):
        marks.append(Health("登録なし", "warn", "！"))
    return Reach("・".join(live), tuple(marks))


def _kinds(counts: Mapping[str, int]) -> str:
    return "・".join(CHANNEL_WORDS[kind] for kind, number in counts.items() if number)
