"""名簿: people of the roster, found by name, reading, or 4-2-12; one person with family and contact points."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from common.errors import ServiceError
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("members", __name__)
PER_PAGE = 100
STATUSES = {
    "pupil": ("enrolled", "suspended", "prospective", "transferred", "graduated"),
    "staff": ("active", "moved", "retired"),
}


@blueprint.get("/members")
@page("roster.see")
def pupils() -> Any:
    """List children."""
    return _list("pupil")


@blueprint.get("/members/staff")
@page("roster.see")
def staff() -> Any:
    """List members of staff."""
    return _list("staff")


def _list(kind: str) -> Any:
    asked = request.args
    status = asked.get("status", "")
    wanted = {"query": asked.get("query", "").strip(), "group_id": asked.get("group", "")}
    status = status if status in STATUSES[kind] else STATUSES[kind][0]
    try:
        found = door.person().members(kind=kind, status=status, after=asked.get("after", ""), limit=PER_PAGE, **wanted)
    except ServiceError as error:
        if error.status not in (404, 422):
            raise
        errors.tell(error)
        found = {"items": [], "next": None}
    groups = [group for group in door.person().groups() if (group["kind"] == "staff") == (kind == "staff")]
    shown = {"members": found["items"], "next": found["next"], "groups": groups, "kind": kind, "statuses": STATUSES[kind]}
    return render_template("members.html", status=status, after=asked.get("after", ""), **shown, **wanted)


@blueprint.get("/members/<uuid:member_id>")
@page("roster.see")
def member(member_id: UUID) -> Any:
    """Show one person: classes and groups, guardians with contact points (masked), brothers and sisters."""
    return render_template("member.html", member=door.person().member(member_id))
