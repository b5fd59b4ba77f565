"""名簿: two guardians who are one person become one, after a look at what that does (DIR-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from common.rights import Right
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("joining", __name__)
TOLD_BESIDE = (409, 422)


@blueprint.get("/members/<uuid:member_id>/guardians/<uuid:guardian_id>/doubles")
@page(Right.ROSTER_CHANGE)
def doubles(member_id: UUID, guardian_id: UUID) -> Any:
    """Show who may be the same person, and find others by their children."""
    query = request.args.get("query", "").strip()[:200]
    found = door.person().families.doubles(guardian_id, query)
    child = door.person().directory.member(member_id)
    return render_template(
        "staff/guardian_doubles.html",
        member=child,
        guardian=found["guardian"],
        found=found["items"],
        query=query,
    )


@blueprint.get(
    "/members/<uuid:member_id>/guardians/<uuid:guardian_id>/joining/<uuid:other_guardian_id>"
)
@page(Right.ROSTER_CHANGE)
def preview(member_id: UUID, guardian_id: UUID, other_guardian_id: UUID) -> Any:
    """Show what joining would do."""
    return _preview(member_id, guardian_id, other_guardian_id)


@blueprint.post(
    "/members/<uuid:member_id>/guardians/<uuid:guardian_id>/joining/<uuid:other_guardian_id>"
)
@page(Right.ROSTER_CHANGE)
def join(member_id: UUID, guardian_id: UUID, other_guardian_id: UUID) -> Any:
    """Join them; what changed since it was shown is shown again."""
    version = request.form.get("version", "")
    try:
        door.person().families.join(guardian_id, other_guardian_id, version)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        again = _preview(member_id, guardian_id, other_guardian_id, errors.say(error))
        return again, error.status
    words = "{guardian}を1人にまとめました。これからの連絡は、きょうだい分をまとめて届きます。"
    flash(door.school_words().say(words), "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


def _preview(member_id: UUID, guardian_id: UUID, other_id: UUID, sentence: str = "") -> str:
    ask = door.person()
    return render_template(
        "staff/guardian_join.html",
        member=ask.directory.member(member_id),
        joining=ask.families.joining(guardian_id, other_id),
        sentence=sentence,
    )
