"""Reads the cells of one row as they were meant, whoever the row is about."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from directory.domain.mail_addresses import guess_domain, has_invisible
from directory.domain.names import replace_radicals, tidy_name
from directory.domain.roster.cells import Unreadable
from directory.domain.roster.columns import Column, Value
from directory.domain.roster.layout import Layout
from directory.domain.roster.remarks import Remark
from directory.domain.workbooks import Mark, MarkKind, SheetRow

# Words and dashes with which offices fill a cell that says nothing.
_FILLERS = frozenset(
    ("-", "ー", "―", "−", "–", "なし", "無し", "無", "該当なし", "特になし", "n/a")
)
_DITTO = frozenset(("〃", "同上", "々", "仝", '"', "''", "″", "〻"))
_LONGEST_SIGN = max(map(len, _FILLERS | _DITTO))
_BRACKETS = " \u3000(（※【["
_EXAMPLES = ("記入例", "例)", "例）", "例:", "例：", "見本")
_FAULTS = {MarkKind.ERROR: "cell_error", MarkKind.UNCALCULATED: "cell_uncalculated"}


@dataclass
class CellReader:
    """Reads one row cell by cell and gathers what is to be said of it.

    `filled`: column → the text of the cell that is merged over this row from above.
    """

    layout: Layout
    row: SheetRow
    filled: Mapping[int, str] = field(default_factory=dict)
    errors: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Return whether the row says nothing in any known column."""
        return not any(
            tidy_name(self._raw(place)) or self._mark(place) for place in self.layout.used()
        )

    def _word(self, column: Column) -> str:
        return str(self._read(column) or "")

    def _read(self, column: Column) -> Value | None:
        return self._at(self.layout.places.get(column.field), column)

    def _at(self, place: int | None, column: Column) -> Value | None:
        """Return what a cell says; None where it is empty, absent or refused."""
        text = self._text(place, column)
        return self._understand(place, column, text) if text else None

    def _understand(self, place: int | None, column: Column, text: str) -> Value | None:
        try:
            return column.read(text)
        except Unreadable as unreadable:
            self._refuse(place, unreadable.code, **unreadable.params)
            return None

    def _warn_of(self, place: int | None, mail: str) -> None:
        """Say of an address what was taken out of it, and which one it may mean."""
        if place is not None and has_invisible(self._raw(place)):
            self._note(place, "mail_invisible", value=mail)
        meant = guess_domain(mail) if mail else None
        if meant:
            self._note(place, "mail_typo", value=mail, meant=meant)

    def _text(self, place: int | None, column: Column) -> str:
        """Return a cell's text as it was meant; empty where it says nothing, or is refused."""
        if place is None or self._refuses_mark(place, column):
            return ""
        raw = self._raw(place)
        if not raw:
            return ""
        typed = tidy_name(raw)
        text = replace_radicals(typed)
        if text != typed:
            self._note(place, "radical_read", value=typed, meant=text)
        if len(text) > _LONGEST_SIGN:
            return text
        plain = unicodedata.normalize("NFKC", text).casefold()
        if text in _DITTO or plain in _DITTO:
            self._refuse(place, "cell_ditto", value=text)
            return ""
        if plain == "0":
            self._note(place, "zero_blank")
            return ""
        says_nothing = plain in _FILLERS or text in _FILLERS
        return "" if says_nothing and not column.takes_dashes else text

    def _refuses_mark(self, place: int, column: Column) -> bool:
        """Refuse an error of Excel, a formula without a value, and a date where none is meant."""
        mark = self._mark(place)
        if mark is None:
            return False
        if mark.kind is not MarkKind.DATE:
            self._refuse(place, _FAULTS[mark.kind], value=mark.text)
            return True
        if column.takes_date:
            return False
        self._refuse(place, "cell_date", value=mark.text)
        return True

    def _raw(self, place: int) -> str:
        here = self.row.texts[place] if place < len(self.row.texts) else ""
        return here or self.filled.get(place, "")

    def _mark(self, place: int) -> Mark | None:
        return self.row.marks.get(place)

    def _is_refused(self, column: Column) -> bool:
        place = self.layout.places.get(column.field)
        return any(error.spot.column == place for error in self.errors)

    def _refuse(self, place: int | None, code: str, **params: str | int) -> None:
        self.errors.append(Remark(self.layout.spot(self.row.number, place), code, params))

    def _note(self, place: int | None, code: str, **params: str | int) -> None:
        self.notes.append(Remark(self.layout.spot(self.row.number, place), code, params))


def is_example(row: SheetRow) -> bool:
    """Return whether a row only shows how to fill one in."""
    return any(text.lstrip(_BRACKETS).startswith(_EXAMPLES) for text in row.texts if text)
