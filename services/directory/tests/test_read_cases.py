"""Files that offices really have, as they come out of the reader (DIR-2); see cases/README.md."""

from pathlib import Path

import pytest

from directory.actions.read_workbook import read_sheets
from directory.domain.workbooks import Mark, MarkKind, Merge, Sheet

CASES = Path(__file__).parent / "cases"


def read(name: str) -> tuple[Sheet, ...]:
    (path,) = CASES.glob(f"{name}*.xlsx")
    return read_sheets(path.read_bytes())


@pytest.mark.parametrize("path", sorted(CASES.glob("*.xlsx")), ids=lambda path: path.stem)
def test_every_case_is_read_and_named_in_the_readme(path: Path) -> None:
    sheets = read_sheets(path.read_bytes())
    assert any(sheet.rows for sheet in sheets if not sheet.is_hidden)
    assert f"`{path.name}`" in (CASES / "README.md").read_text(encoding="utf-8")


def test_errors_and_open_formulas_are_marked_at_their_cells() -> None:
    (error,) = read("B04-a")
    assert error.rows[1].marks == {7: Mark(MarkKind.ERROR, "#N/A")}
    (unknown,) = read("B04-b")
    assert unknown.rows[1].marks == {7: Mark(MarkKind.UNCALCULATED)}


def test_hidden_and_struck_rows_are_told() -> None:
    (hidden,) = read("B05-a")
    assert [row.number for row in hidden.rows if row.is_hidden] == [3]
    (struck,) = read("B05-d")
    assert [row.number for row in struck.rows if row.struck] == [3]


def test_all_sheets_are_given_in_order() -> None:
    assert [sheet.name for sheet in read("B08-a")] == ["1-1", "1-2", "2-1"]
    assert [sheet.name for sheet in read("B08-b")] == ["記入例", "名簿"]


def test_merged_cells_are_given() -> None:
    (classes,) = read("B21-a")
    assert classes.merges == (Merge(2, 31, 0, 0), Merge(2, 31, 1, 1))
    (levels,) = read("B09-a")
    assert Merge(3, 3, 3, 7) in levels.merges


def test_neither_a_hidden_sheet_nor_many_columns_matter() -> None:
    roster, postcodes = read("B26-a")
    assert len(roster.rows) == 2
    assert (postcodes.is_hidden, postcodes.rows) == (True, ())
    (wide,) = read("B26-b")
    assert len(wide.rows[0].texts) == 80


def test_numbers_and_dates_are_as_people_see_them() -> None:
    (zeros,) = read("B27-a")
    assert [row.texts[8] for row in zeros.rows[1:]] == ["0012345", "0012346"]
    (date,) = read("B29-a")
    assert date.rows[1].texts[1] == "2026-04-02"
    assert date.rows[1].marks == {1: Mark(MarkKind.DATE, "4月2日")}


def test_backslashes_in_the_package_do_not_matter() -> None:
    (sheet,) = read("B25-a")
    assert sheet.rows[1].texts[3] == "本田 葵"
