"""名簿: register a pupil or a member of staff, and change them one by one (DIR-1, DIR-11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.directory import MemberOut
from common.errors import ServiceError
from common.rights import Right
from gateway.domain import member_form
from gateway.domain.member_form import MemberForm
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("member_forms", __name__)
# What a form shows again beside what was typed.
TOLD_BESIDE = (403, 409, 422)


@blueprint.get("/members/new")
@page(Right.ROSTER_CHANGE, title="{pupil}を登録する")
def new_pupil() -> Any:
    """Show the form of a new child."""
    return _new_form(member_form.blank_form("pupil", request.args.get("class", "")))


@blueprint.get("/members/staff/new")
@page(Right.ROSTER_CHANGE, title="教職員を登録する")
def new_staff() -> Any:
    """Show the form of a new member of staff."""
    return _new_form(member_form.blank_form("staff"))


@blueprint.post("/members")
@page(Right.ROSTER_CHANGE)
def add() -> Any:
    """Register a person; what can't be is told beside its field, and nothing typed is lost."""
    kind = "staff" if request.form.get("kind") == "staff" else "pupil"
    form = member_form.read_form(kind, request.form)
    problems = form.misread()
    if problems:
        return _new_form(_with(form, problems)), 422
    try:
        member_id = door.person().members.add(form.new())
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        problems = member_form.problems_of(error, door.school_words())
        sentence = "" if problems else errors.say(error)
        return _new_form(_with(form, problems), sentence), error.status
    flash(f"{form.typed['display_name']} さんを登録しました。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


def _new_form(form: MemberForm, sentence: str = "") -> str:
    groups = door.person().directory.groups()
    return render_template(
        "staff/member_new.html",
        form=form,
        sentence=sentence,
        classes=member_form.classes_of(groups, form.typed["class_id"]),
        staff_groups=[group for group in groups if group["kind"] == "staff"],
        statuses=member_form.STATUSES[form.kind],
    )


@blueprint.get("/members/<uuid:member_id>/edit")
@page(Right.ROSTER_CHANGE)
def edit(member_id: UUID) -> Any:
    """Show a person's form as it stands."""
    person = door.person().directory.member(member_id)
    return _edit_form(person, member_form.form_of(person))


@blueprint.post("/members/<uuid:member_id>")
@page(Right.ROSTER_CHANGE)
def change(member_id: UUID) -> Any:
    """Save what was typed.

    What somebody else changed meanwhile is shown beside it, and a second press decides.
    """
    ask = door.person()
    before = ask.directory.member(member_id)
    form = member_form.read_form(before["kind"], request.form)
    problems = form.misread()
    if problems:
        return _edit_form(before, _with(form, problems), version=_version()), 422
    changes = form.changes(before)
    if not changes:
        flash("変わったところはありません。", "note")
        return redirect(url_for("members.member", member_id=member_id), 303)
    try:
        ask.members.change(member_id, {**changes, "version": _version()})
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        return _refused(member_id, form, error), error.status
    flash("保存しました。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


@blueprint.post("/members/<uuid:member_id>/drop-plan")
@page(Right.ROSTER_CHANGE)
def drop_plan(member_id: UUID) -> Any:
    """Give up the status that is planned."""
    door.person().members.drop_plan(member_id)
    flash("予定を取りやめました。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


def _refused(member_id: UUID, form: MemberForm, error: ServiceError) -> str:
    now = door.person().directory.member(member_id)
    if error.code == "changed_meanwhile":
        return _edit_form(now, form, is_meanwhile=True)
    problems = member_form.problems_of(error, door.school_words())
    sentence = "" if problems else errors.say(error)
    return _edit_form(now, _with(form, problems), sentence, version=_version())


def _edit_form(
    person: MemberOut,
    form: MemberForm,
    sentence: str = "",
    *,
    version: str = "",
    is_meanwhile: bool = False,
) -> str:
    groups = door.person().directory.groups()
    meanwhile = member_form.differences(form, person, groups) if is_meanwhile else []
    return render_template(
        "staff/member_edit.html",
        member=person,
        form=form,
        sentence=sentence,
        meanwhile=meanwhile,
        version=version or person["version"],
        classes=member_form.classes_of(groups, form.typed["class_id"]),
        statuses=member_form.STATUSES[person["kind"]],
    )


def _with(form: MemberForm, problems: dict[str, str]) -> MemberForm:
    return MemberForm(form.kind, form.typed, form.group_ids, problems)


def _version() -> str:
    """Return which version of the person the form was filled in before."""
    return request.form.get("version", "")
