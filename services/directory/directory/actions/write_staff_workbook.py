"""Write the staff as a workbook that offices open, and an empty one to fill in (DIR-2)."""

from __future__ import annotations

from collections.abc import Sequence

from directory.actions.write_workbook import FileLook, write_empty, write_rows
from directory.domain.roster.columns import Column
from directory.domain.roster.staff.columns import COLUMNS, ROLE, ROLE_WORDS
from directory.domain.roster.staff.help import EXAMPLES, HELP


def write_staff(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a workbook of staff, the header first."""
    return write_rows(OF_STAFF, rows)


def write_staff_template() -> bytes:
    """Return an empty workbook of staff, with examples that are never registered."""
    return write_empty(OF_STAFF)


def _choices_of(column: Column) -> Sequence[str]:
    return tuple(ROLE_WORDS.values()) if column is ROLE else ()


OF_STAFF = FileLook("教職員", COLUMNS, HELP, EXAMPLES, _choices_of)
