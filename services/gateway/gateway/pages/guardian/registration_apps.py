"""受信登録、アプリ: this phone is asked how it is reached, and gets a test (DIR-8, DLV-6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from common.errors import Invalid, NotFound, Refused, ServiceError
from gateway.pages import door, family
from gateway.pages.apps import allow_scripts, find_offer, given_app
from gateway.pages.door import public_page
from gateway.pages.guardian.registration import (
    Opened,
    begin_again,
    find_opened,
    keep_language,
)

blueprint = Blueprint("registration_apps", __name__)
blueprint.url_defaults(keep_language)


@blueprint.get("/t/app")
@public_page()
def ask() -> Any:
    """Look at the phone first, and offer what can work on it."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    if not opened.has_agreed:
        return redirect(url_for("registration.terms"), 303)
    return _page(opened)


def _page(opened: Opened, error: ServiceError | None = None) -> Any:
    problem = error.code if error else ""
    offer = find_offer(problem=problem)
    if offer is None:
        return redirect(url_for("registration.ways"), 303)
    allow_scripts(offer)
    page = render_template(
        "guardian/registration/app.html",
        opened=opened,
        school=opened.school,
        offer=offer,
        problem=problem,
    )
    return page, error.status if error else 200


@blueprint.post("/t/app")
@public_page()
def give() -> Any:
    """Register the phone; its browser is let in at My Page."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    given = given_app()
    try:
        token = door.clients().registrations.register_app(opened.held, given)
    except NotFound:
        return begin_again()
    except (Invalid, Refused) as error:
        return _page(opened, error)
    done = url_for("registration.done", app=1)
    response = redirect(done, 303)
    if token is not None:
        family.remember(response, opened.held.school_id, token)
        family.name_school(response, opened.school["code"])
    return response
