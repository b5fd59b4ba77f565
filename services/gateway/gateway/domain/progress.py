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


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the board: heads in a state, `mark` a sign beside the colour, `note` what the state means."""

    name: str
    label: str
    heads: int
    mark: str
    note: str = ""


def bars(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """Return the lines of the board; 「止めました」 only where something was stopped."""
    lines = (
        Bar("confirmed", "確認済み", counts.get("confirmed", 0), "✓"),
        Bar("delivered", "配信済み", counts.get("delivered", 0), "●", "相手の会社が受け取りました（読んだかは分かりません）"),
        Bar("delivering", "配信中", counts.get("delivering", 0), "…"),
        Bar("unreached", "届いていません", counts.get("unreached", 0), "！"),
        Bar("cancelled", "止めました", counts.get("cancelled", 0), "×"),
    )
    return tuple(bar for bar in lines if bar.heads or bar.name != "cancelled")


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
    if half is None:
        return words
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
