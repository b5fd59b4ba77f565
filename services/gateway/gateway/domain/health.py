"""A contact point's health in four words that staff understand, and why (DLV-4, screens.md 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from common import clock
from common.answers.directory import ContactPointOut, ListedMember, SheetChild
from gateway.domain.dates import say_day
from gateway.domain.people import CHANNEL_WORDS
from gateway.domain.reasons import mending_words, point_reason_words

UNPROVED, REACHED, DOUBTFUL, NOT_REACHED = (
    "まだ確かめていません",
    "届いています",
    "要確認",
    "届きません",
)
# Nothing arrives there until somebody does something; every other word is worth a look.
DEAD = frozenset(
    {
        "blocked",
        "blocked_by_user",
        "token_dead",
        "user_unknown",
        "no_push",
        "address_bad",
        "no_contact_point",
    }
)
STOPPED = "ご家庭がメールの受信を止めています（緊急連絡は届きます）"

# How a person of a list is reached, as directory tells them apart.
REACH_WORDS: Mapping[str, str] = {
    "reached": "届く見込み",
    "doubtful": "要確認",
    "unreached": "届かない見込み",
    "unregistered": "受信登録なし",
}


@dataclass(frozen=True, slots=True)
class PointHealth:
    """How a contact point stands.

    `word`: one of the four; `style`: the mark's class; `why`: the reason and since when, or by when
    it was known to arrive; `mending`: what to ask the family for. Both may be nothing.
    """

    word: str
    style: str
    sign: str
    why: str = ""
    mending: str = ""


def health_of(point: ContactPointOut) -> PointHealth:
    """Return how a contact point of a guardian or colleague stands.

    Nothing is said to arrive before somebody pressed what only this point had brought; until then
    it counts as reachable.
    """
    health = point["health"]
    code = health["code"] if health else None
    state = point["state"]
    if state == "ended":
        return _broken(NOT_REACHED, "使われていません")
    mending = mending_words(code, point["kind"]) if code else ""
    if code in DEAD:
        return _broken(NOT_REACHED, _why(point), mending)
    if state == "stopped":
        return _doubtful(DOUBTFUL, STOPPED)
    if code:
        return _doubtful(DOUBTFUL, _why(point), mending)
    if not point["proved_at"]:
        return PointHealth(UNPROVED, "", "・")
    return PointHealth(REACHED, "good", "✓", _last_proof(point))


def _last_proof(point: ContactPointOut) -> str:
    day = _day(point["last_proved_at"])
    return f"最後に確かめた日 {say_day(day, today=clock.today())}" if day else ""


def _broken(word: str, why: str = "", mending: str = "") -> PointHealth:
    return PointHealth(word, "warn", "！", why, mending)


def _doubtful(word: str, why: str = "", mending: str = "") -> PointHealth:
    return PointHealth(word, "doubt", "？", why, mending)


def _why(point: ContactPointOut) -> str:
    health = point["health"]
    if health is None or health["code"] is None:
        return ""
    words = point_reason_words(point["kind"], health["code"])
    day = _day(health["since"])
    if day is None:
        return words
    return f"{words}（{say_day(day, today=clock.today())}から）"


def _day(since: str | None) -> date | None:
    """Return the day in Japan of a moment, or of a plain date."""
    try:
        moment = datetime.fromisoformat(since or "")
    except ValueError:
        return None
    return clock.to_jst(moment).date() if moment.tzinfo else moment.date()


@dataclass(frozen=True, slots=True)
class Reach:
    """How a person of a list is reached.

    `live`: in words (メール 1・LINE 1); `marks`: one for each thing that does not work.
    """

    live: str
    marks: tuple[PointHealth, ...]


def reach_of(listed: ListedMember | SheetChild) -> Reach:
    """Return how somebody of a list is reached.

    Dead and stopped contact points never look like living ones.
    """
    live = _counted(listed["channels"])
    dead = _kinds(listed["dead"])
    stopped = _kinds(listed["stopped"])
    marks = []
    if dead:
        marks.append(_broken(f"{dead} {NOT_REACHED}"))
    if stopped:
        marks.append(_doubtful(f"{stopped} 緊急のみ"))
    if not (live or marks):
        marks.append(_broken("登録なし"))
    return Reach(live, tuple(marks))


def _counted(counts: Mapping[str, int]) -> str:
    there = [(CHANNEL_WORDS[kind], number) for kind, number in counts.items() if number]
    return "・".join(f"{words} {number}" for words, number in there)


def _kinds(counts: Mapping[str, int]) -> str:
    return "・".join(CHANNEL_WORDS[kind] for kind, number in counts.items() if number)
