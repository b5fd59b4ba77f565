"""What staff type, cut into pieces that a page can show safely: blanks of a template, links, telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# As messaging counts them: a pair of brackets, or a lone one that is left of a pair.
_BLANK = re.compile(r"〔[^〔〕]*〕|[〔〕]")
# Only http and https ever become links. Japanese text touches an address without a space, so the address ends at the first
# character that is not printable ASCII.
_LINK = re.compile(r"https?://[!#-;=?-Z_a-z~%&]+|(?<![0-9-])0\d{1,4}-\d{1,4}-\d{3,4}(?![0-9-])")
_TRAILING = ".,:;!?)'"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text; `href` where it is a link, `is_blank` where it waits to be filled."""

    text: str
    href: str = ""
    is_blank: bool = False


def count_blanks(*texts: str) -> int:
    """Return how many unfilled blanks 〔 〕 stand in the texts (MSG-23)."""
    return sum(len(_BLANK.findall(text)) for text in texts)


def split_blanks(text: str) -> Iterator[Piece]:
    """Yield a text in pieces, blanks marked."""
    end = 0
    for found in _BLANK.finditer(text):
        if found.start() > end:
            yield Piece(text[end : found.start()])
        yield Piece(found[0], is_blank=True)
        end = found.end()
    if end < len(text):
        yield Piece(text[end:])


def split_links(text: str) -> Iterator[Piece]:
    """Yield a text in pieces: https addresses and telephone numbers with an href, everything else without."""
    end = 0
    for found in _LINK.finditer(text):
        shown = found[0].rstrip(_TRAILING)
        if found.start() > end:
            yield Piece(text[end : found.start()])
        yield Piece(shown, shown if shown.startswith("http") else f"tel:{shown}")
        end = found.start() + len(shown)
    if end < len(text):
        yield Piece(text[end:])


def as_lines(text: str) -> str:
    """Return a text from a form with LF line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
