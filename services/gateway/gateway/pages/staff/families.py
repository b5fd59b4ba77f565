"""名簿: a family and where it is reached, changed by the office (DIR-8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.directory import GuardianOut, MemberOut
from common.errors import Invalid, NotFound
from common.rights import Right
from gateway.domain import guardian_form
from gateway.domain.guardian_form import GuardianForm
from gateway.pages import door, errors
from gateway.pages.door import page

blueprint = Blueprint("families", __name__)


@blueprint.get("/members/<uuid:member_id>/guardians/<uuid:guardian_id>")
@page(Right.ROSTER_CHANGE)
def guardian(member_id: UUID, guardian_id: UUID) -> Any:
    """Show what can be changed of a child's guardian."""
    return _show(member_id, guardian_id)


@blueprint.get("/members/<uuid:member_id>/guardians/new")
@page(Right.ROSTER_CHANGE)
def new_guardian(member_id: UUID) -> Any:
    """Show the form of one more guardian."""
    return _new_form(member_id, GuardianForm())


@blueprint.post("/members/<uuid:member_id>/guardians")
@page(Right.ROSTER_CHANGE)
def add_guardian(member_id: UUID) -> Any:
    """Give a child one more guardian; what can't be is told beside its field."""
    form = guardian_form.read_form(request.form)
    try:
        door.person().families.add(member_id, form.new())
    except Invalid as error:
        wrong = form.refused(error, door.school_words())
        sentence = "" if wrong.problems else errors.say(error)
        return _new_form(member_id, wrong, sentence), error.status
    flash(door.school_words().say("{guardian}を登録しました。"), "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


def _new_form(member_id: UUID, form: GuardianForm, sentence: str = "") -> str:
    child = door.person().directory.member(member_id)
    return render_template("staff/guardian_new.html", member=child, form=form, sentence=sentence)


@blueprint.post("/members/<uuid:member_id>/guardians/<uuid:guardian_id>")
@page(Right.ROSTER_CHANGE)
def change_guardian(member_id: UUID, guardian_id: UUID) -> Any:
    """Change a guardian's name and what it is to the child."""

    def change(form: GuardianForm) -> None:
        wanted = {name: form.typed[name] for name in ("name", "label")}
        door.person().families.change(member_id, guardian_id, wanted)

    return _do(member_id, guardian_id, change, "保存しました。")


@blueprint.post("/members/<uuid:member_id>/guardians/<uuid:guardian_id>/mails")
@page(Right.ROSTER_CHANGE)
def add_mail(member_id: UUID, guardian_id: UUID) -> Any:
    """Register one more mail address of a guardian; one that had ended after a second press."""

    def add(form: GuardianForm) -> None:
        mail = form.typed["mails"]
        again = request.form.get("again") == "1"
        door.person().families.add_mail(member_id, guardian_id, mail, again=again)

    return _do(member_id, guardian_id, add, "メールアドレスを登録しました。")


@blueprint.post("/members/<uuid:member_id>/guardians/<uuid:guardian_id>/protection")
@page(Right.ROSTER_CHANGE)
def protect(member_id: UUID, guardian_id: UUID) -> Any:
    """Mark a family as protected, or take the mark away."""
    is_protected = request.form.get("protected") == "1"
    door.person().families.protect(member_id, guardian_id, is_protected=is_protected)
    child = door.person().directory.member(member_id)
    stays = _get_guardian(child, guardian_id)["protected"]
    if is_protected:
        flash("「配慮あり」の印を付けました。", "done")
    elif stays:
        flash("この印は、きょうだいのページで付けたものです。そのページで外してください。", "note")
    else:
        flash("「配慮あり」の印を外しました。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


@blueprint.post("/members/<uuid:member_id>/guardians/<uuid:guardian_id>/lost-phone")
@page(Right.ROSTER_CHANGE)
def end_sessions(member_id: UUID, guardian_id: UUID) -> Any:
    """Put out all phones of a guardian who has told that one is lost."""
    door.person().families.end_sessions(member_id, guardian_id)
    flash("マイページから、すべての端末を出しました。連絡はこれまでどおり届きます。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


@blueprint.post("/members/<uuid:member_id>/guardians/<uuid:guardian_id>/end")
@page(Right.ROSTER_CHANGE)
def end_guardianship(member_id: UUID, guardian_id: UUID) -> Any:
    """Take a guardian from a child, for a reason that stands in the log."""

    def end(form: GuardianForm) -> None:
        door.person().families.end_guardianship(member_id, guardian_id, form.typed["reason"])

    done = "{guardian}から外しました。理由は操作ログに残りました。"
    return _do(member_id, guardian_id, end, done)


def _do(member_id: UUID, guardian_id: UUID, act: Callable[[GuardianForm], None], done: str) -> Any:
    """Do what a guardian's page asks for and say so; what can't be is told beside its field."""
    form = guardian_form.read_form(request.form)
    try:
        act(form)
    except Invalid as error:
        return _refused(member_id, guardian_id, form, error)
    flash(door.school_words().say(done), "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


def _refused(member_id: UUID, guardian_id: UUID, form: GuardianForm, error: Invalid) -> Any:
    """Show what is wrong beside its field, with what was typed."""
    wrong = form.refused(error, door.school_words())
    sentence = "" if wrong.problems else errors.say(error)
    return _show(member_id, guardian_id, wrong, sentence), error.status


def _show(
    member_id: UUID, guardian_id: UUID, typed: GuardianForm | None = None, sentence: str = ""
) -> str:
    child = door.person().directory.member(member_id)
    shown = _get_guardian(child, guardian_id)
    form = guardian_form.form_of(shown)
    return render_template(
        "staff/guardian.html",
        member=child,
        guardian=shown,
        form=form.with_typed(typed) if typed else form,
        sentence=sentence,
    )


def _get_guardian(child: MemberOut, guardian_id: UUID) -> GuardianOut:
    """Return a child's guardian; raise NotFound for one whom this person may not change."""
    for each in child["guardians"]:
        is_open = not each["protected"] or door.visitor().may(Right.PROTECTED_SEE)
        if each["id"] == str(guardian_id) and is_open:
            return each
    raise NotFound("guardian_not_found")


@blueprint.post("/members/<uuid:member_id>/contact-points/<uuid:contact_point_id>/end")
@page(Right.ROSTER_CHANGE)
def end_point(member_id: UUID, contact_point_id: UUID) -> Any:
    """Take a contact point off the roster for good."""
    with errors.told(403, 404):
        door.person().families.end_point(contact_point_id)
        flash("止めました。ここへは、もう何も送りません。", "done")
    return redirect(url_for("members.member", member_id=member_id), 303)
