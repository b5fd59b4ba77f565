"""The same sheets by WeasyPrint: HTML and CSS set as one PDF."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment
from weasyprint import HTML

from gateway.domain.sheets import SheetsPaper

TEMPLATE = Path(__file__).with_name("rival_sheets.html")


def set_sheets(paper: SheetsPaper) -> bytes:
    """Return the PDF of a paper without its lists; the words of the form stand on each page."""
    template = Environment(autoescape=True).from_string(TEMPLATE.read_text())
    page = template.render(paper.sheets, form=paper.form, words=paper.form["words"])
    written: bytes = HTML(string=page).write_pdf()
    return written
