"""A file of staff in steps: what it would change, what the office decides, then all of it or
nothing; and what became of the accounts (DIR-2, ID-2).

Directory owns who is on the roster, identity who signs in. So identity is asked before a preview is
shown, outside of every transaction, and told by an event of the one that writes the roster.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.operations import STAFF_IMPORTED
from common.schemas import Envelope
from directory.actions.roster_steps import count_over, write_steps
from directory.actions.staff_drafts import Checked, Looking
from directory.domain.errors import (
    CellsRefused,
    ImportChangedMeanwhile,
    ImportStale,
    ImportUndecided,
    MemberLimitReached,
    NoSuch,
)
from directory.domain.roster.staff.accounts import ABOUT_MAIL, refusal_of, word_of
from directory.domain.roster.staff.comparison import StaffComparison
from directory.domain.roster.steps import read_steps
from directory.events import put_accounts_requested, record_operation
from directory.store import staff_imports as store
from directory.store.models import StaffImport
from directory.store.present_staff import load_staff

# Long enough to read a preview and to be called away once.
KEPT = timedelta(minutes=30)
# Identity may be away for a weekend; then somebody reads what it refused.
KEPT_APPLIED = timedelta(days=7)
ERRORS_A_PAGE = 200


def make_import(session: Session, checked: Checked, looking: Looking) -> dict[str, Any]:
    """Keep what a file would change for half an hour; return the preview's first part."""
    made = StaffImport(
        id=uuid4(),
        school_id=looking.actor.school_id,
        created_at=looking.now,
        created_by=looking.actor.id,
        expires_at=looking.now + KEPT,
        applied_at=None,
        refused=None,
    )
    text = base64.b64encode(checked.draft.file.content).decode()
    made.upload = looking.key.encrypt(text, _place("upload", made.id))
    _fill(made, checked, looking)
    store.add_import(session, made)
    return _describe(made)


def remake_import(
    session: Session, import_id: UUID, checked: Checked, looking: Looking
) -> dict[str, Any]:
    """Write anew what a file would change with what the office decided; an applied one stays."""
    found = store.hold_import(session, looking.actor.school_id, import_id, looking.now)
    _check_own(found, looking)
    if found.applied_at is None:
        _fill(found, checked, looking)
    return _describe(found)


def _fill(made: StaffImport, checked: Checked, looking: Looking) -> None:
    draft = checked.draft
    found, reading, decisions = draft.found, draft.reading, draft.file.decisions
    refused = []
    for step in found.accounts:
        if step.member_id in checked.refusals:
            refused.append(refusal_of(step, checked.refusals[step.member_id]))
    errors = [*reading.errors, *found.errors, *refused]
    errors.sort(key=lambda error: error.spot.row)
    questions = [*reading.questions, *found.questions]
    notes = [*checked.kept, *reading.notes, *found.notes]
    if errors:
        # Of a file with errors nothing is written: half of it would look like all of it.
        found = StaffComparison()
    made.roster_version = draft.version
    content = {
        "errors": [error.as_json() for error in errors],
        "notes": [note.as_json() for note in notes],
        "unused": [asdict(unused) for unused in reading.unused],
        "questions": [question.as_json(decisions) for question in questions],
        "changes": found.changes.in_order(),
        "steps": found.steps,
        "accounts": [step.as_json() for step in found.accounts],
    }
    text = orjson.dumps(content).decode()
    made.content = looking.key.encrypt(text, _place("content", made.id))
    # New ids stand in every one, so no two are alike.
    revision = hashlib.sha256(text.encode()).hexdigest()
    made.summary = {
        "counts": found.changes.counts(),
        "accounts": len(found.accounts),
        "errors": len(errors),
        "open": sum(question.is_open(decisions) for question in questions),
        "limit": looking.limit,
        "over_limit": draft.over_limit,
        "sheets": list(reading.sheets),
        "revision": revision[:16],
    }


def get_upload(session: Session, import_id: UUID, looking: Looking) -> bytes:
    """Return the bytes of an uploaded file; raise NotFound once it is applied."""
    found = _get_own(session, import_id, looking)
    if found.upload is None:
        raise NoSuch("import_plan")
    return base64.b64decode(looking.key.decrypt(found.upload, _place("upload", found.id)))


def show_import(
    session: Session, import_id: UUID, looking: Looking, after: int, limit: int
) -> dict[str, Any]:
    """Return what a file would change, or has changed, with a page of it."""
    found = _get_own(
        session,
        import_id,
        looking,
    )
    content = _open(found, looking.key)
    end = after + limit
    changes = content["changes"]
    has_more = end < len(changes)
    return {
        **_describe(found),
        "errors": content["errors"][:ERRORS_A_PAGE],
        "notes": content["notes"],
        "unused": content["unused"],
        "questions": content["questions"],
        "changes": {"items": changes[after:end], "next": end if has_more else None},
        "refused": _refused(found, content),
    }


def _refused(found: StaffImport, content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what identity refused in the end, each with its place in the file."""
    steps = {step["member_id"]: step for step in content["accounts"]}
    told = []
    for refusal in found.refused or ():
        code = refusal["code"]
        step = steps.get(refusal["member_id"])
        if step is not None:
            remark = step["mail_remark" if code in ABOUT_MAIL else "remark"]
            told.append({**remark, "code": word_of(code)})
    return told


def get_errors(session: Session, import_id: UUID, looking: Looking) -> list[dict[str, Any]]:
    """Return all cells to correct of an uploaded file."""
    errors: list[dict[str, Any]] = _open(_get_own(session, import_id, looking), looking.key)[
        "errors"
    ]
    return errors


def get_steps(session: Session, import_id: UUID, looking: Looking) -> list[dict[str, Any]]:
    """Return the accounts that an import is about to ask for, to be checked once more."""
    found = _get_own(session, import_id, looking)
    if found.applied_at is not None:
        return []
    return _wanted(_open(found, looking.key))


def apply_import(
    session: Session, import_id: UUID, looking: Looking, revision: str | None
) -> dict[str, Any]:
    """Write what an import says, and ask identity for the accounts; a second press answers
    `already` and changes nothing.

    Raise Refused `changed_meanwhile` when it is not the one that was looked at any more,
    `import_stale` when the roster is not, `import_undecided`, `import_refused`, `member_limit`.
    """
    actor = looking.actor
    found = store.hold_import(session, actor.school_id, import_id, looking.now)
    _check_own(found, looking)
    if found.applied_at is not None:
        return {**_describe(found), "already": True}
    _check_ready(found, revision)
    roster = load_staff(session, actor.school_id)
    if roster.version != found.roster_version:
        raise ImportStale()
    content = _open(found, looking.key)
    if content["errors"]:
        raise CellsRefused(content["errors"])
    steps = read_steps(content["steps"])
    limit = looking.limit
    if limit is not None and count_over(session, actor.school_id, steps, limit):
        raise MemberLimitReached(limit)
    write_steps(session, looking.key, steps, roster.tree, looking.now)
    found.applied_at = looking.now
    found.upload = None
    if content["accounts"] and actor.id is not None:
        found.expires_at = looking.now + KEPT_APPLIED
        put_accounts_requested(session, actor.school_id, found.id, actor.id)
    counts = found.summary["counts"]
    changed = {name: counts[name] for name in ("new", "changed", "deleted")}
    record_operation(
        session,
        actor,
        STAFF_IMPORTED,
        ("roster", None),
        staff=sum(changed.values()),
        **changed,
    )
    return {**_describe(found), "already": False}


def _check_ready(found: StaffImport, revision: str | None) -> None:
    if revision not in (None, found.summary["revision"]):
        raise ImportChangedMeanwhile()
    if found.summary["open"]:
        raise ImportUndecided(found.summary["open"])


def list_wanted(
    session: Session, school_id: UUID, import_id: UUID, key: SchoolKey, now: datetime
) -> list[dict[str, Any]]:
    """Return the accounts that an applied import asks of identity; raise NotFound for another."""
    found = store.get_import(session, school_id, import_id, now)
    if found.applied_at is None:
        raise NoSuch("import_plan")
    return _wanted(_open(found, key))


def _wanted(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("member_id", "role", "display_name", "mail")
    return [{name: step[name] for name in names} for step in content["accounts"]]


def note_settled(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Note on an import what identity refused of its accounts; one that is erased is left."""
    assert event.school_id is not None
    payload = event.payload
    found = store.find_held(session, event.school_id, payload["import_id"])
    if found is None or found.applied_at is None:
        return
    refused = []
    for one in payload["refused"]:
        refused.append({"member_id": str(one["member_id"]), "code": one["code"]})
    found.refused = refused


def erase_expired_imports(session: Session, *, now: datetime) -> None:
    """Erase what stood in files that nobody applied, or that are settled since long."""
    store.erase_imports(session, now)


def _get_own(session: Session, import_id: UUID, looking: Looking) -> StaffImport:
    found = store.get_import(session, looking.actor.school_id, import_id, looking.now)
    _check_own(found, looking)
    return found


def _check_own(found: StaffImport, looking: Looking) -> None:
    """Raise NotFound for who did not make it: it says what its maker was allowed to see."""
    if found.created_by != looking.actor.id:
        raise NoSuch("import_plan")


def _place(column: str, import_id: UUID) -> SealedPlace:
    return SealedPlace("staff_imports", column, import_id)


def _open(found: StaffImport, key: SchoolKey) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(key.decrypt(found.content, _place("content", found.id)))
    return content


def _describe(found: StaffImport) -> dict[str, Any]:
    summary = found.summary
    return {
        "id": found.id,
        "state": _state_of(found),
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "applied_at": found.applied_at,
        "revision": summary["revision"],
        "sheets": summary["sheets"],
        "counts": summary["counts"],
        "account_count": summary["accounts"],
        "error_count": summary["errors"],
        "open_count": summary["open"],
        "limit": summary["limit"],
        "over_limit": summary["over_limit"],
    }


def _state_of(found: StaffImport) -> str:
    """Return how far it is: once applied, whether identity has answered for the accounts."""
    if found.applied_at:
        is_waiting = found.summary["accounts"] > 0 and found.refused is None
        return "waiting" if is_waiting else "applied"
    if found.summary["errors"]:
        return "refused"
    return "asking" if found.summary["open"] else "ready"
