"""登録手順書: the sheet by which a family registers, in words (DIR-6, screens.md 3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from common.answers.directory import PrintedSheet, SheetChild
from common.clock import to_jst
from common.words import Language, SchoolWords
from gateway.domain.dates import as_moment, say_date_in_english, say_plain_date
from gateway.domain.health import reach_of
from gateway.domain.qr import qr_drawings
from gateway.domain.sheet_words import ENGLISH, JAPANESE, SheetWords

# What one PDF holds, which the largest school needs: 1,000 take 365 MB at most while they are set.
MOST_SHEETS = 1200
HANDED_OVER = "教頭から手渡し"


@dataclass(frozen=True, slots=True)
class SheetSchool:
    """Whose sheets they are, and where a family goes: `address` of ours, `mail_domain` of mails."""

    name: str
    code: str
    phone: str
    phone_hours: str
    words: SchoolWords
    address: str
    mail_domain: str

    @property
    def code_in_parts(self) -> str:
        """Return the school's code as people read it aloud."""
        return f"{self.code[:3]} {self.code[3:6]} {self.code[6:]}"


@dataclass(frozen=True, slots=True)
class Cover:
    """The homeroom teacher's list of one class: who gets a sheet, without any codes."""

    room: str
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Packet:
    """What one teacher gets: a cover or none, and the sheets under it."""

    cover: Cover | None
    sheets: tuple[PrintedSheet, ...]


@dataclass(frozen=True, slots=True)
class SheetsPaper:
    """What the templates read: `form` what stands on every sheet, `sheets` what differs."""

    form: Mapping[str, Any]
    sheets: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SheetRoom:
    """A class in the list of those whose sheets may be printed."""

    id: str
    name: str
    children: tuple[SheetChild, ...]

    @property
    def unregistered(self) -> int:
        """Return of how many nothing at all is registered."""
        return sum(not any(child["channels"].values()) for child in self.children)

    @property
    def printed(self) -> int:
        """Return how many have a sheet already."""
        return sum(child["issued_at"] is not None for child in self.children)


def by_room(children: Iterable[SheetChild]) -> list[SheetRoom]:
    """Return the children of a list, which stand in the order of classes, class by class."""
    rooms = []
    for class_id, in_class in groupby(children, key=lambda child: child["class_id"] or ""):
        here = tuple(in_class)
        rooms.append(SheetRoom(class_id, here[0]["class_name"] or "", here))
    return rooms


def covers_of(children: Iterable[SheetChild], words: SchoolWords) -> dict[str, Cover]:
    """Return class → its cover, from children in the order of lists; "" for who has no class."""
    covers = {}
    for room in by_room(children):
        lines = tuple(_cover_row(child) for child in room.children)
        covers[room.id] = Cover(room.name or words.say("{class}なし"), lines)
    return covers


def _cover_row(child: SheetChild) -> dict[str, str]:
    number = child["number"]
    return {
        "number": "" if number is None else str(number),
        "name": child["display_name"],
        "state": say_reach(child),
        "hand": HANDED_OVER if child["protected"] else "☐",
    }


def say_reach(child: SheetChild) -> str:
    """Say how a child's family is registered: メール 1・LINE 1, or 登録なし."""
    reach = reach_of(child)
    parts = [reach.live, *(mark.word for mark in reach.marks)]
    return "・".join(part for part in parts if part)


def packets_of(
    sheets: Sequence[PrintedSheet], covers: Mapping[str, Cover] | None = None
) -> list[Packet]:
    """Return the sheets class by class, each under its cover where there are covers."""
    packets = []
    for class_id, in_class in groupby(sheets, key=lambda sheet: sheet["class_id"] or ""):
        cover = covers.get(class_id) if covers else None
        packets.append(Packet(cover, tuple(in_class)))
    return packets


def paper_of(
    packets: Sequence[Packet], school: SheetSchool, own_text: str, language: Language
) -> SheetsPaper:
    """Return the paper of some packets; `own_text`: what the school adds to each sheet."""
    words = ENGLISH if language is Language.EN else JAPANESE
    form = {
        "words": words.said(school.words, school.address, school.mail_domain),
        "school_code": school.code_in_parts,
        "address": f"{school.address}/t",
        "contact": _say_contact(words, school),
        "own_text": own_text,
    }
    sheets = {
        "title": words.title,
        "language": words.language,
        "school": school.name,
        "packets": [_packet(packet, words, school) for packet in packets],
    }
    return SheetsPaper(form, sheets)


def _say_contact(words: SheetWords, school: SheetSchool) -> str:
    parts = [school.name]
    if school.phone:
        parts.append(f"{words.phone} {school.phone}")
    hours = f"（{school.phone_hours}）" if school.phone_hours else ""
    return "　".join(parts) + hours


def _packet(packet: Packet, words: SheetWords, school: SheetSchool) -> dict[str, Any]:
    cover = None
    if packet.cover is not None:
        cover = {"room": packet.cover.room, "rows": packet.cover.rows}
    drawings = qr_drawings([_way_in(sheet, school) for sheet in packet.sheets])
    pairs = zip(packet.sheets, drawings, strict=True)
    return {
        "cover": cover,
        "sheets": [_sheet(sheet, words, school, drawing) for sheet, drawing in pairs],
    }


def _way_in(sheet: PrintedSheet, school: SheetSchool) -> str:
    """Return where a sheet's QR code leads: the ID is filled in there, the passcode never."""
    code = urlencode({"s": school.code, "i": sheet["login_id"]})
    return f"{school.address}/t?{code}"


def _sheet(
    sheet: PrintedSheet, words: SheetWords, school: SheetSchool, drawing: str
) -> dict[str, str]:
    number = "" if sheet["number"] is None else words.number.format(sheet["number"])
    seat = [sheet["class_name"] or "", number]
    valid_until = words.until.format(_day(sheet["valid_until"], words))
    return {
        "seat": " ".join(part for part in seat if part),
        "to": school.words.say(words.to).replace("{}", sheet["display_name"]),
        "login_id": sheet["login_id_in_parts"],
        "passcode": sheet["passcode_in_parts"],
        "valid_until": valid_until,
        "issued_on": _day(sheet["issued_at"], words),
        "qr": drawing,
        "by_hand": HANDED_OVER if sheet["protected"] else "",
    }


def _day(moment: str, words: SheetWords) -> str:
    day: date = to_jst(as_moment(moment)).date()
    return say_date_in_english(day) if words is ENGLISH else say_plain_date(day)
