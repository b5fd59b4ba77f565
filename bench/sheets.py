"""`sheets`: the registration sheets of a school of 1,000, from the press to one PDF."""

from __future__ import annotations

import resource
import time
from multiprocessing import get_context
from typing import Any
from uuid import UUID, uuid4

import orjson

from bench.directories import empty_directory
from bench.report import Row, alone, paired
from bench.roster import Groups, make_roster
from bench.school import analyse
from bench.services import Plan, Services
from common import clock
from common.crypto import SchoolKey
from common.db import Database
from common.words import Language, words_of
from directory.actions.members import Terms
from directory.actions.registration_sheets import (
    SheetTerms,
    WantedSheets,
    list_sheets,
    print_sheets,
)
from directory.actions.rosters import load_roster
from directory.domain.scope import Actor
from gateway import provider
from gateway.domain.sheets import SheetSchool, covers_of, packets_of, paper_of

CHILDREN = 1_000
# Of each of these a PDF is made by itself, as the plain way.
ONE_BY_ONE = 100
OWN_TEXT = "登録は12月4日までにお願いします。困ったときは個人面談でお尋ねください。"
SCHOOL = SheetSchool(
    name="みなも市立つばめ野小学校",
    code="208114825",
    phone="0000-00-0000",
    phone_hours="平日 7:50〜17:00",
    words=words_of("elementary"),
    address="https://renraku.minamo.example",
    mail_domain="minamo.example",
)


def measure(services: Services, plan: Plan) -> list[Row]:
    """Print the sheets of all children with their lists, and of some one PDF after the other."""
    seconds, megabytes, pairs, rivals = [], [], [], []
    with empty_directory(services) as database:
        school = _School(database)
        school.load()
        for _ in range(plan.repeats):
            began = time.perf_counter()
            children, sheets = school.codes()
            asked = time.perf_counter() - began
            # A process for each, because a peak never falls.
            with get_context("spawn").Pool(1) as pool:
                taken, peak = pool.apply(_set_all, (children, sheets))
                single, _ = pool.apply(_set_one_by_one, (sheets[:ONE_BY_ONE],))
                rival = pool.apply(_set_by_rival, (sheets[:ONE_BY_ONE],))
            seconds.append(asked + taken)
            megabytes.append(peak)
            page = taken / CHILDREN * 1000
            pairs.append((page, single / ONE_BY_ONE * 1000))
            rivals.append((page, rival / ONE_BY_ONE * 1000))
    name = f"sheets, {CHILDREN:,} children"
    return [
        alone(f"{name}: until the PDF is there", "s", seconds, "≤ 10 s"),
        alone(f"{name}: peak of the process that sets it", "MB", megabytes, "≤ 400 MB"),
        paired(f"{name}: a page, beside a PDF for each child", "ms", pairs, "ratio ≤ 0.5"),
        paired(f"{name}: a page, beside WeasyPrint's", "ms", rivals, "ratio < 1"),
    ]


def _set_all(children: Any, sheets: Any) -> tuple[float, float]:
    began = time.perf_counter()
    packets = packets_of(sheets, covers_of(children, SCHOOL.words))
    provider.print_sheets(paper_of(packets, SCHOOL, OWN_TEXT, Language.JA), clock.now())
    taken = time.perf_counter() - began
    return taken, _peak()


def _set_one_by_one(sheets: Any) -> tuple[float, float]:
    began = time.perf_counter()
    for sheet in sheets:
        paper = paper_of(packets_of([sheet]), SCHOOL, OWN_TEXT, Language.JA)
        provider.print_sheets(paper, clock.now())
    return time.perf_counter() - began, _peak()


def _set_by_rival(sheets: Any) -> float:
    from bench.rival_sheets import set_sheets  # what it needs is installed for the bench alone

    paper = paper_of(packets_of(sheets), SCHOOL, OWN_TEXT, Language.JA)
    began = time.perf_counter()
    set_sheets(paper)
    return time.perf_counter() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class _School:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.actor = Actor(uuid4(), "staff", uuid4())
        self.key = SchoolKey(self.actor.school_id, b"k" * 32)

    def load(self) -> None:
        roster = make_roster(Groups(), (), CHILDREN)
        terms = Terms(None, clock.now())
        with self.database.for_school(self.actor.school_id) as session:
            load_roster(session, self.actor, roster, terms, self.key)
        analyse(self.database)

    def codes(self) -> tuple[Any, Any]:
        """Return whose sheets there are, and what is printed on them, as answers of directory."""
        wanted = WantedSheets(group_id=None, prospective=False, unreached=False)
        terms = SheetTerms(self.key, sees_protected=True, now=clock.now())
        with self.database.for_school(self.actor.school_id) as session:
            children = list_sheets(session, self.actor, wanted)
            ids: list[UUID] = [child["id"] for child in children]
            sheets = print_sheets(session, self.actor, ids, terms)
        return orjson.loads(orjson.dumps(children)), orjson.loads(orjson.dumps(sheets))
