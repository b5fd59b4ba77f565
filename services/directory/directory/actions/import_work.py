"""What directory's worker does with an uploaded roster file: it makes the preview, or writes it.

A stage is noted in a short transaction of its own before its work begins, so that the page can tell
how far it is. There are three places where the worker can die, and what follows:

1. Reading or comparing: nothing of the preview is kept. The event comes again, or the sweep asks
   anew, and the file is read from the beginning.
2. Writing: all of it is one transaction, so nothing is written. It is written again from the same
   plan; if the roster has changed meanwhile, the plan is stale and says so.
3. After the commit, before the broker is answered: the event comes again, and finds nothing to do.

What still stands ten minutes after it was asked for is given up in words (DIR-2).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics
from common.crypto import SchoolKey
from common.db import Database
from common.errors import Busy, ServiceError, Unavailable
from common.operations import ROSTER_IMPORTED
from common.schemas import Envelope
from directory.actions import import_contents
from directory.actions.import_contents import Making, fill_plan
from directory.actions.import_plans import enter
from directory.actions.import_turns import give_turn_back, take_turn
from directory.actions.read_workbook import read_sheets
from directory.actions.roster_steps import count_over, write_steps
from directory.clients import Clients
from directory.domain.errors import ImportStale, MemberLimitReached
from directory.domain.roster.plan import FileReading, read_roster
from directory.domain.roster.steps import read_steps
from directory.domain.words import BEING_APPLIED, BEING_READ, ImportStage
from directory.domain.workbooks import Sheet, WorkbookRefused
from directory.events import put_import_confirmed, put_import_requested, record_operation
from directory.store import imports as store
from directory.store.models import ImportPlan
from directory.store.present_roster import load_present

log = structlog.get_logger()

# Reading takes 10 s at most, comparing and writing of 10,000 children about as long each.
SILENT = timedelta(minutes=1)
GIVEN_UP = timedelta(minutes=10)
IN_HAND = (*BEING_READ, *BEING_APPLIED)
STOPPED = {"code": "import_stopped", "params": {}}
APPLY_STOPPED = {"code": "import_apply_stopped", "params": {}}


@dataclass(frozen=True)
class ReadFile:
    """A file that was read outside the transaction that keeps its preview.

    `outcome`: what was understood, or why it can't be read.
    """

    plan_id: UUID
    making: Making
    outcome: FileReading | WorkbookRefused


@dataclass(frozen=True)
class Application:
    """A plan whose turn it is to be written."""

    plan_id: UUID
    key: SchoolKey
    limit: int | None


def read_file(database: Database, clients: Clients) -> Callable[[Envelope], ReadFile | None]:
    """Return what reads a file in its turn; it gives None where nothing is left to do."""

    def gather(event: Envelope) -> ReadFile | None:
        plan_id, school_id = _ids_of(event)
        key = clients.school_keys.get(school_id)
        limit = clients.member_limit(school_id)
        with _turn(database, event, BEING_READ, ImportStage.READING) as plan:
            if plan is None:
                return None
            asked = import_contents.open_asked(plan, key)
            content = import_contents.open_upload(plan, key)
            making = Making(key, asked, limit, clock.today())
            try:
                sheets = _read(content)
            except WorkbookRefused as refusal:
                return ReadFile(plan_id, making, refusal)
            with database.for_school(school_id) as session:
                _note_rows(session, school_id, plan_id, sheets)
            with _nothing_collected():
                reading = read_roster(sheets, asked.decisions)
        return ReadFile(plan_id, making, reading)

    return gather


def _read(content: bytes) -> tuple[Sheet, ...]:
    try:
        return read_sheets(content)
    except Busy as busy:
        # Marked files are given back meanwhile: the event waits, as for another house.
        raise Unavailable(busy.code, "Other files are being read just now.") from busy


def _note_rows(session: Session, school_id: UUID, plan_id: UUID, sheets: Sequence[Sheet]) -> None:
    plan = store.find_plan_at(session, school_id, plan_id, BEING_READ)
    if plan is None:
        return
    plan.rows = sum(len(sheet.rows) for sheet in sheets)
    enter(plan, ImportStage.COMPARING, clock.now())


def keep_preview(
    session: Session, event: Envelope, read: ReadFile | None, *, now: datetime
) -> None:
    """Write what a file would change into its plan, or why it can't be read."""
    if read is None:
        return
    _, school_id = _ids_of(event)
    plan = store.find_plan_at(
        session,
        school_id,
        read.plan_id,
        BEING_READ,
    )
    if plan is None:
        return
    asked = import_contents.open_asked(plan, read.making.key)
    if asked != read.making.asked:
        # Something else was decided meanwhile: the file is read anew with that.
        return
    if isinstance(read.outcome, WorkbookRefused):
        plan.trouble = _trouble_of(read.outcome)
        enter(plan, ImportStage.FAILED, now)
        return
    with _nothing_collected():
        fill_plan(session, plan, read.outcome, read.making)
    enter(plan, ImportStage.SHOWN, now)


def await_turn(database: Database, clients: Clients) -> Callable[[Envelope], Application | None]:
    """Return what asks for the key and the limit of a plan that was confirmed, and for its turn."""

    def gather(event: Envelope) -> Application | None:
        plan_id, school_id = _ids_of(event)
        key = clients.school_keys.get(school_id)
        limit = clients.member_limit(school_id)
        with _turn(database, event, BEING_APPLIED, ImportStage.APPLYING) as plan:
            return None if plan is None else Application(plan_id, key, limit)

    return gather


def apply_plan(
    session: Session, event: Envelope, application: Application | None, *, now: datetime
) -> None:
    """Write what a plan says: all of it, or nothing, and then why."""
    if application is None:
        return
    _, school_id = _ids_of(event)
    store.lock_plans(session, school_id)
    plan = store.find_plan_at(session, school_id, application.plan_id, BEING_APPLIED)
    if plan is None:
        return
    try:
        # What was written before a refusal goes with the savepoint.
        with session.begin_nested(), _nothing_collected():
            _write(session, plan, application, now)
    except Unavailable:
        raise
    except ServiceError as refusal:
        plan.trouble = _trouble_of(refusal)
        enter(plan, ImportStage.SHOWN, now)


def _write(session: Session, plan: ImportPlan, application: Application, now: datetime) -> None:
    """Write a plan.

    Raise Refused `import_stale` when the roster is not the one that was compared any more,
    `member_limit` when the contract's number of people would be passed.
    """
    key, limit = application.key, application.limit
    present = load_present(session, plan.school_id)
    if present.version != plan.roster_version:
        raise ImportStale()
    content = import_contents.open_content(plan, key)
    steps = read_steps(content["steps"])
    if limit is not None and count_over(session, plan.school_id, steps, limit):
        raise MemberLimitReached(limit)
    write_steps(session, key, steps, present.tree, now)
    counts = plan.summary["counts"]
    changed = {name: counts[name] for name in ("new", "changed", "deleted")}
    record_operation(
        session,
        import_contents.open_asked(plan, key).actor,
        ROSTER_IMPORTED,
        ("roster", None),
        pupils=sum(changed.values()),
        **changed,
        ended_contact_points=len(steps.point_ends),
    )
    plan.applied_at = now
    enter(plan, ImportStage.APPLIED, now)


def return_turn(database: Database) -> Callable[[Any], Any]:
    """Return a context that gives a plan's turn back when its transaction has ended."""

    @contextmanager
    def hold(facts: ReadFile | Application | None) -> Iterator[Any]:
        try:
            yield facts
        finally:
            if facts is not None:
                _give_back(database, facts.plan_id)

    return hold


@contextmanager
def _turn(
    database: Database,
    event: Envelope,
    stages: Sequence[ImportStage],
    begins: ImportStage,
) -> Iterator[ImportPlan | None]:
    """Take a plan's turn and note the stage that begins; give it back if that fails.

    None where the plan is at none of these stages any more.
    """
    plan_id, school_id = _ids_of(event)
    with database.for_school(school_id) as session:
        plan = store.find_plan_at(session, school_id, plan_id, stages)
        if plan is not None:
            take_turn(session, plan_id)
            enter(plan, begins, clock.now())
    try:
        yield plan
    except BaseException:
        _give_back(database, plan_id)
        raise


def _give_back(database: Database, plan_id: UUID) -> None:
    with database.for_system() as session:
        give_turn_back(session, plan_id)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Look for no garbage meanwhile.

    A roster is some hundred thousand small objects that all stay until the end: looking through
    them again and again takes a fifth of the time. Others collect again a second or two later.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _ids_of(event: Envelope) -> tuple[UUID, UUID]:
    assert event.school_id is not None
    return event.payload["plan_id"], event.school_id


def _trouble_of(error: ServiceError) -> dict[str, Any]:
    return {"code": error.code, "params": dict(error.fields)}


def resume_imports(session: Session, *, now: datetime) -> None:
    """Ask again for what stands still, and give up in words what does so for too long.

    One that is being written is locked, and passed over. Tell how old the oldest is.
    """
    first_asked_at = store.find_first_asked_at(session, IN_HAND) or now
    metrics.record_imports_age((now - first_asked_at).total_seconds())
    for plan in store.hold_silent(session, IN_HAND, now - SILENT):
        is_preview = plan.stage in BEING_READ
        if plan.asked_at <= now - GIVEN_UP:
            log.error("import.given_up", plan_id=str(plan.id), stage=plan.stage)
            plan.trouble = STOPPED if is_preview else APPLY_STOPPED
            enter(plan, ImportStage.FAILED if is_preview else ImportStage.SHOWN, now)
            continue
        log.warning("import.asked_again", plan_id=str(plan.id), stage=plan.stage)
        plan.stage_at = now
        if is_preview:
            put_import_requested(session, plan.school_id, plan.id)
        else:
            put_import_confirmed(session, plan.school_id, plan.id)
