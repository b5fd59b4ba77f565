"""The second step of the sign-in: a code of an app, a recovery code or a passkey (ID-6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import Refused, ServiceError
from gateway.pages import door, errors
from gateway.pages.door import public_page

blueprint = Blueprint("proofs", __name__)
TOLD_BESIDE = (403, 422, 429)


@blueprint.get("/sign-in/factor")
@public_page()
def factor() -> Any:
    """Show how this person may prove who they are."""
    if door.missing_step() != "factor":
        return redirect(url_for("steps.next_step", next=_target()), 303)
    return _form()


def _form(*, sentence: str = "") -> str:
    kinds = door.clients().factors.kinds(door.session_id_of_staff())
    return render_template(
        "staff/factor.html",
        kinds=kinds,
        sentence=sentence,
        target=_target(),
    )


@blueprint.post("/sign-in/factor")
@public_page()
def prove_by_code() -> Any:
    """Take a code; a wrong one is told without saying what was wrong about it."""
    code = request.form.get("code", "")
    try:
        left = door.clients().factors.prove_by_code(door.session_id_of_staff(), code)
    except ServiceError as error:
        return _say(error)
    if left is not None:
        flash(f"回復コードを1つ使いました。残りは{left}個です。", "done")
    return _go_on()


@blueprint.post("/sign-in/factor/challenge")
@public_page()
def challenge() -> Any:
    """Give the script what a passkey is to sign."""
    session_id = door.session_id_of_staff()
    return errors.answer_script(lambda: door.clients().factors.challenge(session_id))


@blueprint.post("/sign-in/factor/passkey")
@public_page()
def prove_by_passkey() -> Any:
    """Take what a passkey has signed."""
    credential = request.form.get("credential", "")
    try:
        door.clients().factors.prove_by_passkey(door.session_id_of_staff(), credential)
    except ServiceError as error:
        return _say(error)
    return _go_on()


def _say(error: ServiceError) -> Any:
    if isinstance(error, Refused) and error.code == "factor_proved":
        # In another window, or by the same form sent twice.
        return _go_on()
    if error.status not in TOLD_BESIDE:
        raise error
    sentence = errors.say(error)
    if error.code == "locked":
        # Wherever the wrong codes came from: who gave them knows the password.
        sentence = errors.sentence("factor_locked", error.fields)
    return _form(sentence=sentence), error.status


def _go_on() -> Any:
    return redirect(url_for("steps.next_step", next=_target()), 303)


def _target() -> str:
    return request.values.get("next", "")
