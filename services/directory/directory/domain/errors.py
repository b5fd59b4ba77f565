"""What the directory declines, each with its code; all kinds come from `common.errors`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common.errors import Invalid, NotAllowed, NotFound, Refused


def no_such(what: str) -> NotFound:
    """Return the answer for an id that is not this school's."""
    return NotFound(f"{what}_not_found", f"There is no such {what.replace('_', ' ')}.")


def audience_out_of_scope() -> NotAllowed:
    return NotAllowed("audience_out_of_scope", "You may send to your own classes and groups only.")


def audience_empty() -> Invalid:
    return Invalid("audience_empty", "Nobody who is at the school is in this audience.")


def out_of_scope() -> NotAllowed:
    return NotAllowed("out_of_scope", "You may see and change your own classes and groups only.")


def member_limit(limit: int) -> Refused:
    return Refused(
        "member_limit", "The contract's member limit is reached.", fields={"limit": limit}
    )


def roster_not_empty() -> Refused:
    return Refused("roster_not_empty", "The school has a roster already; nothing was changed.")


def roster_conflict() -> Refused:
    message = (
        "A row of this roster is there already, or one address stands twice with one guardian; "
        "nothing was changed."
    )
    return Refused("roster_conflict", message)


def import_refused(errors: Sequence[dict[str, Any]]) -> Invalid:
    return Invalid(
        "import_refused",
        "Some cells need correction; nothing was changed.",
        fields={"errors": list(errors)},
    )


def import_stale() -> Refused:
    return Refused(
        "import_stale", "The roster has changed since the file was checked; nothing was changed."
    )


def invalid(field: str, code: str, message: str, **params: Any) -> Invalid:
    """Return the refusal of one field's content: its code, and what its words need (`limit`)."""
    return Invalid(code, message, fields={field: {"code": code, **params}})
