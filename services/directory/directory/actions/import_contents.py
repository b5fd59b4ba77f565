"""What stands sealed in an import plan: the file, what was asked of it, what it would change."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from directory.actions.roster_steps import Eye, compare, count_over
from directory.domain.protection import Sight
from directory.domain.roster.comparison import Comparison
from directory.domain.roster.plan import FileReading
from directory.domain.roster.present import PresentRoster
from directory.domain.roster.remarks import Decisions
from directory.domain.scope import Actor
from directory.store.models import ImportPlan
from directory.store.present_roster import load_present

# Of a plan that is not made yet.
NO_COUNTS = dict.fromkeys(
    ("classes", "new", "changed", "deleted", "missing", "unchanged", "kept_mails"), 0
)
NO_SUMMARY: Mapping[str, Any] = {
    "counts": NO_COUNTS,
    "errors": 0,
    "open": 0,
    "limit": None,
    "over_limit": 0,
    "sheets": [],
    "revision": "",
}
NO_CONTENT: Mapping[str, Any] = {
    "errors": [],
    "notes": [],
    "unused": [],
    "questions": [],
    "changes": [],
    "steps": {},
}


@dataclass(frozen=True)
class Asked:
    """What was asked of a file: by whom, who may see what in its preview, and what was decided."""

    actor: Actor
    sight: Sight
    decisions: Decisions


@dataclass(frozen=True)
class Making:
    """What a preview is made with besides the file.

    `limit`: how many people the contract has; None: any number.
    """

    key: SchoolKey
    asked: Asked
    limit: int | None
    today: date

    @property
    def eye(self) -> Eye:
        """Return what comparing needs of it."""
        return Eye(self.key, self.asked.sight, self.today)


def _place(column: str, plan: ImportPlan) -> SealedPlace:
    return SealedPlace("import_plans", column, plan.id)


def seal_upload(plan: ImportPlan, key: SchoolKey, content: bytes) -> None:
    text = base64.b64encode(content).decode()
    plan.upload = key.encrypt(text, _place("upload", plan))


def open_upload(plan: ImportPlan, key: SchoolKey) -> bytes:
    text = key.decrypt(plan.upload, _place("upload", plan))
    return base64.b64decode(text)


def seal_asked(plan: ImportPlan, key: SchoolKey, asked: Asked) -> None:
    actor, sight = asked.actor, asked.sight
    written = orjson.dumps(
        {
            "kind": actor.kind,
            "id": actor.id,
            "protected": sight.protected,
            "phones": sight.phones,
            "decisions": dict(asked.decisions),
        }
    )
    plan.asked = key.encrypt(written.decode(), _place("asked", plan))


def open_asked(plan: ImportPlan, key: SchoolKey) -> Asked:
    kept = orjson.loads(key.decrypt(plan.asked, _place("asked", plan)))
    account_id = UUID(kept["id"]) if kept["id"] else None
    return Asked(
        Actor(plan.school_id, kept["kind"], account_id),
        Sight(kept["protected"], kept["phones"]),
        kept["decisions"],
    )


def open_content(plan: ImportPlan, key: SchoolKey) -> dict[str, Any]:
    """Return all that the plan says."""
    content: dict[str, Any] = orjson.loads(key.decrypt(plan.content, _place("content", plan)))
    return content


def put_content(
    plan: ImportPlan, key: SchoolKey, summary: Mapping[str, Any], content: Mapping[str, Any]
) -> None:
    """Write what a plan says; dataclasses become objects, ids and days become texts."""
    text = orjson.dumps(content).decode()
    plan.content = key.encrypt(text, _place("content", plan))
    # New ids stand in every plan, so no two are alike.
    revision = hashlib.sha256(text.encode()).hexdigest()
    plan.summary = {**summary, "revision": revision[:16]}


def fill_plan(session: Session, plan: ImportPlan, reading: FileReading, making: Making) -> None:
    """Compare what was understood of a file with the roster; write into its plan what differs."""
    decisions = making.asked.decisions
    present = load_present(session, plan.school_id)
    found = _compare(reading, present, making)
    errors = [*reading.errors, *found.errors]
    if errors:
        # Of a file with errors nothing is written: half of it would look like all of it.
        found = Comparison(questions=found.questions, notes=found.notes)
    questions = [*reading.questions, *found.questions]
    over_limit = count_over(session, plan.school_id, found.steps, making.limit)
    plan.roster_version = present.version
    summary = {
        "counts": found.changes.counts(),
        "errors": len(errors),
        "open": sum(question.is_open(decisions) for question in questions),
        "limit": making.limit,
        "over_limit": over_limit,
        "sheets": list(reading.sheets),
    }
    content = {
        "errors": [error.as_json() for error in errors],
        "notes": [note.as_json() for note in (*reading.notes, *found.notes)],
        "unused": [asdict(unused) for unused in reading.unused],
        "questions": [question.as_json(decisions) for question in questions],
        "changes": found.changes.in_order(),
        "steps": found.steps,
    }
    put_content(plan, making.key, summary, content)


def _compare(reading: FileReading, present: PresentRoster, making: Making) -> Comparison:
    if reading.plan is None:
        return Comparison()
    return compare(reading.plan, present, making.eye, making.asked.decisions)
