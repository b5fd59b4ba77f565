"""学年・学級とグループ: the class tree and the groups beside it, with heads (DIR-4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request

from common.rights import Right
from gateway.domain.audience import build_picker
from gateway.domain.menu import PEOPLE, Under
from gateway.pages import door
from gateway.pages.door import page

blueprint = Blueprint("groups", __name__)


@blueprint.get("/groups")
@page(Right.ROSTER_SEE, title="学年・{class}とグループ", menu=Under(PEOPLE))
def groups() -> Any:
    """Show the tree."""
    return render_template(
        "staff/groups.html", picker=build_picker(door.person().directory.groups())
    )


@blueprint.get("/groups/<uuid:group_id>")
@page(Right.ROSTER_SEE)
def group(group_id: UUID) -> Any:
    """Show a group with its members."""
    directory = door.person().directory
    found = directory.group(group_id, after=request.args.get("after", ""))
    below = [each for each in directory.groups() if each["parent_id"] == str(group_id)]
    members = found["members"]
    return render_template(
        "staff/group.html", group=found, below=below, members=members["items"], next=members["next"]
    )
