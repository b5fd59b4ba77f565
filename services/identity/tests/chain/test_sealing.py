"""Lines of the operation log get their place in a chain, and writers wait for nobody (RET-6)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from log_book import LINES, Book, told
from prometheus_client import REGISTRY
from sqlalchemy import func, select

from common import bus, clock
from common.schemas import Envelope
from identity.actions import log_chain
from identity.actions.log_chain import Sealing
from identity.actions.operation_log import append_operation
from identity.jobs import JOBS
from identity.store.models import METADATA
from identity.worker import BEYOND_TABLES

NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)


def positions(book: Book) -> list[int]:
    return [line["position"] for line in book.lines()]


def unsealed_seconds() -> float | None:
    name = "renraku_operation_log_unsealed_seconds"
    return REGISTRY.get_sample_value(name, {"service": "identity"})


def test_a_line_waits_for_its_place_and_the_clock_gives_it(book: Book) -> None:
    ids = book.write(3)
    assert (book.lines(), book.waiting()) == ([], 3)
    book.seal()
    assert positions(book) == [1, 2, 3]
    assert [line["id"] for line in book.lines()] == ids
    (checkpoint,) = book.checkpoints()
    assert (checkpoint.position, checkpoint.count) == (3, 3)
    assert checkpoint.is_genuine(book.keys)


def test_lines_are_sealed_by_the_time_of_their_act_and_late_ones_behind(book: Book) -> None:
    (second,) = book.write(at=NOON + timedelta(minutes=1))
    (first,) = book.write(at=NOON)
    book.seal()
    (late,) = book.write(at=NOON - timedelta(hours=1))
    book.seal()
    assert [line["id"] for line in book.lines()] == [first, second, late]
    assert book.report().is_good


def test_one_that_is_committed_late_is_sealed_late(book: Book) -> None:
    written, committed = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with book.database.for_system() as session:
            append_operation(session, told(book.school_id, NOON), None, now=NOON)
            session.flush()
            written.set()
            committed.wait(10)

    if not book.database.engine.url.drivername.startswith("postgresql"):
        committed.set()  # on SQLite one writes at a time
    slow = threading.Thread(target=write_slowly)
    slow.start()
    written.wait(10)
    book.write(at=NOON + timedelta(hours=1))
    book.seal()
    committed.set()
    slow.join()
    book.seal()
    assert positions(book) == [1, 2]
    assert book.report().is_good


def test_those_who_write_and_who_seals_do_not_hinder_one_another(book: Book) -> None:
    stop = threading.Event()

    def seal_on_and_on() -> None:
        sealing = Sealing()
        while not stop.is_set():
            book.seal(sealing=sealing)

    sealer = threading.Thread(target=seal_on_and_on)
    sealer.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: book.write(4), range(8)))
    stop.set()
    sealer.join()
    book.seal()
    assert positions(book) == list(range(1, 33))
    report = book.report()
    assert report.is_good
    assert (report.lines, report.waiting) == (32, 0)


def test_two_who_seal_at_once_give_no_place_twice(book: Book) -> None:
    """The clock that has lost its lead finishes what it has in hand, while another leads."""
    book.write(40)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: book.seal(), range(4)))
    assert positions(book) == list(range(1, 41))
    assert book.report().is_good


def test_lines_from_before_keep_their_places_and_are_sealed_in_bounded_rounds(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_chain, "LINES_OF_A_LOG", 3)
    monkeypatch.setattr(log_chain, "LINES_OF_A_ROUND", 4)
    ids = book.write(10)
    for position, line_id in enumerate(reversed(ids), 1):
        book.execute(LINES.update().where(LINES.c.id == line_id).values(position=position))
    book.write(1)
    book.seal()
    assert [line["id"] for line in book.lines()[:10]] == ids[::-1]
    assert positions(book) == list(range(1, 12))
    assert book.report().is_good


def test_a_log_has_one_checkpoint_for_each_hour(book: Book) -> None:
    for minutes in (0, 20, 40, 70):
        book.write(2)
        book.seal(NOON + timedelta(minutes=minutes))
    signed = [(each.position, each.signed_at) for each in book.checkpoints()]
    assert signed == [(6, NOON + timedelta(minutes=40)), (8, NOON + timedelta(minutes=70))]
    assert book.report().is_good


def test_the_log_without_a_school_is_a_chain_too(book: Book) -> None:
    with book.database.for_system() as session:
        append_operation(session, told(None), None, now=clock.now())
    book.seal()
    here = LINES.c.school_id.is_(None)
    with book.database.for_system(read_only=True) as session:
        waiting = session.scalar(select(func.count()).where(here, LINES.c.hash.is_(None)))
    assert waiting == 0


def test_nothing_is_signed_behind_a_checkpoint_that_identity_did_not_sign(
    make_book: Callable[[], Book],
) -> None:
    forged, other = make_book(), make_book()
    forged.write_and_seal(2)
    forged.change_checkpoint(2, count=1)
    for book in (forged, other):
        book.write(1)
    forged.seal()
    assert (forged.waiting(), other.waiting()) == (1, 0)
    assert forged.checkpoints()[-1].position == 2


def test_what_waits_for_its_seal_is_told_as_long_as_it_waits(
    own_book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: moment)
    sealing = Sealing()
    own_book.write_and_seal(2)
    own_book.change_checkpoint(2, count=1)
    own_book.write(1)
    told_after = []
    for seconds in (0, 60, 400):
        moment = 1000.0 + seconds
        own_book.seal(sealing=sealing)
        told_after.append(unsealed_seconds())
    assert told_after == [0, 60, 400]
    own_book.change_checkpoint(2, count=2)
    own_book.seal(sealing=sealing)
    assert unsealed_seconds() == 0


def test_the_log_of_a_school_that_is_being_erased_is_not_sealed_any_more(book: Book) -> None:
    book.write_and_seal(3, 1)
    handler = bus.erase_school(METADATA, "identity", lambda _: True, BEYOND_TABLES, batch=2)
    for _ in range(40):
        with book.database.for_school(book.school_id, even_erased=True) as session:
            event = Envelope.of("school.erasing", book.school_id, {})
            handler.act(session, event, None, now=clock.now())
        book.seal()
    assert (book.lines(), book.checkpoints(), book.waiting()) == ([], [], 0)
    report = book.report()
    assert report.is_closed
    assert report.is_good


def test_the_clock_seals_with_the_keys_of_the_house(book: Book) -> None:
    (job,) = [job for job in JOBS if job.name == "seal_log"]
    assert job.seconds == log_chain.SEAL_SECONDS
    book.write(2)
    bound = job.with_keys(book.keys)
    is_more = True
    while is_more:
        with book.database.for_system() as session:
            is_more = bound.action(session, now=clock.now())
    assert positions(book) == [1, 2]


def test_a_page_that_is_turned_while_its_lines_are_sealed_repeats_and_leaves_out_nothing(
    book: Book, door
) -> None:
    ids = book.write(5, at=NOON)
    seen: list[UUID] = []
    after = ""
    while after is not None:
        asked = "/operation-log?limit=2" + (f"&after={after.replace('+', '%2B')}" if after else "")
        page = door.as_staff(book.school_id, "GET", asked).json
        seen += [UUID(line["id"]) for line in page["items"]]
        after = page["next"]
        book.seal()
    assert sorted(seen) == sorted(ids)
