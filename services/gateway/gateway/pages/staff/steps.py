"""Between the right password and the first page: what is still missing, one after the other.

The second factor is proved in `proofs`, and registered in `factors`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import Invalid, NotFound, Refused, ServiceError
from gateway.domain import words
from gateway.pages import door, errors, ways
from gateway.pages.door import public_page

blueprint = Blueprint("steps", __name__)
PAGES = {
    "factor": "proofs.factor",
    "school": "steps.schools",
    "renewal": "steps.password",
    "enrolment": "factors.enrolment",
}


@blueprint.get("/sign-in/next")
@public_page()
def next_step() -> Any:
    """Go to the step that is missing; who has none goes on, a stranger to the sign-in page."""
    target = request.args.get("next")
    step = door.missing_step()
    if step is not None:
        return redirect(url_for(PAGES[step], next=target), 303)
    if door.find_visitor() is None:
        return redirect(url_for("sign_in.sign_in", next=target), 303)
    return redirect(ways.safe_next(target), 303)


@blueprint.get("/sign-in/school")
@public_page()
def schools() -> Any:
    """Show the schools at which this person may work (兼務, ID-11)."""
    if door.missing_step() is None and door.find_visitor() is None:
        return redirect(url_for("sign_in.sign_in"), 303)
    found = door.clients().identity.schools_to_choose(door.session_id_of_staff())
    return render_template("staff/choose_school.html", schools=found, target=_target())


@blueprint.post("/sign-in/school")
@public_page()
def choose_school() -> Any:
    """Let the session be of the chosen school."""
    school_id = _school_id()
    session_id, address = door.session_id_of_staff(), request.remote_addr or "unknown"
    try:
        if school_id is not None:
            door.clients().identity.choose_school(session_id, school_id, address)
    except NotFound:
        school_id = None
    except Refused as error:
        errors.tell(error)
        return redirect(url_for("steps.schools", next=_target()), 303)
    if school_id is None:
        flash(door.school_words().say("{school}を選んでください。"), "error")
        return redirect(url_for("steps.schools", next=_target()), 303)
    return redirect(url_for("steps.next_step", next=_target()), 303)


@blueprint.get("/sign-in/password")
@public_page()
def password() -> Any:
    """Show the form by which a temporary password is replaced (ID-4)."""
    if door.missing_step() != "renewal":
        return redirect(url_for("steps.next_step"), 303)
    return _password_form()


def _password_form(*, sentence: str = "") -> str:
    return render_template("staff/first_password.html", sentence=sentence, target=_target())


@blueprint.post("/sign-in/password")
@public_page()
def replace_password() -> Any:
    """Replace the temporary password; a weak one is refused in words."""
    chosen = request.form.get("password", "")
    if chosen != request.form.get("again", ""):
        return _password_form(sentence=words.DIFFERENT), 422
    try:
        door.clients().identity.replace_temporary(door.session_id_of_staff(), chosen)
    except Invalid as error:
        return _password_form(sentence=errors.say(error)), 422
    except Refused:
        # It was replaced already, by the same form in another window.
        return redirect(url_for("steps.next_step", next=_target()), 303)
    except ServiceError as error:
        if error.status != 429:
            raise
        return _password_form(sentence=errors.say(error)), 429
    flash("パスワードを決めました。次からは、このパスワードでログインしてください。", "done")
    return redirect(url_for("steps.next_step", next=_target()), 303)


@blueprint.post("/sign-in/leave")
@public_page()
def leave() -> Any:
    """End a sign-in that is not complete, and go back to its beginning."""
    door.end_session_before(door.clients().identity.end_session)
    response = redirect(url_for("sign_in.sign_in"), 303)
    door.close_session(response)
    return response


def _target() -> str:
    return request.values.get("next", "")


def _school_id() -> UUID | None:
    try:
        return UUID(request.form.get("school", ""))
    except ValueError:
        return None
