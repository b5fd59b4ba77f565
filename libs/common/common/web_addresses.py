"""Web addresses and telephone numbers in what people typed: where one begins, and where it ends.

Japanese text touches an address without a space:
「申込はhttps://forms.example.test/aをご覧ください」. Every place that shows such a text cuts it
here, so that a mail, a talk and the reading page open the same address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# Only http and https ever become links. An address ends at the first character that is not
# printable ASCII.
_LINK = re.compile(r"https?://[!#-;=?-Z_a-z~%&]+|(?<![0-9-])0\d{1,4}-\d{1,4}-\d{3,4}(?![0-9-])")
_TRAILING = ".,:;!?)'"  # these end a sentence more often than an address


class LinkPiece(NamedTuple):
    """A piece of text; `href` where it is a link, else empty."""

    text: str
    href: str

    @property
    def is_web(self) -> bool:
        """Return whether this is a web address."""
        return self.href.startswith("http")


def split(text: str) -> Iterator[LinkPiece]:
    """Yield a text in pieces.

    Web addresses and telephone numbers bear an href, everything else none.
    """
    end = 0
    for found in _LINK.finditer(text):
        shown = _without_trailing(found[0])
        if shown.endswith("://"):
            continue
        if found.start() > end:
            yield LinkPiece(text[end : found.start()], "")
        href = shown if shown.startswith("http") else f"tel:{shown}"
        yield LinkPiece(shown, href)
        end = found.start() + len(shown)
    if end < len(text):
        yield LinkPiece(text[end:], "")


def set_apart(text: str) -> str:
    """Return the text with a space behind each web address that Japanese follows at once.

    In plain text a reader's program decides where an address ends, and many swallow the words
    behind it.
    """
    pieces = list(split(text))
    apart = []
    for number, piece in enumerate(pieces):
        apart.append(piece.text)
        is_last = number + 1 == len(pieces)
        if piece.is_web and not is_last and _runs_on(pieces[number + 1].text):
            apart.append(" ")
    return "".join(apart)


def cut_position(text: str, position: int) -> int:
    """Return where to cut a text that may be cut at `position` at the latest.

    That is before an address, never within or right behind it: there an ellipsis would follow,
    which a reader's program takes for a part of the address.
    """
    start = 0
    for piece in split(text):
        end = start + len(piece.text)
        if piece.href and start < position <= end:
            return start
        start = end
    return position


def _without_trailing(address: str) -> str:
    """Return an address without what ends the sentence around it.

    A bracket that the address opened itself is its own.
    """
    while address.endswith(tuple(_TRAILING)):
        if address.endswith(")") and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address


def _runs_on(text: str) -> bool:
    """Return whether this text's beginning could be taken for a part of the address before."""
    behind_marks = text.lstrip(_TRAILING)
    if not behind_marks:
        return False
    first = behind_marks[0]
    return not first.isascii() and not first.isspace()
