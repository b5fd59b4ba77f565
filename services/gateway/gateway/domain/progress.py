"""How a send stands, as bars and sentences (screens.md 3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.dates import as_moment, say_duration, say_second

POLL_WHILE_RUNNING, POLL_AFTER = 2, 15  # seconds; a person watches the first, the second only keeps numbers fresh
RUNNING = ("pending", "released")
SENT = ("released", "complete", "stopped")
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
FEW = 20  # heads; of fewer it says nothing how soon half of them were reached


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message's children: `heads` of them, `mark` a sign beside the colour, `also` what of them is worth saying."""

    name: str
    label: str
    heads: int
    mark: str
    also: str = ""
    note: str = ""


def parts_of(counts: Mapping[str, int], *, confirmable: bool) -> tuple[Part, ...]:
    """Return the parts that all children of a message make up together, in the words of every screen.

    With a button: 確認済み・未確認・届いていません; without one nobody is 未確認.
    """
    told, stopped = counts["told"], counts["stopped"]
    delivered, delivering = counts["delivered"], counts["delivering"]
    by_hand = f"うち電話・紙 {told}" if told else ""
    held = f"うち止めた {stopped}" if stopped else ""
    unreached = Part("unreached", "届いていません", counts["unreached"], "！", held)
    if confirmable:
        standing = "・".join(f"{word} {n}" for word, n in (("配信済み", delivered), ("配信中", delivering)) if n)
        note = ABOUT_DELIVERED if delivered else ""
        return (
            Part("confirmed", "確認済み", counts["confirmed"], "✓", by_hand),
            Part("delivered", "未確認", delivered + delivering, "●", standing, note),
            unreached,
        )
    parts = [
        Part("delivered", "配信済み", delivered, "●", note=ABOUT_DELIVERED if delivered else ""),
        Part("delivering", "配信中", delivering, "…"),
        unreached,
    ]
    if counts["confirmed"]:
        parts.insert(0, Part("confirmed", "確認済み", counts["confirmed"], "✓", by_hand))
    return tuple(part for part in parts if part.heads or part.name != "delivering")


def heads_words(seen: int, whole: int) -> str:
    """Return how many children somebody sees, and of how many: 26人（全体 300人のうち）."""
    return f"{seen}人" if seen == whole else f"{seen}人（全体 {whole}人のうち）"


def stopped_words(stand: Mapping[str, Any]) -> str:
    """Say what a stop has stopped and what had gone before it; whom nothing could reach is neither."""
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


def closing_words(progress: Mapping[str, Any]) -> str:
    """Return 送信が終わりました（7:31:42、38秒）。半数に9秒、9割に21秒で渡りました。"""
    if not progress["started_at"] or not progress["completed_at"]:
        return ""
    started, completed = as_moment(progress["started_at"]), as_moment(progress["completed_at"])
    words = f"送信が終わりました（{say_second(completed)}、{say_duration((completed - started).total_seconds())}）。"
    half, ninety = progress.get("half_seconds"), progress.get("ninety_seconds")
    if half is None or progress["heads"] < FEW:
        return words
    if ninety is not None and ninety < 1:
        return f"{words}9割に1秒未満で渡りました。"
    if ninety is None:
        return f"{words}半数に{say_duration(half)}で渡りました。"
    return f"{words}半数に{say_duration(half)}、9割に{say_duration(ninety)}で渡りました。"


def name_classes(rows: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the counts by class with each class's name, in the order of the tree; members without a class last."""
    place = {group["id"]: (index, group["path"]) for index, group in enumerate(groups)}
    last = (len(groups), "学級なし")
    named = [{**row, "name": place.get(row["class_id"], last)[1]} for row in rows]
    return sorted(named, key=lambda row: place.get(row["class_id"], last)[0])


def share(part: int, whole: int) -> int:
    """Return a part in whole per cent, never 100 while something is missing and never 0 while something is there."""
    if whole <= 0 or part <= 0:
        return 0
    percent = round(part * 100 / whole)
    return min(max(percent, 1), 99) if part < whole else 100
