"""Texts of a workbook: the shared table, rich text run by run, and Excel's own escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from directory.actions.workbook.budget import Budget, Collected
from directory.actions.workbook.elements import Attributes, is_true, local, walk

# A character that XML cannot hold, by its UTF-16 unit: _x000D_ (ECMA-376 part 1, 22.9.2.19).
_ESCAPED = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")
_UNIT = re.compile(r"_x([0-9A-Fa-f]{4})_")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def unescape(text: str) -> str:
    """Resolve Excel's escapes; NUL and half a character become U+FFFD, which names refuse."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(_characters, text)


def _characters(found: re.Match[str]) -> str:
    units = [int(unit, 16).to_bytes(2, "little") for unit in _UNIT.findall(found[0])]
    text = b"".join(units).decode("utf-16-le", "replace")
    return text.replace("\0", REPLACEMENT)


class RichText:
    """Gathers `t` elements, in runs or alone, without the reading above them (`rPh`)."""

    def __init__(self) -> None:
        self._text = Collected()
        self._is_inside = False
        self._is_phonetic = False
        self._run_is_struck = False
        self._any_is_struck = False

    def start(self, name: str, attributes: Attributes) -> None:
        match name:
            case "t":
                self._is_inside = not self._is_phonetic
            case "r":
                self._run_is_struck = False
            case "strike":
                self._run_is_struck = is_true(attributes.get("val", "1"))
            case "rPh":
                self._is_phonetic = True

    def add(self, piece: str) -> None:
        if self._is_inside:
            self._text.add(piece)
            if self._run_is_struck and not piece.isspace():
                self._any_is_struck = True

    def end(self, name: str) -> None:
        match name:
            case "t":
                self._is_inside = False
            case "r":
                self._run_is_struck = False
            case "rPh":
                self._is_phonetic = False

    def finish(self) -> tuple[str, bool]:
        """Return the text and whether any of it is struck through, and begin anew."""
        is_struck = self._any_is_struck
        self._any_is_struck = False
        return unescape(self._text.empty()), is_struck


@dataclass
class SharedTexts:
    """The workbook's table of texts; `struck`: places of those that are struck through."""

    texts: list[str] = field(default_factory=list)
    struck: set[int] = field(default_factory=set)


def read_texts(chunks: Iterable[bytes], budget: Budget) -> SharedTexts:
    shared = SharedTexts()
    rich = RichText()

    def start(name: str, attributes: Attributes) -> None:
        rich.start(local(name), attributes)

    def end(name: str) -> None:
        element = local(name)
        if element != "si":
            rich.end(element)
            return
        text, is_struck = rich.finish()
        length = len(text)
        budget.take(length)
        if is_struck:
            place = len(shared.texts)
            shared.struck.add(place)
        shared.texts.append(text)

    walk(chunks, start, end, rich.add)
    return shared
