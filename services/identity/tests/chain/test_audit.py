"""Whoever touches a sealed log is found, and so is the first entry that was touched (RET-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from log_book import Book

from common import clock, keys
from common.houses import SIGNERS
from common.keys import Keys
from identity.domain.log_walk import Fault


@pytest.fixture
def sealed(book: Book) -> Book:
    """Give a log of nine lines and three checkpoints: at 3, 6 and 9."""
    book.write_and_seal(3, 3, 3)
    report = book.report()
    assert report.is_good
    assert (report.lines, report.checkpoints) == (9, 3)
    return book


def found(book: Book) -> tuple[Fault, int, int]:
    """Return what the first thing is that is wrong with a log."""
    finding = book.report().finding
    assert finding is not None
    return finding.fault, finding.first, finding.last


def held(book: Book) -> int | None:
    """Return the position of the newest checkpoint that holds."""
    checkpoint = book.report().held
    return None if checkpoint is None else checkpoint.position


CHANGES: dict[str, Callable[[], Any]] = {
    "id": uuid4,
    "at": lambda: clock.now() - timedelta(days=1),
    "action": lambda: "message.drafted",
    "actor_kind": lambda: "system",
    "actor_id": uuid4,
    "target_kind": lambda: "member",
    "target_id": lambda: None,
    "details": lambda: {"heads": 27},
    "under_id": uuid4,
    "hash": lambda: bytes(32),
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_line_that_is_changed_is_named(sealed: Book, column: str) -> None:
    sealed.change(5, **{column: CHANGES[column]()})
    assert found(sealed) == (Fault.CHANGED, 5, 5)
    assert held(sealed) == 3


def test_the_last_line_is_named_too(sealed: Book) -> None:
    sealed.change(9, action="message.drafted")
    assert found(sealed) == (Fault.CHANGED, 9, 9)
    assert held(sealed) == 6


def test_a_line_that_is_moved_into_another_school_is_missed_here(
    sealed: Book, make_book: Callable[[], Book]
) -> None:
    sealed.change(5, school_id=make_book().school_id)
    assert found(sealed) == (Fault.REMOVED, 5, 5)


def test_lines_that_are_removed_are_named(sealed: Book) -> None:
    sealed.remove(5, 6)
    assert found(sealed) == (Fault.REMOVED, 5, 6)
    assert held(sealed) == 3


def test_a_line_that_is_put_in_is_named(sealed: Book) -> None:
    sealed.put_in(5)
    assert found(sealed) == (Fault.MOVED, 5, 5)
    assert held(sealed) == 3


def test_a_line_that_takes_the_place_of_another_is_named(sealed: Book) -> None:
    sealed.change(5, id=uuid4(), actor_id=uuid4(), hash=None)
    assert found(sealed) == (Fault.MOVED, 5, 5)


def test_lines_that_change_places_are_named(sealed: Book) -> None:
    sealed.swap(5, 6)
    assert found(sealed) == (Fault.MOVED, 5, 5)
    assert held(sealed) == 3


def test_a_tail_that_is_cut_below_a_checkpoint_is_named(sealed: Book) -> None:
    sealed.write(2)
    sealed.remove(8, 9)
    assert found(sealed) == (Fault.REMOVED, 8, 9)
    assert held(sealed) == 6


def test_a_tail_that_is_cut_with_its_checkpoint_is_named_by_the_positions_that_were_given(
    sealed: Book,
) -> None:
    sealed.remove(7, 8, 9)
    sealed.remove_checkpoints(9)
    assert found(sealed) == (Fault.REMOVED, 7, 9)
    assert held(sealed) == 6


def test_a_log_that_is_taken_back_is_whole_and_its_newest_checkpoint_is_an_older_one(
    sealed: Book,
) -> None:
    """What no chain shows by itself (docs/adr/0031): the newest checkpoint is told for this."""
    sealed.remove(7, 8, 9)
    sealed.remove_checkpoints(9)
    sealed.set_head(6)
    report = sealed.report()
    assert report.is_good
    assert report.newest is not None
    assert report.newest.position == 6


def test_what_waits_for_its_seal_can_be_cut_unseen_and_is_counted(sealed: Book) -> None:
    sealed.write(4)
    assert sealed.report().waiting == 4
    assert sealed.report().is_good


def test_checkpoints_that_are_taken_away_are_missed(sealed: Book) -> None:
    sealed.remove_checkpoints(9)
    assert found(sealed) == (Fault.UNSIGNED, 7, 9)
    sealed.remove_checkpoints(3, 6)
    assert found(sealed) == (Fault.UNSIGNED, 1, 9)


def test_a_chain_that_is_made_anew_does_not_fit_what_was_signed(sealed: Book) -> None:
    sealed.change(5, action="message.drafted")
    sealed.chain_again()
    assert found(sealed) == (Fault.REWRITTEN, 4, 6)
    assert held(sealed) == 3


def test_a_chain_without_one_of_its_lines_that_is_made_anew_does_not_fit_either(
    sealed: Book,
) -> None:
    sealed.remove(6)
    sealed.chain_again()
    assert found(sealed) == (Fault.REWRITTEN, 4, 6)


def test_checkpoints_that_are_made_anew_without_the_key_are_forged(sealed: Book) -> None:
    sealed.change(5, action="message.drafted")
    sealed.chain_again()
    for line in sealed.lines():
        sealed.change_checkpoint(line["position"], hash=line["hash"])
    report = sealed.report()
    assert not report.is_good
    assert [each.position for each in report.forged] == [6, 9]
    assert held(sealed) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"count": 2},
        {"signed_at": clock.now()},
        {"signature": bytes(64)},
        {"school_id": uuid4()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_checkpoint_that_is_changed_is_forged(sealed: Book, change: dict[str, Any]) -> None:
    moved = "school_id" in change
    sealed.change_checkpoint(6, **change)
    report = sealed.report()
    assert [each.position for each in report.forged] == ([] if moved else [6])
    assert report.is_good is moved  # the one at 9 covers what the one at 6 did


def test_a_checkpoint_of_another_school_is_none_of_this_one(
    sealed: Book, make_book: Callable[[], Book]
) -> None:
    other = make_book()
    other.write_and_seal(9)
    (theirs,) = other.checkpoints()
    sealed.change_checkpoint(9, hash=theirs.hash, signature=theirs.signature)
    assert [each.position for each in sealed.report().forged] == [9]


@pytest.mark.parametrize("with_checkpoints", [True, False])
def test_a_log_begins_with_its_first_line(sealed: Book, with_checkpoints: bool) -> None:
    sealed.remove(1, 2, 3)
    if not with_checkpoints:
        sealed.remove_checkpoints(3)
    assert found(sealed) == (Fault.REMOVED, 1, 3)


def test_a_log_of_which_all_lines_are_gone_is_no_empty_log(sealed: Book) -> None:
    sealed.remove(*range(1, 10))
    assert found(sealed) == (Fault.REMOVED, 1, 9)


def test_an_empty_log_is_whole(book: Book) -> None:
    report = book.report()
    assert report.is_good
    assert (report.lines, report.checkpoints, report.waiting) == (0, 0, 0)


def replace_keys(book: Book, folder: Path) -> Book:
    """Replace identity's pair, as the manual says; return the log as the next process sees it.

    A process keeps the keys that it has read: the next one has another folder in this test.
    """
    (book.keys.folder / "private" / "identity.pem").unlink()
    assert keys.initialise(book.keys.folder, SIGNERS) == ["identity"]
    book.keys.folder.rename(folder)
    return replace(book, keys=Keys(folder, "identity"))


def test_checkpoints_from_before_a_key_was_replaced_are_checked_by_the_key_of_their_time(
    own_book: Book, tmp_path: Path
) -> None:
    own_book.write_and_seal(3, 3)
    first_key = own_book.keys.key_id()
    book = replace_keys(own_book, tmp_path / "next")
    book.write(2)
    book.seal()
    report = book.report()
    assert report.is_good
    assert len({each.key_id for each in book.checkpoints()}) == 2
    (retired,) = (book.keys.folder / "public" / "retired").iterdir()
    retired.unlink()
    without = replace(book, keys=Keys(book.keys.folder, "gateway"))
    report = without.report()
    assert [each.position for each in report.forged] == [3, 6]
    assert report.unknown_keys == {first_key}


def test_nothing_is_signed_behind_a_checkpoint_whose_key_is_not_there(
    own_book: Book, tmp_path: Path
) -> None:
    own_book.write_and_seal(3)
    book = replace_keys(own_book, tmp_path / "next")
    (retired,) = (book.keys.folder / "public" / "retired").iterdir()
    retired.unlink()
    book.write(1)
    book.seal()
    assert book.waiting() == 1
