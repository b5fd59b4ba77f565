"""The operation log as a workbook, for who must keep or hand on a part of it (ID-9)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from xlsxwriter import Workbook

from common.clock import to_jst
from common.workbook import HEADING, SAFE, text_format, write_cell
from gateway.domain.log_lines import Line

COLUMNS = ("日時（日本時間）", "終わりの日時", "だれが", "何をした", "だれの・どの", "くわしく")
_WIDTHS = (20, 20, 22, 34, 44, 30)
_FIRST_ROW = 4  # below the school, what is shown, and an empty row


def write_log(lines: Sequence[Line], *, school: str, shown: str, left_off: bool) -> bytes:
    """Return a workbook of lines, the newest first. `shown`: the filters in words; `left_off`: whether older lines are missing."""
    content = io.BytesIO()
    with Workbook(content, dict(SAFE)) as book:
        sheet = book.add_worksheet("操作ログ")
        text, heading = text_format(book), book.add_format(HEADING)
        moment = book.add_format({"num_format": "yyyy/mm/dd hh:mm:ss", "valign": "top", "align": "left"})
        count = f"{len(lines)}件" + ("（新しいものから。これより古い記録は入っていません）" if left_off else "")
        for row, words in enumerate((f"{school}　操作ログ　取扱注意", shown, count)):
            write_cell(sheet, (row, 0), words, text)
        for column, words in enumerate(COLUMNS):
            write_cell(sheet, (_FIRST_ROW, column), words, heading)
            sheet.set_column(column, column, _WIDTHS[column])
        for row, line in enumerate(lines, start=_FIRST_ROW + 1):
            is_folded = line.last_at != line.at
            cells = (_in_japan(line.at), _in_japan(line.last_at) if is_folded else "", line.who, line.what, line.whom, line.more)
            for column, cell in enumerate(cells):
                write_cell(sheet, (row, column), cell, moment if isinstance(cell, datetime) else text)
        sheet.freeze_panes(_FIRST_ROW + 1, 0)
        sheet.autofilter(_FIRST_ROW, 0, _FIRST_ROW + max(1, len(lines)), len(COLUMNS) - 1)
    return content.getvalue()


def _in_japan(moment: datetime) -> datetime:
    """Return a moment as Excel keeps one: the clock of Japan, without a zone, to the second."""
    return to_jst(moment).replace(tzinfo=None, microsecond=0)
