"""自分の情報: own password, own sessions, the school one works at; factors have their own page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import Invalid, ServiceError
from common.words import Language
from gateway.domain import words
from gateway.pages import door, errors, sign_ins
from gateway.pages.door import page

blueprint = Blueprint("own", __name__)
TOLD_BESIDE = (403, 422, 429)
LANGUAGE_WORDS = {Language.JA.value: "日本語", Language.EN.value: "English"}


@blueprint.get("/own")
@page(title="自分の情報")
def own() -> Any:
    """Show own role, password and sessions."""
    return _show()


def _show(*, sentence: str = "") -> str:
    who = door.visitor()
    found = door.person().identity.own_sessions()
    schools = door.clients().identity.schools_to_choose(who.session_id)
    factors = door.clients().factors.own(who.session_id)
    return render_template(
        "staff/own.html",
        mail=found["mail"],
        language=found["language"],
        languages=LANGUAGE_WORDS,
        sessions=found["items"],
        schools=schools,
        factors=factors,
        sentence=sentence,
    )


@blueprint.post("/own/language")
@page()
def choose_language() -> Any:
    """Choose the language of the product's own mails to this person."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGE_WORDS:
        raise Invalid("invalid", "There are no mails in this language.")
    with errors.told() as outcome:
        door.person().identity.choose_own_language(Language(chosen))
    if outcome.error is None:
        flash("保存しました。", "done")
    return redirect(url_for("own.own"), 303)


@blueprint.post("/own/password")
@page()
def change_password() -> Any:
    """Change the own password; every other session of one's own ends."""
    form = request.form
    chosen = form.get("password", "")
    again = form.get("again", "")
    if chosen != again:
        return _show(sentence=words.DIFFERENT), 422
    given = {
        "session_id": door.visitor().session_id,
        "current": form.get("current", ""),
        "password": chosen,
        **sign_ins.source(door.STAFF),
    }
    try:
        with sign_ins.place(door.STAFF):
            door.clients().identity.change_own_password(given)
    except ServiceError as error:
        if error.status not in TOLD_BESIDE:
            raise
        return _show(sentence=errors.say(error)), error.status
    flash("パスワードを変えました。ほかの端末のログインは終わりました。", "done")
    return redirect(url_for("own.own"), 303)


@blueprint.post("/own/sessions/end")
@page()
def end_sessions() -> Any:
    """End one of the own sessions, or all others."""
    number = request.form.get("number", "")
    with errors.told() as outcome:
        if number:
            door.person().identity.end_own_sessions(number, others=False)
        else:
            current = door.visitor().session_number
            door.person().identity.end_own_sessions(current, others=True)
    if outcome.error is None:
        flash("ログインを終わりにしました。", "done")
    return redirect(url_for("own.own"), 303)
