"""How a send stands, as bars and sentences (screens.md 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.answers.directory import FormerClass, ListedGroup
from common.answers.messaging import ClassCounts, Counts, ProgressOut
from common.words import SchoolWords
from gateway.domain.dates import as_moment, say_duration, say_second

# Seconds. A person watches the first; the second only keeps numbers fresh.
POLL_WHILE_RUNNING, POLL_AFTER = 2, 15
RUNNING = ("pending", "released")
STATE_WORDS: Mapping[str, str] = {
    "draft": "下書き",
    "pending": "送信待ち",
    "released": "送信中",
    "complete": "送信済み",
    "stopped": "途中で止めました",
}

ABOUT_DELIVERED = (
    "送り出しました（メールは送信サーバー、LINE・アプリは相手の会社が受け取りました）。"
    "読んだかどうかは分かりません。戻ってきたときは、ここに出ます。"
)
# Heads. Of fewer it says nothing how soon half of them were reached.
FEW = 20


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message's children.

    `heads`: how many they are; `mark`: a sign beside the colour; `also`: what of them is worth
    saying.
    """

    name: str
    label: str
    heads: int
    mark: str
    also: str = ""
    note: str = ""


class NamedClass(ClassCounts):
    """The counts of a class with its name."""

    name: str


def parts_of(counts: Counts, *, confirmable: bool) -> tuple[Part, ...]:
    """Return the parts that make up all children of a message, in the words of every screen.

    With a button: 確認済み・未確認・届いていません; without one nobody is 未確認.
    """
    told = counts["told"]
    stopped = counts["stopped"]
    delivered = counts["delivered"]
    delivering = counts["delivering"]
    by_hand = f"うち電話・紙 {told}" if told else ""
    held = f"うち止めた {stopped}" if stopped else ""
    note = ABOUT_DELIVERED if delivered else ""
    confirmed = Part(
        "confirmed",
        "確認済み",
        counts["confirmed"],
        "✓",
        by_hand,
    )
    unreached = Part(
        "unreached",
        "届いていません",
        counts["unreached"],
        "！",
        held,
    )
    if confirmable:
        standing = _standing_words(delivered, delivering)
        unconfirmed = Part(
            "delivered",
            "未確認",
            delivered + delivering,
            "●",
            also=standing,
            note=note,
        )
        return confirmed, unconfirmed, unreached
    parts = [confirmed] if confirmed.heads else []
    parts.append(Part("delivered", "配信済み", delivered, "●", note=note))
    if delivering:
        parts.append(Part("delivering", "配信中", delivering, "…"))
    parts.append(unreached)
    return tuple(parts)


def _standing_words(delivered: int, delivering: int) -> str:
    """Say how far it is with those who have not confirmed: 配信済み 3・配信中 1."""
    words = []
    if delivered:
        words.append(f"配信済み {delivered}")
    if delivering:
        words.append(f"配信中 {delivering}")
    return "・".join(words)


def heads_words(seen: int, whole: int) -> str:
    """Return how many children somebody sees, and of how many: 26人（全体 300人のうち）."""
    return f"{seen}人" if seen == whole else f"{seen}人（全体 {whole}人のうち）"


def stopped_words(stand: ProgressOut) -> str:
    """Say what a stop has stopped and what had gone before; whom nothing could reach is neither."""
    counts = stand["counts"]
    if stand["state"] != "stopped":
        return ""
    if counts["delivering"]:
        return f"止めています。あと {counts['delivering']}人分の結果を待っています。"
    return f"止めた {stand['stopped_heads']}人・もう渡っていた {stand['handed_heads']}人"


def seconds_left(release_at: str | datetime | None, now: datetime) -> int:
    """Return how long the undo window still runs."""
    if release_at is None:
        return 0
    return max(0, round((as_moment(release_at) - now).total_seconds()))


def closing_words(progress: ProgressOut) -> str:
    """Return 送信が終わりました（7:31:42、38秒）。半数に9秒、9割に21秒で渡りました。"""
    started_at = progress["started_at"]
    completed_at = progress["completed_at"]
    if not started_at or not completed_at:
        return ""
    ended = _ended_words(as_moment(started_at), as_moment(completed_at))
    half = progress["half_seconds"]
    if half is None or progress["heads"] < FEW:
        return ended
    return ended + _pace_words(half, progress["ninety_seconds"])


def _ended_words(started: datetime, completed: datetime) -> str:
    lasted = completed - started
    took = say_duration(lasted.total_seconds())
    return f"送信が終わりました（{say_second(completed)}、{took}）。"


def _pace_words(half: float, ninety: float | None) -> str:
    """Say how soon half and nine tenths of the children were reached."""
    if ninety is None:
        return f"半数に{say_duration(half)}で渡りました。"
    if ninety < 1:
        return "9割に1秒未満で渡りました。"
    return f"半数に{say_duration(half)}、9割に{say_duration(ninety)}で渡りました。"


def name_classes(
    rows: Sequence[ClassCounts], groups: Sequence[ListedGroup | FormerClass], words: SchoolWords
) -> list[NamedClass]:
    """Return the counts by class with the classes' names, in the order of the tree.

    Members without a class come last.
    """
    names = {group["id"]: group["path"] for group in groups}
    places = {group["id"]: index for index, group in enumerate(groups)}
    named: list[NamedClass] = []
    for row in rows:
        name = names.get(row["class_id"] or "", words.say("{class}なし"))
        named.append({**row, "name": name})
    return sorted(named, key=lambda row: places.get(row["class_id"] or "", len(groups)))
