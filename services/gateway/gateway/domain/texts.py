"""What staff type, in pieces that a page can show safely.

Pieces are blanks of a template, links and telephone numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from common import web_addresses


@dataclass(frozen=True, slots=True)
class MarkedPiece:
    """A piece of text; `href` where it is a link, `is_blank` where it waits to be filled."""

    text: str
    href: str = ""
    is_blank: bool = False


def split_marked(text: str, marked: Sequence[str]) -> Iterator[MarkedPiece]:
    """Yield a text in pieces, those brackets marked that still wait for their author."""
    if not marked:
        yield MarkedPiece(text)
        return
    any_of_them = "|".join(re.escape(bracket) for bracket in marked)
    end = 0
    for found in re.finditer(any_of_them, text):
        if found.start() > end:
            yield MarkedPiece(text[end : found.start()])
        yield MarkedPiece(found[0], is_blank=True)
        end = found.end()
    if end < len(text):
        yield MarkedPiece(text[end:])


def split_links(text: str) -> Iterator[MarkedPiece]:
    """Yield a text in pieces: https addresses and telephone numbers have an href, others none."""
    for piece in web_addresses.split(text):
        yield MarkedPiece(piece.text, piece.href)


def as_lines(text: str) -> str:
    """Return a text from a form with LF line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
