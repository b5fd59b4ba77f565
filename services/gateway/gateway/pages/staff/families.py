"""名簿: a family and where it is reached, changed by the office (DIR-8)."""

from __future__ import annotations

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
    return _show(member_id, guardian_id, GuardianForm())


@blueprint.post("/members/<uuid:member_id>/guardians/<uuid:guardian_id>/end")
@page(Right.ROSTER_CHANGE)
def end_guardianship(member_id: UUID, guardian_id: UUID) -> Any:
    """Take a guardian from a child, for a reason that stands in the log."""
    form = guardian_form.read_form(request.form)
    try:
        door.person().families.end_guardianship(member_id, guardian_id, form.typed["reason"])
    except Invalid as error:
        return _refused(member_id, guardian_id, form, error)
    words = door.school_words().say("{guardian}から外しました。理由は操作ログに残りました。")
    flash(words, "done")
    return redirect(url_for("members.member", member_id=member_id), 303)


def _refused(member_id: UUID, guardian_id: UUID, form: GuardianForm, error: Invalid) -> Any:
    """Show what is wrong beside its field, with what was typed."""
    wrong = form.refused(error, door.school_words())
    sentence = "" if wrong.problems else errors.say(error)
    return _show(member_id, guardian_id, wrong, sentence), error.status


def _show(member_id: UUID, guardian_id: UUID, form: GuardianForm, sentence: str = "") -> str:
    child = door.person().directory.member(member_id)
    return render_template(
        "staff/guardian.html",
        member=child,
        guardian=_get_guardian(child, guardian_id),
        form=form,
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
