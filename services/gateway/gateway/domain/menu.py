"""The menu by rights (screens.md 2.2).

It has two levels and only what exists; a top with nothing in it vanishes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu.

    `page`: the endpoint it opens; `function`: the right it needs ("" = anybody signed in); `rooms`:
    whose further pages belong to it; `for_whole_school`: empty for who has the right for own
    classes only.
    """

    label: str
    page: str
    function: str = ""
    icon: str = ""
    rooms: tuple[str, ...] = ()
    for_whole_school: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """A first-level line with those under it; without any it opens its own `page`."""

    label: str
    icon: str
    page: str = ""
    function: str = ""
    entries: tuple[Entry, ...] = ()


TREE: tuple[Top, ...] = (
    Top("ホーム", "home", "home.home"),
    Top(
        "連絡を送る",
        "send",
        entries=(
            Entry("新しく作る", "compose.new", "messages.send"),
            Entry("下書き", "messages.drafts", "messages.send"),
            Entry("送った連絡", "messages.sent", "messages.read"),
        ),
    ),
    Top(
        "名簿",
        "people",
        entries=(
            Entry("{pupil}", "members.pupils", "roster.see"),
            Entry("教職員", "members.staff", "roster.see", for_whole_school=True),
            Entry("学年・学級とグループ", "groups.groups", "roster.see"),
            Entry("Excelで登録・変更", "roster_import.choose", "roster.change"),
        ),
    ),
    Top("記録", "log", entries=(Entry("操作ログ", "operation_log.operations", "log.see"),)),
    Top("ヘルプ", "help", "help.contents"),
)

# On a phone: four and 「その他」, in this order. What the person may not do leaves its place to
# nobody.
BAR: tuple[Entry, ...] = (
    Entry("ホーム", "home.home", icon="home"),
    Entry("連絡を送る", "compose.new", "messages.send", "send"),
    Entry("送った連絡", "messages.sent", "messages.read", "sent"),
    Entry("名簿", "members.pupils", "roster.see", "people"),
)

# The operator's console: on a phone all of it stands in the bottom bar.
OPERATOR_MENU: tuple[Entry, ...] = (
    Entry("状況盤", "operator_board.board", icon="home"),
    Entry(
        "学校・契約",
        "operator_schools.schools",
        icon="school",
        rooms=("operator_schools", "operator_endings"),
    ),
    Entry("期限の時計", "operator_clocks.clocks", icon="clock"),
)


def menu_for(
    functions: Collection[str], pupil: str, own_only: Collection[str] = ()
) -> tuple[Top, ...]:
    """Return the menu of a person.

    `pupil`: what the school calls its children; `own_only`: rights for own classes only.
    """
    tops = []
    for top in TREE:
        worth = _entries_worth_a_place(top, functions, own_only)
        entries = tuple(_named(entry, pupil) for entry in worth)
        has_own_page = bool(top.page) and _is_open(top.function, functions)
        if entries or has_own_page:
            tops.append(replace(top, entries=entries))
    return tuple(tops)


def _entries_worth_a_place(
    top: Top, functions: Collection[str], own_only: Collection[str]
) -> list[Entry]:
    found = []
    for entry in top.entries:
        is_empty = entry.for_whole_school and entry.function in own_only
        if _is_open(entry.function, functions) and not is_empty:
            found.append(entry)
    return found


def bar_for(functions: Collection[str]) -> tuple[Entry, ...]:
    """Return the bottom bar of a phone, without 「その他」."""
    return tuple(entry for entry in BAR if _is_open(entry.function, functions))


def _is_open(function: str, functions: Collection[str]) -> bool:
    return not function or function in functions


def _named(entry: Entry, pupil: str) -> Entry:
    return Entry(entry.label.replace("{pupil}", pupil), entry.page, entry.function, entry.icon)
