"""Links that a family is mailed: asked for with an address, and pressed once (MY-1, MY-7)."""

from __future__ import annotations

import unicodedata
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from common.errors import Busy, Invalid, NotFound
from gateway.pages import door, family
from gateway.pages.door import public_page
from gateway.pages.guardian.my_page import show_sign_in

blueprint = Blueprint("family_links", __name__)
# Where a link of the LINE talk's menu leads on to.
POINTS = "family"


@blueprint.post("/m/links")
@public_page()
def ask() -> Any:
    """Ask for a link; the answer is the same whether somebody is registered with the address."""
    mail = request.form.get("mail", "").strip()
    typed = unicodedata.normalize("NFKC", request.form.get("code", ""))
    code = "".join(letter for letter in typed if letter.isdigit())
    given = {"mail": mail, "code": code}
    try:
        school = door.clients().identity.school_by_code(code) if code else None
    except NotFound:
        school = None
    if school is None:
        return show_sign_in(**given, sentence="code", status=422)
    door.speak_as(school["kind"])
    try:
        door.clients().my_page.ask_link(UUID(school["id"]), mail, family.remote_address())
    except Invalid:
        return show_sign_in(**given, sentence="mail", status=422)
    except Busy:
        return show_sign_in(**given, sentence="slowed", status=429)
    return render_template("guardian/link_sent.html", school=school, mail=mail)


@blueprint.get("/m/links/<string:token>")
@public_page()
def show(token: str) -> Any:
    """Show what a press does; nothing happens yet, for scanners and previews fetch links."""
    link = door.clients().my_page.link(token)
    school = family.school_of(UUID(link["school_id"]))
    door.speak_as(school["kind"])
    return render_template(
        "guardian/link.html",
        school=school,
        kind=link["kind"],
        token=token,
        done=False,
        to=request.args.get("to", ""),
    )


@blueprint.post("/m/links/<string:token>")
@public_page()
def press(token: str) -> Any:
    """Use the link: let this browser in, or take note that the mail has come."""
    pressed = door.clients().my_page.press(token)
    school_id = UUID(pressed["school_id"])
    school = family.school_of(school_id)
    door.speak_as(school["kind"])
    session_token = pressed["token"]
    if session_token is None:
        return render_template(
            "guardian/link.html",
            school=school,
            kind=pressed["kind"],
            token=token,
            done=True,
            is_staff=pressed["is_staff"],
        )
    code = school["code"]
    page = "my_points.show" if request.form.get("to") == POINTS else "my_page.home"
    response = redirect(url_for(page, s=code), 303)
    family.remember(response, school_id, session_token)
    family.name_school(response, code)
    return response
