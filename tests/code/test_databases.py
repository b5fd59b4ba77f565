"""Which database it is, and how many rows a statement touched: each is asked in one place.

The tables that every house keeps are the same in a new house as in those of before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import MetaData, create_engine
from sqlalchemy.pool import NullPool

from common.bus import steps, tables
from common.db import migrate
from common.testing.checks import definitions
from suite.houses import HOUSES

ROOM = Path("libs/common/common/db")
MOST_LINES_OF_THE_ROOM = 200


def lines_with(tree: list[Path], root: Path, wanted: str) -> list[str]:
    """List the lines of Python outside the room that hold a text; this file is left out."""
    found = []
    for path in tree:
        if path.suffix != ".py" or path == Path(__file__):
            continue
        place = path.relative_to(root)
        if place.is_relative_to(ROOM):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if wanted in line:
                found.append(f"{place}:{number}: {line.strip()}")
    return found


def test_only_one_room_asks_which_database_it_is(tree: list[Path], root: Path) -> None:
    """Others ask `common.db.is_postgres`."""
    assert lines_with(tree, root, "dialect.name") == []


def test_only_one_function_tells_how_many_rows_were_touched(tree: list[Path], root: Path) -> None:
    """SQLAlchemy's types don't show it: each place would tell the type checker to look away."""
    asking = lines_with(tree, root, ".rowcount")
    assert [line for line in asking if "type: ignore" in line] == []
    assert [line for line in asking if line.startswith(("services/", "libs/"))] == []


def test_each_file_of_the_room_has_one_subject(root: Path) -> None:
    long = {}
    for path in (root / ROOM).glob("*.py"):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > MOST_LINES_OF_THE_ROOM:
            long[path.name] = lines
    assert long == {}


@contextmanager
def operations(url: str) -> Iterator[Operations]:
    """Yield what a migration calls `op`, in one transaction."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield Operations(MigrationContext.configure(connection))
    engine.dispose()


@pytest.fixture(params=["postgresql", "sqlite"])
def make_url(
    request: pytest.FixtureRequest, make_database: Callable[[str], str], tmp_path: Path
) -> Callable[[str], str]:
    """Return `make_url(name)`, the URL of an empty database."""
    if request.param == "postgresql":
        return make_database
    return lambda name: f"sqlite:///{tmp_path}/{name}.db"


def test_a_new_house_keeps_the_same_tables_as_a_house_after_all_its_migrations(
    make_url: Callable[[str], str],
) -> None:
    house = HOUSES["messaging"]
    of_before, new = make_url("of_before"), make_url("new")
    migrate.upgrade(of_before, house.migrations, house.metadata)
    with operations(new) as op:
        steps.add_house_tables(op)
    kept = {row for row in definitions(of_before) if row[0] in tables_of_every_house()}
    assert definitions(new) == kept
    with operations(new) as op:
        steps.drop_house_tables(op)
    assert definitions(new) == set()


def tables_of_every_house() -> set[str]:
    metadata = MetaData()
    tables.add_tables(metadata)
    return set(metadata.tables)
