"""Lists, slips and letters on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from common.paper import typeset
from gateway.domain.paper import Paper
from gateway.domain.sheets import SheetsPaper

_TEMPLATES = Path(__file__).parent / "templates"
LIST = _TEMPLATES / "staff" / "list.typ"
SLIPS = _TEMPLATES / "staff" / "slips.typ"
SHEET_FORM = _TEMPLATES / "staff" / "sheet_form.typ"
SHEETS = _TEMPLATES / "staff" / "sheets.typ"
# Two schools at once would take twice the memory; the second one waits some seconds.
_one_stack = Lock()
LETTER = _TEMPLATES / "operator" / "letter.typ"


def print_list(paper: Paper, header: dict[str, str], at: datetime) -> bytes:
    """Return a PDF of a list. `header`: `school`, `printed_at` and `printed_by`, in words."""
    return _pdf(LIST, {**paper.words(), **header}, at)


def print_slips(slips: Sequence[dict[str, str]], header: dict[str, str], at: datetime) -> bytes:
    """Return a PDF of slips with temporary passwords, four a sheet, to be cut apart.

    A slip: `name`, `mail`, `password`, `until`; `header`: `school`, `code`, `address` of the
    sign-in page, `shortest`: the fewest characters of a password of one's own, `printed_at`.
    """
    return _pdf(SLIPS, {"slips": list(slips), **header}, at)


def print_sheets(paper: SheetsPaper, at: datetime) -> bytes:
    """Return a PDF of registration sheets and of the lists before them.

    What stands on all of them is set once, and each sheet is written onto it: a thousand would
    take 650 MB otherwise.
    """
    form = _pdf(SHEET_FORM, paper.form, at)
    with _one_stack:
        return _pdf(SHEETS, {**paper.sheets, "form": list(form)}, at)


def print_letter(words: Mapping[str, Any], at: datetime) -> bytes:
    """Return a PDF of the letter to a school's first administrator (`domain.letter`)."""
    return _pdf(LETTER, words, at)


def _pdf(template: Path, words: Mapping[str, Any], at: datetime) -> bytes:
    pages = typeset(template, words, at)
    assert isinstance(pages, bytes), "a PDF is one file, however many its pages"
    return pages
