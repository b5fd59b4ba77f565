"""What a workbook may be before anybody reads it: limits, and the one way of saying no."""

from __future__ import annotations

from common.errors import Invalid

MAX_BYTES = 5 * 1024 * 1024
MAX_ENTRIES = 200
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 200
MAX_ROWS = 20_000
MAX_COLUMNS = 64
MAX_TEXT = 16 * 1024 * 1024
CHILD_MEMORY_BYTES = 512 * 1024 * 1024
CHILD_CPU_SECONDS = 10
CHILD_WALL_SECONDS = 20

SENTENCES: dict[str, str] = {
    "workbook_too_large": "The file is larger than {limit_mb} MB.",
    "workbook_empty": "The file is empty.",
    "workbook_old_format": "The file is an old .xls workbook; save it as .xlsx.",
    "workbook_encrypted": "The workbook is protected by a password; save it without one.",
    "workbook_not_xlsx": "The file is not an .xlsx workbook.",
    "workbook_damaged": "The workbook is damaged and cannot be read.",
    "workbook_macro": "The workbook holds macros; save it as .xlsx without them.",
    "workbook_bomb": "The workbook unpacks to far more than its size allows.",
    "workbook_too_wide": (
        "The workbook has a cell at {cell}, outside {rows} rows and {columns} columns."
    ),
    "workbook_too_heavy": "The workbook needs more time or memory to read than a roster should.",
    "workbook_no_sheet": "The workbook has no visible sheet.",
}


class WorkbookRefused(Invalid):
    """The file is no workbook that a roster may come from.

    `code` is a key of `SENTENCES`, `params` fill it.
    """

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, SENTENCES[code].format(**params), fields=dict(params))
        self.params = params
