"""The days after a contract's end, as every staff page tells them (screens.md 3.8, RET-1)."""

from __future__ import annotations

from datetime import date

from common.answers.retention import CalendarOut
from common.words import SchoolWords
from gateway.domain.dates import say_year

WITHOUT_DATES = (
    "この{school}の利用は終わりました。いまは見ることだけできます（送信や変更はできません）。"
)


def ending_words(erasure: CalendarOut | None, words: SchoolWords) -> str:
    """Return what becomes of a school whose contract has ended, with its days.

    Without them while retention can't be asked.
    """
    if erasure is None or not erasure["read_only_until"]:
        return words.say(WITHOUT_DATES)
    ended = date.fromisoformat(erasure["ended_on"])
    until = date.fromisoformat(erasure["read_only_until"])
    erased = date.fromisoformat(erasure["erases_on"])
    gone = date.fromisoformat(erasure["gone_by"])
    return (
        f"この{words.school}の利用は{say_year(ended)}{_plain(ended)}で終わりました。"
        f"{_from(until, ended)}まで、見ることだけできます（送信や変更はできません）。"
        f"{_from(erased, ended)}から消去し、{_from(gone, ended)}までに控えも含めてなくなります。"
    )


def _plain(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _from(day: date, first: date) -> str:
    """Say a day after another one: its year only where it is another."""
    return _plain(day) if day.year == first.year else f"{say_year(day)}{_plain(day)}"
