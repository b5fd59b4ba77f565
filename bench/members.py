"""`member-search` and `audience`: a roster of 50,000 people on PostgreSQL, as directory answers.

The search is a page of the list with its count, contact points and classes; beside it stands what
one would write for it by hand, a LIKE with its hundred rows and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import text

from bench.channels import CHANNELS
from bench.directories import empty_directory
from bench.report import Row, alone, paired, percentiles
from bench.roster import Groups, make_roster
from bench.school import analyse
from bench.services import Plan, Services
from common import clock
from common.crypto import SchoolKey
from common.db import Database
from directory.actions import member_lists, snapshots
from directory.actions.members import Terms
from directory.actions.rosters import load_roster
from directory.domain.audience import Audience
from directory.domain.names import fold_for_search
from directory.domain.roster.rows import Roster
from directory.domain.scope import Actor

PEOPLE = 50_000
ROUNDS = 20
FAMILIES = (
    ("髙橋", "タカハシ"),
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("齋藤", "サイトウ"),
    ("長谷川", "ハセガワ"),
    ("五十嵐", "イガラシ"),
    ("林", "ハヤシ"),
    ("森", "モリ"),
)
GIVEN = (
    ("陽菜", "ヒナ"),
    ("蓮", "レン"),
    ("さくら", "サクラ"),
    ("湊", "ミナト"),
    ("結衣", "ユイ"),
    ("大和", "ヤマト"),
    ("凛", "リン"),
)
# A family, one of another spelling, a reading, half of one, a whole name, one person, nobody, all.
QUERIES = (
    "佐藤",
    "高橋",
    "たかはし",
    "はせ",
    "五十嵐 さくら",
    "陽菜4711",
    "渡辺",
    "",
)
LIKE = text(
    "SELECT id, display_name, kana, number FROM members"
    " WHERE school_id = :school_id AND deleted_at IS NULL AND search_key LIKE :pattern"
    " ORDER BY kana, id LIMIT 101"
)


def measure_search(services: Services, plan: Plan) -> list[Row]:
    """Look for people by names, readings and halves of them, page by page."""
    with _large_school(services) as school:
        pairs = [(school.p95_of(school.ours), school.p95_of(school.by_hand)) for _ in _of(plan)]
    name = f"member-search, {PEOPLE:,} people: p95, against a plain LIKE"
    return [paired(name, "ms", pairs, "≤ 100 ms")]


def measure_audience(services: Services, plan: Plan) -> list[Row]:
    """Freeze the whole school as an audience."""
    with _large_school(services) as school:
        took = [school.freeze() for _ in _of(plan)]
    return [alone(f"audience, {PEOPLE:,} people", "s", took, "≤ 2 s")]


def _of(plan: Plan) -> range:
    return range(plan.repeats)


class _LargeSchool:
    """A school and its roster, in a directory that holds nothing else."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.groups = Groups()
        self.actor = Actor(uuid4(), "staff", uuid4())

    def load(self) -> None:
        roster = make_roster(self.groups, CHANNELS, PEOPLE)
        _name(roster)
        terms = Terms(None, clock.now())
        key = SchoolKey(self.actor.school_id, b"k" * 32)
        with self.database.for_school(self.actor.school_id) as session:
            load_roster(session, self.actor, roster, terms, key)
        analyse(self.database)

    def p95_of(self, ask: Callable[[str], None]) -> float:
        """Return how many milliseconds of twenty answers nineteen do not exceed."""
        took = []
        for _ in range(ROUNDS):
            for query in QUERIES:
                began = time.perf_counter()
                ask(query)
                took.append(1000 * (time.perf_counter() - began))
        _, p95 = percentiles(took)
        return p95

    def ours(self, query: str) -> None:
        search = member_lists.Search(query=query, kind="pupil", status="enrolled")
        with self.database.for_school(self.actor.school_id, read_only=True) as session:
            member_lists.list_members(session, self.actor, search)

    def by_hand(self, query: str) -> None:
        asked = {
            "school_id": self.actor.school_id,
            "pattern": f"%{fold_for_search(query)}%",
        }
        with self.database.for_school(self.actor.school_id, read_only=True) as session:
            session.execute(LIKE, asked).all()

    def freeze(self) -> float:
        """Return how many seconds it took."""
        audience = Audience(group_ids=(self.groups.whole,))
        ways = snapshots.Ways(tuple(channel.kind for channel in CHANNELS))
        began = time.perf_counter()
        with self.database.for_school(self.actor.school_id) as session:
            snapshots.make_snapshot(session, self.actor, audience, ways, now=clock.now())
        return time.perf_counter() - began


def _name(roster: Roster) -> None:
    """Give the children names of which some are frequent and one is its own."""
    for at, member in enumerate(roster.members):
        family, family_kana = FAMILIES[at % len(FAMILIES)]
        given, given_kana = GIVEN[at % len(GIVEN)]
        member["display_name"] = f"{family} {given}{at}"
        member["kana"] = f"{family_kana} {given_kana}"


@contextmanager
def _large_school(services: Services) -> Iterator[_LargeSchool]:
    with empty_directory(services) as database:
        school = _LargeSchool(database)
        school.load()
        yield school
