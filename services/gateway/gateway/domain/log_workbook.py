"""The operation log as a workbook, for who must keep or hand on a part of it (ID-9)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from common.clock import to_jst
from common.workbook import HEADING, open_workbook, text_format, write_cell
from gateway.domain.log_lines import LogLine

COLUMNS = ("日時（日本時間）", "終わりの日時", "だれが", "何をした", "だれの・どの", "くわしく")
_WIDTHS = (20, 20, 22, 34, 44, 30)
# Below the school, what is shown, how many lines there are, and an empty row.
_FIRST_ROW = 4


def write_log(lines: Sequence[LogLine], *, school: str, shown: str, left_off: bool) -> bytes:
    """Return a workbook of lines, the newest first.

    `shown`: the filters in words; `left_off`: whether older lines are missing.
    """
    content = io.BytesIO()
    with open_workbook(content) as book:
        sheet = book.add_worksheet("操作ログ")
        text = text_format(book)
        heading = book.add_format(HEADING)
        moment = book.add_format(
            {"num_format": "yyyy/mm/dd hh:mm:ss", "valign": "top", "align": "left"}
        )
        count = _count_words(len(lines), left_off=left_off)
        above = (f"{school}　操作ログ　取扱注意", shown, count)
        for row, words in enumerate(above):
            write_cell(sheet, (row, 0), words, text)
        for column, words in enumerate(COLUMNS):
            write_cell(sheet, (_FIRST_ROW, column), words, heading)
            sheet.set_column(column, column, _WIDTHS[column])
        for row, line in enumerate(lines, start=_FIRST_ROW + 1):
            for column, cell in enumerate(_cells_of(line)):
                style = moment if isinstance(cell, datetime) else text
                write_cell(sheet, (row, column), cell, style)
        sheet.freeze_panes(_FIRST_ROW + 1, 0)
        last_row = _FIRST_ROW + max(1, len(lines))
        sheet.autofilter(_FIRST_ROW, 0, last_row, len(COLUMNS) - 1)
    return content.getvalue()


def _count_words(count: int, *, left_off: bool) -> str:
    if not left_off:
        return f"{count}件"
    return f"{count}件（新しいものから。これより古い記録は入っていません）"


def _cells_of(line: LogLine) -> tuple[datetime | str, ...]:
    is_folded = line.last_at != line.at
    return (
        _in_japan(line.at),
        _in_japan(line.last_at) if is_folded else "",
        line.who,
        line.what,
        line.whom,
        line.more,
    )


def _in_japan(moment: datetime) -> datetime:
    """Return a moment as Excel keeps one: the clock of Japan, without a zone, to the second."""
    return to_jst(moment).replace(tzinfo=None, microsecond=0)
