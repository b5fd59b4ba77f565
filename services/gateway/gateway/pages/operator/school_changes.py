"""学校の内容を変更する: names, telephone, contract and whom to reach (OPS-1, OPS-9)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.identity import SchoolOfOperatorOut
from common.errors import NotFound, ServiceError
from gateway.domain import school_form
from gateway.domain.school_form import SchoolForm
from gateway.pages import door, errors
from gateway.pages.door import operator_page

blueprint = Blueprint(
    "operator_school_changes", __name__, url_prefix="/operator/schools/<uuid:school_id>/edit"
)


@blueprint.get("")
@operator_page()
def form(school_id: UUID) -> Any:
    """Show the school's form as it stands."""
    school = _school(school_id)
    shown = SchoolForm(school_form.typed_of(school))
    return _form(school, shown, school["version"])


def _school(school_id: UUID) -> SchoolOfOperatorOut:
    school = door.operators_houses().identity.school(school_id)
    if school["contract"] is None:
        # Of an erased school there is nothing left to change.
        raise NotFound()
    return school


def _form(school: SchoolOfOperatorOut, shown: SchoolForm, version: str, sentence: str = "") -> str:
    return render_template(
        "operator/school_edit.html",
        school=school,
        form=shown,
        version=version,
        sentence=sentence,
    )


@blueprint.post("")
@operator_page()
def change(school_id: UUID) -> Any:
    """Save what was typed; what can't be is told beside its field, and nothing typed is lost."""
    typed = school_form.read_form(request.form)
    version = request.form.get("version", "")
    wanted = {**school_form.changes_of(typed), "version": version}
    try:
        changed = door.operators_houses().identity.change_school(school_id, wanted)
    except ServiceError as error:
        if error.status in errors.NEVER_TOLD:
            raise
        problems = school_form.problems_of(error)
        sentence = "" if problems else errors.say(error)
        page = _form(_school(school_id), SchoolForm(typed, problems), version, sentence)
        return page, error.status
    flash(f"{changed['name']}の内容を保存しました。", "done")
    return redirect(url_for("operator_schools.school", school_id=school_id), 303)
