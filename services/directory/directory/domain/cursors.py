"""Where a page of a list ended, as text: the sort key of its last row.

By the key the list goes on though that row was moved or deleted meanwhile.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from directory.domain.errors import NoSuch


def write_cursor(*parts: str | int) -> str:
    """Return a sort key as one word of an address."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read_cursor(text: str, length: int) -> list[Any]:
    """Return the parts of a sort key; raise NotFound for what is none."""
    padding = "=" * (-len(text) % 4)
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + padding))
    except ValueError as error:
        raise NoSuch("page") from error
    if not isinstance(parts, list) or len(parts) != length:
        raise NoSuch("page")
    return parts
