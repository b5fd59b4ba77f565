"""The one form in which a document is hashed, signed and given away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON with sorted keys and no spaces, in UTF-8.

    Ids are written with hyphens, moments with all six digits behind the second, as they come.
    """
    text = json.dumps(
        document,
        default=_as_text,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return text.encode()


def _as_text(value: Any) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    raise TypeError(f"a {type(value).__name__} has no one form")
