"""What stands on a lock screen: title ≤ 18, body ≤ 40 characters, nothing private (screens.md 3.6).

A lock screen is read by whoever lies beside the phone: a personal message says only that there is
one, and no child is ever named.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

TITLE_LIMIT = 18
BODY_LIMIT = 40
# As in mail subjects; it leaves ten characters for mark or class.
SHORT_NAME_LIMIT = 8
MARKS = {"urgent": "【緊急】"}
PERSONAL = "個別の連絡が1件あります"
OPEN_FOR_MORE = "くわしくは開いてください"
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as a lock screen shows it."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class NoticeTold:
    """What of a message may be told: `addressing` names a class or group ("": single children, of
    whom messaging says nothing), `line` is its short text.
    """

    school_short_name: str
    mark: str | None
    addressing: str
    subject: str
    line: str
    is_urgent: bool
    is_personal: bool


def notice_of(told: NoticeTold) -> Notice:
    """Return title and body of a message."""
    school = shorten(told.school_short_name, SHORT_NAME_LIMIT)
    if told.is_personal:
        return Notice(MARKS.get(told.mark or "", "") + school, PERSONAL)
    if told.mark in MARKS:
        title = MARKS[told.mark] + school
    else:
        title = f"{school} {_one_line(told.addressing)}".rstrip()
        # Half a group's name says less than none.
        if _length(title) > TITLE_LIMIT:
            title = school
    return Notice(title, _body(told))


def _body(told: NoticeTold) -> str:
    if not told.is_urgent:
        return shorten(_one_line(told.subject), BODY_LIMIT)
    line = _one_line(told.line) or _one_line(told.subject)
    ended = line if line.endswith(("。", "！", "？")) else f"{line}。"
    with_hint = ended + OPEN_FOR_MORE
    return with_hint if _length(with_hint) <= BODY_LIMIT else shorten(line, BODY_LIMIT)


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` characters as people count them, the last one an ellipsis when
    something was cut.
    """
    characters = _characters(text)
    return text if len(characters) <= limit else "".join(characters[: limit - 1]) + "…"


def _length(text: str) -> int:
    return len(_characters(text))


def _characters(text: str) -> list[str]:
    """Divide a text where people would: a mark, a variant selector (葛󠄀) or a joined emoji stays
    with what it belongs to.
    """
    found: list[str] = []
    for letter in text:
        is_part = (
            unicodedata.combining(letter)
            or unicodedata.category(letter) in ("Mn", "Me")
            or letter == _JOINER
        )
        if found and (is_part or found[-1].endswith(_JOINER)):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _one_line(text: str) -> str:
    """Return the text without line breaks and what can't be seen: direction marks would turn a lock
    screen round.
    """
    seen = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        if not _is_hidden(c)
    )
    return " ".join(part for part in seen.split(" ") if part)


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" and letter != _JOINER
