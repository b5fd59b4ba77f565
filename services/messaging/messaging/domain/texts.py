"""Rules about what staff type: subjects, bodies, and the blanks of a template."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

SUBJECT_LIMIT = 100
BODY_LIMIT = 10_000
SHORT_LIMIT = 200
TEST_PREFIX = "（テスト）"

# A bracket of one line, with what stands in it; a lone one is what is left of a pair.
_BRACKET = re.compile(r"〔[^〔〕\n]*〕|[〔〕]")
# CR and LF would start a new header in a mail; the others move the cursor where a screen shows the
# subject.
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class OpenBlank:
    """A place of a template that is to be filled: how it stands in the texts, 〔13時40分〕, and
    what goes there ("": open).
    """

    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """The three texts of a message.

    `short_text` stands on LINE and in notifications; empty: the body's beginning does.
    """

    subject: str
    body: str
    short_text: str

    def __iter__(self) -> Iterator[str]:
        return iter((self.subject, self.body, self.short_text))

    def filled(self, blanks: Iterable[OpenBlank]) -> Texts:
        """Return the texts with each blank that has a value replaced by it."""
        return Texts(*(fill(text, blanks) for text in self))


def find_brackets(texts: Iterable[str]) -> list[str]:
    """Return the brackets 〔…〕 in the texts, each different one once, in their order."""
    found = [bracket for text in texts for bracket in _BRACKET.findall(text)]
    return list(dict.fromkeys(found))


def fill(text: str, blanks: Iterable[OpenBlank]) -> str:
    """Return a text with its blanks filled, as far as they have values."""
    for blank in blanks:
        if blank.value:
            text = text.replace(blank.text, blank.value)
    return text


def is_storable(text: str) -> bool:
    """Return whether a text can be kept: no NUL (PostgreSQL has none), no half of a surrogate pair
    (UTF-8 has none).
    """
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def is_one_line(text: str) -> bool:
    """Return whether a text can be a mail's subject: no line break and no control character."""
    return not _BREAKS.search(text)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a message can't be sent as it is: a code and what belongs to it."""

    code: str
    field: str
    detail: str | int


@dataclass(frozen=True, slots=True)
class Brackets:
    """What is known of the brackets in a message: those that came with its template, and those that
    its author keeps.
    """

    blanks: Sequence[OpenBlank] = ()
    kept: Collection[str] = ()

    def open_in(self, texts: Iterable[str]) -> list[str]:
        """Return the template's blanks that still stand in the texts (MSG-23)."""
        mine = {blank.text for blank in self.blanks}
        return [bracket for bracket in find_brackets(texts) if bracket in mine]

    def unsure_in(self, texts: Iterable[str]) -> list[str]:
        """Return brackets that somebody typed: a blank of one's own, or 〔参考〕, which only its
        author can tell.
        """
        known = {blank.text for blank in self.blanks}
        known.update(self.kept)
        return [bracket for bracket in find_brackets(texts) if bracket not in known]


def find_problem(texts: Texts, brackets: Brackets) -> Problem | None:
    """Return the first reason why these texts, blanks filled in, must not be sent, or None.

    Looked at in the order of the screen: subject, body, blanks left open in any of the three
    (MSG-23), brackets of one's own.
    """
    if not texts.subject.strip():
        return Problem("subject_invalid", "subject", "empty")
    if not is_one_line(texts.subject):
        return Problem("subject_invalid", "subject", "line_break")
    if len(texts.subject) > SUBJECT_LIMIT:
        return Problem("subject_invalid", "subject", "too_long")
    if not texts.body.strip():
        return Problem("body_empty", "body", "empty")
    if len(texts.body) > BODY_LIMIT:
        return Problem("body_too_long", "body", "too_long")
    if len(texts.short_text) > SHORT_LIMIT:
        return Problem("short_text_too_long", "short_text", "too_long")
    left = brackets.open_in(texts)
    if left:
        return Problem("blanks_left", "blanks", len(left))
    unsure = brackets.unsure_in(texts)
    if unsure:
        return Problem("brackets_unsure", "brackets", " ".join(unsure))
    return None
