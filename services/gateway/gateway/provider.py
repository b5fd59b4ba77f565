"""Lists on paper."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from common.paper import typeset
from gateway.domain.paper import Paper

TEMPLATE = Path(__file__).parent / "templates" / "staff" / "list.typ"


def print_list(paper: Paper, header: dict[str, str], at: datetime) -> bytes:
    """Return a PDF of a list. `header`: `school`, `printed_at` and `printed_by`, in words."""
    pages = typeset(TEMPLATE, {**paper.words(), **header}, at)
    assert isinstance(pages, bytes), "a PDF is one file, however many its pages"
    return pages
