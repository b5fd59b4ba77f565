"""名簿: people deleted one by one or by selection, and brought back for 30 days (DIR-1, DIR-3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.rights import Right
from gateway.domain import member_form
from gateway.pages import door, errors
from gateway.pages.door import page
from gateway.pages.staff.choices import back_to_list, chosen_kind, chosen_people

blueprint = Blueprint("deletions", __name__)
PER_PAGE = 100


@blueprint.post("/members/deletions/preview")
@page(Right.ROSTER_CHANGE)
def preview() -> Any:
    """Show who would be deleted; nothing changes yet."""
    people = chosen_people()
    if not people:
        flash("削除する人を選んでください。まだ何も変えていません。", "error")
        return back_to_list()
    return render_template("staff/deletion_preview.html", kind=chosen_kind(), people=people)


@blueprint.post("/members/deletions")
@page(Right.ROSTER_CHANGE)
def delete() -> Any:
    """Delete the chosen people, which can be taken back for 30 days."""
    chosen = request.form.getlist("member")
    with errors.told(403, 404, 422) as outcome:
        count = door.person().members.delete(chosen)
    if outcome.error is not None:
        return back_to_list()
    flash(f"{count}人を名簿から削除しました。30日間は、ここから元に戻せます。", "done")
    return redirect(url_for("deletions.listed", kind=chosen_kind()), 303)


@blueprint.get("/members/deleted")
@page(Right.ROSTER_CHANGE)
def listed() -> Any:
    """List who was deleted and can be brought back."""
    kind = chosen_kind()
    after = request.args.get("after", "")
    found = door.person().members.deleted(kind, after=after, limit=PER_PAGE)
    return render_template(
        "staff/deleted_members.html",
        kind=kind,
        people=found["items"],
        after=after,
        next=found["next"],
    )


@blueprint.post("/members/<uuid:member_id>/restore")
@page(Right.ROSTER_CHANGE)
def restore(member_id: UUID) -> Any:
    """Bring a deleted person back; where somebody else has the seat by now, say who."""
    with errors.told(403, 404, 409, 422) as outcome:
        door.person().members.restore(member_id)
    if outcome.error is None:
        flash("元に戻しました。", "done")
        return redirect(url_for("members.member", member_id=member_id), 303)
    for sentence in member_form.problems_of(outcome.error, door.school_words()).values():
        flash(f"元に戻していません。{sentence}", "error")
    return redirect(url_for("deletions.listed", kind=chosen_kind()), 303)
