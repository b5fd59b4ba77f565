"""The month's LINE messages before a send: shown, and guarded (DLV-5, screens.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from common.answers.directory import SnapshotOut
from common.answers.dispatch_line import QuotaOut
from gateway.domain.people import CHANNEL_WORDS

UNKNOWN = "LINEの今月の残りは、いま確かめられません（このまま送れます）"

GOES_ON = "緊急なので、このまま送れます。LINEだけの家庭には届かないことがあります。"


@dataclass(frozen=True, slots=True)
class LineStand:
    """What the confirm screen says of LINE.

    `words`: beside the audience; `warning`: over the button; `stop`: in its place; `without`: what
    a button says that leaves LINE out, "" where no other channel is there.
    """

    words: str = ""
    warning: str = ""
    stop: str = ""
    without: str = ""


def uses_line(snapshot: SnapshotOut) -> bool:
    """Return whether a frozen audience would get LINE messages at all."""
    return "line" in snapshot["channels"] and snapshot["contact_points"]["line"] > 0


def judge_line(snapshot: SnapshotOut, quota: QuotaOut | None, *, is_urgent: bool) -> LineStand:
    """Compare the month's rest with an audience's LINE contact points, each guardian's once.

    `quota`: as dispatch-line tells it, None while it can't be asked: a send never depends on it.
    Urgent messages are never stopped.
    """
    if not uses_line(snapshot):
        return LineStand()
    if quota is None:
        return LineStand(words=UNKNOWN)
    left = quota["left"]
    if left is None:
        return LineStand()
    needed = snapshot["contact_points"]["line"]
    rest = left - needed
    if rest >= 0:
        return LineStand(words=f"LINEの今月の残り {left:,}通（このあと {rest:,}通）")
    short = f"LINEの今月の残りは {left:,}通です。"
    other_channels = [channel for channel in snapshot["channels"] if channel != "line"]
    others = "と".join(CHANNEL_WORDS[channel] for channel in other_channels)
    if is_urgent:
        return LineStand(warning=f"{short}この連絡は {needed:,}通です。{GOES_ON}")
    if not others:
        return LineStand(stop=f"{short}この連絡の {needed:,}通には足りません。")
    return LineStand(
        stop=f"{short}{others}だけで送りますか。LINEだけの家庭には届きません。",
        without=f"{others}だけにする",
    )
