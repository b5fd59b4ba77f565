"""No file harms the house (DIR-2): each is read or refused in words, in bounded time and memory."""

import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from workbook_files import (
    BOOK,
    BOOK_LINKS,
    DEFAULT_CELL,
    LINKS,
    SHEET,
    STYLES,
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
    workbook,
)

from directory.actions.read_workbook import read_sheets
from directory.actions.workbook.budget import Budget
from directory.actions.workbook.sheet import Common, SheetReader
from directory.actions.workbook.texts import SharedTexts, read_texts
from directory.domain.workbooks import (
    CHILD_MEMORY_BYTES,
    CHILD_WALL_SECONDS,
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_ROWS,
    MAX_SHEETS,
    MAX_TEXT,
    WorkbookRefused,
)

MILLION = 1_000_000
MANY_ROWS = 3 * MAX_ROWS
LAUGHS = "".join(
    f'<!ENTITY {after} "{f"&{before};" * 10}">'
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
BILLION_LAUGHS = f'<!DOCTYPE x [<!ENTITY a "ha">{LAUGHS}]>'
STOLEN = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


# What packs too well beside nothing else is refused as a bomb; with this it is looked into.
NOISE = Random(1).randbytes(MILLION)


def outcome(content: bytes) -> str:
    """Return a refusal's code, or how many rows each sheet has."""
    assert len(content) <= MAX_BYTES
    started = time.monotonic()
    try:
        sheets = read_sheets(content)
    except WorkbookRefused as refused:
        return refused.code
    finally:
        assert time.monotonic() - started < CHILD_WALL_SECONDS + 1
    return ",".join(str(len(sheet.rows)) for sheet in sheets)


def beside_noise(parts: dict[str, str]) -> bytes:
    return packed({**parts, "xl/media/image1.png": NOISE})


def of_rows(rows: str, after: str = "") -> bytes:
    return beside_noise(parts_of(sheet_part(rows, after=after)))


def with_part(name: str, part: str | bytes) -> bytes:
    return packed({**parts_of(), name: part})


def damaged_bytes(change: Callable[[bytearray, int], None]) -> bytes:
    """Return a workbook changed at the entry of its sheet in the ZIP's directory."""
    content = bytearray(packed(parts_of()))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(SHEET.encode()))
    change(content, at)
    return bytes(content)


def encrypted_entry(content: bytearray, at: int) -> None:
    content[at + 8] |= 1


def smaller_size(content: bytearray, at: int) -> None:
    content[at + 24 : at + 28] = struct.pack("<I", 10)


def zip64_size(content: bytearray, at: int) -> None:
    """Say that the true size stands in an extra field, which is absent."""
    content[at + 24 : at + 28] = b"\xff" * 4


def unknown_packing(content: bytearray, at: int) -> None:
    content[at + 10 : at + 12] = struct.pack("<H", 99)


def many_entries(count: int) -> bytes:
    parts: dict[str, str | bytes] = {f"xl/{number}": "" for number in range(count)}
    return packed({**parts_of(), **parts})


def one_part_many_times(count: int, rows: str = DEFAULT_CELL) -> bytes:
    parts = parts_of(sheet_part(rows))
    parts[BOOK] = book_part(*(f'name="{number}"' for number in range(count)))
    parts[BOOK_LINKS] = links_part(*(["worksheets/sheet1.xml"] * count))
    return beside_noise(parts)


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = with_part("xl/media/a.bin", bytes(4 * 2**20))
    assert outcome(zeros) == "workbook_bomb"
    spread = {f"xl/media/{n}.bin": bytes(100_000) for n in range(40)}
    assert outcome(packed({**parts_of(), **spread})) == "workbook_bomb"
    assert outcome(many_entries(MAX_ENTRIES + 1)) == "workbook_bomb"


def test_far_cells_make_no_rectangle() -> None:
    corners = workbook(
        row(1, number_cell("A1", "1")), row(1_048_576, number_cell("XFD1048576", "1"))
    )
    assert outcome(corners) == "1"
    wide = "".join(row(n, f'<c r="IV{n}"><v>1</v></c>') for n in range(1, 5_001))
    assert outcome(of_rows(wide)) == "5000"


@pytest.mark.parametrize("part", [SHEET, TEXTS, STYLES, BOOK, BOOK_LINKS, "_rels/.rels"])
def test_document_types_are_refused_in_every_part(part: str) -> None:
    assert outcome(with_part(part, f"{BILLION_LAUGHS}<x>&i;</x>")) == "workbook_damaged"


def test_no_other_file_is_read_into_this_one() -> None:
    assert outcome(with_part(SHEET, f"{STOLEN}<x>&i;</x>")) == "workbook_damaged"


@pytest.mark.parametrize(
    "name", ["xl/vbaProject.bin", "XL\\VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml"]
)
def test_macros_are_refused(name: str) -> None:
    assert outcome(with_part(name, "x")) == "workbook_macro"


def test_what_a_password_protects_is_refused() -> None:
    package = OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert outcome(package) == "workbook_encrypted"
    assert outcome(damaged_bytes(encrypted_entry)) == "workbook_encrypted"


def test_an_old_workbook_under_a_new_name_is_refused() -> None:
    assert outcome(OLE + bytes(100_000)) == "workbook_old_format"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(share: float) -> None:
    content = packed(parts_of())
    assert outcome(content[: int(len(content) * share)]) == "workbook_damaged"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (smaller_size, "workbook_damaged"),
        (zip64_size, "workbook_bomb"),
        (unknown_packing, "workbook_damaged"),
    ],
)
def test_a_zip_that_lies_is_refused(change: Callable[[bytearray, int], None], code: str) -> None:
    assert outcome(damaged_bytes(change)) == code


@pytest.mark.parametrize("second", [BOOK, "XL/WORKBOOK.XML", "xl\\workbook.xml"])
def test_a_part_that_is_there_twice_is_refused(second: str) -> None:
    # zipfile itself warns of a second part of one name, so it gets the name afterwards.
    stand_in = "~" * len(second)
    content = with_part(stand_in, sheet_part())
    assert outcome(content) == "1"
    assert outcome(content.replace(stand_in.encode(), second.encode())) == "workbook_damaged"


def test_names_that_lead_out_of_the_package_lead_nowhere() -> None:
    assert outcome(with_part("../../../etc/passwd", "x")) == "1"
    assert outcome(with_part(BOOK_LINKS, links_part("../../../etc/passwd"))) == "workbook_damaged"


def test_external_links_are_not_followed() -> None:
    link = links_part("http://127.0.0.1:9/x", kind=f"{LINKS}/externalLinkPath")
    outside = link.replace("/>", ' TargetMode="External"/>')
    assert outcome(with_part("xl/externalLinks/_rels/externalLink1.xml.rels", outside)) == "1"
    sheet = links_part("file:///etc/passwd").replace("/>", ' TargetMode="External"/>')
    assert outcome(with_part(BOOK_LINKS, sheet)) == "workbook_damaged"


def test_rows_without_cells_are_passed_over_behind_the_last_one_that_is_read_too() -> None:
    first = row(1, number_cell("A1", "1"))
    assert outcome(of_rows(first + '<row s="1"/>' * MANY_ROWS)) == "1"
    assert outcome(of_rows(first + '<row><c s="1"/><c s="1"/></row>' * MANY_ROWS)) == "1"


def test_more_sheets_than_a_school_has_classes_are_refused() -> None:
    assert outcome(with_part(BOOK, book_part(*(['name="1"'] * 1_000)))) == "workbook_damaged"
    assert outcome(one_part_many_times(MAX_SHEETS + 1)) == "workbook_too_heavy"
    assert outcome(one_part_many_times(MAX_SHEETS)) == ",".join(["1"] * MAX_SHEETS)
    long = "".join(row(n, text_cell(f"A{n}", "x" * 30_000)) for n in range(1, 61))
    assert outcome(one_part_many_times(MAX_SHEETS, long)) == "workbook_too_heavy"


@pytest.mark.parametrize(
    "text",
    [
        b"&#0;",
        b"\0",
        b"&#xD800;",
        b"\xed\xa0\x80",
        b"\xff",
        b"&#x1F;",
        b"&nbsp;",
    ],
)
def test_what_is_no_character_is_refused(text: bytes) -> None:
    part = sheet_part(row(1, text_cell("A1", "@"))).encode().replace(b"@", text)
    assert outcome(with_part(SHEET, part)) == "workbook_damaged"


@pytest.mark.parametrize("encoding", ["rot13", "utf-7", "no-such", "utf-16"])
def test_a_part_in_a_strange_encoding_is_refused(encoding: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?>' + sheet_part()
    assert outcome(with_part(SHEET, part)) == "workbook_damaged"


def test_half_a_character_in_utf_16_is_refused() -> None:
    part = f'<?xml version="1.0" encoding="utf-16"?>{sheet_part(row(1, text_cell("A1", "@")))}'
    broken = part.encode("utf-16-le").replace(b"@\0", b"\x00\xd8")
    assert outcome(with_part(SHEET, b"\xff\xfe" + broken)) == "workbook_damaged"


def test_a_name_of_a_hundred_thousand_marks_is_refused() -> None:
    mark = "\N{COMBINING ACUTE ACCENT}"
    name = "a" + mark * 100_000
    assert outcome(of_rows(row(1, text_cell("A1", name)))) == "workbook_too_heavy"
    shared = {**parts_of(), TEXTS: texts_part(f"<t>{name}</t>")}
    assert outcome(beside_noise(shared)) == "workbook_too_heavy"
    longest = "a" + mark * 32_766
    assert outcome(of_rows(row(1, text_cell("A1", longest)))) == "1"
    assert outcome(of_rows(row(1, text_cell("A1", longest + mark)))) == "workbook_too_heavy"


@pytest.mark.parametrize("item", ["<t/>", "<t>ああああああああああ</t>"])
def test_a_table_of_texts_without_end_is_refused(item: str) -> None:
    """The empty ones count as well: each takes memory."""
    table = texts_part(*([item] * 1_000)).encode()
    with pytest.raises(WorkbookRefused) as refused:
        read_texts([table], Budget(9_000))
    assert refused.value.code == "workbook_too_heavy"


def test_sixteen_million_characters_are_refused() -> None:
    table = texts_part(*([f"<t>{'x' * 30_000}</t>"] * (MAX_TEXT // 30_000 + 1)))
    assert outcome(beside_noise({**parts_of(), TEXTS: table})) == "workbook_too_heavy"


def test_merged_cells_without_end_are_refused() -> None:
    part = sheet_part(DEFAULT_CELL, after='<mergeCell ref="A1:B2"/>' * 1_000)
    common = Common(SharedTexts(), [], is_1904=False, budget=Budget(9_000))
    with pytest.raises(WorkbookRefused) as refused:
        SheetReader(common).read([part.encode()])
    assert refused.value.code == "workbook_too_heavy"


@pytest.mark.parametrize(
    "part",
    [
        f"<styleSheet><cellXfs>{'<xf/>' * MILLION}</cellXfs></styleSheet>",
        f"<styleSheet><fonts>{'<font/>' * MILLION}</fonts></styleSheet>",
    ],
    ids=["styles", "fonts"],
)
def test_a_million_styles_are_refused(part: str) -> None:
    assert outcome(beside_noise({**parts_of(), STYLES: part})) == "workbook_too_heavy"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("<a>" * (MILLION // 5) + "</a>" * (MILLION // 5), {"1"}),
        (f'<a a="{"x" * (40 * MILLION)}"/>', {"1", "workbook_too_heavy"}),
        ("".join(f"<n{number}/>" for number in range(MILLION // 10)), {"1"}),
    ],
    ids=["depth", "a long attribute", "many names"],
)
def test_no_kind_of_element_ends_the_house(after: str, expected: set[str]) -> None:
    assert outcome(of_rows(DEFAULT_CELL, after)) in expected


MEASURE = """
import resource, subprocess, sys
command = [sys.executable, "-I", "-m", "directory.actions.workbook.child"]
done = subprocess.run(command, stdin=open(sys.argv[1], "rb"), capture_output=True)
print(b"workbook_too_heavy" in done.stdout)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


@pytest.mark.parametrize(
    ("content", "is_refused"),
    [
        (
            of_rows(
                "<row><c><v>12</v></c><c><v>34</v></c></row>" * 20_000
                + "<row><c><v>1</v></c></row>"
            ),
            False,
        ),
        ((b"12," * 250 + b"\n") * 6_900, True),
    ],
    ids=["rows", "text"],
)
def test_the_process_that_reads_stays_within_its_memory(
    content: bytes, is_refused: bool, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)], capture_output=True, text=True, check=True
    )
    said, memory = done.stdout.split()
    assert said == str(is_refused)
    assert 2**20 < int(memory) <= CHILD_MEMORY_BYTES


def test_endless_numbers_are_texts() -> None:
    numbers = ["9" * 5_000, "0." + "1" * 5_000, "1E" + "9" * 5_000, "1E+308"]
    rows = [row(n, number_cell(f"A{n}", digits)) for n, digits in enumerate(numbers, 1)]
    assert outcome(workbook(*rows)) == "4"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\n" + b"," * (2 * MILLION), "1"),
        (b"a,b\n" + b"\n" * MILLION, "1"),
        (b"a,b\n" + b"x" * (MAX_BYTES - 10), "workbook_too_heavy"),
        (b'a,b\n"' + b"\n" * 30_000, "workbook_damaged"),
        (b'a,b\n"' + b"\n" * (MAX_BYTES - 10), "workbook_too_heavy"),
        (b'a,b\n"a"b"c"d', "workbook_damaged"),
        (b"a,b\n" + b'"' * 20_000, "2"),
        (b"a,b\n1,\0", "workbook_not_xlsx"),
        ("a,b\n\ud800,".encode("utf-8", "surrogatepass"), "workbook_not_xlsx"),
        (b"\xff\xfe" + "a,b\n\ud800,".encode("utf-16-le", "surrogatepass"), "workbook_not_xlsx"),
        (b"1,2\n" * MANY_ROWS, str(MAX_ROWS)),
        (b"PK\x05\x06" + bytes(18), "workbook_not_xlsx"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tables_of_text_are_bounded(content: bytes, code: str) -> None:
    assert outcome(content) == code
