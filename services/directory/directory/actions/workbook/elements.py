"""XML as a stream of elements by their local names: namespaces and prefixes differ by program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.parsers import expat

from directory.domain.workbooks import WorkbookRefused

Attributes = Mapping[str, str]
TRUE = frozenset({"1", "true", "on"})
# Those of the standard, and what is the same in letters; expat asks Python for others.
ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "ascii"})


def walk(
    chunks: Iterable[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Tell each element to `start`, `end` and `text` by its local name.

    Raise WorkbookRefused `workbook_damaged` for what is no XML, and for what Excel refuses too: a
    document type, whose entities may grow without end, and other encodings.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.XmlDeclHandler = _check_encoding
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, UnicodeError) as error:
        raise WorkbookRefused("workbook_damaged") from error


def local(name: str) -> str:
    """Return an element's or attribute's name without its prefix."""
    return name.rpartition(":")[2]


def attribute(attributes: Attributes, wanted: str) -> str:
    """Return an attribute by its local name; empty where there is none."""
    for name, value in attributes.items():
        if local(name) == wanted:
            return value
    return ""


def number(value: str | None) -> int:
    """Read a whole number that a file must be right about; raise `workbook_damaged`."""
    is_number = value is not None and value.isascii() and value.isdigit()
    if not is_number or len(str(value)) > 9:
        raise WorkbookRefused("workbook_damaged")
    return int(str(value))


def is_true(value: str | None) -> bool:
    return value in TRUE


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ENCODINGS:
        raise WorkbookRefused("workbook_damaged")


def _refuse_document_type(*_: Any) -> None:
    raise WorkbookRefused("workbook_damaged")
