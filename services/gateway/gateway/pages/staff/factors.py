"""多要素認証: own second factors, registered on one's own page or on the way in (ID-6).

What registers one is open to both: by the session, because who must have one has no token yet.
Identity decides whether this session may.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.errors import ServiceError
from gateway.domain import log
from gateway.domain.browsers import say_browser
from gateway.domain.qr import qr_address
from gateway.pages import door, errors, sign_ins
from gateway.pages.door import page, public_page

blueprint = Blueprint("factors", __name__)
TOLD_BESIDE = (403, 409, 422, 429)
LONGEST_NAME = 40


@blueprint.get("/own/factors")
@page(title="多要素認証")
def own() -> Any:
    """Show own factors, and what may be done about them."""
    return _show("staff/factors.html")


@blueprint.get("/sign-in/enrolment")
@public_page()
def enrolment() -> Any:
    """Ask who must have a factor by the school's setting to register one."""
    if not _is_on_the_way_in():
        return redirect(url_for("steps.next_step", next=_target()), 303)
    return _show("staff/enrolment.html")


def _show(template: str, *, sentence: str = "") -> str:
    found = door.clients().factors.own(door.session_id_of_staff())
    return render_template(
        template,
        factors=found,
        browser=say_browser(request.headers.get("User-Agent", "")),
        sentence=sentence,
        target=_target(),
    )


@blueprint.post("/own/factors/confirmation")
@public_page()
def confirm() -> Any:
    """Let factors be changed for ten minutes by who gives the password again."""
    given = {
        "session_id": door.session_id_of_staff(),
        "password": request.form.get("password", ""),
        **sign_ins.source(door.STAFF),
    }
    with errors.told(*TOLD_BESIDE), sign_ins.place(door.STAFF):
        door.clients().factors.confirm(given)
    return _back()


@blueprint.post("/own/factors/app")
@public_page()
def offer_app() -> Any:
    """Show the picture by which an authenticator app takes the secret in."""
    return _offer()


def _offer(*, sentence: str = "", status: int = 200) -> Any:
    with errors.told(*TOLD_BESIDE) as outcome:
        offer = door.clients().factors.offer_app(door.session_id_of_staff())
    if outcome.error is not None:
        return _back()
    secret = offer["secret"]
    shown = render_template(
        "staff/factor_app.html",
        address=offer["address"],
        picture=qr_address(offer["address"]),
        groups=[secret[start : start + 4] for start in range(0, len(secret), 4)],
        name=request.form.get("name", ""),
        back=_address_back(),
        sentence=sentence,
        target=_target(),
    )
    return shown, status


@blueprint.post("/own/factors/app/code")
@public_page()
def add_app() -> Any:
    """Register the app; a wrong code leaves the picture, so that nobody scans twice."""
    session_id = door.session_id_of_staff()
    # Asked before: with the factor the sign-in is complete.
    back = _address_back()
    name = _name("totp")
    code = request.form.get("code", "")
    try:
        codes = door.clients().factors.add_app(session_id, name, code)
    except ServiceError as error:
        if error.code != "factor_wrong":
            return _tell_and_go_back(error)
        return _offer(sentence=errors.say(error), status=error.status)
    return _registered(name, codes, back)


@blueprint.post("/own/factors/passkey/challenge")
@public_page()
def offer_passkey() -> Any:
    """Give the script what it needs to make a passkey."""
    session_id = door.session_id_of_staff()
    return errors.answer_script(lambda: door.clients().factors.offer_passkey(session_id))


@blueprint.post("/own/factors/passkey")
@public_page()
def add_passkey() -> Any:
    """Register the passkey that the browser has made."""
    session_id = door.session_id_of_staff()
    back = _address_back()
    name = _name("passkey")
    credential = request.form.get("credential", "")
    try:
        codes = door.clients().factors.add_passkey(session_id, name, credential)
    except ServiceError as error:
        return _tell_and_go_back(error)
    return _registered(name, codes, back)


def _registered(name: str, codes: list[str], back: str) -> Any:
    """Show the recovery codes that came with the first factor; else go back."""
    flash(f"「{name}」を登録しました。", "done")
    return _codes_page(codes, back) if codes else redirect(back, 303)


def _codes_page(codes: list[str], back: str) -> str:
    return render_template("staff/recovery_codes.html", codes=codes, back=back)


def _tell_and_go_back(error: ServiceError) -> Any:
    if error.status not in TOLD_BESIDE:
        raise error
    errors.tell(error)
    return _back()


@blueprint.post("/own/factors/<uuid:factor_id>/end")
@page()
def end(factor_id: UUID) -> Any:
    """Remove a factor."""
    with errors.told(*TOLD_BESIDE, 404) as outcome:
        door.clients().factors.end(door.visitor().session_id, factor_id)
    if outcome.error is None:
        flash("外しました。", "done")
    return _back()


@blueprint.post("/own/factors/recovery-codes")
@page()
def renew_codes() -> Any:
    """Show new recovery codes; the old ones are worth nothing from now on."""
    with errors.told(*TOLD_BESIDE, 404) as outcome:
        codes = door.clients().factors.renew_codes(door.visitor().session_id)
    if outcome.error is not None:
        return _back()
    return _codes_page(codes, _address_back())


def _is_on_the_way_in() -> bool:
    return door.missing_step() == "enrolment"


def _back() -> Any:
    return redirect(_address_back(), 303)


def _address_back() -> str:
    """Return where to go on: the rest of the sign-in, or the list of own factors."""
    if door.find_visitor() is None:
        return url_for("steps.next_step", next=_target())
    return url_for("factors.own")


def _name(kind: str) -> str:
    """Return the name that was typed; a factor without one is called by its kind."""
    typed = request.form.get("name", "").strip()
    return typed[:LONGEST_NAME] or log.FACTOR_WORDS[kind]


def _target() -> str:
    return request.values.get("next", "")
