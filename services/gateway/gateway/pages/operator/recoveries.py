"""管理者の回復: two operators give an administrator a way in again, after a call back (ID-12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from common.words import SchoolPart
from gateway.pages import door, errors
from gateway.pages.door import operator_page
from gateway.pages.operator.looks import Look, look_at

blueprint = Blueprint(
    "operator_recoveries", __name__, url_prefix="/operator/schools/<uuid:school_id>/recovery"
)
TOLD_BESIDE = (404, 409, 422)
FIRST_A_REASON = (
    "管理者の氏名を見るため、先に理由を書いて閲覧を始めてください。"
    "始めると、この画面に「管理者の回復」が出ます。"
)


@blueprint.get("")
@operator_page()
def overview(school_id: UUID) -> Any:
    """Show what waits for a second operator, and the form that asks for it."""
    return _overview(school_id, {})


def _overview(school_id: UUID, typed: dict[str, str], *, sentence: str = "") -> Any:
    """Show the page, which names the school's administrators: a look at its accounts."""
    look = look_at(school_id, SchoolPart.ACCOUNTS, otherwise=FIRST_A_REASON)
    if not isinstance(look, Look):
        return look
    administrators = [
        one
        for one in look.houses.identity.accounts()
        if one["role"] == "administrator" and one["status"] == "active"
    ]
    names = {one["id"]: one["display_name"] for one in administrators}
    return render_template(
        "operator/recovery.html",
        school=look.school,
        administrators=administrators,
        waiting=door.operators_houses().recoveries.of_school(school_id),
        names=names,
        me=door.current_operator().id,
        typed=typed,
        sentence=sentence,
    )


def _shown_again(school_id: UUID, typed: dict[str, str], sentence: str, status: int) -> Any:
    shown = _overview(school_id, typed, sentence=sentence)
    return (shown, status) if isinstance(shown, str) else shown


@blueprint.post("")
@operator_page()
def ask(school_id: UUID) -> Any:
    """Ask for a way in; what is missing is told beside what was typed."""
    typed = {name: request.form.get(name, "").strip() for name in ("account", "called")}
    if not typed["account"]:
        return _shown_again(school_id, typed, "管理者を選んでください。", 422)
    try:
        door.operators_houses().recoveries.ask(school_id, typed["account"], typed["called"])
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        return _shown_again(school_id, typed, errors.say(error), error.status)
    flash("申し込みました。24時間のうちに、別の運営者が承認してください。", "done")
    return redirect(url_for("operator_recoveries.overview", school_id=school_id), 303)


@blueprint.post("/<uuid:recovery_id>/agree")
@operator_page()
def agree(school_id: UUID, recovery_id: UUID) -> Any:
    """Agree to what another operator asked, and show the temporary password."""
    houses = door.operators_houses()
    try:
        issued = houses.recoveries.agree(school_id, recovery_id)
    except ServiceError as error:
        if error.status != 409:
            raise
        return _shown_again(school_id, {}, errors.say(error), 409)
    school = houses.identity.school(school_id)
    return render_template("operator/recovery_done.html", school=school, issued=issued)
