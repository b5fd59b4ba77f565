"""Sheets as lines of JSON between the two processes: a line a row.

So the process that serves everybody never parses the whole at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from directory.domain.workbooks import Mark, MarkKind, Merge, Sheet, SheetRow


def write_sheets(sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """Yield each sheet's own line, then one for each of its rows."""
    for sheet in sheets:
        merges = [[merge.top, merge.bottom, merge.left, merge.right] for merge in sheet.merges]
        yield orjson.dumps(
            {
                "name": sheet.name,
                "rows": len(sheet.rows),
                "merges": merges,
                "is_hidden": sheet.is_hidden,
                "is_cut": sheet.is_cut,
            }
        )
        for row in sheet.rows:
            marks = [[column, mark.kind, mark.text] for column, mark in row.marks.items()]
            yield orjson.dumps(
                [row.number, list(row.texts), marks, list(row.struck), row.is_hidden]
            )


def read_sheets(lines: Iterable[bytes]) -> Iterator[Sheet]:
    """Yield what `write_sheets` wrote."""
    left = iter(lines)
    for line in left:
        about: dict[str, Any] = orjson.loads(line)
        rows = tuple(_read_row(next(left)) for _ in range(about["rows"]))
        merges = tuple(Merge(*edges) for edges in about["merges"])
        yield Sheet(about["name"], rows, merges, about["is_hidden"], about["is_cut"])


def _read_row(line: bytes) -> SheetRow:
    number, texts, marks, struck, is_hidden = orjson.loads(line)
    found = {column: Mark(MarkKind(kind), text) for column, kind, text in marks}
    return SheetRow(number, tuple(texts), found, frozenset(struck), is_hidden)
