"""What goes between the two processes: an order to mark a file, and sheets as lines of JSON.

A line a row: so the process that serves everybody never parses the whole at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from directory.domain.workbooks import Mark, MarkKind, Merge, Note, Sheet, SheetRow


def write_sheets(sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """Yield each sheet's own line, then one for each of its rows."""
    for sheet in sheets:
        merges = [_corners_of(merge) for merge in sheet.merges]
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


def _corners_of(merge: Merge) -> list[int]:
    return [merge.top, merge.bottom, merge.left, merge.right]


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


@dataclass(frozen=True, slots=True)
class Order:
    """A file to mark; `as_rows`: as a new workbook of what was read of it."""

    content: bytes
    notes: Sequence[Note]
    as_rows: bool


def write_order(order: Order) -> bytes:
    """Return a line of JSON with the file behind it."""
    notes = [asdict(note) for note in order.notes]
    return orjson.dumps({"notes": notes, "as_rows": order.as_rows}) + b"\n" + order.content


def read_order(written: bytes) -> Order:
    """Return what `write_order` wrote."""
    first, _, content = written.partition(b"\n")
    about: dict[str, Any] = orjson.loads(first)
    notes = [Note(**note) for note in about["notes"]]
    return Order(content, notes, about["as_rows"])
