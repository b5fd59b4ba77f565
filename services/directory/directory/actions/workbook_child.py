"""Read one workbook from standard input in a process of its own.

Run as `python -m directory.actions.workbook_child`. calamine allocates the whole rectangle between
the first and the last cell: a 1 KB file with cells at A1 and XFD1048576 aborts the process
(SIGABRT, no exception). So it runs here, under limits, and its death is an answer like any other.
Writes {"rows": [[text, ...], ...]} or {"refused": code} as JSON.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import sys
from typing import Any

from directory.domain.workbooks import (
    CHILD_CPU_SECONDS,
    CHILD_MEMORY_BYTES,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT,
)


def limit_this_process() -> None:
    """Bound memory and processor time, and forbid writing files and core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_CPU_SECONDS, CHILD_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell_text(value: Any) -> str:
    """Return a cell as the text a person sees: 4.0 as 4, a date in ISO form."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def read_rows(workbook: bytes) -> dict[str, Any]:
    """Read the first visible sheet from A1 on; formulas give their stored value."""
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        ]
        if not visible:
            return {"refused": "workbook_no_sheet"}
        sheet = book.get_sheet_by_name(visible[0])
        if sheet.total_height > MAX_ROWS or sheet.total_width > MAX_COLUMNS:
            return {"refused": "workbook_too_heavy"}
        rows = [[cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except PasswordError:
        return {"refused": "workbook_encrypted"}
    except (CalamineError, ValueError):
        return {"refused": "workbook_damaged"}
    if sum(len(cell) for row in rows for cell in row) > MAX_TEXT:
        return {"refused": "workbook_too_heavy"}
    return {"rows": rows}


def main() -> None:
    """Answer on standard output; a crash is an answer too."""
    limit_this_process()
    sys.stdout.buffer.write(json.dumps(read_rows(sys.stdin.buffer.read())).encode("ascii"))


if __name__ == "__main__":
    main()
