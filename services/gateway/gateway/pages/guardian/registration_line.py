"""受信登録、LINE: the school's account is added as a friend, and linked in LINE's dialog (DLV-5).

LINE gives a token for one of its users into the talk, and the button there opens this page with it.
Here the browser is known, by its registration or at My Page; from here it goes over to LINE with a
nonce of directory's. LINE itself checks that who presses there is whose token it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from common.answers.dispatch_line import PublicAccountOut
from common.answers.identity import SchoolOut
from common.errors import Busy, NotFound, Refused, Unauthenticated
from common.terms import TERMS_VERSION
from gateway.pages import door, family, registering
from gateway.pages.door import public_page
from gateway.pages.guardian.registration import (
    Opened,
    begin_again,
    find_opened,
    keep_language,
)

blueprint = Blueprint("registration_line", __name__)
blueprint.url_defaults(keep_language)


@dataclass(frozen=True, slots=True)
class WhoLinks:
    """Who this browser is: a registration on its way, or a family at its own page."""

    school: SchoolOut
    opened: Opened | None
    visitor: family.FamilyVisitor | None

    @property
    def needs_terms(self) -> bool:
        """Return whether the words on addresses are to be shown here: agreed to nowhere yet."""
        return self.opened is None


@blueprint.get("/t/line")
@public_page()
def show() -> Any:
    """Show how LINE is added; with LINE's token, ask whether it is to be linked."""
    given = request.args.get("linkToken", "")
    if given:
        # Out of the address, which is kept by browsers and logs.
        here = url_for("registration_line.show")
        response = redirect(here, 303)
        registering.remember_line(response, given)
        return response
    known = _find_known()
    if known is None:
        is_staff = registering.find_line() is not None and bool(door.session_id_of_staff())
        return redirect(url_for("own_ways.line" if is_staff else "registration.codes"), 303)
    if known.opened is not None and not known.opened.has_agreed:
        return redirect(url_for("registration.terms"), 303)
    return _page(known)


def _find_known() -> WhoLinks | None:
    """Return who this browser is; a school that the address names is asked at My Page first."""
    visitor = family.find() if family.asked_code() else None
    opened = find_opened() if visitor is None else None
    if opened is not None:
        return WhoLinks(opened.school, opened, None)
    visitor = visitor or family.find()
    return WhoLinks(visitor.school, None, visitor) if visitor is not None else None


def _page(known: WhoLinks, *, problem: str = "", status: int = 200) -> Any:
    page = render_template(
        "guardian/registration/line.html",
        known=known,
        school=known.school,
        account=find_account(known.school),
        link_token=registering.find_line(),
        desk=door.desk(),
        version=TERMS_VERSION,
        is_staff_here=bool(door.session_id_of_staff()),
        problem=problem,
    )
    return page, status


def find_account(school: SchoolOut) -> PublicAccountOut | None:
    """Return the LINE account of a school, None where it has none, or nobody can say."""
    return door.clients().dispatch.find_line_account(UUID(school["id"]))


@blueprint.post("/t/line")
@public_page()
def link() -> Any:
    """Go over to LINE with a nonce, by a page that leads on (`pages.staff.city` says why)."""
    known = _find_known()
    if known is None:
        return begin_again()
    link_token = registering.find_line()
    if link_token is None:
        return _page(known, problem="line_token_over", status=409)
    account = find_account(known.school)
    if account is None:
        return _page(known, status=503)
    try:
        nonce = _ask_nonce(known)
    except (NotFound, Unauthenticated):
        return begin_again()
    except (Refused, Busy) as error:
        return _page(known, problem=error.code, status=error.status)
    asked = urlencode({"linkToken": link_token, "nonce": nonce})
    address = f"{account['dialog_url']}?{asked}"
    page = render_template(
        "guardian/registration/line_over.html",
        school=known.school,
        address=address,
    )
    response = make_response(page)
    registering.forget_line(response)
    return response


def _ask_nonce(known: WhoLinks) -> str:
    if known.opened is not None:
        return door.clients().registrations.link_line(known.opened.held)
    assert known.visitor is not None
    who = known.visitor
    if request.form.get("version") != TERMS_VERSION:
        raise Refused("changed", "The words on addresses are new.")
    return door.clients().my_page.link_line(who.school_id, who.token, TERMS_VERSION)


@blueprint.post("/t/line/page")
@public_page()
def enter() -> Any:
    """Open My Page for the browser whose LINE was linked."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    try:
        token = door.clients().registrations.enter_by_line(opened.held)
    except NotFound:
        return redirect(url_for("registration.done"), 303)
    home = url_for("my_page.home")
    response = redirect(home, 303)
    school_id = opened.held.school_id
    family.remember(response, school_id, token)
    code = opened.school["code"]
    family.name_school(response, code)
    return response
