"""Rows whose keys are there already stay as they are, however many come beside them; or each is
given values of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from common.db import Database
from common.db.bulk import MANY, insert_new, update_rows
from common.testing import services
from common.testing.statements import count_statements

METADATA = sa.MetaData()
OWLS = sa.Table(
    "owls",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("wood", sa.String(10), nullable=False),
    sa.Column("mice", sa.Integer, sa.CheckConstraint("mice >= 0"), nullable=False),
)


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/owls.db"
    else:
        server: services.PostgresServer = request.getfixturevalue("postgres_server")
        url = services.create_database(server.url, "owls")
    database = Database.connect(url)
    METADATA.create_all(database.engine)
    yield database
    METADATA.drop_all(database.engine)
    database.dispose()
    if request.param == "postgresql":
        services.drop_database(server.url, "owls")


def owls(*numbers: int, mice: int = 0) -> list[dict[str, Any]]:
    return [{"id": number, "mice": mice} for number in numbers]


def stored(database: Database) -> dict[int, tuple[str, int]]:
    with database.for_system(read_only=True) as session:
        return {row.id: (row.wood, row.mice) for row in session.execute(sa.select(OWLS))}


def more_mice(statement: Any) -> Any:
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["id"], set_={"mice": new.mice}, where=new.mice > OWLS.c.mice
    )


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, 1200])
def test_all_go_in_where_none_is_there(database: Database, count: int) -> None:
    with database.for_system() as session:
        assert insert_new(session, OWLS, owls(*range(count)), {"wood": "oak"}) == count
    assert stored(database) == dict.fromkeys(range(count), ("oak", 0))


def test_what_is_new_goes_in_at_the_first_try_in_statements_of_five_hundred(
    database: Database,
) -> None:
    count = count_statements(database.engine)
    with database.for_system() as session:
        insert_new(session, OWLS, owls(*range(1200)), {"wood": "oak"})
    assert count() <= 5, "three, and PostgreSQL's savepoint (SQLite's BEGIN)"


@pytest.mark.parametrize("count", [3, MANY, 1200])
def test_what_is_there_stays_and_the_others_go_in(database: Database, count: int) -> None:
    with database.for_system() as session:
        insert_new(session, OWLS, owls(count - 1, mice=5), {"wood": "oak"})
    with database.for_system() as session:
        session.execute(sa.insert(OWLS).values(id=-1, wood="fir", mice=0))
        assert insert_new(session, OWLS, owls(*range(count)), {"wood": "ash"}) == count - 1
        assert insert_new(session, OWLS, owls(*range(count)), {"wood": "elm"}) == 0
    kept = stored(database)
    assert len(kept) == count + 1, "what the transaction wrote before is still there"
    assert kept[count - 1] == ("oak", 5)
    assert kept[0] == ("ash", 0)


@pytest.mark.parametrize("kept", [(0,), (0, 7), tuple(range(MANY))])
def test_rows_that_come_again_are_no_error_in_the_databases_log(
    database: Database, kept: tuple[int, ...]
) -> None:
    """It would hold the values of all rows.

    Whoever asks again asks for a page whose first row is there.
    """
    errors: list[Any] = []
    sa.event.listen(database.engine, "handle_error", errors.append)
    with database.for_system() as session:
        insert_new(session, OWLS, owls(*kept), {"wood": "oak"})
    with database.for_system() as session:
        assert insert_new(session, OWLS, owls(*range(MANY)), {"wood": "ash"}) == MANY - len(kept)
    assert errors == []


@pytest.mark.parametrize("count", [3, MANY])
def test_instead_decides_what_becomes_of_rows_that_are_there(
    database: Database, count: int
) -> None:
    with database.for_system() as session:
        insert_new(session, OWLS, [*owls(0, mice=2), *owls(1, mice=9)], {"wood": "oak"})
        assert (
            insert_new(
                session, OWLS, owls(*range(count), mice=5), {"wood": "ash"}, instead=more_mice
            )
            == count - 1
        )
    assert {number: mice for number, (_, mice) in stored(database).items() if number < 3} == {
        0: 5,
        1: 9,
        2: 5,
    }


@pytest.mark.parametrize("count", [3, MANY])
def test_a_row_that_breaks_a_rule_is_refused_with_all(database: Database, count: int) -> None:
    with pytest.raises(IntegrityError), database.for_system() as session:
        insert_new(session, OWLS, [*owls(*range(count)), *owls(count, mice=-1)], {"wood": "oak"})
    assert stored(database) == {}


@pytest.mark.parametrize("count", [0, 1, 1200])
def test_each_row_is_given_values_of_its_own_and_what_is_not_there_stays_away(
    database: Database, count: int
) -> None:
    with database.for_system() as session:
        insert_new(session, OWLS, owls(*range(count + 1)), {"wood": "oak"})
    changed = [{"id": number, "wood": f"w{number}", "mice": number} for number in range(count)]
    beyond = [{"id": 9999, "wood": "ash", "mice": 1}] if count else []
    with database.for_system() as session:
        assert update_rows(session, OWLS, "id", changed + beyond) == count
    given = {number: (f"w{number}", number) for number in range(count)}
    assert stored(database) == {**given, count: ("oak", 0)}
