"""A roster file in steps: what it would change, what the office decides, then all of it or nothing.

A plan is made anew from the file whenever something is decided, so what is shown is always what
will be written (DIR-2).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.crypto import SchoolKey, SealedPlace
from common.operations import ROSTER_IMPORTED
from directory.actions.members import Terms
from directory.actions.read_workbook import read_sheets
from directory.actions.roster_steps import Eye, compare, count_over, write_steps
from directory.domain.errors import (
    CellsRefused,
    ImportChangedMeanwhile,
    ImportStale,
    ImportUndecided,
    MemberLimitReached,
    NoSuch,
)
from directory.domain.protection import Sight
from directory.domain.roster.comparison import Comparison
from directory.domain.roster.plan import FileReading, read_roster
from directory.domain.roster.present import PresentRoster
from directory.domain.roster.remarks import Decisions, Question
from directory.domain.roster.steps import read_steps
from directory.domain.scope import Actor
from directory.domain.workbooks import Sheet
from directory.events import record_operation
from directory.store import imports as store
from directory.store.models import ImportPlan
from directory.store.present_roster import load_present

# Long enough to read a preview of 500 children and to be called away once.
KEPT = timedelta(minutes=30)
ERRORS_A_PAGE = 200


@dataclass(frozen=True)
class Upload:
    """A workbook that was read, outside any transaction: its bytes, and what its sheets hold."""

    content: bytes
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True)
class Viewing:
    """Who has a plan made or looks at it: what they may see, the key that opens it, and when.

    `limit`: how many people the contract has; None: any number.
    """

    actor: Actor
    key: SchoolKey
    sight: Sight
    now: datetime
    limit: int | None = None

    @property
    def eye(self) -> Eye:
        """Return what comparing needs of it."""
        return Eye(self.key, self.sight, clock.to_jst(self.now).date())


@dataclass(frozen=True)
class PlanPages:
    """Which part of a plan to show: how many changes and errors were seen already."""

    after: int = 0
    limit: int = 200
    errors_after: int = 0


def read_upload(content: bytes) -> Upload:
    """Read a workbook.

    Raise WorkbookRefused for a file that nothing can be said about cell by cell.
    """
    return Upload(content, read_sheets(content))


def make_plan(session: Session, upload: Upload, viewing: Viewing) -> dict[str, Any]:
    """Compare a file with the roster, and keep what it would change for half an hour.

    Return the preview's first part.
    """
    plan = ImportPlan(
        id=uuid4(),
        school_id=viewing.actor.school_id,
        created_at=viewing.now,
        created_by=viewing.actor.id,
        expires_at=viewing.now + KEPT,
        applied_at=None,
    )
    text = base64.b64encode(upload.content).decode()
    place = SealedPlace("import_plans", "upload", plan.id)
    plan.upload = viewing.key.encrypt(text, place)
    nothing_decided: Decisions = {}
    _fill(session, plan, upload.sheets, viewing, nothing_decided)
    store.add_plan(session, plan)
    return _describe(plan)


def get_upload(session: Session, plan_id: UUID, viewing: Viewing) -> bytes:
    """Return the bytes of an uploaded file, to be read again outside the transaction."""
    plan = _get_shown(session, plan_id, viewing)
    text = viewing.key.decrypt(plan.upload, SealedPlace("import_plans", "upload", plan.id))
    return base64.b64decode(text)


def decide(
    session: Session,
    plan_id: UUID,
    upload: Upload,
    viewing: Viewing,
    decisions: Decisions,
) -> dict[str, Any]:
    """Make a plan anew with what the office decided; an applied one stays as it is."""
    store.lock_plans(session, viewing.actor.school_id)
    plan = _get_shown(session, plan_id, viewing)
    if plan.applied_at is None:
        _fill(session, plan, upload.sheets, viewing, decisions)
    return _describe(plan)


def _fill(
    session: Session,
    plan: ImportPlan,
    sheets: Sequence[Sheet],
    viewing: Viewing,
    decisions: Decisions,
) -> None:
    """Write what a file would change into a plan."""
    school_id = viewing.actor.school_id
    present = load_present(session, school_id)
    reading = read_roster(sheets, decisions)
    found = _compare(
        reading,
        present,
        viewing,
        decisions,
    )
    errors = [*reading.errors, *found.errors]
    if errors:
        # Of a file with errors nothing is written: half of it would look like all of it.
        found = Comparison(questions=found.questions, notes=found.notes)
    questions = [*reading.questions, *found.questions]
    plan.roster_version = present.version
    plan.summary = {
        "counts": found.changes.counts(),
        "errors": len(errors),
        "open": sum(_is_open(question, decisions) for question in questions),
        "limit": viewing.limit,
        "over_limit": count_over(
            session,
            school_id,
            found.steps,
            viewing.limit,
        ),
        "sheets": list(reading.sheets),
    }
    content = {
        "errors": [error.as_json() for error in errors],
        "notes": [note.as_json() for note in (*reading.notes, *found.notes)],
        "unused": [asdict(unused) for unused in reading.unused],
        "questions": [_describe_question(question, decisions) for question in questions],
        "changes": found.changes.as_json(),
        "steps": found.steps.as_json(),
    }
    text = json.dumps(content, default=str, ensure_ascii=False)
    plan.content = viewing.key.encrypt(text, _place(plan.id))
    # New ids stand in every plan, so no two are alike.
    revision = hashlib.sha256(text.encode()).hexdigest()
    plan.summary = {**plan.summary, "revision": revision[:16]}


def _compare(
    reading: FileReading, present: PresentRoster, viewing: Viewing, decisions: Decisions
) -> Comparison:
    if reading.plan is None:
        return Comparison()
    return compare(reading.plan, present, viewing.eye, decisions)


def _is_open(question: Question, decisions: Decisions) -> bool:
    return question.must and decisions.get(question.key) not in question.choices


def _describe_question(question: Question, decisions: Decisions) -> dict[str, Any]:
    usual = None if question.must else question.choices[0]
    chosen = decisions.get(question.key, usual)
    return {
        "key": question.key,
        "kind": question.kind,
        "sheet": question.spot.sheet,
        "row": question.spot.row,
        "cell": question.spot.cell,
        "choices": list(question.choices),
        "must": question.must,
        "chosen": chosen if chosen in question.choices else None,
        "params": dict(question.params),
    }


def show_plan(session: Session, plan_id: UUID, viewing: Viewing, part: PlanPages) -> dict[str, Any]:
    """Return a plan with a page of its errors and a page of its changes."""
    plan = _get_shown(session, plan_id, viewing)
    content = _open(plan, viewing.key)
    end = part.after + part.limit
    errors_end = part.errors_after + ERRORS_A_PAGE
    errors = content["errors"]
    changes = content["changes"]
    has_more_errors = errors_end < len(errors)
    has_more_changes = end < len(changes)
    return {
        **_describe(plan),
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


def get_errors(session: Session, plan_id: UUID, viewing: Viewing) -> list[dict[str, Any]]:
    """Return all cells to correct of an uploaded file."""
    errors: list[dict[str, Any]] = _open(_get_shown(session, plan_id, viewing), viewing.key)[
        "errors"
    ]
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


def check_revision(session: Session, actor: Actor, plan_id: UUID, revision: str | None) -> None:
    """Raise Refused `changed_meanwhile` when a plan is not the one that was looked at any more.

    Holds the school's plans, so that it stays the one until it is applied.
    """
    store.lock_plans(session, actor.school_id)
    plan = store.get_plan(session, actor.school_id, plan_id, now=clock.now())
    if revision not in (None, plan.summary["revision"]):
        raise ImportChangedMeanwhile()


def apply_plan(
    session: Session, actor: Actor, plan_id: UUID, terms: Terms, key: SchoolKey
) -> dict[str, Any]:
    """Write what a plan says; a second press answers `already` and changes nothing.

    Raise Refused `import_stale` when the roster is not the one that was compared any more,
    `import_undecided` while something must be decided, `member_limit` when the contract's number of
    people would be passed.
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
    if plan.summary["open"]:
        raise ImportUndecided(plan.summary["open"])
    present = load_present(session, actor.school_id)
    if present.version != plan.roster_version:
        raise ImportStale()
    steps = read_steps(content["steps"])
    if terms.limit is not None and count_over(session, actor.school_id, steps, terms.limit):
        raise MemberLimitReached(terms.limit)
    write_steps(session, key, steps, present.tree, terms.now)
    plan.applied_at = terms.now
    counts = plan.summary["counts"]
    changed = {name: counts[name] for name in ("new", "changed", "deleted")}
    record_operation(
        session,
        actor,
        ROSTER_IMPORTED,
        ("roster", None),
        pupils=sum(changed.values()),
        **changed,
        ended_contact_points=len(steps.point_ends),
    )
    return {
        **_describe(plan),
        "already": False,
    }


def erase_expired_plans(session: Session, *, now: datetime) -> None:
    """Erase what stood in files that nobody applied, or that are applied since long."""
    store.erase_plans(session, now)


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
        "revision": plan.summary["revision"],
        "sheets": plan.summary["sheets"],
        "counts": plan.summary["counts"],
        "error_count": plan.summary["errors"],
        "open_count": plan.summary["open"],
        "limit": plan.summary["limit"],
        "over_limit": plan.summary["over_limit"],
    }


def _state_of(plan: ImportPlan) -> str:
    if plan.applied_at:
        return "applied"
    if plan.summary["errors"]:
        return "refused"
    return "asking" if plan.summary["open"] else "ready"
