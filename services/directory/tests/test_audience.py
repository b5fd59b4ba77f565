"""Households, words and the tree without a database (DIR-4, DIR-15)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.domain.audience import Addressed, group_by_household
from directory.domain.tree import Node, Seat, Tree, parse_seat
from directory.domain.words import GroupKind


def families(*guardians: str) -> list[Addressed]:
    return [
        Addressed(UUID(int=i + 1), None, tuple(UUID(int=1000 + ord(g)) for g in found))
        for i, found in enumerate(guardians)
    ]


def as_numbers(households: list[list[Addressed]]) -> list[list[int]]:
    return [[member.member_id.int - 1 for member in household] for household in households]


def test_a_chain_of_shared_guardians_is_one_household():
    assert as_numbers(group_by_household(families("a", "c", "ab", "bd", "e"))) == [
        [0, 2, 3],
        [1],
        [4],
    ]


def test_children_without_guardians_are_households_of_their_own():
    assert as_numbers(group_by_household(families("", "", "a"))) == [[0], [1], [2]]


@given(st.lists(st.text(alphabet="abcdefgh", max_size=3), max_size=30))
def test_households_part_everybody_and_share_no_guardian(guardians):
    members = families(*guardians)
    households = group_by_household(members)
    assert sorted(m.member_id for household in households for m in household) == [
        m.member_id for m in members
    ]
    seen: set[UUID] = set()
    for household in households:
        theirs = {guardian for member in household for guardian in member.guardian_ids}
        assert seen.isdisjoint(theirs)
        seen |= theirs


@pytest.mark.parametrize(
    ("text", "seat"),
    [
        ("4-2-12", Seat(4, "2", 12)),
        ("４−２−１２", Seat(4, "2", 12)),
        ("4年2組12番", Seat(4, "2", 12)),
        ("4年 2組", Seat(4, "2", None)),
        ("1-A", Seat(1, "a", None)),
        ("4-02-3", Seat(4, "2", 3)),
        ("4", None),
        ("高橋", None),
        ("4-2-", None),
        ("0-1", None),
    ],
)
def test_a_seat_is_read_as_people_write_it(text, seat):
    assert parse_seat(text) == seat


def test_a_group_that_hangs_below_itself_is_no_part_of_the_tree():
    one, other = uuid4(), uuid4()
    loop = [
        Node(one, GroupKind.CLASS, "1", other, 1, 2026),
        Node(other, GroupKind.CLASS, "2", one, 1, 2026),
    ]
    assert Tree.of(loop).nodes == {}
