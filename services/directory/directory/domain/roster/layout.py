"""Where a sheet's header stands, and which of its columns is which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from directory.domain.names import fold_for_search, tidy_name
from directory.domain.roster.columns import NAME, Column, find_column
from directory.domain.roster.contacts import ContactHeading, Contacts, group_contacts, read_heading
from directory.domain.roster.remarks import Remark, Spot, Unused, column_name
from directory.domain.workbooks import Merge, Sheet, SheetRow

HEADER_SEARCH_ROWS = 20
# A cover or a list of something else may well have two of our headings.
FEWEST_HEADINGS = 3
# What a level above the header says of the columns below it.
_OF_CHILD = frozenset(map(fold_for_search, ("児童", "生徒", "園児", "本人", "子ども", "児童生徒")))
_OF_OTHERS = frozenset(
    map(fold_for_search, ("保護者", "保護者1", "保護者2", "父", "母", "緊急連絡先"))
)


@dataclass(frozen=True)
class Headings:
    """Which columns a kind of file may have.

    `find`: one that stands once, by how a school calls it; `read`: one of a guardian or a number.
    """

    find: Callable[[str], Column | None]
    read: Callable[[str], ContactHeading | None]


OF_PUPILS = Headings(find_column, read_heading)


@dataclass(frozen=True)
class Layout:
    """A header understood.

    `row`: Excel's number; `headings`: 0-based column → as the file writes it; `places`: field →
    column, of what stands once.
    """

    sheet: str
    row: int
    headings: Mapping[int, str]
    places: Mapping[str, int]
    contacts: Contacts
    errors: tuple[Remark, ...] = ()
    unused: tuple[Unused, ...] = ()

    def spot(self, row: int, column: int | None) -> Spot:
        """Return a place below this header."""
        heading = "" if column is None else self.headings.get(column, "")
        return Spot(self.sheet, row, column, heading)

    def used(self) -> Iterator[int]:
        """Yield the columns that are read."""
        yield from self.places.values()
        for guardian in self.contacts.guardians:
            yield from (
                at for at in (guardian.name, guardian.label, *guardian.mails) if at is not None
            )
        for phone in self.contacts.phones.values():
            yield from (at for at in (phone.number, phone.label) if at is not None)


@dataclass
class _Read:
    """The headings of one row, by what they mean."""

    single: dict[str, list[int]] = field(default_factory=dict)
    contacts: dict[int, ContactHeading] = field(default_factory=dict)
    unknown: list[int] = field(default_factory=list)

    def count(self) -> int:
        return len(self.single) + len(self.contacts)


def find_layout(sheet: Sheet, headings: Headings = OF_PUPILS) -> Layout | None:
    """Return the header of a sheet: the row with the most known headings among the first 20.

    None where no row has three, the name of the person among them.
    """
    best: tuple[SheetRow, _Read] | None = None
    for row in sheet.rows:
        if row.number > HEADER_SEARCH_ROWS:
            break
        read = _read_row(row, _levels_above(sheet, row.number), headings)
        if best is None or read.count() > best[1].count():
            best = row, read
    if best is None or best[1].count() < FEWEST_HEADINGS:
        return None
    return _lay_out(sheet, *best, headings)


def _levels_above(sheet: Sheet, number: int) -> dict[int, str]:
    """Return column → what a cell merged over it, one row above, says (保護者, 児童)."""
    above = next((row for row in sheet.rows if row.number == number - 1), None)
    levels: dict[int, str] = {}
    if above is None:
        return levels
    for merge in _spanning(sheet.merges, above.number):
        if merge.left >= len(above.texts):
            continue
        word = fold_for_search(above.texts[merge.left])
        if word in _OF_CHILD or word in _OF_OTHERS:
            below = range(merge.left, merge.right + 1)
            levels |= dict.fromkeys(below, word)
    return levels


def _spanning(merges: Sequence[Merge], row: int) -> Iterator[Merge]:
    return (merge for merge in merges if merge.top <= row <= merge.bottom)


def _read_row(row: SheetRow, levels: Mapping[int, str], headings: Headings) -> _Read:
    read = _Read()
    for place, text in enumerate(row.texts):
        word = tidy_name(text)
        if not word:
            continue
        level = levels.get(place, "")
        if level in _OF_OTHERS:
            column = None
            contact = headings.read(f"{level}{word}")
        else:
            column = headings.find(word)
            contact = headings.read(word)
        if column is not None:
            places = read.single.setdefault(column.field, [])
            places.append(place)
        elif contact is not None:
            read.contacts[place] = contact
        else:
            read.unknown.append(place)
    return read


def _lay_out(sheet: Sheet, row: SheetRow, read: _Read, known: Headings) -> Layout:
    headings = {place: tidy_name(text) for place, text in enumerate(row.texts)}
    errors = []
    unused = list(read.unknown)
    places: dict[str, int] = {}
    for name, found in read.single.items():
        chosen = _choose(found, headings, known)
        if chosen is None:
            errors.append(_say_twice(sheet, row, found, headings))
            continue
        places[name] = chosen
        unused += [place for place in found if place != chosen]
    if NAME.field not in read.single:
        spot = Spot(
            sheet=sheet.name,
            row=row.number,
            column=None,
            heading=NAME.heading,
        )
        errors.append(Remark(spot, "column_missing"))
    contacts = group_contacts(read.contacts)
    unused += contacts.unused
    return Layout(
        sheet=sheet.name,
        row=row.number,
        headings=headings,
        places=places,
        contacts=contacts,
        errors=tuple(errors),
        unused=tuple(_say_unused(sheet, sorted(unused), headings)),
    )


def _choose(found: Sequence[int], headings: Mapping[int, str], known: Headings) -> int | None:
    """Return which of several columns is meant: the only one that is called as in the template."""
    if len(found) == 1:
        return found[0]
    exact = [place for place in found if _is_exact(headings[place], known)]
    return exact[0] if len(exact) == 1 else None


def _is_exact(heading: str, known: Headings) -> bool:
    column = known.find(heading)
    return column is not None and fold_for_search(column.heading) == fold_for_search(heading)


def _say_twice(
    sheet: Sheet, row: SheetRow, found: Sequence[int], headings: Mapping[int, str]
) -> Remark:
    heading = headings[found[0]]
    letters = "・".join(column_name(place) for place in found)
    spot = Spot(sheet.name, row.number, found[-1], heading)
    return Remark(spot, "column_twice", {"count": len(found), "columns": letters})


def _say_unused(
    sheet: Sheet, places: Sequence[int], headings: Mapping[int, str]
) -> Iterator[Unused]:
    for place in places:
        yield Unused("column", sheet.name, column_name(place), "column_unknown", headings[place])
