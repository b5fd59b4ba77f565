"""A provider that knows repeated requests gets a batch as it was, or none at all (DLV-3, DLV-5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from delivery_house import KEPT_TABLES, House, Running, Until
from sqlalchemy.orm import Session

from common import clock
from common.delivery import sweep
from common.delivery.channel import Part, Prepared
from common.delivery.claimer import Claimer, FoundRows
from common.delivery.claims import Claim, Claimed, Passed
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight, Flow
from common.delivery.kept_batches import claim as claim_kept
from common.delivery.outcomes import Accepted, Deferred, NotSent, Reason, Rejected, Unknown
from common.errors import Unavailable
from common.words import LANES

OK = Accepted(200, "ok")
LOST = Unknown("no answer")
LEASE = timedelta(seconds=60)
ClaimKept = Callable[..., list[Claimed]]


ROWS = KEPT_TABLES.deliveries


@pytest.fixture
def kept(house: House) -> House:
    """Give the house's table that keeps batches."""
    return replace(house, tables=KEPT_TABLES)


@pytest.fixture
def claim(kept: House) -> ClaimKept:
    def take(
        size: int = 500, *, lane: str = "normal", closed: tuple[str, ...] = ()
    ) -> list[Claimed]:
        now = clock.now()
        batches = kept.do(
            claim_kept, [Claim(lane, size, uuid4(), now + LEASE, passed=Passed(closed))], now
        )
        return [row for batch in batches for row in batch]

    return take


def ids(batch: list[Claimed]) -> set[UUID]:
    return {row.id for row in batch}


def test_a_claim_holds_rows_of_one_message_the_oldest_first(kept: House, claim: ClaimKept) -> None:
    old, new = kept.page(3), kept.page(4)
    kept.take_in(old)
    kept.take_in(new)
    assert {row.message_id for row in claim()} == {old.message_id}
    assert [row.message_id for row in claim()] == [new.message_id] * 4
    assert claim() == []


def test_a_claim_takes_at_most_its_size_and_remembers_it(kept: House, claim: ClaimKept) -> None:
    kept.take_in(kept.page(7))
    assert [len(claim(5)), len(claim(5))] == [5, 2]
    assert Counter(row.batch_size for row in kept.rows()) == {5: 5, 2: 2}


def test_lanes_and_closed_routes_are_kept_apart(kept: House, claim: ClaimKept) -> None:
    kept.take_in(kept.page(2, route="a"))
    kept.take_in(kept.page(3, route="b", lane="urgent"))
    assert claim(closed=("a",)) == []
    assert len(claim(lane="urgent", closed=("a",))) == 3


def test_an_unknown_batch_goes_again_as_it_was_under_its_own_id(
    kept: House, claim: ClaimKept
) -> None:
    page = kept.page(5)
    kept.take_in(page)
    first = claim(3)
    kept.settle(first, LOST)
    kept.let_time_pass()
    again = claim(500)
    assert (ids(again), {row.batch_id for row in again}) == (ids(first), {first[0].batch_id})
    rest = claim(500)
    assert (len(rest), rest[0].batch_id == first[0].batch_id) == (2, False)


def test_an_unknown_batch_that_is_put_off_or_not_sent_stays_the_same_batch(
    kept: House, claim: ClaimKept
) -> None:
    kept.take_in(kept.page(3))
    first = claim()
    kept.settle(first, LOST)
    for outcome in (
        Deferred(Reason.RATE_LIMITED, 429, "later", None),
        NotSent("directory is away"),
    ):
        kept.let_time_pass()
        again = claim()
        assert (ids(again), again[0].batch_id) == (ids(first), first[0].batch_id)
        kept.settle(again, outcome)
    kept.let_time_pass()
    kept.settle(claim(), OK)
    assert kept.states() == {"accepted": 3}


def test_a_batch_that_was_only_put_off_may_be_composed_anew(kept: House, claim: ClaimKept) -> None:
    page = kept.page(3)
    kept.take_in(page)
    first = claim(2)
    kept.settle(first, Deferred(Reason.RATE_LIMITED, 429, "later", None))
    kept.let_time_pass()
    again = claim()
    assert len(again) == 3
    assert again[0].batch_id != first[0].batch_id


def test_rows_refused_before_the_request_do_not_break_its_batch(
    kept: House, claim: ClaimKept
) -> None:
    kept.take_in(kept.page(3))
    first = claim()
    kept.settle(first[:1], Rejected(Reason.ADDRESS_BAD, 0, "address"))
    kept.settle(first[1:], LOST)
    kept.let_time_pass()
    assert ids(claim()) == ids(first[1:])


def test_a_batch_with_a_member_erased_in_between_ends_as_unknown_and_is_never_recomposed(
    kept: House, claim: ClaimKept
) -> None:
    kept.take_in(kept.page(4))
    first = claim()
    kept.settle(first, LOST)
    with kept.database.for_system() as session:
        session.execute(sa.delete(ROWS).where(ROWS.c.id == first[0].id))
    kept.let_time_pass()
    assert claim() == []
    assert kept.states() == {"unknown": 3}
    assert {(point["state"], point["reason"]) for point in kept.answered()} == {
        ("unknown", "time_out")
    }
    assert {row.address for row in kept.rows()} == {None}


def test_what_is_left_of_a_batch_of_which_a_row_was_accepted_is_accepted_too(
    kept: House, claim: ClaimKept
) -> None:
    kept.take_in(kept.page(4))
    first = claim()
    kept.settle(first[:2], OK)  # the process died between the two halves of its settling
    kept.do(sweep.sweep_leases, now=clock.now() + LEASE * 2)
    kept.let_time_pass()
    assert claim() == []
    assert kept.states() == {"accepted": 4}


def test_a_batch_half_of_which_is_still_held_waits_for_the_other_half(
    kept: House, claim: ClaimKept
) -> None:
    kept.take_in(kept.page(4))
    first = claim()
    kept.settle(first[:2], LOST)
    kept.let_time_pass()
    assert claim() == []
    assert kept.states() == {"requested": 2, "claimed": 2}
    kept.settle(first[2:], LOST)
    kept.let_time_pass()
    assert ids(claim()) == ids(first)


def test_an_answer_after_the_lease_still_counts_because_the_request_is_the_same(
    kept: House, claim: ClaimKept
) -> None:
    kept.take_in(kept.page(2))
    first = claim()
    kept.do(sweep.sweep_leases, now=clock.now() + LEASE * 2)
    kept.let_time_pass()
    again = claim()
    assert kept.settle(first, OK) == 2
    assert kept.settle(again, OK) == 0
    assert kept.states() == {"accepted": 2}


def test_a_repeated_batch_whose_commit_nobody_heard_of_goes_again_as_it_was(
    kept: House, claim: ClaimKept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood claimed until its lease ended, and was unknown then: no second try was made."""
    kept.take_in(kept.page(3))
    first = claim()
    kept.settle(first, LOST)
    kept.let_time_pass()
    claimer = Claimer(kept.database, kept.tables, uuid4(), keeps_batches=True)

    def try_to_claim(*lost: UUID) -> FoundRows:
        wanted = Claim("normal", 500, uuid4(), clock.now() + LEASE, claimer.holder)
        return claimer.claim([[wanted]], lost, clock.now())

    open_session = kept.database.for_system

    @contextmanager
    def broken(*, read_only: bool = False) -> Iterator[Session]:
        with open_session(read_only=read_only) as session:
            yield session
        if not read_only:
            raise Unavailable("database_away", "The connection broke at COMMIT.")

    monkeypatch.setattr(kept.database, "for_system", broken)
    with pytest.raises(Unavailable):
        try_to_claim()
    monkeypatch.undo()
    assert claimer.unsure == [first[0].batch_id]
    kept.let_time_pass()
    (again,) = try_to_claim(*claimer.unsure).batches
    assert (ids(again), {row.batch_id for row in again}) == (ids(first), {first[0].batch_id})


def test_a_second_unknown_is_final(kept: House, claim: ClaimKept) -> None:
    kept.take_in(kept.page(2))
    for expected in ({"requested": 2}, {"unknown": 2}):
        kept.settle(claim(), LOST)
        assert kept.states() == expected
        kept.let_time_pass()
    assert claim() == []


def test_claimers_side_by_side_share_no_batch_and_mix_no_messages(
    kept: House, claim: ClaimKept
) -> None:
    for _ in range(4):
        kept.take_in(kept.page(30))
    lost = [claim(10) for _ in range(4)]
    for batch in lost:
        kept.settle(batch, LOST)
    kept.let_time_pass()

    def claim_all(_: int) -> list[list[Claimed]]:
        taken = []
        while batch := claim(10):
            taken.append(batch)
        return taken

    with ThreadPoolExecutor(4) as threads:
        batches = [batch for some in threads.map(claim_all, range(4)) for batch in some]
    while batch := claim(10):
        batches.append(batch)
    assert Counter(row.id for batch in batches for row in batch).most_common(1)[0][1] == 1
    assert sum(map(len, batches)) == 120
    assert all(len({row.message_id for row in batch}) == 1 for batch in batches)
    assert sorted(map(ids, lost), key=min) == sorted(
        (ids(b) for b in batches if b[0].unknowns), key=min
    )


@dataclass
class Provider:
    """Accepts each batch id once and tells repetitions.

    The first `silent` requests are taken without an answer.
    """

    silent: int = 0
    taken: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    repeated: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)

    patience = 30.0

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[list[Claimed]]:
        return Prepared([list(rows)])

    async def hand_over(self, lane: str, letters: Sequence[list[Claimed]]) -> AsyncIterator[Part]:
        (batch,) = letters
        key, members = batch[0].batch_id, frozenset(row.id for row in batch)
        if key in self.taken:
            self.repeated.append(key)
            if self.taken[key] != members:
                self.changed.append(key)
        self.taken.setdefault(key, members)
        self.silent -= 1
        yield [(row.id, LOST if self.silent >= 0 else OK) for row in batch]

    def closed_routes(self, now: datetime) -> tuple[str, ...]:
        return ()

    def open_lanes(self, now: datetime) -> tuple[str, ...]:
        return LANES

    async def close(self) -> None:
        await asyncio.sleep(0)


async def test_the_loop_sends_batches_of_the_asked_size_and_repeats_them_as_they_were(
    kept: House, running: Running, until: Until
) -> None:
    provider = Provider(silent=2)
    for _ in range(2):
        kept.take_in(kept.page(30))
    dispatcher = Dispatcher(
        kept.database, kept.tables, provider, Flight(Flow(claim_size=20, keeps_batches=True))
    )
    async with running(dispatcher):
        await until(lambda: kept.states() == {"accepted": 30, "requested": 30})
        kept.let_time_pass()
        await until(lambda: kept.states() == {"accepted": 60})
    assert sorted(map(len, provider.taken.values())) == [10, 10, 20, 20]
    assert (len(provider.repeated), provider.changed) == (2, [])


async def test_pages_that_come_aboard_are_batches_that_are_repeated_as_they_were(
    kept: House, running: Running, until: Until
) -> None:
    provider, flight = Provider(silent=2), Flight(Flow(claim_size=20, keeps_batches=True))
    async with running(Dispatcher(kept.database, kept.tables, provider, flight)):
        await until(lambda: flight.is_open("normal"))
        await asyncio.to_thread(kept.bring, kept.page(30), flight)
        assert {row.batch_size for row in kept.rows()} == {20, 10}, "written as claimed"
        await until(lambda: kept.states() == {"requested": 30})
        kept.let_time_pass()
        await until(lambda: kept.states() == {"accepted": 30})
    assert sorted(map(len, provider.taken.values())) == [10, 20]
    assert (len(provider.repeated), provider.changed) == (2, [])


def test_a_contact_point_that_nothing_can_reach_is_answered_for_without_sending(
    kept: House, claim: ClaimKept
) -> None:
    page = kept.page(3)
    blocked = replace(page.points[0], refused=Reason.BLOCKED_BY_USER)
    kept.take_in(replace(page, points=[blocked, *page.points[1:]]))
    assert len(claim()) == 2
    assert [(point["state"], point["reason"]) for point in kept.answered()] == [
        ("refused", "blocked_by_user")
    ]
    kept.take_in(replace(page, points=[blocked, *page.points[1:]]))
    assert len(kept.answered()) == 2, "asked again, it answers again"
