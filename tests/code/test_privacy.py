"""docs/privacy.md accounts for every column that can hold words (RET-5).

It is sealed, or plain with its reason and its end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from common.db import Encrypted
from suite.houses import STORED

KEPT_TO_WORDS = re.compile(r"^(\w+) IN \(")
COLUMN = re.compile(r"`(\w+)`")
NAME_OF_CELLS = ("table", "sealed", "plain", "not personal", "why", "who sees it", "when it ends")


@dataclass(frozen=True)
class Entry:
    """What the document says of one table."""

    sealed: frozenset[str]
    plain: frozenset[str]
    not_personal: frozenset[str]
    why: str
    who: str
    end: str


@pytest.fixture(scope="module")
def entries(root) -> dict[str, dict[str, Entry]]:
    """Give service → table → entry, read from the document's tables."""
    found: dict[str, dict[str, Entry]] = {}
    service = ""
    for line in (root / "docs/privacy.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            service = line.removeprefix("### ").strip()
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == len(NAME_OF_CELLS):
            sealed, plain, other = (frozenset(COLUMN.findall(cell)) for cell in cells[1:4])
            table = cells[0].strip("`")
            assert table not in found.setdefault(service, {}), f"{service} {table} stands twice"
            found[service][table] = Entry(sealed, plain, other, *cells[4:])
    return found


def columns_of(table: sa.Table) -> tuple[set[str], set[str]]:
    """Return (sealed columns, columns that can hold any words).

    Ids, numbers, times and closed words can't.
    """
    closed = set()
    for constraint in table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            kept = KEPT_TO_WORDS.match(str(constraint.sqltext))
            if kept:
                closed.add(kept[1])
    sealed = {column.name for column in table.columns if isinstance(column.type, Encrypted)}
    wordy_types = (sa.String, sa.JSON, sa.LargeBinary)
    wordy = {column.name for column in table.columns if isinstance(column.type, wordy_types)}
    return sealed, wordy - closed - sealed


@pytest.mark.parametrize("house", STORED, ids=lambda house: house.name)
def test_every_column_that_can_hold_words_is_accounted_for(house, entries):
    told = entries.get(house.name, {}) | entries["every house"]
    wrong = {}
    for name, table in house.metadata.tables.items():
        sealed, free = columns_of(table)
        entry = told.get(name, Entry(frozenset(), frozenset(), frozenset(), "", "", ""))
        said_twice = entry.plain & entry.not_personal
        said_free = entry.plain | entry.not_personal
        differs = (entry.sealed ^ sealed) | (said_free ^ free) | said_twice
        if name not in told or differs:
            wrong[name] = sorted(differs) or "not in docs/privacy.md"
    assert wrong == {}


@pytest.mark.parametrize("house", STORED, ids=lambda house: house.name)
def test_the_document_speaks_of_no_table_that_is_not_there(house, entries):
    assert set(entries[house.name]) - set(house.metadata.tables) == set()


def test_what_is_personal_has_a_reason_a_reader_and_an_end(entries):
    silent = [
        f"{service}.{table}"
        for service, tables in entries.items()
        for table, entry in tables.items()
        if (entry.sealed or entry.plain) and not (entry.why and entry.who and entry.end)
    ]
    assert silent == []


def test_addresses_and_numbers_of_families_are_never_plain(entries):
    plain = {
        column for tables in entries.values() for entry in tables.values() for column in entry.plain
    }
    assert plain & {"address", "mail", "login_mail", "number_text"} == set()
    assert entries["directory"]["contact_points"].sealed == {"address"}
    assert entries["directory"]["phone_numbers"].sealed == {"number"}
