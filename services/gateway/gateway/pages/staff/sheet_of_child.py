"""登録手順書 of one child: again, or void because it was lost, or with another ID (DIR-7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from common.rights import Right
from gateway.pages import door, errors, ways
from gateway.pages.door import page
from gateway.pages.staff.sheets import print_one

blueprint = Blueprint("sheet_of_child", __name__)


@blueprint.get("/members/<uuid:member_id>/registration-sheet.pdf")
@page(Right.SHEETS_PRINT)
def printed(member_id: UUID) -> Any:
    """Print a child's sheet; the operation log records it, so no other site may lead here."""
    ways.demand_no_other_site()
    return print_one(str(member_id))


@blueprint.get("/members/<uuid:member_id>/registration-sheet")
@page(Right.SHEETS_CHANGE, title="登録手順書")
def sheet(member_id: UUID) -> Any:
    """Show a child's ID and its sheet's dates, and what can be done about it."""
    return _show(member_id)


def _show(member_id: UUID, *, typed: str = "", sentence: str = "") -> str:
    ask = door.person()
    return render_template(
        "staff/sheet_of_child.html",
        member=ask.directory.member(member_id),
        sheet=ask.sheets.of_child(member_id),
        typed=typed,
        sentence=sentence,
    )


@blueprint.post("/members/<uuid:member_id>/registration-sheet/void")
@page(Right.SHEETS_CHANGE)
def void(member_id: UUID) -> Any:
    """Make the printed sheet void, and lead to the new one."""
    with errors.told(404, 409) as outcome:
        door.person().sheets.void(member_id)
    if outcome.error is None:
        flash("前の用紙を使えなくしました。新しい用紙を印刷して、渡してください。", "done")
    return redirect(url_for("sheet_of_child.sheet", member_id=member_id), 303)


@blueprint.post("/members/<uuid:member_id>/registration-sheet/login-id")
@page(Right.SHEETS_CHANGE)
def change_login_id(member_id: UUID) -> Any:
    """Give the child another ID, typed or drawn; the paper with the old one is void."""
    typed = request.form.get("login_id", "").strip()
    wanted = "" if "draw" in request.form else typed
    if not wanted and "draw" not in request.form:
        sentence = "新しいIDを入れるか、「自動で決める」を押してください。"
        return _show(member_id, sentence=sentence), 422
    try:
        door.person().sheets.change_login_id(member_id, wanted)
    except ServiceError as error:
        if error.status not in (409, 422):
            raise
        return _show(member_id, typed=typed, sentence=errors.say(error)), error.status
    flash("IDを変えました。前の用紙は使えません。新しい用紙を印刷して、渡してください。", "done")
    return redirect(url_for("sheet_of_child.sheet", member_id=member_id), 303)
