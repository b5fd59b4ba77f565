"""What a workbook may be and what is read of it: limits, cells, and the one way of saying no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from common.errors import Invalid

# The first bytes of a ZIP, and so of an .xlsx.
ZIP_MAGIC = b"PK\x03\x04"
MAX_BYTES = 5 * 1024 * 1024
# A sheet with comments, a drawing and a printer's settings brings up to eight parts.
MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 200
MAX_SHEETS = 250
# Of a visible sheet: what stands behind the last row is told, behind the last column passed over.
MAX_ROWS = 20_000
MAX_COLUMNS = 256
# Excel's own bound of one cell.
MAX_CELL_TEXT = 32_767
# All that is read, in characters. A filled cell counts for some more, an empty one before it for
# one: that is what they take in memory.
MAX_TEXT = 16 * 1024 * 1024
CELL_COST = 10
CHILD_MEMORY_BYTES = 512 * 1024 * 1024
CHILD_CPU_SECONDS = 8
CHILD_WALL_SECONDS = 10
# Marking reads twice, and writes: 10,000 rows of 17 columns take up to 7 s of processor.
MARKING_CPU_SECONDS = 25
MARKING_WALL_SECONDS = 30
CHILD_FILES = 16

SENTENCES: dict[str, str] = {
    "workbook_too_large": "The file is larger than {limit_mb} MB.",
    "workbook_empty": "The file is empty.",
    "workbook_old_format": "The file is an old .xls workbook; save it as .xlsx.",
    "workbook_encrypted": "The workbook is protected by a password; save it without one.",
    "workbook_not_xlsx": "The file is neither an .xlsx workbook nor a CSV.",
    "workbook_damaged": "The workbook is damaged and cannot be read.",
    "workbook_macro": "The workbook holds macros; save it as .xlsx without them.",
    "workbook_bomb": "The workbook unpacks to far more than its size allows.",
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


class MarkKind(StrEnum):
    """What a cell is besides its text."""

    # Excel's own error; the mark's text is its word: #N/A.
    ERROR = "error"
    # A formula that no program has computed yet.
    UNCALCULATED = "uncalculated"
    # A date; the mark's text is what Excel shows: 4月2日.
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell that is not plain text or number."""

    kind: MarkKind
    text: str = ""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row with anything in it.

    `number`: as Excel counts; `texts`: from column A to the last one filled, as a person sees them,
    a date in ISO form; `marks`: 0-based column → what is peculiar; `struck`: columns whose text is
    struck through; `is_hidden`: by hand or by a filter.
    """

    number: int
    texts: tuple[str, ...]
    marks: Mapping[int, Mark] = field(default_factory=dict)
    struck: frozenset[int] = frozenset()
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells merged into one: first and last row as Excel counts, first and last 0-based column."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; of a hidden one nothing but the name is read.

    `is_cut`: it goes on behind the last row that is read.
    """

    name: str
    rows: tuple[SheetRow, ...] = ()
    merges: tuple[Merge, ...] = ()
    is_hidden: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for who corrects a file, at a cell (F14) or, without one, at a row.

    `sheet` is empty where the file has none (CSV); `row` as Excel counts.
    """

    sheet: str
    row: int
    cell: str
    text: str
