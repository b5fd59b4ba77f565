"""Lists by key, never by offset: `?after=<key of the last item seen>&limit=`.

The answer is {"items": [...], "next": key or null}.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import marshmallow as ma


class PageQuery(ma.Schema):
    """The query of a paged list."""

    after = ma.fields.String(load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


def page_of(rows: Sequence[Any], limit: int, key: Callable[[Any], str]) -> dict[str, Any]:
    """Return a page out of up to `limit` + 1 rows.

    One more than asked for tells that there is a next page.
    """
    shown = rows[:limit]
    following = key(shown[-1]) if len(rows) > limit else None
    return {"items": shown, "next": following}
