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
from directory.domain.workbooks import (
    CHILD_MEMORY_BYTES,
    CHILD_WALL_SECONDS,
    MAX_BYTES,
    WorkbookRefused,
)

MILLION = 1_000_000
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


def one_part_many_times(count: int) -> bytes:
    parts = parts_of(sheet_part("".join(f"<row><c><v>{n}</v></c></row>" for n in range(19_000))))
    parts[BOOK] = book_part(*(f'name="{number}"' for number in range(count)))
    parts[BOOK_LINKS] = links_part(*(["worksheets/sheet1.xml"] * count))
    return packed(parts)


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = with_part("xl/media/a.bin", bytes(60 * 2**20))
    assert outcome(zeros) == "workbook_bomb"
    spread = {f"xl/media/{n}.bin": bytes(2**20) for n in range(90)}
    assert outcome(packed({**parts_of(), **spread})) == "workbook_bomb"
    assert outcome(many_entries(20_000)) == "workbook_bomb"


def test_far_cells_make_no_rectangle() -> None:
    corners = workbook(
        row(1, number_cell("A1", "1")), row(1_048_576, number_cell("XFD1048576", "1"))
    )
    assert outcome(corners) == "1"
    wide = "".join(row(n, f'<c r="IV{n}"><v>1</v></c>') for n in range(1, 20_001))
    assert outcome(of_rows(wide)) == "20000"


@pytest.mark.parametrize("part", [SHEET, TEXTS, STYLES, BOOK, BOOK_LINKS, "_rels/.rels"])
@pytest.mark.parametrize("declared", [BILLION_LAUGHS, STOLEN])
def test_document_types_are_refused_in_every_part(part: str, declared: str) -> None:
    assert outcome(with_part(part, f"{declared}<x>&i;</x>")) == "workbook_damaged"


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


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
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


def test_a_million_rows_without_cells_are_passed_over() -> None:
    first = row(1, number_cell("A1", "1"))
    assert outcome(of_rows(first + '<row s="1"/>' * MILLION)) == "1"
    assert outcome(of_rows(first + '<row><c s="1"/><c s="1"/></row>' * (MILLION // 2))) == "1"


def test_more_sheets_than_a_school_has_classes_are_refused() -> None:
    assert outcome(with_part(BOOK, book_part(*(['name="1"'] * 1_000)))) == "workbook_damaged"
    assert outcome(one_part_many_times(251)) == "workbook_too_heavy"
    assert outcome(one_part_many_times(250)) == "workbook_too_heavy"


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


@pytest.mark.parametrize("encoding", ["rot13", "zlib", "utf-7", "idna", "no-such", "utf-16"])
def test_a_part_in_a_strange_encoding_is_refused(encoding: str) -> None:
    part = f'<?xml version="1.0" encoding="{encoding}"?>' + sheet_part()
    assert outcome(with_part(SHEET, part)) == "workbook_damaged"


def test_half_a_character_in_utf_16_is_refused() -> None:
    part = f'<?xml version="1.0" encoding="utf-16"?>{sheet_part(row(1, text_cell("A1", "@")))}'
    broken = part.encode("utf-16-le").replace(b"@\0", b"\x00\xd8")
    assert outcome(with_part(SHEET, b"\xff\xfe" + broken)) == "workbook_damaged"


def test_a_name_of_eight_million_marks_is_refused() -> None:
    mark = "\N{COMBINING ACUTE ACCENT}"
    name = "a" + mark * (8 * MILLION)
    assert outcome(of_rows(row(1, text_cell("A1", name)))) == "workbook_too_heavy"
    shared = {**parts_of(), TEXTS: texts_part(f"<t>{name}</t>")}
    assert outcome(beside_noise(shared)) == "workbook_too_heavy"
    longest = "a" + mark * 32_766
    assert outcome(of_rows(row(1, text_cell("A1", longest)))) == "1"
    assert outcome(of_rows(row(1, text_cell("A1", longest + mark)))) == "workbook_too_heavy"


@pytest.mark.parametrize("item", ["<t/>", "<t>ああああああああああ</t>"])
def test_a_table_of_texts_without_end_is_refused(item: str) -> None:
    table = texts_part(*([item] * (MILLION * 8 // 5)))
    assert outcome(beside_noise({**parts_of(), TEXTS: table})) == "workbook_too_heavy"


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
        ('<mergeCell ref="A1:B2"/>' * (2 * MILLION), {"workbook_too_heavy"}),
        ("<a>" * MILLION + "</a>" * MILLION, {"1"}),
        (f'<a a="{"x" * (40 * MILLION)}"/>', {"1", "workbook_too_heavy"}),
        ("".join(f"<n{number}/>" for number in range(MILLION // 4)), {"1"}),
    ],
    ids=["merged cells", "depth", "a long attribute", "many names"],
)
def test_no_kind_of_element_ends_the_house(after: str, expected: set[str]) -> None:
    assert outcome(of_rows(DEFAULT_CELL, after)) in expected


MEASURE = """
import resource, subprocess, sys
command = [sys.executable, "-I", "-m", "directory.actions.workbook.child"]
subprocess.run(command, stdin=open(sys.argv[1], "rb"), capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


@pytest.mark.parametrize(
    "content",
    [
        of_rows(
            "<row><c><v>12</v></c><c><v>34</v></c></row>" * 20_000 + "<row><c><v>1</v></c></row>"
        ),
        of_rows(DEFAULT_CELL, f'<a a="{"x" * (60 * MILLION)}"/>'),
        (b"12," * 250 + b"\n") * 6_900,
    ],
    ids=["rows", "a long attribute", "text"],
)
def test_the_process_that_reads_stays_within_its_memory(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)], capture_output=True, text=True, check=True
    )
    assert 2**20 < int(done.stdout) <= CHILD_MEMORY_BYTES


@pytest.mark.parametrize("digits", ["9" * 5_000, "0." + "1" * 5_000, "1E" + "9" * 5_000, "1E+308"])
def test_endless_numbers_are_texts(digits: str) -> None:
    assert outcome(workbook(row(1, number_cell("A1", digits)))) == "1"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\n" + b"," * (MAX_BYTES - 10), "1"),
        (b"a,b\n" + b"\n" * (MAX_BYTES - 10), "1"),
        (b"a,b\n" + b"x" * (MAX_BYTES - 10), "workbook_too_heavy"),
        (b'a,b\n"' + b"\n" * 30_000, "workbook_damaged"),
        (b'a,b\n"' + b"\n" * (MAX_BYTES - 10), "workbook_too_heavy"),
        (b'a,b\n"a"b"c"d', "workbook_damaged"),
        (b"a,b\n" + b'"' * 20_000, "2"),
        (b"a,b\n1,\0", "workbook_not_xlsx"),
        ("a,b\n\ud800,".encode("utf-8", "surrogatepass"), "workbook_not_xlsx"),
        (b"\xff\xfe" + "a,b\n\ud800,".encode("utf-16-le", "surrogatepass"), "workbook_not_xlsx"),
        (b"1,2\n" * (MAX_BYTES // 4), "20000"),
        ((b"12," * 250 + b"\n") * 6_900, "workbook_too_heavy"),
        (b"PK\x05\x06" + bytes(18), "workbook_not_xlsx"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tables_of_text_are_bounded(content: bytes, code: str) -> None:
    assert outcome(content) == code
