"""Read an uploaded .xlsx as rows of text without trusting it (DIR-2).

Cheap checks first, in this process; then calamine in a child under limits
(`directory.actions.workbook_child`).
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
import zlib

from directory.domain import workbooks
from directory.domain.workbooks import MAX_COLUMNS, MAX_ROWS, Sheet, WorkbookRefused, sheet_of

_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Cells and rows by their own word for where they are; in text a `<` is always escaped, so nothing
# else matches.
_PLACE = re.compile(
    rb"<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*[\"']([A-Z]{0,3})([0-9]{1,8})[\"']"
)
_CHUNK = 1 << 20
_OVERLAP = 1 << 10


def read_sheets(content: bytes) -> tuple[Sheet, ...]:
    """Return what the sheets of a workbook hold."""
    return (sheet_of(read_workbook(content)),)


def read_workbook(content: bytes) -> list[list[str]]:
    """Return the first visible sheet's cells as text, row by row from A1.

    Raises:
        WorkbookRefused: for anything but a small, plain, harmless .xlsx.

    """
    check_workbook(content)
    return _read_in_child(content)


def check_workbook(content: bytes) -> None:
    """Refuse what need not be parsed to be known as wrong.

    Kind, size, macros, passwords, bombs, far cells.
    """
    if not content:
        raise WorkbookRefused("workbook_empty")
    if len(content) > workbooks.MAX_BYTES:
        raise WorkbookRefused("workbook_too_large", limit_mb=workbooks.MAX_BYTES // 2**20)
    if content.startswith(_OLE_MAGIC):
        is_encrypted = _OLE_ENCRYPTED in content
        raise WorkbookRefused("workbook_encrypted" if is_encrypted else "workbook_old_format")
    if not content.startswith(_ZIP_MAGIC):
        raise WorkbookRefused("workbook_not_xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive.infolist())
            for entry in archive.infolist():
                _check_places(archive, entry)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        # Python's own, from zipfile: a way of packing that it does not know.
        NotImplementedError,
        ValueError,
        RuntimeError,
        OSError,
    ) as error:
        raise WorkbookRefused("workbook_damaged") from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    is_package = "[Content_Types].xml" in names
    if not is_package or not any(name.startswith("xl/") for name in names):
        raise WorkbookRefused("workbook_not_xlsx")
    if len(names) > workbooks.MAX_ENTRIES:
        raise WorkbookRefused("workbook_bomb")
    if len(set(names)) < len(names):
        raise WorkbookRefused("workbook_damaged")
    if any(_is_macro(name.lower()) for name in names):
        raise WorkbookRefused("workbook_macro")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise WorkbookRefused("workbook_encrypted")
    _check_unpacked(entries)


def _check_unpacked(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    most = workbooks.MAX_RATIO * max(packed, 1)
    if unpacked > min(most, workbooks.MAX_UNPACKED_BYTES):
        raise WorkbookRefused("workbook_bomb")


def _is_macro(name: str) -> bool:
    return "vbaproject" in name or name.startswith("xl/macrosheets/")


def _check_places(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Refuse a part that names a cell or row outside the limits.

    Any part may serve as a sheet, so all are looked at.
    """
    with archive.open(entry) as part:
        tail = b""
        while chunk := part.read(_CHUNK):
            for column, row in _PLACE.findall(tail + chunk):
                if int(row) > MAX_ROWS or _column_number(column) > MAX_COLUMNS:
                    cell = column.decode() + row.decode()
                    raise WorkbookRefused(
                        "workbook_too_wide", cell=cell, rows=MAX_ROWS, columns=MAX_COLUMNS
                    )
            tail = (tail + chunk)[-_OVERLAP:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _read_in_child(content: bytes) -> list[list[str]]:
    command = [sys.executable, "-I", "-m", "directory.actions.workbook_child"]
    try:
        child = subprocess.run(  # noqa: S603
            command,
            input=content,
            capture_output=True,
            timeout=workbooks.CHILD_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookRefused("workbook_too_heavy") from error
    if child.returncode != 0:
        raise WorkbookRefused("workbook_too_heavy")
    answer = json.loads(child.stdout)
    if "refused" in answer:
        raise WorkbookRefused(answer["refused"])
    rows: list[list[str]] = answer["rows"]
    return rows
