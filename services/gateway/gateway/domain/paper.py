"""A list as it stands on the screen, set on paper where the browser can't number its sheets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

# So many keep a thread busy for about 2 s; the largest school has 1,200 children.
MOST_ROWS = 2000
MOST_CELLS = 12


class NoList(ValueError):
    """What was handed in is no list of rows, or has too many."""


@dataclass(frozen=True, slots=True)
class PaperSection:
    """Rows under one heading.

    A row of one cell is a heading of its own; `heads` stand above the columns on every sheet.
    """

    title: str
    heads: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Paper:
    """A list with its title, and what it is narrowed to."""

    title: str
    about: str
    sections: list[PaperSection]

    @classmethod
    def read(cls, text: str) -> Paper:
        """Read what the page's script has gathered; raises NoList."""
        try:
            given = json.loads(text)
            title = _words(given["title"])
            about = _words(given["about"])
            sections = [_section(one) for one in given["sections"]]
            paper = cls(
                title=title,
                about=about,
                sections=sections,
            )
        except (ValueError, KeyError, TypeError):
            raise NoList("no list") from None
        rows = sum(len(section.rows) for section in paper.sections)
        if rows > MOST_ROWS:
            raise NoList("too many rows")
        return paper

    @property
    def records(self) -> int:
        """Return of how many people, or lines of the log, something stands on it."""
        rows = [row for section in self.sections for row in section.rows]
        return sum(len(row) > 1 for row in rows)

    def words(self) -> dict[str, object]:
        """Return it as the template reads it."""
        return asdict(self)


def _section(given: Any) -> PaperSection:
    rows = [_row(row) for row in given["rows"]]
    return PaperSection(_words(given["title"]), _row(given["heads"]), rows)


def _row(given: Any) -> list[str]:
    if not isinstance(given, list) or len(given) > MOST_CELLS:
        raise TypeError("a row is a list of cells")
    return [_words(cell) for cell in given]


def _words(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError("a cell is words")
    return given
