"""Temporary passwords as a workbook, for who hands them out (ID-4)."""

from __future__ import annotations

import io
from collections.abc import Sequence

from common.answers.identity import TemporaryPasswordOut
from common.workbook import HEADING, open_workbook, text_format, write_cell
from gateway.domain import dates

COLUMNS = ("氏名", "職名", "メールアドレス", "一時パスワード", "期限（日本時間）")
_WIDTHS = (20, 16, 34, 24, 24)
# Below the school and an empty row.
_FIRST_ROW = 2


def write_passwords(rows: Sequence[TemporaryPasswordOut], *, school: str) -> bytes:
    """Return a workbook with a row for each temporary password."""
    content = io.BytesIO()
    with open_workbook(content) as book:
        sheet = book.add_worksheet("一時パスワード")
        text = text_format(book)
        heading = book.add_format(HEADING)
        title = f"{school}　一時パスワード　取扱注意　渡し終えたら、このファイルを消してください"
        write_cell(sheet, (0, 0), title, text)
        for column, words in enumerate(COLUMNS):
            write_cell(sheet, (_FIRST_ROW, column), words, heading)
            sheet.set_column(column, column, _WIDTHS[column])
        for row, one in enumerate(rows, start=_FIRST_ROW + 1):
            for column, cell in enumerate(_cells_of(one)):
                write_cell(sheet, (row, column), cell, text)
        sheet.freeze_panes(_FIRST_ROW + 1, 0)
    return content.getvalue()


def _cells_of(row: TemporaryPasswordOut) -> tuple[str, ...]:
    return (
        row["display_name"],
        row["post"],
        row["mail"],
        row["password"],
        dates.say_until(row["temporary_until"] or ""),
    )
