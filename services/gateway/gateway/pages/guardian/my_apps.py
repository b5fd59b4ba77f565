"""家族と受信先、アプリの追加: the phone of who is at My Page (MY-2, DLV-6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from common.errors import Invalid, ServiceError
from gateway.domain.registration import TERMS_VERSION
from gateway.pages import door, family
from gateway.pages.apps import find_offer, given_subscription
from gateway.pages.door import family_page

blueprint = Blueprint("my_apps", __name__)


@blueprint.get("/m/family/app")
@family_page()
def ask() -> Any:
    """Look at the phone first, and show for what its subscription is used."""
    return _page()


def _page(error: ServiceError | None = None) -> Any:
    who = family.current()
    offer = None if who.is_over else find_offer()
    if offer is None:
        return redirect(url_for("my_points.show"), 303)
    page = render_template(
        "guardian/my_app.html",
        who=who,
        school=who.school,
        desk=door.desk(),
        offer=offer,
        version=TERMS_VERSION,
        problem=error.code if error else "",
    )
    return page, error.status if error else 200


@blueprint.post("/m/family/app")
@family_page()
def give() -> Any:
    """Make the phone a contact point; what was agreed to is noted by its version."""
    who = family.current()
    if who.is_over:
        back = url_for("my_points.show", said="read_only")
        return redirect(back, 303)
    version = request.form.get("version")
    if version != TERMS_VERSION:
        again = url_for("my_apps.ask")
        return redirect(again, 303)
    given = given_subscription()
    token = who.token
    try:
        door.clients().my_page.add_app(who.school_id, token, given, version)
    except Invalid as error:
        return _page(error)
    done = url_for("my_points.show", said="app")
    return redirect(done, 303)
