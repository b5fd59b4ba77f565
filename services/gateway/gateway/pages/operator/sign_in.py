"""Operators sign in and out: with the six digits of their phone, apart from schools (ID-10)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import Busy, ServiceError
from gateway.pages import door, errors, sign_ins, ways
from gateway.pages.door import operator_page, public_page

blueprint = Blueprint("operator_sign_in", __name__, url_prefix="/operator")
HOME = "operator_board.board"


@blueprint.get("/sign-in")
@public_page()
def sign_in() -> Any:
    """Show the sign-in form; who is signed in goes on."""
    if door.find_operator() is not None:
        return redirect(_next(request.args.get("next")))
    return _form("", ended=request.args.get("ended") == "1")


def _form(mail: str, *, sentence: str = "", ended: bool = False) -> str:
    target = request.values.get("next", "")
    return render_template(
        "operator/sign_in.html", mail=mail, sentence=sentence, ended=ended, target=target
    )


def _next(target: str | None) -> str:
    """Return where to go on: within the console only."""
    if target is None or not target.startswith("/operator"):
        return ways.safe_next(None, HOME)
    return ways.safe_next(target, HOME)


@blueprint.post("/sign-in")
@public_page()
def check() -> Any:
    """Open a session under a new id; the words are the same whichever of the three is wrong."""
    form = request.form
    mail = form.get("mail", "")
    given = {
        "mail": mail,
        "password": form.get("password", ""),
        "code": form.get("code", ""),
        **sign_ins.source(door.OPERATOR),
    }
    try:
        with sign_ins.place(door.OPERATOR):
            opened = door.clients().identity.sign_in_operator(given)
    except ServiceError as error:
        return _form(mail, sentence=_say(error)), error.status
    door.end_session_before(door.clients().identity.end_operator_session, door.OPERATOR)
    target = _next(form.get("next"))
    response = redirect(target, 303)
    door.open_session(response, opened["session_id"], door.OPERATOR)
    sign_ins.remember_device(response, opened["device"], door.OPERATOR)
    return response


def _say(error: ServiceError) -> str:
    if error.code == "invalid":
        return errors.sentence("operator_sign_in_refused")
    if isinstance(error, Busy) and error.code == "locked":
        return errors.sentence("operator_locked", error.fields)
    return errors.say(error)


@blueprint.post("/sign-out")
@operator_page()
def sign_out() -> Any:
    """End the session on the server, then in the browser."""
    door.clients().identity.end_operator_session(door.current_operator().session_id)
    flash("ログアウトしました。", "done")
    response = redirect(url_for("operator_sign_in.sign_in"), 303)
    door.close_session(response, door.OPERATOR)
    return response
