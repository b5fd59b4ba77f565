"""A school's rows leave a database in batches, and nothing comes in again (RET-1).

They are counted once, children before parents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, ForeignKey, Table, Uuid, func, insert, select

from common import bus, clock
from common.bus import inbox, outbox, parked, tables
from common.db import Database, erasure
from common.db.erasure import SchoolErased
from common.db.types import new_metadata
from common.schemas import Envelope

METADATA = new_metadata()
bus.add_tables(METADATA)
TREE = Table(
    "tree",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("school_id", Uuid, nullable=False),
    Column("parent_id", Uuid, ForeignKey("tree.id")),
)
LEAVES = Table(
    "leaves",
    METADATA,
    Column("tree_id", Uuid, ForeignKey("tree.id"), primary_key=True),
    Column("number", Uuid, primary_key=True),
    Column("school_id", Uuid, nullable=False),
)
SUPPLIED = Table(
    "supplied", METADATA, Column("id", Uuid, primary_key=True), Column("school_id", Uuid)
)
EVENT = "school.erasing"


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/house.db"
    else:
        make: Callable[[str], str] = request.getfixturevalue("make_database")
        url = make("erasure_tests")
    database = Database.connect(url)
    METADATA.create_all(database.engine)
    yield database
    database.dispose()


def fill(database: Database, school_id: UUID, width: int = 3) -> int:
    """Give a school a tree of three levels, with a leaf on every node; return how many rows."""
    with database.for_school(school_id) as session:
        above: list[UUID | None] = [None]
        count = 0
        for _ in range(3):
            rows = [
                {"id": uuid4(), "school_id": school_id, "parent_id": parent}
                for parent in above
                for _ in range(width)
            ]
            session.execute(insert(TREE), rows)
            session.execute(
                insert(LEAVES),
                [{"tree_id": row["id"], "number": uuid4(), "school_id": school_id} for row in rows],
            )
            above = [row["id"] for row in rows]
            count += 2 * len(rows)
    return count


def rows_of(database: Database, school_id: UUID | None) -> int:
    with database.for_system(read_only=True) as session:
        found = (
            session.scalar(
                select(func.count()).select_from(table).where(table.c.school_id == school_id)
            )
            for table in (TREE, LEAVES, SUPPLIED)
        )
        return sum(count or 0 for count in found)


def is_due(_school_id: UUID) -> bool:
    return True


def handle(database: Database, handler: bus.Handler, event: Envelope) -> list[Envelope]:
    """Do what a worker does with an event; return what the transaction put into the outbox."""
    with database.for_school(event.school_id, even_erased=handler.even_erased) as session:  # type: ignore[arg-type]
        before = session.scalar(select(func.coalesce(func.max(tables.outbox.c.position), 0)))
        if inbox.first_time(session, "house.erasure", event.id, clock.now()):
            handler.act(session, event, None, now=clock.now())
        after = (
            select(tables.outbox.c.body)
            .where(tables.outbox.c.position > before)
            .order_by(tables.outbox.c.position)
        )
        return [Envelope.load(body) for body in session.scalars(after)]


class PowerCut(Exception):
    pass


def break_off(database: Database, handler: bus.Handler, event: Envelope) -> None:
    """Do what a worker does, up to the moment before its commit."""
    assert event.school_id
    with database.for_school(event.school_id, even_erased=True) as session:
        handler.act(session, event, None, now=clock.now())
        raise PowerCut


def until_answered(database: Database, handler: bus.Handler, school_id: UUID) -> Envelope:
    event = Envelope.of(EVENT, school_id, {})
    for _ in range(100):
        (event,) = handle(database, handler, event)
        if event.type == "school.erased":
            return event
    raise AssertionError("the erasure does not end")


def test_a_batch_deletes_no_more_than_it_may_and_never_a_parent_before_its_child(
    database: Database,
) -> None:
    school_id, other = uuid4(), uuid4()
    count, others = fill(database, school_id), fill(database, other)
    batches = []
    while not batches or batches[-1]:
        with database.for_school(school_id) as session:
            batches.append(erasure.erase_batch(session, METADATA, school_id, limit=7))
    sizes = [sum(batch.values()) for batch in batches]
    assert max(sizes) == 7
    assert sum(sizes) == count
    assert (rows_of(database, school_id), rows_of(database, other)) == (0, others)


def test_rows_of_no_school_stay(database: Database) -> None:
    school_id = uuid4()
    with database.for_system() as session:
        session.execute(
            insert(SUPPLIED),
            [{"id": uuid4(), "school_id": None}, {"id": uuid4(), "school_id": school_id}],
        )
    until_answered(database, bus.erase_school(METADATA, "house", is_due), school_id)
    assert (rows_of(database, school_id), rows_of(database, None)) == (0, 1)


def test_counts_are_right_when_a_handler_breaks_between_and_within_batches(
    database: Database,
) -> None:
    school_id, failing = uuid4(), iter([False, True, False, True])
    fill(database, school_id, width=4)

    handler = bus.erase_school(METADATA, "house", is_due, batch=50)
    event = Envelope.of(EVENT, school_id, {})
    (event,) = handle(database, handler, event)
    for fails in failing:
        if fails:  # the rows are deleted, then the transaction breaks
            with pytest.raises(PowerCut):
                break_off(database, handler, event)
        (event,) = handle(database, handler, event)
    answer = until_answered(database, handler, school_id)
    assert answer.payload == {"house": "house", "counts": {"tree": 84, "leaves": 84}}


def test_the_same_event_twice_is_one_batch(database: Database) -> None:
    school_id = uuid4()
    fill(database, school_id)
    handler = bus.erase_school(METADATA, "house", is_due, batch=5)
    (event,) = handle(database, handler, Envelope.of(EVENT, school_id, {}))
    assert len(handle(database, handler, event)) == 1
    assert handle(database, handler, event) == []


def test_a_house_that_is_asked_again_answers_the_same_and_erases_what_came_back(
    database: Database,
) -> None:
    school_id = uuid4()
    count = fill(database, school_id)
    handler = bus.erase_school(METADATA, "house", is_due)
    first = until_answered(database, handler, school_id)
    assert sum(first.payload["counts"].values()) == count
    (again,) = handle(database, handler, Envelope.of(EVENT, school_id, {}))
    assert (again.type, again.payload) == ("school.erased", first.payload)
    with database.for_system() as session:
        session.execute(insert(SUPPLIED).values(id=uuid4(), school_id=school_id))
    third = until_answered(database, handler, school_id)
    assert third.payload["counts"] == {**first.payload["counts"], "supplied": 1}


def test_nothing_is_written_for_a_school_once_its_erasure_has_begun(database: Database) -> None:
    school_id, other = uuid4(), uuid4()
    handle(database, bus.erase_school(METADATA, "house", is_due), Envelope.of(EVENT, school_id, {}))
    with pytest.raises(SchoolErased), database.for_school(school_id):
        raise AssertionError("the block must not run")
    assert database.has_erased(school_id)
    assert not database.has_erased(other)
    with database.for_school(school_id, read_only=True):
        pass
    fill(database, other)


def test_what_was_parked_of_the_school_goes_and_the_answer_stays(database: Database) -> None:
    school_id, other = uuid4(), uuid4()
    with database.for_system() as session:
        for school in (school_id, other):
            body = Envelope.of("message.stopped", school, {"message_id": uuid4()}).dump()
            parked.park(
                session,
                parked.ParkedEvent("house.work", "failed", "", body, uuid4(), "message.stopped"),
            )
    answer = until_answered(database, bus.erase_school(METADATA, "house", is_due), school_id)
    with database.for_system() as session:
        (left,) = parked.list_parked(session)
        assert str(other) in left.body
        outbox.purge(session, now=clock.now() + timedelta(days=2))
        assert answer.id in set(session.scalars(select(tables.outbox.c.id)))


def test_a_house_begins_goes_on_and_ends_in_its_own_way(database: Database) -> None:
    school_id, steps, left = uuid4(), [], iter([{"accounts": 2}, {"accounts": 1}, {}])
    beyond = bus.BeyondTables(
        begin=lambda session, school: steps.append("begin"),
        delete=lambda session, school, limit: steps.append("delete") or next(left),
        end=lambda session, school: steps.append("end"),
    )
    fill(database, school_id)
    answer = until_answered(
        database, bus.erase_school(METADATA, "house", is_due, beyond), school_id
    )
    assert steps == ["begin", "delete", "delete", "delete", "end"]
    assert answer.payload["counts"]["accounts"] == 3
