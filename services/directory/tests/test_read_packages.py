"""Packages that Excel opens, whatever program wrote them, are read (DIR-2)."""

from collections.abc import Callable

import pytest
from workbook_files import (
    BOOK,
    BOOK_LINKS,
    LINKS,
    SHEET,
    TEXTS,
    book_part,
    links_part,
    number_cell,
    packed,
    parts_of,
    row,
    sheet_part,
    text_cell,
    texts_part,
)

from directory.actions.read_workbook import read_sheets
from directory.domain.workbooks import Sheet, WorkbookRefused

STRICT = "http://purl.oclc.org/ooxml"
SHARED = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


def texts_of(content: bytes) -> list[tuple[str, ...]]:
    (sheet,) = read_sheets(content)
    return [found.texts for found in sheet.rows]


def with_shared_texts() -> dict[str, str]:
    return {**parts_of(sheet_part(SHARED)), TEXTS: texts_part("<t>学年</t>")}


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name.replace("/", "\\"),
        str.upper,
        str.lower,
        lambda name: name.replace("xl/", "XL\\"),
        lambda name: "/" + name,
        lambda name: "./" + name,
    ],
    ids=["backslashes", "upper", "lower", "mixed", "slash in front", "dot in front"],
)
def test_names_of_parts_may_be_written_in_any_way(rename: Callable[[str], str]) -> None:
    parts = {rename(name): part for name, part in with_shared_texts().items()}
    assert texts_of(packed(parts)) == [("学年",)]


@pytest.mark.parametrize(
    "target", ["/xl/worksheets/sheet1.xml", "worksheets\\Sheet1.xml", "../xl/worksheets/sheet1.xml"]
)
def test_a_part_may_be_pointed_at_in_any_way(target: str) -> None:
    parts = with_shared_texts()
    parts[BOOK_LINKS] = links_part(target)
    assert texts_of(packed(parts)) == [("学年",)]


def test_a_workbook_may_lie_anywhere() -> None:
    parts = parts_of()
    moved = {
        "_rels/.rels": links_part("book/main.xml", kind=f"{LINKS}/officeDocument"),
        "book/main.xml": parts.pop(BOOK),
        "book/_rels/main.xml.rels": links_part("pages/one.xml"),
        "book/pages/one.xml": parts.pop(SHEET),
    }
    del parts[BOOK_LINKS]
    assert texts_of(packed({**parts, **moved})) == [("学年",)]


def test_strict_namespaces_and_prefixes_do_not_matter() -> None:
    strict = {
        name: part.replace(
            "http://schemas.openxmlformats.org/spreadsheetml/2006", f"{STRICT}/spreadsheetml"
        ).replace(
            "http://schemas.openxmlformats.org/officeDocument/2006", f"{STRICT}/officeDocument"
        )
        for name, part in with_shared_texts().items()
    }
    assert texts_of(packed(strict)) == [("学年",)]
    prefixed = with_shared_texts()
    prefixed[SHEET] = (
        '<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c>'
        '<x:c r="B1" t="inlineStr"><x:is><x:t>組</x:t></x:is></x:c></x:row></x:sheetData>'
        '<x:mergeCells><x:mergeCell ref="A1:A2"/></x:mergeCells></x:worksheet>'
    )
    prefixed[TEXTS] = '<x:sst xmlns:x="m"><x:si><x:t>学年</x:t></x:si></x:sst>'
    assert texts_of(packed(prefixed)) == [("学年", "組")]


def test_hidden_sheets_are_named_only_and_charts_passed_over() -> None:
    parts = parts_of()
    parts[BOOK] = book_part(
        'name="グラフ"',
        'name="郵便番号" state="hidden"',
        'name="秘" state="veryHidden"',
        'name="名簿"',
    )
    sheets = links_part("charts/c.xml", "absent.xml", "broken.xml", "worksheets/sheet1.xml")
    parts[BOOK_LINKS] = sheets.replace("/worksheet", "/chartsheet", 1)
    parts["xl/broken.xml"] = "<worksheet"
    found = read_sheets(packed(parts))
    assert found[:2] == (Sheet("郵便番号", is_hidden=True), Sheet("秘", is_hidden=True))
    assert [sheet.name for sheet in found] == ["郵便番号", "秘", "名簿"]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_without_a_visible_sheet_the_words_say_so(state: str) -> None:
    parts = parts_of()
    parts[BOOK] = book_part(f'name="名簿" state="{state}"')
    with pytest.raises(WorkbookRefused) as caught:
        read_sheets(packed(parts))
    assert caught.value.code == "workbook_no_sheet"


@pytest.mark.parametrize("count", [50, 200])
def test_a_sheet_a_class_is_no_trouble(count: int) -> None:
    parts = parts_of()
    del parts[SHEET]
    parts[BOOK] = book_part(*(f'name="{number}組"' for number in range(count)))
    parts[BOOK_LINKS] = links_part(*(f"worksheets/s{number}.xml" for number in range(count)))
    for number in range(count):
        parts[f"xl/worksheets/s{number}.xml"] = sheet_part(row(1, number_cell("A1", str(number))))
        parts[f"xl/worksheets/_rels/s{number}.xml.rels"] = links_part("../printer.bin")
    sheets = read_sheets(packed(parts))
    assert [sheet.rows[0].texts for sheet in sheets] == [(str(number),) for number in range(count)]


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (BOOK, None),
        (SHEET, None),
        (BOOK_LINKS, None),
        (SHEET, "<worksheet><sheetData>"),
        (SHEET, sheet_part('<row r="1"><c r="A1" t="s"><v>7</v></c></row>')),
        (SHEET, sheet_part(row(1, text_cell("A2", "学年")))),
        (SHEET, sheet_part(row(1, text_cell("A1", "学"), text_cell("A1", "年")))),
        (SHEET, sheet_part(row(1, text_cell("A1", "学")) * 2)),
        (SHEET, sheet_part('<row r="x"/>')),
    ],
)
def test_what_excel_would_repair_is_called_damaged(part: str, content: str | None) -> None:
    parts = parts_of()
    del parts[part]
    if content is not None:
        parts[part] = content
    with pytest.raises(WorkbookRefused) as caught:
        read_sheets(packed(parts))
    assert caught.value.code in ("workbook_damaged", "workbook_not_xlsx")


@pytest.mark.parametrize("part", ["word/document.xml", "ppt/presentation.xml", "xl/workbook.bin"])
def test_other_documents_are_called_no_workbook(part: str) -> None:
    content = packed(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": links_part(part, kind=f"{LINKS}/officeDocument"),
            part: "<document/>",
        }
    )
    with pytest.raises(WorkbookRefused) as caught:
        read_sheets(content)
    assert caught.value.code == "workbook_not_xlsx"
