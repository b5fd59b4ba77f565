"""Lists and slips on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from common.paper import typeset
from gateway.domain.paper import Paper

TEMPLATES = Path(__file__).parent / "templates" / "staff"
LIST = TEMPLATES / "list.typ"
SLIPS = TEMPLATES / "slips.typ"


def print_list(paper: Paper, header: dict[str, str], at: datetime) -> bytes:
    """Return a PDF of a list. `header`: `school`, `printed_at` and `printed_by`, in words."""
    pages = typeset(LIST, {**paper.words(), **header}, at)
    assert isinstance(pages, bytes), "a PDF is one file, however many its pages"
    return pages


def print_slips(slips: Sequence[dict[str, str]], header: dict[str, str], at: datetime) -> bytes:
    """Return a PDF of slips with temporary passwords, four a sheet, to be cut apart.

    A slip: `name`, `mail`, `password`, `until`; `header`: `school`, `code`, `address` of the
    sign-in page, `printed_at`.
    """
    pages = typeset(SLIPS, {"slips": list(slips), **header}, at)
    assert isinstance(pages, bytes), "a PDF is one file, however many its pages"
    return pages
