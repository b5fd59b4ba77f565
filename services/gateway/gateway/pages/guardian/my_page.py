"""My Page: what the school has sent, of all children together (MY-1, MY-5, MY-6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale

from common.answers.identity import SchoolOut
from common.errors import NotFound
from gateway.domain.my_page import ListSearch, own_point, reach_of_family
from gateway.domain.registration import COMPANIES
from gateway.pages import door, errors, family
from gateway.pages.apps import script_of_browser
from gateway.pages.door import family_page, public_page
from gateway.pages.guardian.readings import article_of

blueprint = Blueprint("my_page", __name__)
PAGE_SIZE = 20
LONGEST_QUERY = 100


@blueprint.get("/m")
@public_page()
def home() -> Any:
    """Show a family what it was sent; who is not known asks for a link here."""
    who = family.find()
    if who is None:
        return show_sign_in()
    child, search = _chosen_child(who), _search()
    wanted: dict[str, Any] = {"guardian_id": who.known["guardian_ids"], "limit": PAGE_SIZE}
    if child:
        wanted["member_id"] = child
    after = request.args.get("after")
    if after:
        wanted["after"] = after
    wanted |= search.wanted
    page = door.clients().messaging.family_messages(who.school_id, wanted)
    points = [own_point(point) for point in who.known["contact_points"]]
    return render_template(
        "guardian/my_page.html",
        who=who,
        schools=family.list_schools(),
        messages=page["items"],
        following=page["next"],
        child=child,
        search=search,
        categories=page["categories"],
        reach=reach_of_family(points),
        phone_script=_script_of_phone(who),
    )


def _script_of_phone(who: family.FamilyVisitor) -> str:
    """Return by which script a phone looks whether it is still the one that the family registered;
    "" where the family has none.
    """
    kinds = {point["kind"] for point in who.known["contact_points"]}
    has_app = "push" in kinds and not who.is_over
    return script_of_browser() if has_app else ""


def _chosen_child(who: family.FamilyVisitor) -> str:
    """Return the child whose messages are wanted alone; "" for all, or for one of others."""
    asked = request.args.get("child", "")
    own = {child["id"] for child in who.known["children"]}
    return asked if asked in own else ""


def _search() -> ListSearch:
    """Return what of the list is looked for; what the address says wrongly is not."""
    given = request.args.get("query", "").replace("\x00", " ")
    query = " ".join(given.split())[:LONGEST_QUERY]
    category = request.args.get("category", "")
    is_asked = "find" in request.args
    return ListSearch(query, category if _is_id(category) else "", is_asked)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def show_sign_in(*, mail: str = "", code: str = "", sentence: str = "", status: int = 200) -> Any:
    """Return the page where a family asks for its link, at the school that it has named."""
    is_other = request.args.get("other") == "1"
    named = code or ("" if is_other else family.named_code())
    school = errors.answer_or(lambda: _school_by(named), None) if named else None
    if school is not None:
        door.speak_as(school["kind"])
    page = render_template(
        "guardian/my_page_sign_in.html",
        school=school,
        mail=mail,
        code=named if named.isdigit() else "",
        sentence=sentence,
    )
    response = make_response(page, status)
    if school is not None:
        family.name_school(response, school["code"])
    return response


def _school_by(code: str) -> SchoolOut | None:
    try:
        if not code.isdigit():
            return family.school_of(UUID(code))
        return door.clients().identity.school_by_code(code)
    except NotFound:
        return None


@blueprint.get("/m/messages/<uuid:message_id>")
@family_page()
def read(message_id: UUID) -> Any:
    """Show a message, as the link in a mail shows it."""
    who = family.current()
    ids = who.known["guardian_ids"]
    reading = door.clients().messaging.family_reading(who.school_id, ids, message_id)
    return render_template(
        "guardian/my_message.html", who=who, reading=reading, article=article_of(reading)
    )


@blueprint.post("/m/messages/<uuid:message_id>/confirm")
@family_page()
def confirm(message_id: UUID) -> Any:
    """Confirm for all of the family's children in this message; the first press stays."""
    who = family.current()
    ids = who.known["guardian_ids"]
    door.clients().messaging.confirm_as_family(who.school_id, ids, message_id)
    there = url_for("my_page.read", message_id=message_id, _anchor="confirmed")
    return redirect(there, 303)


@blueprint.post("/m/sign-out")
@family_page()
def sign_out() -> Any:
    """Forget this browser, on the server and here."""
    who = family.current()
    door.clients().my_page.end(who.school_id, who.token)
    response = redirect(url_for("my_page.home", s=who.school["code"]), 303)
    family.forget(response, who.school_id)
    return response


@blueprint.get("/m/help")
@public_page()
def show_help() -> Any:
    """Show what to do when nothing comes, after a change of phone, or when one can't come in."""
    who = family.find()
    language = str(get_locale() or "ja")
    template = "guardian/help.en.html" if language == "en" else "guardian/help.html"
    school = who.school if who else None
    return render_template(template, who=who, school=school, carriers=COMPANIES)
