"""The menu by rights (screens.md 2.2), put together from what each page says of itself.

It has two levels and only what exists; a line of the first level with nothing under it vanishes.
The order is that of the pages: of their rooms in gateway/pages, and in a room of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from common.rights import Right
from common.words import ANY_SCHOOL, SchoolWords


@dataclass(frozen=True, slots=True)
class MenuLine:
    """A page that is a line of the first level by itself.

    `rooms`: whose further pages belong to it.
    """

    icon: str
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A line of the first level that opens no page and has pages under it."""

    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class Under:
    """A page under a section.

    `label`: what the menu calls it, where that is not the page's title; `for_whole_school`: no
    place for who has its right for own classes only and would find nobody there.
    """

    section: MenuSection
    label: str = ""
    for_whole_school: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A page in the bottom bar of a phone, which has room for four and 「その他」."""

    label: str
    icon: str


SEND = MenuSection("連絡を送る", "send")
PEOPLE = MenuSection("名簿", "people")
REGISTRATION = MenuSection("受信登録", "check")
RECORDS = MenuSection("記録", "log")
SETTINGS = MenuSection("設定", "settings")


@dataclass(frozen=True, slots=True)
class PageAbout:
    """What a page says of itself where it stands.

    `right`: what it needs (None: anybody who may sign in there); `title`: its heading, where it is
    always the same but for the school's own words; `menu`, `bar`: its places.
    `endpoint` is added when the page is registered.
    """

    right: Right | None = None
    title: str = ""
    menu: MenuLine | Under | None = None
    bar: Bar | None = None
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as the templates show it: it opens `page`, or has `entries` under it."""

    label: str
    icon: str = ""
    page: str = ""
    rooms: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


def menu_for(
    pages: Iterable[PageAbout],
    rights: Collection[str],
    words: SchoolWords = ANY_SCHOOL,
    own_only: Collection[str] = (),
) -> tuple[Entry, ...]:
    """Return the menu of a person.

    `words`: what the school calls its own; `own_only`: rights for own classes only.
    """
    lines: dict[str, Entry] = {}
    for page in pages:
        place = page.menu
        if place is None or not _is_open(page, rights):
            continue
        if isinstance(place, MenuLine):
            title = say_title(page, words)
            lines[title] = Entry(title, place.icon, page.endpoint, place.rooms)
        elif not (place.for_whole_school and page.right in own_only):
            section = place.section
            line = lines.get(section.label, Entry(section.label, section.icon))
            entry = Entry(place.label or say_title(page, words), page=page.endpoint)
            lines[section.label] = replace(line, entries=(*line.entries, entry))
    return tuple(lines.values())


def bar_for(pages: Iterable[PageAbout], rights: Collection[str]) -> tuple[Entry, ...]:
    """Return the bottom bar of a phone, without 「その他」.

    What the person may not do leaves its place to nobody.
    """
    entries = []
    for page in pages:
        if page.bar is not None and _is_open(page, rights):
            entries.append(Entry(page.bar.label, page.bar.icon, page.endpoint))
    return tuple(entries)


def say_title(page: PageAbout, words: SchoolWords) -> str:
    """Return a page's title in the words of the school."""
    return words.say(page.title)


def _is_open(page: PageAbout, rights: Collection[str]) -> bool:
    return page.right is None or page.right in rights
