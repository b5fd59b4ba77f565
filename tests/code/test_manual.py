"""The manual tells school offices what is true.

Its example of a roster is one, and its reports of errors are ours.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from workbook_files import sheet_of

from common.words import words_of
from directory.domain.roster.columns import HEADINGS
from directory.domain.roster.plan import read_roster
from gateway.domain.cell_words import explain_cell, explain_nothing_registered

PRIMARY = words_of("elementary")


@pytest.fixture
def page(root: Path) -> str:
    return (root / "docs/manual/import-roster.md").read_text(encoding="utf-8")


def table_after(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without the line of dashes."""
    lines = page.partition(heading)[2].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return [rows[0], *rows[2:]]


def test_the_example_is_a_roster_that_is_registered(page):
    plan = read_roster([sheet_of(table_after(page, "## 例"))]).plan
    assert plan is not None
    assert (len(plan.pupils), len(plan.guardians), len(plan.contact_points)) == (4, 3, 3)
    mother = next(
        guardian
        for guardian in plan.guardians
        if guardian.label == "母" and guardian.name == "髙橋 美穂"
    )
    assert len([link for link in plan.guardianships if link.guardian_key == mother.key]) == 2


def test_every_column_is_explained(page):
    assert {row[0] for row in table_after(page, "## 列")[1:]} == set(HEADINGS)


def test_the_reports_shown_are_what_the_program_says(page):
    rows = [
        table_after(page, "## 例")[0],
        *([[""] * 8] * 12),
        ["4", "2", "1", "高橋 海", "高橋", "", "", ""],
    ]
    rows += [[""] * 8] * 16 + [
        ["4", "2", "2", "高木 空", "タカギ ソラ", "", "", "taro＠example.jp"]
    ]
    errors = read_roster([sheet_of(rows)]).errors
    shown = page.partition("## 直すところがあるとき")[2].partition("```\n")[2].partition("\n```")[0]
    assert shown.splitlines() == [
        *(explain_cell(error.as_json(), PRIMARY) for error in errors),
        explain_nothing_registered(len(errors)),
    ]
