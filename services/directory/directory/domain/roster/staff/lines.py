"""From a row of a sheet to what it says of a member of staff."""

from __future__ import annotations

from dataclasses import dataclass, field

from directory.domain.roster.book import FileForm
from directory.domain.roster.cell_reader import CellReader
from directory.domain.roster.columns import Column, Value
from directory.domain.roster.layout import Headings, Layout
from directory.domain.roster.pupil import PupilValues
from directory.domain.roster.remarks import Spot
from directory.domain.roster.staff.columns import (
    KEPT_COLUMNS,
    MAIL,
    ROLE,
    STAFF_GROUPS,
    STAFF_NAME,
    find_column,
)


@dataclass(frozen=True)
class StaffLine(PupilValues):
    """One row understood: one person.

    `values`: those of the cells that are filled in; `mail`, `role`, `groups` are empty where the
    row says nothing of them.
    """

    row: int
    layout: Layout = field(repr=False, compare=False)
    mail: str = ""
    role: str = ""
    groups: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what no other row of the file has."""
        return f"{self.layout.sheet}/{self.row}"

    @property
    def file_row(self) -> int | None:
        return self.row

    def spot(self, column: Column) -> Spot:
        """Return the cell of a column, the row where the file has none."""
        return self.layout.spot(self.row, self.layout.places.get(column.field))


class StaffReader(CellReader):
    """Reads a row about a member of staff."""

    def line(self) -> StaffLine:
        """Read all cells; the result means something only while `errors` is empty."""
        values = self._values()
        mail = self._word(MAIL)
        if mail:
            self._warn_of(self.layout.places.get(MAIL.field), mail)
        groups = self._word(STAFF_GROUPS)
        return StaffLine(
            values=values,
            row=self.row.number,
            layout=self.layout,
            mail=mail,
            role=self._word(ROLE),
            groups=tuple(groups.split("\n")) if groups else (),
        )

    def _values(self) -> dict[str, Value | None]:
        values: dict[str, Value | None] = {}
        for column in KEPT_COLUMNS:
            value = self._read(column)
            if value is not None:
                values[column.field] = value
        if STAFF_NAME.field not in values and not self._is_refused(STAFF_NAME):
            self._refuse(self.layout.places.get(STAFF_NAME.field), "value_missing")
        return values


OF_STAFF = Headings(find_column, lambda _heading: None)
STAFF = FileForm(OF_STAFF, StaffReader)
