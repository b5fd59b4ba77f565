"""転入・転出: a child comes in one form, or goes on a day; and who moves these days (DIR-12)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common import clock
from common.answers.directory import MemberOut, PossibleGuardian
from common.errors import ServiceError
from common.rights import Right
from gateway.domain import member_form, move_form, moves
from gateway.domain.contract_end import read_day
from gateway.domain.dates import say_day
from gateway.domain.member_plans import say_plan
from gateway.domain.menu import PEOPLE, Under
from gateway.domain.move_form import MoveForm
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("moves", __name__)
# What a form shows again beside what was typed.
TOLD_BESIDE = (403, 404, 409, 422)
FOUND = 20


@blueprint.get("/moves")
@page(Right.ROSTER_CHANGE, title="転入・転出", menu=Under(PEOPLE))
def everything() -> Any:
    """Show who moves in the next 30 days, and who did in the last 30."""
    found = door.person().moves.everything()
    today = clock.today()
    return render_template(
        "staff/moves.html",
        planned=moves.planned_lines(found["planned"], today),
        done=moves.done_lines(found["done"], today),
        more_planned=found["more_planned"],
        more_done=found["more_done"],
    )


@blueprint.post("/moves/<uuid:member_id>/undo")
@page(Right.ROSTER_CHANGE)
def undo(member_id: UUID) -> Any:
    """Give up a move that is planned."""
    with errors.told(403, 404) as outcome:
        door.person().members.drop_plan(member_id)
    if outcome.error is None:
        flash("予定を取りやめました。", "done")
    return redirect(url_for("moves.everything"), 303)


@blueprint.get("/moves/in")
@page(Right.ROSTER_CHANGE, title="転入を登録する")
def new() -> Any:
    """Show the form of a child who moves in."""
    return _in_form(move_form.blank_form(request.args.get("class", "")))


@blueprint.post("/moves/in")
@page(Right.ROSTER_CHANGE)
def move_in() -> Any:
    """Register a child with its family; first ask whether a known guardian is the child's too."""
    form = move_form.read_form(request.form)
    problems = form.misread(door.school_words())
    if problems:
        return _in_form(_with(form, problems)), 422
    ask = door.person()
    known = ask.moves.families(form.typed["display_name"], form.mails)
    if known and not form.is_asked:
        return _in_form(form, known), 422
    try:
        member_id = ask.members.add(form.new(known))
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        wrong = form.refused(error, door.school_words())
        sentence = "" if wrong.problems else errors.say(error)
        return _in_form(wrong, known, sentence), error.status
    wants_sheet = request.form.get("then") == "sheet"
    next_page = "sheet_of_child.printed" if wants_sheet else "moves.moved_in"
    return redirect(url_for(next_page, member_id=member_id), 303)


def _with(form: MoveForm, problems: dict[str, str]) -> MoveForm:
    return MoveForm(form.typed, form.same, form.asked, problems)


def _in_form(
    form: MoveForm, known: list[PossibleGuardian] | None = None, sentence: str = ""
) -> str:
    ask = door.person()
    groups = [group for group in ask.directory.groups() if group["changeable"]]
    return render_template(
        "staff/move_in.html",
        form=form,
        known=known or [],
        sentence=sentence,
        classes=member_form.classes_of(groups, form.typed["class_id"]),
        numbers=ask.moves.next_numbers(),
        rows=move_form.ROWS,
    )


@blueprint.get("/moves/in/<uuid:member_id>")
@page(Right.ROSTER_CHANGE, title="転入を登録しました")
def moved_in(member_id: UUID) -> Any:
    """Say what was registered, and what comes next."""
    child = door.person().directory.member(member_id)
    is_reached = any(guardian["contact_points"] for guardian in child["guardians"])
    return render_template(
        "staff/moved_in.html",
        member=child,
        plan=say_plan(child, clock.today()),
        is_reached=is_reached,
    )


@blueprint.get("/moves/out")
@page(Right.ROSTER_CHANGE, title="転出を登録する")
def choose() -> Any:
    """Find the child who goes."""
    query = request.args.get("query", "").strip()
    found = []
    if query:
        asked = {"kind": "pupil", "query": query[:200], "limit": FOUND}
        found = door.person().directory.members(**asked)["items"]
    return render_template("staff/move_out_choose.html", query=query, found=found)


@blueprint.get("/moves/out/<uuid:member_id>")
@page(Right.ROSTER_CHANGE)
def leaving(member_id: UUID) -> Any:
    """Ask when a child goes, and say what happens then."""
    child = door.person().directory.member(member_id)
    return _out_form(child, "transferred", clock.today().isoformat())


@blueprint.post("/moves/out/<uuid:member_id>")
@page(Right.ROSTER_CHANGE)
def move_out(member_id: UUID) -> Any:
    """Let a child go on a day: at once, or by itself when the day comes."""
    ask = door.person()
    child = ask.directory.member(member_id)
    given = request.form.get("status", "")
    status = given if given in moves.LEAVING else "transferred"
    typed = request.form.get("since", "").strip()
    since = read_day(typed)
    if since is None:
        sentence = "異動日を入れてください。例：2026/12/24"
        return _out_form(child, status, typed, sentence), 422
    change = {
        "status": status,
        "status_since": since.isoformat(),
        "version": request.form.get("version", ""),
    }
    try:
        ask.members.change(member_id, change)
    except ServiceError as error:
        if error.status not in (409, 422):
            raise
        now = ask.directory.member(member_id)
        return _out_form(now, status, typed, _say_refusal(error)), error.status
    today = clock.today()
    name, day, move = child["display_name"], say_day(since, today=today), moves.LEAVING[status]
    is_planned = since > today
    said = f"{name} さんは、{day}に{move}の予定です。その日に自動で変わります。"
    flash(said if is_planned else f"{name} さんを、{day}付けで{move}にしました。", "done")
    return redirect(url_for("moves.everything"), 303)


def _say_refusal(error: ServiceError) -> str:
    problems = member_form.problems_of(error, door.school_words())
    return " ".join(problems.values()) or errors.say(error)


def _out_form(child: MemberOut, status: str, since: str, sentence: str = "") -> str:
    school = door.school_words()
    return render_template(
        "staff/move_out.html",
        member=child,
        status=status,
        since=since,
        sentence=sentence,
        plan=say_plan(child, clock.today()),
        choices=moves.LEAVING,
        effects=[school.say(line) for line in moves.EFFECTS],
    )
