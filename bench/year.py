"""`year`: a school of 1,500 turns to its next year, and back, on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

from sqlalchemy.orm import Session

from bench.directories import empty_directory
from bench.report import Row, alone
from bench.roster import Groups, make_roster
from bench.school import analyse
from bench.services import Plan, Services
from common import clock
from common.crypto import SchoolKey
from common.db import Database
from directory.actions import year_plans, year_turn
from directory.actions.members import Terms
from directory.actions.rosters import load_roster
from directory.domain.scope import Actor

CHILDREN = 1_500


def measure(services: Services, plan: Plan) -> list[Row]:
    """Plan, look at, rehearse and turn the year of a school, each time the same one."""
    looked, rehearsed, turned, undone = [], [], [], []
    with empty_directory(services) as database:
        school = _School(database)
        school.load()
        for _ in range(plan.repeats):
            looked.append(school.seconds_of(school.look))
            rehearsed.append(school.seconds_of(school.rehearse))
            turned.append(school.seconds_of(school.turn))
            undone.append(school.seconds_of(school.turn_back))
    name = f"year, {CHILDREN:,} children"
    return [
        alone(f"{name}: the draft looked at", "s", looked, ""),
        alone(f"{name}: rehearsed", "s", rehearsed, "≤ 10 s"),
        alone(f"{name}: turned", "s", turned, "≤ 10 s"),
        alone(f"{name}: turned back", "s", undone, "≤ 10 s"),
    ]


class _School:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.actor = Actor(uuid4(), "staff", uuid4())

    def load(self) -> None:
        """Write the roster and a draft of the next year."""
        roster = make_roster(Groups(), (), CHILDREN)
        key = SchoolKey(self.actor.school_id, b"k" * 32)
        with self.database.for_school(self.actor.school_id) as session:
            load_roster(session, self.actor, roster, _terms(), key)
            year_plans.create_draft(session, self.actor, now=clock.now())
        analyse(self.database)

    def seconds_of(self, act: Callable[[Session], None]) -> float:
        began = time.perf_counter()
        with self.database.for_school(self.actor.school_id) as session:
            act(session)
        return time.perf_counter() - began

    def look(self, session: Session) -> None:
        year_plans.show_year(session, self.actor, now=clock.now())

    def rehearse(self, session: Session) -> None:
        year_turn.rehearse(session, self.actor, _terms())

    def turn(self, session: Session) -> None:
        year_turn.turn_now(session, self.actor, _terms())

    def turn_back(self, session: Session) -> None:
        year_turn.turn_back(session, self.actor, _terms())


def _terms() -> Terms:
    return Terms(None, clock.now())
