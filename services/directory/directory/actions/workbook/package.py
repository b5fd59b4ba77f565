"""The ZIP around a workbook: its parts by tolerant names, and how they point at one another.

Some programs write backslashes and other cases than the standard's; Excel opens them all.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from directory.actions.workbook.elements import Attributes, attribute, local, walk
from directory.domain import workbooks
from directory.domain.workbooks import WorkbookRefused

# What Python's zipfile raises of a damaged file, or one packed in a way that it does not know.
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    ValueError,
    RuntimeError,
    OSError,
)
CHUNK_BYTES = 1024 * 1024
CONTENT_TYPES = "[content_types].xml"


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a part points: the kind's last word (worksheet), and the part's name."""

    kind: str
    target: str


class Package:
    """A workbook's parts; a name is lower-case, with slashes, without one in front.

    Raises:
        WorkbookRefused: for what is no workbook, or one with macros, a password, or far more inside
            than its size allows.

    """

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except DAMAGES as error:
            raise WorkbookRefused("workbook_damaged") from error
        entries = self._archive.infolist()
        _check_amount(entries)
        self._parts = {_part_name(entry.filename): entry for entry in entries}
        _check_kind(list(self._parts))
        if len(self._parts) < len(entries):
            raise WorkbookRefused("workbook_damaged")
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise WorkbookRefused("workbook_encrypted")

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def __contains__(self, part: str) -> bool:
        return part in self._parts

    def chunks(self, part: str) -> Iterator[bytes]:
        """Unpack a part piece by piece; raise WorkbookRefused `workbook_damaged`."""
        entry = self._parts.get(part)
        if entry is None:
            raise WorkbookRefused("workbook_damaged")
        try:
            with self._archive.open(entry) as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    yield chunk
        except DAMAGES as error:
            raise WorkbookRefused("workbook_damaged") from error

    def relations(self, part: str = "") -> dict[str, Relation]:
        """Return id → relation of a part's relations; of the package's own without a part."""
        folder, name = posixpath.split(part)
        relations_part = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, Relation] = {}

        def start(name: str, attributes: Attributes) -> None:
            is_inside = attributes.get("TargetMode", "").lower() != "external"
            if local(name) == "Relationship" and is_inside:
                kind = attributes.get("Type", "").rpartition("/")[2].lower()
                target = _part_name(attributes.get("Target", ""), folder)
                found[attribute(attributes, "Id")] = Relation(kind, target)

        if relations_part in self:
            walk(self.chunks(relations_part), start)
        return found


def _part_name(name: str, folder: str = "") -> str:
    slashes = name.replace("\\", "/").lower()
    return posixpath.normpath(posixpath.join("/", folder, slashes)).lstrip("/")


def _check_amount(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    most = workbooks.MAX_RATIO * max(packed, 1)
    is_bomb = unpacked > min(most, workbooks.MAX_UNPACKED_BYTES)
    if is_bomb or len(entries) > workbooks.MAX_ENTRIES:
        raise WorkbookRefused("workbook_bomb")


def _check_kind(parts: list[str]) -> None:
    if CONTENT_TYPES not in parts:
        raise WorkbookRefused("workbook_not_xlsx")
    if any(_is_macro(part) for part in parts):
        raise WorkbookRefused("workbook_macro")


def _is_macro(part: str) -> bool:
    return "vbaproject" in part or part.startswith("xl/macrosheets/")
