"""Read an uploaded file, .xlsx or CSV, without trusting it (DIR-2).

What its first bytes tell is said here; all else is done in a process of its own, under limits
(`directory.actions.workbook`).
"""

from __future__ import annotations

from directory.actions.workbook import process, wire
from directory.domain import workbooks
from directory.domain.workbooks import Sheet, WorkbookRefused

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_sheets(content: bytes) -> tuple[Sheet, ...]:
    """Return all sheets of a file, in its order; of hidden ones only the name.

    A CSV is one sheet without a name.

    Raises:
        WorkbookRefused: for anything but a small, plain, harmless file.
        Busy: `import_busy` while others are being read.

    """
    check_first_bytes(content)
    answer = process.ask_child(content)
    return tuple(wire.read_sheets(answer.splitlines()))


def check_first_bytes(content: bytes) -> None:
    """Raise WorkbookRefused for what is no such file already by its size or its beginning."""
    if not content.strip():
        raise WorkbookRefused("workbook_empty")
    if len(content) > workbooks.MAX_BYTES:
        raise WorkbookRefused("workbook_too_large", limit_mb=workbooks.MAX_BYTES // 2**20)
    if content.startswith(_OLE_MAGIC):
        is_encrypted = _OLE_ENCRYPTED in content
        raise WorkbookRefused("workbook_encrypted" if is_encrypted else "workbook_old_format")
