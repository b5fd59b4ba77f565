"""Rules about what staff type: subjects, bodies, and the blanks of a template."""

from __future__ import annotations

import re
from dataclasses import dataclass

SUBJECT_LIMIT = 100
BODY_LIMIT = 10_000
SHORT_LIMIT = 200
TEST_PREFIX = "（テスト）"

# A blank is a pair of brackets, empty or with an example in it; a lone bracket is what is left of one.
_BLANK = re.compile(r"〔[^〔〕]*〕|[〔〕]")
# CR and LF would start a new header in a mail; the others move the cursor where a screen shows the subject.
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def count_blanks(*texts: str) -> int:
    """Return how many unfilled blanks 〔 〕 stand in the texts."""
    return sum(len(_BLANK.findall(text)) for text in texts)


def is_storable(text: str) -> bool:
    """Return whether a text can be kept: no NUL (PostgreSQL has none), no half of a surrogate pair (UTF-8 has none)."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def is_one_line(text: str) -> bool:
    """Return whether a text can stand in a mail's subject: no line break and no control character."""
    return not _BREAKS.search(text)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a message can't be sent as it is: a code and what belongs to it."""

    code: str
    field: str
    detail: str | int


def find_problem(subject: str, body: str) -> Problem | None:
    """Return the first reason why these texts must not be sent, or None: subject, then body, then blanks (MSG-23)."""
    if not subject.strip():
        return Problem("subject_invalid", "subject", "empty")
    if not is_one_line(subject):
        return Problem("subject_invalid", "subject", "line_break")
    if len(subject) > SUBJECT_LIMIT:
        return Problem("subject_invalid", "subject", "too_long")
    if not body.strip():
        return Problem("body_empty", "body", "empty")
    if blanks := count_blanks(subject, body):
        return Problem("blanks_left", "blanks", blanks)
    return None
