"""What is to be said of a roster file: of its cells, of what was not read, and what to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the file.

    `row` as Excel counts; `column` 0-based, None where a whole row is meant; `heading` as the file
    writes it; `sheet` is empty where the file has none (CSV).
    """

    sheet: str
    row: int
    column: int | None = None
    heading: str = ""

    @property
    def cell(self) -> str:
        """Return a name such as F14, empty for a whole row."""
        return "" if self.column is None else f"{column_name(self.column)}{self.row}"


def column_name(column: int) -> str:
    """Return a 0-based column as Excel writes it: F."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a cell, or worth knowing of it; `params` fill the sentence for `code`."""

    spot: Spot
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as it goes over HTTP; its sentence is made by who shows it."""
        return {
            "sheet": self.spot.sheet,
            "row": self.spot.row,
            "column": self.spot.heading,
            "cell": self.spot.cell,
            "code": self.code,
            "params": dict(self.params),
        }


@dataclass(frozen=True, slots=True)
class Unused:
    """What of the file is not read: a sheet, a column or rows, and why (a code).

    `where`: a sheet's name, a column's letter, a row's number; `text`: what it is headed.
    """

    kind: str
    sheet: str
    where: str
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What only the office can decide.

    `key` stays the same from reading to reading; `choices`: the first is taken where it is not
    `must`; `params` fill the sentence for `kind`.
    """

    key: str
    kind: str
    spot: Spot
    choices: tuple[str, ...]
    must: bool
    params: Mapping[str, str | int] = field(default_factory=dict)

    def is_open(self, decisions: Decisions) -> bool:
        """Return whether it must be decided and is not."""
        return self.must and decisions.get(self.key) not in self.choices

    def as_json(self, decisions: Decisions) -> dict[str, Any]:
        """Return it with what was chosen, as it goes over HTTP."""
        usual = None if self.must else self.choices[0]
        chosen = decisions.get(self.key, usual)
        return {
            "key": self.key,
            "kind": self.kind,
            "sheet": self.spot.sheet,
            "row": self.spot.row,
            "cell": self.spot.cell,
            "choices": list(self.choices),
            "must": self.must,
            "chosen": chosen if chosen in self.choices else None,
            "params": dict(self.params),
        }


# Question's key → what was chosen.
Decisions = Mapping[str, str]
