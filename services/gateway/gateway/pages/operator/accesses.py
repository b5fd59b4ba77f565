"""学校データの閲覧: an operator looks at a school's data, for a written reason (ID-10).

A page of the school's data asks identity for a token for this part, which identity gives while the
access is open, once the look stands in the school's operation log. The houses take no other.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from common.words import SchoolPart, words_of
from gateway.domain import access
from gateway.domain.log_lines import Names, lines_of
from gateway.pages import door, errors
from gateway.pages.door import operator_page
from gateway.pages.operator.looks import Look, look_at, standing_access

blueprint = Blueprint(
    "operator_accesses", __name__, url_prefix="/operator/schools/<uuid:school_id>/access"
)
PER_PAGE = 50


@blueprint.get("")
@operator_page()
def overview(school_id: UUID) -> Any:
    """Show the form that asks for the reason, or what may be seen now; and who looked before."""
    typed = {"id": str(uuid4()), "reason": "", "minutes": str(access.USUAL_MINUTES)}
    return _overview(school_id, typed)


def _overview(school_id: UUID, typed: dict[str, str], problem: str = "", sentence: str = "") -> str:
    identity = door.operators_houses().identity
    school = identity.school(school_id)
    found = identity.accesses(school_id)
    return render_template(
        "operator/access.html",
        school=school,
        may_begin=school["state"] in ("active", "ended"),
        standing=standing_access(found),
        before=found,
        choices=access.MINUTES,
        typed=typed,
        problem=problem,
        sentence=sentence,
    )


@blueprint.post("")
@operator_page()
def begin(school_id: UUID) -> Any:
    """Begin to look at a school's data; what can't be is told, and the reason typed stays."""
    typed = {name: request.form.get(name, "").strip() for name in ("id", "reason", "minutes")}
    problem = access.problem_of(typed["reason"])
    if problem:
        return _overview(school_id, typed, problem), 422
    try:
        door.operators_houses().identity.begin_access(school_id, typed)
    except ServiceError as error:
        if error.status in errors.NEVER_TOLD:
            raise
        return _overview(school_id, typed, sentence=errors.say(error)), error.status
    return redirect(url_for("operator_accesses.overview", school_id=school_id), 303)


@blueprint.post("/<uuid:access_id>/end")
@operator_page()
def end(school_id: UUID, access_id: UUID) -> Any:
    """End the look at a school's data."""
    door.operators_houses().identity.end_access(school_id, access_id)
    flash("学校データの閲覧を終えました。", "done")
    return redirect(url_for("operator_schools.school", school_id=school_id), 303)


@blueprint.get("/accounts")
@operator_page()
def accounts(school_id: UUID) -> Any:
    """Show who of the school's staff may sign in, as what."""
    look = look_at(school_id, SchoolPart.ACCOUNTS)
    if not isinstance(look, Look):
        return look
    return render_template(
        "operator/access_accounts.html",
        look=look,
        accounts=look.houses.identity.accounts(),
    )


@blueprint.get("/operation-log")
@operator_page()
def operations(school_id: UUID) -> Any:
    """Show the school's operation log; of children and messages the ids alone."""
    look = look_at(school_id, SchoolPart.OPERATION_LOG)
    if not isinstance(look, Look):
        return look
    identity = look.houses.identity
    after = request.args.get("after") or None
    found = identity.operation_log({}, after=after, limit=PER_PAGE)
    names = Names(accounts=identity.account_names())
    return render_template(
        "operator/access_log.html",
        look=look,
        lines=lines_of(found["items"], names, words_of(look.school["kind"])),
        next=found["next"],
        is_first=after is None,
    )


@blueprint.get("/messages")
@operator_page()
def messages(school_id: UUID) -> Any:
    """Show what the school sent: times, heads and states, without texts."""
    look = look_at(school_id, SchoolPart.MESSAGES)
    if not isinstance(look, Look):
        return look
    after = request.args.get("after") or None
    found = look.houses.messaging.sent_messages(after=after, limit=PER_PAGE)
    return render_template(
        "operator/access_messages.html",
        look=look,
        messages=found["items"],
        next=found["next"],
        is_first=after is None,
    )
