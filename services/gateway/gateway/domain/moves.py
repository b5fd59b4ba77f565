"""Moves of children in words (DIR-12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from common.answers.directory import Move
from gateway.domain.dates import as_day, say_day

# A status that begins, as an office calls the move.
_MOVES: Mapping[str, str] = {
    "prospective": "入学予定",
    "enrolled": "転入・入学",
    "suspended": "休学等",
    "transferred": "転出",
    "graduated": "卒業",
}
EFFECTS = (
    "その日から、連絡の宛先と人数に入らなくなります。送信中の連絡も届きません。",
    "名簿・{guardian}・受信先・これまでの連絡の記録は残ります。戻ってきたら、在籍状況を「在籍」にするとそのまま使えます。",
    "きょうだいについての連絡は、これまでどおり届きます。",
    "転出・卒業では、出席番号があき、契約の人数から外れます。休学等では、どちらもそのままです。",
)
# Which statuses may be chosen on the page of who goes, the usual one first.
LEAVING: Mapping[str, str] = {"transferred": "転出", "graduated": "卒業", "suspended": "休学等"}


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move as the page shows it. `can_undo`: it is only planned; `is_late`: its day has come."""

    move: Move
    day: str
    words: str
    can_undo: bool = False
    is_late: bool = False


def planned_lines(moves: Sequence[Move], today: date) -> list[MoveLine]:
    """Return what is to come, with the undo of each."""
    lines = []
    for move in moves:
        status, since = move["planned_status"], move["planned_since"]
        if status is None or since is None:
            continue
        day = as_day(since)
        said = say_day(day, today=today)
        lines.append(MoveLine(move, said, _MOVES[status], can_undo=True, is_late=day <= today))
    return lines


def done_lines(moves: Sequence[Move], today: date) -> list[MoveLine]:
    """Return what has been."""
    lines = []
    for move in moves:
        said = say_day(as_day(move["status_since"]), today=today)
        lines.append(MoveLine(move, said, _MOVES[move["status"]]))
    return lines
