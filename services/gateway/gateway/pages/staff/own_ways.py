"""わたしの受信先を足す: LINE by its own dialog, and this phone's notifications (ADR 49, 50, 54)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for

from common.answers.dispatch_line import PublicAccountOut
from common.errors import Busy, Invalid, ServiceError
from gateway.domain.own_points import OWN_TERMS_VERSION, PROBLEM_WORDS
from gateway.pages import door, registering
from gateway.pages.apps import UNKNOWN_SERVICE, allow_scripts, find_offer, given_app
from gateway.pages.door import page
from gateway.pages.staff.own_points import say

blueprint = Blueprint("own_ways", __name__)


@blueprint.get("/own/contact-points/line")
@page(title="LINEで受け取る")
def line() -> Any:
    """Show how LINE is added; who comes out of its talk is asked whether it is to be linked."""
    return _line_page()


def _line_page(sentence: str = "", status: int = 200) -> Any:
    account = _find_account()
    shown = render_template(
        "staff/own_line.html",
        account=account,
        link_token=registering.find_line(),
        desk=door.desk(),
        version=OWN_TERMS_VERSION,
        sentence=sentence if account else PROBLEM_WORDS["line_away"],
    )
    return shown, status


def _find_account() -> PublicAccountOut | None:
    return door.clients().dispatch.find_line_account(UUID(door.visitor().school["id"]))


@blueprint.post("/own/contact-points/line")
@page()
def link() -> Any:
    """Go over to LINE with a nonce, by a page that leads on."""
    if request.form.get("version") != OWN_TERMS_VERSION:
        return _line_page(PROBLEM_WORDS["changed"], 409)
    link_token, account = registering.find_line(), _find_account()
    if link_token is None:
        return _line_page(PROBLEM_WORDS["line_token_over"], 409)
    if account is None:
        return _line_page(status=503)
    try:
        nonce = door.person().own_points.link_line(OWN_TERMS_VERSION)
    except (Invalid, Busy) as error:
        return _line_page(say(error), error.status)
    asked = urlencode({"linkToken": link_token, "nonce": nonce})
    address = f"{account['dialog_url']}?{asked}"
    school = door.visitor().school
    leading = render_template(
        "guardian/registration/line_over.html", school=school, address=address
    )
    response = make_response(leading)
    registering.forget_line(response)
    return response


@blueprint.get("/own/contact-points/app")
@page(title="この端末の通知で受け取る")
def app() -> Any:
    """Look at the phone first, and show for what its subscription is used."""
    return _app_page()


def _app_page(error: ServiceError | None = None) -> Any:
    problem = error.code if error else ""
    sentence = say(error) if error else ""
    offer = find_offer(problem=problem)
    if offer is not None:
        allow_scripts(offer)
        if problem == UNKNOWN_SERVICE and offer.scripts:
            sentence = PROBLEM_WORDS["by_firebase"]
    shown = render_template(
        "staff/own_app.html",
        offer=offer,
        desk=door.desk(),
        version=OWN_TERMS_VERSION,
        sentence=sentence,
    )
    return shown, error.status if error else 200


@blueprint.post("/own/contact-points/app")
@page()
def give_app() -> Any:
    """Make the phone a contact point; what was agreed to is noted by its version."""
    if request.form.get("version") != OWN_TERMS_VERSION:
        return redirect(url_for("own_ways.app"), 303)
    try:
        door.person().own_points.add_app(given_app(), OWN_TERMS_VERSION)
    except Invalid as error:
        return _app_page(error)
    flash(
        "この端末を登録し、お試しの通知を送りました。届いたら「届きました」を押してください。",
        "done",
    )
    return redirect(url_for("own_points.show"), 303)
