"""Workbooks written by hand, part by part: what programs write that no library would."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

from directory.actions.read_workbook import read_sheets
from directory.domain.workbooks import Sheet, SheetRow

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGES = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
BOOK = "xl/workbook.xml"
BOOK_LINKS = "xl/_rels/workbook.xml.rels"
DEFAULT_CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>学年</t></is></c></row>'


def sheet_part(rows: str = DEFAULT_CELL, *, after: str = "") -> str:
    """Return a sheet of these `<row>` elements; `after`: what follows them, as merged cells."""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def row(number: int, *cells: str, more: str = "") -> str:
    return f'<row r="{number}" {more}>{"".join(cells)}</row>'


def text_cell(place: str, text: str, style: int = 0) -> str:
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def number_cell(place: str, value: str, style: int = 0) -> str:
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def texts_part(*items: str) -> str:
    """Return a table of shared texts; each item is what stands inside its `<si>`."""
    table = "".join(f"<si>{item}</si>" for item in items)
    return f'<sst xmlns="{MAIN}">{table}</sst>'


def styles_part(*codes: str | int, struck: bool = False) -> str:
    """Return styles 1, 2, … with these number formats (a code, or the number of one built in).

    `struck`: the style behind them strikes through.
    """
    formats, styles = "", '<xf numFmtId="0" fontId="0"/>'
    for place, code in enumerate(codes, start=170):
        number = code
        if isinstance(code, str):
            number = place
            formats += f'<numFmt numFmtId="{place}" formatCode="{escape(code)}"/>'
        styles += f'<xf numFmtId="{number}" fontId="0" applyNumberFormat="1"/>'
    if struck:
        styles += '<xf numFmtId="0" fontId="1" applyFont="1"/>'
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        '<fonts><font><sz val="11"/></font><font><strike/><sz val="11"/></font></fonts>'
        f"<cellXfs>{styles}</cellXfs></styleSheet>"
    )


def book_part(*sheets: str, before: str = "") -> str:
    """Return the workbook's part; each sheet is the attributes of its element but the id."""
    listed = "".join(
        f'<sheet {attributes} sheetId="{number}" r:id="rId{number}"/>'
        for number, attributes in enumerate(sheets, start=1)
    )
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}">{before}<sheets>{listed}</sheets></workbook>'
    )


def links_part(*targets: str, kind: str = f"{LINKS}/worksheet") -> str:
    """Return relations rId1, rId2, … to these parts."""
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, target in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGES}/relationships">{listed}</Relationships>'


def parts_of(sheet: str | None = None) -> dict[str, str]:
    """Return the parts of a workbook with one sheet, 名簿."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGES}/content-types"/>',
        "_rels/.rels": links_part("xl/workbook.xml", kind=f"{LINKS}/officeDocument"),
        BOOK: book_part('name="名簿"'),
        BOOK_LINKS: links_part("worksheets/sheet1.xml"),
        SHEET: sheet_part() if sheet is None else sheet,
    }


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def workbook(*rows: str, after: str = "", **parts: str | bytes) -> bytes:
    """Return a workbook with these rows; `styles`, `texts`, `book`: other parts of it."""
    names = {"styles": STYLES, "texts": TEXTS, "book": BOOK}
    written: dict[str, str | bytes] = dict(parts_of(sheet_part("".join(rows), after=after)))
    for word, part in parts.items():
        written[names[word]] = part
    return packed(written)


def read_workbook(content: bytes) -> list[list[str]]:
    """Return the first visible sheet's cells as text, row by row from the first."""
    sheet = next(sheet for sheet in read_sheets(content) if not sheet.is_hidden)
    rows: list[list[str]] = []
    for found in sheet.rows:
        missing = found.number - 1 - len(rows)
        rows.extend([] for _ in range(missing))
        rows.append(list(found.texts))
    return rows


def sheet_of(rows: Sequence[Sequence[str]], name: str = "") -> Sheet:
    """Return rows of plain text, from row 1 on, as a sheet."""
    filled = (
        SheetRow(number, tuple(texts)) for number, texts in enumerate(rows, start=1) if any(texts)
    )
    return Sheet(name, tuple(filled))
