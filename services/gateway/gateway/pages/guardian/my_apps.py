"""家族と受信先、アプリの追加: the phone of who is at My Page (MY-2, DLV-6, ADR 52)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from common.answers.directory import OwnAppOut
from common.errors import Invalid, ServiceError
from common.terms import TERMS_VERSION
from gateway.domain.my_page import own_point
from gateway.pages import door, family
from gateway.pages.apps import allow_scripts, find_offer, given_app
from gateway.pages.door import family_page

blueprint = Blueprint("my_apps", __name__)


@blueprint.get("/m/family/app")
@family_page()
def ask() -> Any:
    """Look at the phone first, and show for what its subscription is used."""
    return _page()


def _page(error: ServiceError | None = None) -> Any:
    who = family.current()
    problem = error.code if error else ""
    offer = None if who.is_over else find_offer(problem=problem)
    if offer is None:
        return redirect(url_for("my_points.show"), 303)
    allow_scripts(offer)
    page = render_template(
        "guardian/my_app.html",
        who=who,
        school=who.school,
        desk=door.desk(),
        offer=offer,
        version=TERMS_VERSION,
        problem=problem,
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
    given = given_app()
    token = who.token
    try:
        door.clients().my_page.add_app(who.school_id, token, given, version)
    except Invalid as error:
        return _page(error)
    done = url_for("my_points.show", said="app")
    return redirect(done, 303)


@blueprint.post("/m/phone")
@family_page()
def show_phone() -> Any:
    """Say of the phone that shows My Page whether messages come to it; nothing where it was taken
    away. What the phone holds is asked by its page's script.
    """
    who = family.current()
    found = _look_up(who)
    if found is not None and found["is_ended"]:
        return "", 204
    point_id = found["contact_point_id"] if found is not None else None
    points = [point for point in who.known["contact_points"] if point["id"] == point_id]
    last = points[0]["last_proved_at"] if points else None
    return render_template(
        "guardian/parts/phone_line.html",
        word=own_point(points[0]).word if points else "dead",
        last_at=datetime.fromisoformat(last) if last else None,
    )


def _look_up(who: family.FamilyVisitor) -> OwnAppOut | None:
    """Return what is known of the phone; None where it holds nothing by which it is reached."""
    try:
        return door.clients().my_page.look_up_app(who.school_id, who.token, given_app())
    except Invalid:
        return None
