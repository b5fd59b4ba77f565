"""Sign in and out (ID-1)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from common.errors import ServiceError
from gateway.domain.browsers import say_browser
from gateway.pages import door, errors, sign_ins, ways
from gateway.pages.door import page, public_page

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@public_page()
def sign_in() -> Any:
    """Show the sign-in form; who is signed in goes on."""
    if door.find_visitor() is not None:
        return redirect(ways.safe_next(request.args.get("next")))
    return show_form("", ended=request.args.get("ended") == "1")


def show_form(mail: str, *, sentence: str = "", ended: bool = False) -> str:
    """Return the sign-in page; with the button of the city's account where it is taken."""
    return render_template(
        "staff/sign_in.html",
        mail=mail,
        sentence=sentence,
        ended=ended,
        target=request.values.get("next", ""),
        city=errors.answer_or(door.clients().identity.city_name, ""),
    )


@blueprint.post("/sign-in")
@public_page()
def check_password() -> Any:
    """Open a session under a new id; wrong words and times are the same whatever is wrong."""
    mail = request.form.get("mail", "")
    password = request.form.get("password", "")
    given = {
        "mail": mail,
        "password": password,
        "browser": browser_in_words(),
        **sign_ins.source(door.STAFF),
    }
    try:
        with sign_ins.place(door.STAFF):
            opened = door.clients().identity.sign_in(given)
    except ServiceError as error:
        return show_form(mail, sentence=_say(error)), error.status
    door.end_session_before(door.clients().identity.end_session)
    session.clear()
    target = ways.safe_next(request.form.get("next"))
    response = redirect(target, 303)
    door.open_session(response, opened["session_id"])
    sign_ins.remember_device(response, opened["device"], door.STAFF)
    return response


def browser_in_words() -> str:
    """Return by what its owner knows this browser in the list of sessions."""
    return say_browser(request.headers.get("User-Agent", ""))


def _say(error: ServiceError) -> str:
    if error.code == "invalid":
        return errors.sentence("sign_in_refused")
    return errors.say(error)


@blueprint.post("/sign-out")
@page()
def sign_out() -> Any:
    """End the session on the server, then in the browser."""
    door.clients().identity.end_session(door.visitor().session_id)
    session.clear()
    flash("ログアウトしました。", "done")
    response = redirect(url_for("sign_in.sign_in"), 303)
    door.close_session(response)
    return response
