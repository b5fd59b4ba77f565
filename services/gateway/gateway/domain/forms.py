"""A form as the browser sent it."""

from __future__ import annotations

from typing import Protocol


class Form(Protocol):
    """A submitted form: one value or all values of a name."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> list[str]: ...
