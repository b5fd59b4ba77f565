"""`roster`: a file of 10,000 children previewed and applied, as directory does it on PostgreSQL.

The preview is reading in the child, understanding, comparing and sealing; beside it stands what
openpyxl takes to give the cells alone.
"""

from __future__ import annotations

import io
import time
from typing import Any
from uuid import UUID, uuid4

import openpyxl

from bench.directories import empty_directory
from bench.report import Row, alone, paired
from bench.services import Plan, Services
from common import clock
from common.crypto import SchoolKey
from common.db import Database
from common.schemas import Envelope
from directory.actions import import_plans, import_work
from directory.actions.write_workbook import write_roster
from directory.clients import Clients
from directory.domain.protection import Sight
from directory.domain.roster.columns import HEADINGS
from directory.domain.scope import Actor

CHILDREN = 10_000
GRADES, ROOMS = 6, 40
SEES_ALL = Sight(protected=True, phones=True)


def measure(services: Services, plan: Plan) -> list[Row]:
    """Preview and apply a school's first roster, each time into an empty database."""
    content = make_file(CHILDREN)
    previews, applied = [], []
    for _ in range(plan.repeats):
        with empty_directory(services) as database:
            preview, application = _seconds_of(database, content)
        previews.append((preview, _seconds_of_openpyxl(content)))
        applied.append(application)
    name = f"roster, {CHILDREN:,} rows"
    return [
        paired(f"{name}: preview, against openpyxl's read alone", "s", previews, "≤ 3 s"),
        alone(f"{name}: applied", "s", applied, "≤ 10 s"),
    ]


def make_file(children: int) -> bytes:
    """Return a workbook with two guardians and a number to call for each child."""
    rows = [_row(number) for number in range(children)]
    return write_roster([HEADINGS, *rows])


def _row(number: int) -> tuple[str, ...]:
    cells = dict.fromkeys(HEADINGS, "")
    grade = number % GRADES + 1
    room = number // GRADES % ROOMS + 1
    seat = number // (GRADES * ROOMS) + 1
    cells |= {
        "氏名": f"髙橋 陽菜{number}",
        "フリガナ": "タカハシ ヒナ",
        "学年": str(grade),
        "組": str(room),
        "出席番号": str(seat),
        "生年月日": "2016/5/10",
        "在籍状況": "在籍",
        "保護者1": f"髙橋 美穂{number}",
        "保護者1の続柄": "母",
        "保護者1のメール": f"m{number}@mail.town.test",
        "保護者2": f"髙橋 亮{number}",
        "保護者2の続柄": "父",
        "保護者2のメール": f"f{number}@mail.town.test",
        "緊急連絡先1": "090-0000-0000",
        "緊急連絡先1の続柄": "母",
    }
    return tuple(cells.values())


def _seconds_of(database: Database, content: bytes) -> tuple[float, float]:
    """Return how long the preview and its application took, as directory's worker does them."""
    school_id = uuid4()
    clients = Clients(_OneKey(), _no_limit, _NoAccounts(), _NoSchools())
    actor = Actor(school_id, "staff", uuid4())
    viewing = import_plans.Viewing(actor, SEES_ALL, clock.now())
    key = clients.school_keys.get(school_id)
    began = time.perf_counter()
    with database.for_school(school_id) as session:
        made = import_plans.request_plan(session, content, viewing, key)
    event = Envelope.of("import.requested", school_id, {"plan_id": made["id"]})
    read = import_work.read_file(database, clients)(event)
    with database.for_school(school_id) as session:
        import_work.keep_preview(session, event, read, now=clock.now())
    previewed = time.perf_counter()
    with database.for_school(school_id) as session:
        import_plans.confirm(session, made["id"], viewing, key, None)
    event = Envelope.of("import.confirmed", school_id, {"plan_id": made["id"]})
    application = import_work.await_turn(database, clients)(event)
    with database.for_school(school_id) as session:
        import_work.apply_plan(session, event, application, now=clock.now())
    ended = time.perf_counter()
    return previewed - began, ended - previewed


class _OneKey:
    """The key of every school."""

    def get(self, school_id: UUID) -> SchoolKey:
        return SchoolKey(school_id, b"k" * 32)


class _NoSchools:
    """No school is asked for by its code."""

    def find(self, _code: str) -> UUID | None:
        return None

    def is_in_use(self, _school_id: UUID) -> bool:
        return True


class _NoAccounts:
    """A school in which nobody signs in."""

    def list(self, _school_id: UUID) -> list[Any]:
        return []

    def check(self, _school_id: UUID, _actor_id: UUID, _wanted: Any) -> dict[UUID, str]:
        return {}


def _no_limit(_: UUID) -> None:
    return None


def _seconds_of_openpyxl(content: bytes) -> float:
    began = time.perf_counter()
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    for sheet in book:
        for _ in sheet.iter_rows(values_only=True):
            pass
    return time.perf_counter() - began
