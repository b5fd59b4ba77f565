"""What staff type, cut into pieces that a page can show safely: blanks of a template, links, telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


def split_marked(text: str, marked: Sequence[str]) -> Iterator[Piece]:
    """Yield a text in pieces, those brackets marked that still wait for their author."""
    if not marked:
        yield Piece(text)
        return
    end = 0
    for found in re.finditer("|".join(map(re.escape, marked)), text):
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
