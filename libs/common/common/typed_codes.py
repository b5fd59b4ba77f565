"""Codes as people type them on a phone."""

from __future__ import annotations

import unicodedata

_LOOK_ALIKES = str.maketrans({"-": None, " ": None, "ー": None, "−": None, "‐": None, "–": None})


def tidy(typed: str) -> str:
    """Return a code as it is kept, however a phone wrote it: width, case, spaces and hyphens."""
    return unicodedata.normalize("NFKC", typed).translate(_LOOK_ALIKES).upper()
