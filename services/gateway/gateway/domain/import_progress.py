"""How far an uploaded roster file is, in words (DIR-2).

Nobody knows how long a file will take, so there is no percentage: what is being done, and for how
long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.answers.directory import ImportPlanOut
from gateway.domain.dates import as_moment, say_elapsed

_IN_TURN = "同時に読み込むのは2件までです。ほかの読み込みが終わりしだい、始まります。"
_ALL_OR_NOTHING = "すべて反映するか、1件も反映しないかのどちらかです。"


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """What is being done with a file, for how long, and what is worth knowing meanwhile."""

    title: str
    note: str
    elapsed: str


def progress_of(plan: ImportPlanOut, now: datetime) -> ImportProgress | None:
    """Return how far a file is; None when there is something to look at."""
    said = _say(plan)
    if said is None:
        return None
    title, note = said
    asked_at = as_moment(plan["asked_at"])
    seconds = (now - asked_at).total_seconds()
    return ImportProgress(title, note, say_elapsed(seconds))


def _say(plan: ImportPlanOut) -> tuple[str, str] | None:
    state = plan["state"]
    if state == "waiting":
        return "読み込みの順番を待っています", _IN_TURN
    if state == "reading":
        return "ファイルを読んでいます", ""
    if state == "comparing":
        return f"{plan['rows']:,}行を読みました。名簿と比べています", ""
    if state == "confirmed":
        return "反映の順番を待っています", _IN_TURN
    if state == "applying":
        return "名簿に反映しています", _ALL_OR_NOTHING
    return None
