"""家族と受信先: a family's own contact points, its language and its children (MY-2, MY-7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from common.errors import Busy, NotFound, Refused
from common.words import Language
from gateway.domain.my_page import OwnPoint, own_point
from gateway.pages import door, family
from gateway.pages.apps import find_offer
from gateway.pages.door import family_page

blueprint = Blueprint("my_points", __name__)
LANGUAGES = tuple(language.value for language in Language)
# What a page says after a change, by the word in its address.
SAID = (
    *("tested", "app", "slowed", "ended", "language", "alone", "read_only"),
    *("password", "password_removed"),
)


@blueprint.get("/m/family")
@family_page()
def show() -> Any:
    """Show the family's contact points, and whether what is sent there arrives."""
    who = family.current()
    points = [own_point(point) for point in who.known["contact_points"]]
    asked = request.args.get("said", "")
    said = asked if asked in SAID else ""
    account = door.clients().dispatch.find_line_account(who.school_id)
    offer = None if who.is_over else find_offer()
    return render_template(
        "guardian/my_family.html",
        who=who,
        points=points,
        offer=offer,
        has_line=account is not None,
        said=said,
    )


@blueprint.post("/m/family/contact-points/<uuid:contact_point_id>/tests")
@family_page()
def test(contact_point_id: UUID) -> Any:
    """Send a test to a contact point; the press on it shows that it arrives."""
    who = family.current()
    if who.is_over:
        return _back("read_only")
    try:
        door.clients().my_page.test_point(who.school_id, who.token, contact_point_id)
    except Busy:
        return _back("slowed")
    return _back("tested")


@blueprint.get("/m/family/contact-points/<uuid:contact_point_id>/end")
@family_page()
def ask_end(contact_point_id: UUID) -> Any:
    """Ask before a contact point is taken away."""
    who = family.current()
    point = _own(who, contact_point_id)
    is_last = len(who.known["contact_points"]) == 1
    return render_template("guardian/my_point_end.html", who=who, point=point, is_last=is_last)


@blueprint.post("/m/family/contact-points/<uuid:contact_point_id>/end")
@family_page()
def end(contact_point_id: UUID) -> Any:
    """Take a contact point away; the last one only for who has ticked that they mean it."""
    who = family.current()
    if who.is_over:
        return _back("read_only")
    point = _own(who, contact_point_id)
    even_last = request.form.get("even_last") == "1"
    try:
        door.clients().my_page.end_point(
            who.school_id, who.token, contact_point_id, even_last=even_last
        )
    except Refused as error:
        if error.code != "last_contact_point":
            raise
        page = render_template(
            "guardian/my_point_end.html", who=who, point=point, is_last=True, is_open=True
        )
        return page, 409
    return _back("ended")


@blueprint.post("/m/family/other-devices/end")
@family_page()
def end_others() -> Any:
    """Put out all other phones and computers of this family: one is lost."""
    who = family.current()
    door.clients().my_page.end_others(who.school_id, who.token)
    return _back("alone")


@blueprint.post("/m/family/language")
@family_page()
def choose_language() -> Any:
    """Choose the language of this page, and of what the product itself writes to this family."""
    who = family.current()
    language = request.form.get("language", "")
    if who.is_over or language not in LANGUAGES:
        return _back("read_only")
    door.clients().my_page.choose_language(who.school_id, who.token, language)
    return redirect(url_for("my_points.show", said="language", lang=language), 303)


def _back(said: str) -> Any:
    return redirect(url_for("my_points.show", said=said), 303)


def _own(who: family.FamilyVisitor, contact_point_id: UUID) -> OwnPoint:
    """Return one of the family's own contact points; raise NotFound for any other."""
    for point in who.known["contact_points"]:
        if UUID(point["id"]) == contact_point_id:
            return own_point(point)
    raise NotFound("contact_point_not_found", "This is none of the family's contact points.")
