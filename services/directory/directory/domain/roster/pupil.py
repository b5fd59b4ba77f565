"""What is kept of a child, whichever columns these are, and those that matching asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from directory.domain.people import search_key
from directory.domain.roster.columns import Value

Values = Mapping[str, Value | None]


@dataclass(frozen=True)
class PupilValues:
    """A child of a file or of the roster; `values`: column of `members` → what stands there."""

    values: Values

    @property
    def display_name(self) -> str:
        return str(self.values["display_name"])

    @property
    def kana(self) -> str:
        return str(self.values.get("kana") or "")

    @property
    def number(self) -> int | None:
        number = self.values.get("number")
        return None if number is None else int(number)

    @property
    def management_number(self) -> str | None:
        number = self.values.get("management_number")
        return str(number) if number else None

    @property
    def file_row(self) -> int | None:
        """Return where the child stands in a file, if it does."""
        return None

    @property
    def birth_date(self) -> str | None:
        day = self.values.get("birth_date")
        return str(day) if day else None


def search_key_of(values: Values) -> str:
    """Return what a search looks through of a child with these values."""
    formal = values.get("formal_name")
    return search_key(
        str(values["display_name"]), str(formal) if formal else None, str(values.get("kana") or "")
    )
