"""Styles of cells: how numbers are shown, and which fonts strike through."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import dataclass

from directory.actions.workbook.elements import Attributes, is_true, local, number, walk
from directory.domain.number_formats import BUILT_IN, PLAIN, NumberFormat, read_format
from directory.domain.workbooks import WorkbookRefused


@dataclass(frozen=True, slots=True)
class Style:
    """What of a cell's style changes how it is read."""

    number_format: NumberFormat = PLAIN
    is_struck: bool = False


USUAL = Style()
# Excel's own bounds are 65,490 styles and 1,024 fonts.
MOST = 65_536


class _StylesReader:
    """Walks the part of styles: number formats, fonts, then the styles that cells name."""

    def __init__(self) -> None:
        self.styles: list[Style] = []
        self._codes = dict(BUILT_IN)
        self._struck_fonts: list[bool] = []
        self._known: dict[tuple[str, str], Style] = {}
        self._section = ""

    def start(self, name: str, attributes: Attributes) -> None:
        element = local(name)
        if element in ("numFmts", "fonts", "cellXfs"):
            self._section = element
        elif element == "numFmt" and self._section == "numFmts":
            code = attributes.get("formatCode", "")
            self._codes[number(attributes.get("numFmtId"))] = code
        elif element == "font" and self._section == "fonts":
            self._struck_fonts.append(False)
            _check_count(self._struck_fonts)
        elif element == "strike" and self._section == "fonts" and self._struck_fonts:
            self._struck_fonts[-1] = is_true(attributes.get("val", "1"))
        elif element == "xf" and self._section == "cellXfs":
            number_id = attributes.get("numFmtId", "0")
            font_id = attributes.get("fontId", "0")
            self.styles.append(self._style_of(number_id, font_id))
            _check_count(self.styles)

    def end(self, name: str) -> None:
        if local(name) == self._section:
            self._section = ""

    def _style_of(self, number_id: str, font_id: str) -> Style:
        style = self._known.get((number_id, font_id))
        if style is None:
            number_format = read_format(self._codes.get(number(number_id), ""))
            font = number(font_id)
            is_struck = font < len(self._struck_fonts) and self._struck_fonts[font]
            style = Style(number_format, is_struck)
            self._known[number_id, font_id] = style
        return style


def _check_count(listed: Sized) -> None:
    if len(listed) > MOST:
        raise WorkbookRefused("workbook_too_heavy")


def read_styles(chunks: Iterable[bytes]) -> list[Style]:
    """Return the styles in the order in which cells name them."""
    reader = _StylesReader()
    walk(chunks, reader.start, reader.end)
    return reader.styles
