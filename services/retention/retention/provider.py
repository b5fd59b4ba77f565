"""The certificate on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from common.paper import typeset

TEMPLATE = Path(__file__).parent / "templates" / "certificate.typ"


class TooLong(Exception):
    """The words do not fit on one page."""


def print_page(
    paper: Mapping[str, Any], issued_at: datetime, output: Literal["pdf", "svg"] = "pdf"
) -> bytes:
    """Return the page that the template makes of `paper`: the same bytes for the same words."""
    page = typeset(TEMPLATE, paper, issued_at, output)
    # Typst gives a list of pictures when there is more than one page.
    if not isinstance(page, bytes):
        raise TooLong("the certificate has one page")
    return page
