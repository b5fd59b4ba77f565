"""学校・契約 › 追加: a school with its contract and its first administrator (OPS-1, OPS-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, render_template, request

from common import clock
from common.errors import ServiceError
from gateway.domain import school_form
from gateway.domain.letter import letter_of, say_until
from gateway.domain.school_form import SchoolForm
from gateway.pages import door, errors
from gateway.pages.door import operator_page
from gateway.pages.files import give_file
from gateway.provider import print_letter

blueprint = Blueprint("operator_new_school", __name__, url_prefix="/operator/schools")


@blueprint.get("/new")
@operator_page(title="学校を追加する")
def form() -> Any:
    """Show the empty form; its id is the school's, so that two presses make one."""
    empty = {
        **school_form.read_form({}),
        "contract.starts_on": clock.today().isoformat(),
    }
    return _form(SchoolForm(empty), str(uuid4()))


def _form(shown: SchoolForm, school_id: str, sentence: str = "") -> str:
    return render_template(
        "operator/new_school.html",
        form=shown,
        school_id=school_id,
        sentence=sentence,
    )


@blueprint.post("/new")
@operator_page()
def create() -> Any:
    """Make the school and show the letter; what can't be is told beside its field."""
    school_id = request.form.get("id", "")
    typed = school_form.read_form(request.form)
    wanted = school_form.new_school_of(typed, school_id)
    try:
        made = door.operators_houses().identity.create_school(wanted)
    except ServiceError as error:
        return _refused(error, typed, school_id)
    page = render_template(
        "operator/school_made.html",
        typed=typed,
        mail=wanted["administrator"]["mail"],
        made=made,
        until=say_until(made.get("administrator_password_until", "")),
    )
    return page, 201


def _refused(error: ServiceError, typed: Mapping[str, str], school_id: str) -> Any:
    if error.status in errors.NEVER_TOLD:
        raise error
    problems = school_form.problems_of(error)
    sentence = "" if problems else _sentence(error)
    return _form(SchoolForm(typed, problems), school_id, sentence), error.status


def _sentence(error: ServiceError) -> str:
    # The code is not typed: it is the form itself that has made a school already.
    if error.code == "code_taken":
        return errors.sentence("school_made_already")
    return errors.say(error)


@blueprint.post("/<uuid:school_id>/letter.pdf")
@operator_page()
def letter(school_id: UUID) -> Any:
    """Give the letter to the first administrator on paper, while the password holds."""
    identity = door.operators_houses().identity
    school = identity.school(school_id)
    words = letter_of(
        school,
        identity.letter(school_id),
        door.desk(),
        clock.today(),
    )
    name = f"ご利用開始のご案内_{school['short_name']}.pdf"
    return give_file(print_letter(words, clock.now()), name, "application/pdf")
