"""How much of a workbook is read in all: what both processes must hold."""

from __future__ import annotations

from directory.domain.workbooks import CELL_COST, MAX_CELL_TEXT, MAX_TEXT, WorkbookRefused


class Budget:
    """What may still be read, in characters."""

    def __init__(self, characters: int = MAX_TEXT) -> None:
        self._left = characters

    def take(self, characters: int, empty: int = 0) -> None:
        """Count a filled cell, a name or the like, and the empty cells before it.

        Raise WorkbookRefused `workbook_too_heavy` when nothing is left.
        """
        self._left -= characters + empty + CELL_COST
        if self._left < 0:
            raise WorkbookRefused("workbook_too_heavy")


class Collected:
    """The text of one cell, which comes in pieces."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        """Raise WorkbookRefused `workbook_too_heavy` for more than a cell may hold."""
        self._length += len(piece)
        if self._length > MAX_CELL_TEXT:
            raise WorkbookRefused("workbook_too_heavy")
        self._pieces.append(piece)

    def empty(self) -> str:
        """Return the text, and begin anew."""
        text = "".join(self._pieces)
        if text:
            self._pieces.clear()
            self._length = 0
        return text
