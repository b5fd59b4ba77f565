"""A form as the browser sent it."""

from __future__ import annotations

from typing import Protocol


class Form(Protocol):
    """A submitted form: one value or all values of a name."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> list[str]: ...


# As many digits as any number of ours has.
_MOST_DIGITS = 9


def read_count(text: str) -> int | None:
    """Return a number of half-width digits, None for anything else and for what is far too long."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
