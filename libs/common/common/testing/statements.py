"""How many statements a page costs: for tests that keep its queries few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event


def count_statements(engine: Engine) -> Callable[[], int]:
    """Return a function that tells how many statements ran since now."""
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1

    event.listen(engine, "before_cursor_execute", count)
    return lambda: seen
