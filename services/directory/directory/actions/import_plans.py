"""A roster file in two steps: what it would change, then all of the change or nothing (DIR-2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.crypto import SchoolKey, SealedPlace
from common.operations import ROSTER_IMPORTED
from directory.actions.members import Terms
from directory.actions.read_workbook import read_workbook
from directory.actions.roster_steps import compare, count_over, write_steps
from directory.actions.rosters import describe_error
from directory.domain.errors import CellsRefused, ImportStale, MemberLimitReached, NoSuch
from directory.domain.protection import Sight
from directory.domain.roster.compare import Comparison
from directory.domain.roster.plan import RosterPlan, plan_roster
from directory.domain.roster.sheet import CellError, Header, cell_name, find_header
from directory.domain.roster.steps import read_steps
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import imports as store
from directory.store.models import ImportPlan
from directory.store.present_roster import load_present

# Long enough to read a preview of 500 children and to be called away once.
KEPT = timedelta(minutes=30)


@dataclass(frozen=True)
class Upload:
    """A workbook that was read, outside any transaction.

    Its rows, and what they say or the cells to correct.
    """

    rows: list[list[str]]
    plan: RosterPlan | None
    errors: tuple[CellError, ...] = ()


@dataclass(frozen=True)
class Viewing:
    """Who has a plan made or looks at it: what they may see, the key that opens it, and when."""

    actor: Actor
    key: SchoolKey
    sight: Sight
    now: datetime


def read_upload(content: bytes) -> Upload:
    """Read a workbook.

    Raise WorkbookRefused for a file that nothing can be said about cell by cell.
    """
    rows = read_workbook(content)
    plan = plan_roster(rows)
    return Upload(rows, plan) if isinstance(plan, RosterPlan) else Upload(rows, None, tuple(plan))


def make_plan(
    session: Session, upload: Upload, viewing: Viewing, limit: int | None
) -> dict[str, Any]:
    """Compare a file with the roster, and keep what it would change for half an hour.

    Return the preview's first part. `limit`: the contract's, of people; None: none.
    """
    actor = viewing.actor
    key = viewing.key
    present = load_present(session, actor.school_id)
    comparison = Comparison(errors=list(upload.errors))
    if upload.plan is not None:
        today = clock.to_jst(viewing.now).date()
        comparison = compare(upload.plan, present, key, viewing.sight, today)
    errors = _name_cells(comparison.errors, upload.rows)
    # Of a file with errors nothing is written: half of it would look like all of it.
    found = Comparison() if errors else comparison
    content = {
        "errors": [describe_error(error) for error in errors],
        "changes": found.changes.as_json(),
        "steps": found.steps.as_json(),
        "rows": upload.rows if errors else [],
    }
    plan = ImportPlan(
        id=uuid4(),
        school_id=actor.school_id,
        created_at=viewing.now,
        created_by=actor.id,
        expires_at=viewing.now + KEPT,
        applied_at=None,
        roster_version=present.version,
        summary={
            "counts": found.changes.counts(),
            "errors": len(errors),
            "limit": limit,
            "over_limit": count_over(session, actor.school_id, found.steps, limit),
        },
        content=b"",
    )
    text = json.dumps(content, default=str, ensure_ascii=False)
    plan.content = key.encrypt(text, _place(plan.id))
    store.add_plan(session, plan)
    return _describe(plan)


def show_plan(
    session: Session, plan_id: UUID, viewing: Viewing, *, after: int, limit: int
) -> dict[str, Any]:
    """Return a plan with its errors and a page of its changes.

    `after`: how many changes were seen already.
    """
    plan = _get_shown(session, plan_id, viewing)
    content = _open(plan, viewing.key)
    page = content["changes"][after : after + limit]
    more = after + limit < len(content["changes"])
    shown = {"items": page, "next": after + limit if more else None}
    return {**_describe(plan), "errors": content["errors"], "changes": shown}


def get_rows(session: Session, plan_id: UUID, viewing: Viewing) -> dict[str, Any]:
    """Return the uploaded rows and the errors in them; no rows where nothing was to correct."""
    content = _open(_get_shown(session, plan_id, viewing), viewing.key)
    return {"rows": content["rows"], "errors": content["errors"]}


def _get_shown(session: Session, plan_id: UUID, viewing: Viewing) -> ImportPlan:
    """Return a plan that its viewer may look at.

    It says what its maker was allowed to see, so to others only who sees all.
    """
    actor = viewing.actor
    plan = store.get_plan(session, actor.school_id, plan_id, now=viewing.now)
    is_makers = plan.created_by == actor.id
    sees_all = viewing.sight.protected and viewing.sight.phones
    if not is_makers and not sees_all:
        raise NoSuch("import_plan")
    return plan


def apply_plan(
    session: Session, actor: Actor, plan_id: UUID, terms: Terms, key: SchoolKey
) -> dict[str, Any]:
    """Write what a plan says; a second press answers `already` and changes nothing.

    Raise Refused `import_stale` when the roster is not the one that was compared any more,
    `member_limit` when the contract's number of people would be passed.
    """
    store.lock_plans(session, actor.school_id)
    plan = store.get_plan(session, actor.school_id, plan_id, now=terms.now)
    if plan.applied_at is not None:
        return {
            **_describe(plan),
            "already": True,
        }
    content = _open(plan, key)
    if content["errors"]:
        raise CellsRefused(content["errors"])
    present = load_present(session, actor.school_id)
    if present.version != plan.roster_version:
        raise ImportStale()
    steps = read_steps(content["steps"])
    if terms.limit is not None and count_over(session, actor.school_id, steps, terms.limit):
        raise MemberLimitReached(terms.limit)
    write_steps(session, key, steps, present.tree, terms.now)
    plan.applied_at = terms.now
    counts = plan.summary["counts"]
    new = counts["new"]
    changed = counts["changed"]
    record_operation(
        session,
        actor,
        ROSTER_IMPORTED,
        ("roster", None),
        pupils=new + changed,
        new=new,
        changed=changed,
    )
    return {
        **_describe(plan),
        "already": False,
    }


def erase_expired_plans(session: Session, *, now: datetime) -> None:
    """Erase what stood in files that nobody applied, or that are applied since long."""
    store.erase_plans(session, now)


def _name_cells(errors: Iterable[CellError], rows: list[list[str]]) -> list[CellError]:
    """Give each error that knows its column the name of its cell, in the order of rows."""
    header = find_header(rows)
    columns = header.columns if isinstance(header, Header) else {}
    named = []
    for error in errors:
        column = columns.get(error.column_name)
        is_header = error.code == "column_missing"
        if not error.cell and column is not None and not is_header:
            error = replace(error, cell=cell_name(error.row, column))
        named.append(error)
    return sorted(named, key=lambda error: error.row)


def _place(plan_id: UUID) -> SealedPlace:
    return SealedPlace("import_plans", "content", plan_id)


def _open(plan: ImportPlan, key: SchoolKey) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(key.decrypt(plan.content, _place(plan.id)))
    return content


def _describe(plan: ImportPlan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "state": _state_of(plan),
        "created_at": plan.created_at,
        "expires_at": plan.expires_at,
        "applied_at": plan.applied_at,
        "counts": plan.summary["counts"],
        "error_count": plan.summary["errors"],
        "limit": plan.summary["limit"],
        "over_limit": plan.summary["over_limit"],
    }


def _state_of(plan: ImportPlan) -> str:
    if plan.applied_at:
        return "applied"
    return "refused" if plan.summary["errors"] else "ready"
