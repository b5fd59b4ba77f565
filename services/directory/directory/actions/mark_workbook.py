"""Give an uploaded file back with a sentence at each cell that must be corrected (DIR-2)."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from directory.actions.workbook import process
from directory.actions.workbook.wire import Order, write_order
from directory.domain.workbooks import Note, WorkbookRefused

log = structlog.get_logger()


def mark_workbook(content: bytes, notes: Sequence[Note]) -> bytes:
    """Return the .xlsx that was uploaded, marked; what can't be kept whole comes as its rows.

    A CSV comes as its rows too.

    Raises:
        WorkbookRefused: `workbook_too_heavy` for what takes too long even so.
        Busy: `import_busy` while others are being read.

    """
    try:
        return _ask(Order(content, notes, as_rows=False))
    except WorkbookRefused as refusal:
        log.info("workbook.marked_as_rows", reason=refusal.code)
    return _ask(Order(content, notes, as_rows=True))


def _ask(order: Order) -> bytes:
    return process.ask_child(write_order(order), process.MARK)
