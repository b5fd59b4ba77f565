"""A status that is planned for a day to come, in words (DIR-12)."""

from __future__ import annotations

from datetime import date

from common.answers.directory import MemberOut
from gateway.domain.dates import as_day, say_day
from gateway.domain.people import MEMBER_STATUS_WORDS


def say_plan(member: MemberOut, today: date) -> str:
    """Say what is planned for a person, 12月24日（木）に転出の予定; nothing where nothing is.

    A day that has come and changed nothing was refused: directory tries again every hour.
    """
    status, since = member["planned_status"], member["planned_since"]
    if status is None or since is None:
        return ""
    day = as_day(since)
    said = say_day(day, today=today)
    word = MEMBER_STATUS_WORDS[status]
    planned = f"{said}に{word}の予定"
    if day > today:
        return planned
    return (
        f"{planned}でしたが、まだ変わっていません。出席番号・管理番号がほかの人と同じでないか、"
        "契約の人数に達していないかを確かめてください。1時間ごとに、自動でやり直します。"
    )
