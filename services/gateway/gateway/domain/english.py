"""A school's own short words for a family that reads English: classes, days of the week, hours.

What this table does not know stays as the school wrote it, and is marked as Japanese for those who
have a page read to them.
"""

from __future__ import annotations

import re

WORDS = {
    "全校": "Whole school",
    "全教職員": "All staff",
    "教職員": "Staff",
    "平日": "Weekdays",
    "土曜日": "Saturdays",
    "土曜": "Saturdays",
    "月〜金": "Mon–Fri",
    "月～金": "Mon–Fri",
    "休日": "Holidays",
    "祝日": "Holidays",
    "を除く": " excepted",
    "午前": "a.m. ",
    "午後": "p.m. ",
}
_LONGEST_FIRST = sorted((re.escape(word) for word in WORDS), key=len, reverse=True)
_KNOWN = re.compile("|".join(_LONGEST_FIRST))
_CLASS = re.compile(r"(\d+)年(\d+)組")
_GRADE = re.compile(r"(\d+)年生?")
_SIGNS = str.maketrans(
    {"〜": "–", "～": "–", "・": ", ", "、": ", ", "（": " (", "）": ")", "　": " "}
)
_JAPANESE = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def in_english(words: str) -> str | None:
    """Return 「4年2組・全校」 as "Grade 4 Class 2, Whole school".

    None where a word remains that only the school can say.
    """
    english = _CLASS.sub(r"Grade \1 Class \2", words)
    english = _GRADE.sub(r"Grade \1", english)
    english = _KNOWN.sub(lambda found: WORDS[found.group()], english)
    english = english.translate(_SIGNS)
    return None if _JAPANESE.search(english) else english.strip()
