"""名簿: a family and where it is reached, changed by the office (DIR-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for

from common.rights import Right
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("families", __name__)


@blueprint.post("/members/<uuid:member_id>/contact-points/<uuid:contact_point_id>/end")
@page(Right.ROSTER_CHANGE)
def end_point(member_id: UUID, contact_point_id: UUID) -> Any:
    """Take a contact point off the roster for good."""
    with errors.told(403, 404):
        door.person().families.end_point(contact_point_id)
        flash("止めました。ここへは、もう何も送りません。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)
