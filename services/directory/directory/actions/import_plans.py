"""A roster file in steps: what it would change, what the office decides, then all of it or nothing.

Here is what the office asks for and sees; the work itself is done in the background
(`directory.actions.import_work`). A plan is made anew from the file whenever something is decided,
so what is shown is always what will be written (DIR-2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from directory.actions import import_contents
from directory.actions.import_contents import Asked
from directory.domain.errors import (
    CellsRefused,
    ImportChangedMeanwhile,
    ImportUndecided,
    ImportUnderWay,
    NoSuch,
)
from directory.domain.protection import Sight
from directory.domain.roster.remarks import Decisions
from directory.domain.scope import Actor
from directory.domain.words import ImportStage
from directory.events import put_import_confirmed, put_import_requested
from directory.store import imports as store
from directory.store.models import ImportPlan

# Long enough to read a preview of 500 children and to be called away once.
KEPT = timedelta(minutes=30)
ERRORS_A_PAGE = 200


@dataclass(frozen=True)
class Viewing:
    """Who asks for a plan or looks at it, what they may see, and when."""

    actor: Actor
    sight: Sight
    now: datetime


@dataclass(frozen=True)
class PlanPages:
    """Which part of a plan to show: how many changes and errors were seen already."""

    after: int = 0
    limit: int = 200
    errors_after: int = 0


def request_plan(
    session: Session, content: bytes, viewing: Viewing, key: SchoolKey
) -> dict[str, Any]:
    """Keep an uploaded file for half an hour, and ask for what it would change."""
    plan = ImportPlan(
        id=uuid4(),
        school_id=viewing.actor.school_id,
        created_at=viewing.now,
        created_by=viewing.actor.id,
        expires_at=viewing.now + KEPT,
        applied_at=None,
        rows=None,
        roster_version="",
    )
    import_contents.seal_upload(plan, key, content)
    import_contents.put_content(plan, key, import_contents.NO_SUMMARY, import_contents.NO_CONTENT)
    nothing_decided: Decisions = {}
    asked = Asked(viewing.actor, viewing.sight, nothing_decided)
    import_contents.seal_asked(plan, key, asked)
    _ask(plan, ImportStage.WAITING, viewing.now)
    store.add_plan(session, plan)
    put_import_requested(session, plan.school_id, plan.id)
    return describe(plan)


def decide(
    session: Session, plan_id: UUID, viewing: Viewing, key: SchoolKey, decisions: Decisions
) -> dict[str, Any]:
    """Ask for a plan to be made anew with what the office decided; an applied one stays as it is.

    Raise Refused `import_under_way` while it is being worked on.
    """
    plan = _hold_shown(session, plan_id, viewing)
    if plan.stage == ImportStage.APPLIED:
        return describe(plan)
    if plan.stage != ImportStage.SHOWN:
        raise ImportUnderWay()
    asked = Asked(viewing.actor, viewing.sight, decisions)
    import_contents.seal_asked(plan, key, asked)
    _ask(plan, ImportStage.WAITING, viewing.now)
    put_import_requested(session, plan.school_id, plan.id)
    return describe(plan)


def confirm(
    session: Session, plan_id: UUID, viewing: Viewing, key: SchoolKey, revision: str | None
) -> dict[str, Any]:
    """Ask for what a plan says to be written; a second press answers `already`, and asks nothing.

    Raise Refused `changed_meanwhile` when it is not the one that was looked at any more,
    `import_refused` when cells must be corrected, `import_undecided` while something must be
    decided, `import_under_way` while it is being read. What only comparing shows stands on the plan
    afterwards (`trouble`).
    """
    plan = _hold_shown(session, plan_id, viewing)
    if plan.stage in (ImportStage.CONFIRMED, ImportStage.APPLYING, ImportStage.APPLIED):
        return {**describe(plan), "already": True}
    if plan.stage != ImportStage.SHOWN:
        raise ImportUnderWay()
    if revision not in (None, plan.summary["revision"]):
        raise ImportChangedMeanwhile()
    if plan.summary["errors"]:
        raise CellsRefused(import_contents.open_content(plan, key)["errors"])
    if plan.summary["open"]:
        raise ImportUndecided(plan.summary["open"])
    asked = import_contents.open_asked(plan, key)
    import_contents.seal_asked(plan, key, replace(asked, actor=viewing.actor))
    _ask(plan, ImportStage.CONFIRMED, viewing.now)
    # So that its end can be seen though the preview was about to expire.
    plan.expires_at = viewing.now + KEPT
    put_import_confirmed(session, plan.school_id, plan.id)
    return {**describe(plan), "already": False}


def _ask(plan: ImportPlan, stage: ImportStage, now: datetime) -> None:
    plan.trouble = None
    plan.asked_at = now
    enter(plan, stage, now)


def enter(plan: ImportPlan, stage: ImportStage, now: datetime) -> None:
    """Note that a stage begins."""
    plan.stage = stage.value
    plan.stage_at = now


def get_progress(session: Session, plan_id: UUID, viewing: Viewing) -> dict[str, Any]:
    """Return how far a plan is, without what it says."""
    return describe(_get_shown(session, plan_id, viewing))


def get_upload(session: Session, plan_id: UUID, viewing: Viewing, key: SchoolKey) -> bytes:
    """Return the bytes of an uploaded file, to be read again outside the transaction."""
    plan = _get_shown(session, plan_id, viewing)
    return import_contents.open_upload(plan, key)


def show_plan(
    session: Session, plan_id: UUID, viewing: Viewing, key: SchoolKey, part: PlanPages
) -> dict[str, Any]:
    """Return a plan with a page of its errors and a page of its changes."""
    plan = _get_shown(session, plan_id, viewing)
    content = import_contents.open_content(plan, key)
    end = part.after + part.limit
    errors_end = part.errors_after + ERRORS_A_PAGE
    errors = content["errors"]
    changes = content["changes"]
    has_more_errors = errors_end < len(errors)
    has_more_changes = end < len(changes)
    return {
        **describe(plan),
        "errors": errors[part.errors_after : errors_end],
        "errors_next": errors_end if has_more_errors else None,
        "notes": content["notes"],
        "unused": content["unused"],
        "questions": content["questions"],
        "changes": {
            "items": changes[part.after : end],
            "next": end if has_more_changes else None,
        },
    }


def get_errors(
    session: Session, plan_id: UUID, viewing: Viewing, key: SchoolKey
) -> list[dict[str, Any]]:
    """Return all cells to correct of an uploaded file."""
    plan = _get_shown(session, plan_id, viewing)
    errors: list[dict[str, Any]] = import_contents.open_content(plan, key)["errors"]
    return errors


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


def _hold_shown(session: Session, plan_id: UUID, viewing: Viewing) -> ImportPlan:
    """Return a plan that its viewer may look at, and keep others from changing it."""
    _get_shown(session, plan_id, viewing)
    return _hold(session, plan_id, viewing)


def _hold(session: Session, plan_id: UUID, viewing: Viewing) -> ImportPlan:
    """Return a plan, and keep others from changing it.

    Who presses does not wait for the worker that holds it.
    """
    school_id = viewing.actor.school_id
    store.get_plan(session, school_id, plan_id, now=viewing.now)
    plan = store.hold_plan(session, school_id, plan_id)
    if plan is None:
        raise ImportUnderWay()
    return plan


def erase_expired_plans(session: Session, *, now: datetime) -> None:
    """Erase what stood in files that nobody applied, or that are applied since long."""
    store.erase_plans(session, now)


def describe(plan: ImportPlan) -> dict[str, Any]:
    """Return what is told of every plan, however far it is."""
    return {
        "id": plan.id,
        "state": _state_of(plan),
        "created_at": plan.created_at,
        "expires_at": plan.expires_at,
        "applied_at": plan.applied_at,
        "asked_at": plan.asked_at,
        "rows": plan.rows,
        "trouble": plan.trouble,
        "revision": plan.summary["revision"],
        "sheets": plan.summary["sheets"],
        "counts": plan.summary["counts"],
        "error_count": plan.summary["errors"],
        "open_count": plan.summary["open"],
        "limit": plan.summary["limit"],
        "over_limit": plan.summary["over_limit"],
    }


def _state_of(plan: ImportPlan) -> str:
    """Return its stage; of a preview that is shown, what can be done with it."""
    if plan.stage != ImportStage.SHOWN:
        return plan.stage
    if plan.summary["errors"]:
        return "refused"
    return "asking" if plan.summary["open"] else "ready"
