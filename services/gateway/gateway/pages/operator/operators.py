"""運営者アカウント: who may sign in to the console (ID-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.identity import OperatorOut
from common.errors import Busy, NotFound, ServiceError
from gateway.domain import form_problems
from gateway.domain.menu import MenuLine
from gateway.domain.qr import qr_address
from gateway.pages import door, errors
from gateway.pages.door import operator_page

blueprint = Blueprint("operator_operators", __name__, url_prefix="/operator/operators")
FIELDS: Mapping[str, str] = {
    "display_name": "氏名",
    "mail": "メールアドレス",
    "code": "あなたの確認の番号",
}


@blueprint.get("")
@operator_page(title="運営者アカウント", menu=MenuLine("people", rooms=("operator_operators",)))
def operators() -> Any:
    """List who runs the installation."""
    return render_template(
        "operator/operators.html",
        operators=door.operators_houses().identity.operators(),
        me=door.current_operator().id,
    )


@blueprint.get("/new")
@operator_page(title="運営者を加える")
def form() -> Any:
    """Show the empty form; its id is the operator's, so that two presses add one."""
    return _form({}, str(uuid4()))


def _form(
    typed: Mapping[str, str],
    new_id: str,
    problems: dict[str, str] | None = None,
    sentence: str = "",
) -> str:
    return render_template(
        "operator/operator_new.html",
        typed=typed,
        new_id=new_id,
        problems=problems or {},
        sentence=sentence,
    )


@blueprint.post("/new")
@operator_page()
def add() -> Any:
    """Add an operator; password and second factor are shown this once."""
    new_id = request.form.get("id", "")
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        made = door.operators_houses().identity.add_operator({**typed, "id": new_id})
    except ServiceError as error:
        if error.status in errors.NEVER_TOLD:
            raise
        problems = _problems_of(error)
        sentence = "" if problems else _say(error)
        return _form(typed, new_id, problems, sentence), error.status
    return _show_once(typed["display_name"], made["otpauth"], made["password"]), 201


def _problems_of(error: ServiceError) -> dict[str, str]:
    """Return the sentence for each field of the form that identity refuses."""
    if error.code == "mail_taken":
        return {"mail": form_problems.say_problem("", "taken")}
    if error.code == "code_refused":
        return {"code": errors.say(error)}
    found = form_problems.problems_of(error, lambda path: FIELDS.get(path, ""))
    return {path: form_problems.say_problem(FIELDS[path], found[path]) for path in found}


def _say(error: ServiceError) -> str:
    if isinstance(error, Busy) and error.code == "locked":
        return errors.sentence("operator_locked", error.fields)
    return errors.say(error)


def _show_once(name: str, otpauth: str, password: str) -> str:
    """Show what an operator signs in with; it is nowhere else."""
    secret = parse_qs(urlsplit(otpauth).query)["secret"][0]
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    return render_template(
        "operator/operator_made.html",
        name=name,
        password=password,
        secret=" ".join(groups),
        picture=qr_address(otpauth),
    )


@blueprint.get("/<uuid:operator_id>")
@operator_page()
def one(operator_id: UUID) -> Any:
    """Show an operator, with what another operator may do."""
    return _one(_find(operator_id))


def _one(person: OperatorOut, refused: ServiceError | None = None, act: str = "") -> Any:
    """Show an operator. `act`: which press was refused, so that the sentence stands beside it."""
    page = render_template(
        "operator/operator_one.html",
        person=person,
        is_me=person["id"] == door.current_operator().id,
        problems={act: _say(refused)} if refused else {},
    )
    return page, refused.status if refused else 200


def _find(operator_id: UUID) -> OperatorOut:
    for person in door.operators_houses().identity.operators():
        if person["id"] == str(operator_id):
            return person
    raise NotFound()


@blueprint.post("/<uuid:operator_id>/second-factor")
@operator_page()
def replace_factor(operator_id: UUID) -> Any:
    """Give somebody who lost the telephone another second factor, shown this once."""
    person = _find(operator_id)
    identity = door.operators_houses().identity
    try:
        otpauth = identity.replace_factor(operator_id, code=request.form.get("code", ""))
    except ServiceError as error:
        return _refused(person, error, "factor")
    return _show_once(person["display_name"], otpauth, "")


@blueprint.post("/<uuid:operator_id>/remove")
@operator_page()
def remove(operator_id: UUID) -> Any:
    """Remove an operator; who presses twice is told nothing wrong."""
    try:
        person = _find(operator_id)
    except NotFound:
        return redirect(url_for("operator_operators.operators"), 303)
    identity = door.operators_houses().identity
    try:
        identity.remove_operator(operator_id, code=request.form.get("code", ""))
    except ServiceError as error:
        return _refused(person, error, "remove")
    flash(f"{person['display_name']} さんを運営者から外しました。", "done")
    return redirect(url_for("operator_operators.operators"), 303)


def _refused(person: OperatorOut, error: ServiceError, act: str) -> Any:
    if error.status in errors.NEVER_TOLD:
        raise error
    return _one(person, error, act)
