"""受信登録: a family comes in by its sheet, and agrees to the use of addresses (DIR-8, DIR-16).

The steps: codes, terms, a way (`_list_ways`), done. What proves an address stands with its way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from common.answers.directory import RegistrationOut
from common.answers.identity import SchoolOut
from common.errors import Busy, Invalid, NotFound, Refused
from common.terms import TERMS_VERSION
from gateway.clients.registrations import HeldRegistration
from gateway.domain.registration import LABELS, typed_digits
from gateway.pages import door, family, registering
from gateway.pages.apps import find_offer
from gateway.pages.door import public_page

blueprint = Blueprint("registration", __name__)
LONGEST_CODE = 40


class RegistrationWay(NamedTuple):
    """A way by which messages come: the page on which it is added, and its part of the choice.

    `is_offered`: whether it can work at a school.
    """

    endpoint: str
    part: str
    is_offered: Callable[[SchoolOut], bool]


def _is_always_offered(_school: SchoolOut) -> bool:
    return True


def _has_line(school: SchoolOut) -> bool:
    return door.clients().dispatch.find_line_account(UUID(school["id"])) is not None


def _has_app(_school: SchoolOut) -> bool:
    return find_offer() is not None


# A further way is a file beside this one, and a template part.
WAYS = (
    RegistrationWay(
        "registration_line.show", "guardian/registration/parts/way_line.html", _has_line
    ),
    RegistrationWay("registration_apps.ask", "guardian/registration/parts/way_app.html", _has_app),
    RegistrationWay(
        "registration_mails.ask",
        "guardian/registration/parts/way_mail.html",
        _is_always_offered,
    ),
)


def _ways_of(school: SchoolOut) -> list[RegistrationWay]:
    """Return the ways that can work at a school, and no other.

    What a phone can't do its own page then says.
    """
    return [way for way in WAYS if way.is_offered(school)]


class Opened(NamedTuple):
    """The registration that this browser holds, as it stands, at its school."""

    held: HeldRegistration
    school: SchoolOut
    shown: RegistrationOut

    @property
    def has_agreed(self) -> bool:
        """Return whether the words on addresses were agreed to as they are today."""
        return self.shown["terms_version"] == TERMS_VERSION


@blueprint.url_defaults
def keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    """Let one page lead to the next in the language that was asked for."""
    asked = request.args.get("lang")
    if asked is not None:
        values.setdefault("lang", asked)


def find_opened() -> Opened | None:
    """Return the registration that this browser holds; None where it is over, or there is none."""
    held = registering.find()
    if held is None:
        return None
    try:
        school = family.school_of(held.school_id)
        shown = door.clients().registrations.show(held)
    except NotFound:
        return None
    door.speak_as(school["kind"])
    return Opened(held, school, shown)


def begin_again() -> Response:
    """Send a browser without a registration to where one begins, and say so."""
    return redirect(url_for("registration.codes", over=1), 303)


@blueprint.get("/t")
@public_page()
def codes() -> Any:
    """Ask for the codes of a sheet; the code behind it fills in two of the three."""
    given = {
        "school_code": request.args.get("s", "")[:LONGEST_CODE],
        "login_id": request.args.get("i", "")[:LONGEST_CODE],
    }
    problem = "over" if request.args.get("over") else ""
    return _codes_page(given, problem=problem)


def _codes_page(
    given: dict[str, str], *, problem: str = "", wait: int = 0, status: int = 200
) -> Any:
    return (
        render_template(
            "guardian/registration/codes.html",
            given=given,
            opened=find_opened(),
            problem=problem,
            wait=wait,
            came_from_line=registering.find_line() is not None,
        ),
        status,
    )


@blueprint.post("/t")
@public_page()
def enter() -> Any:
    """Begin a registration, or add a sibling to the one that this browser holds."""
    form = request.form
    typed = {
        "school_code": typed_digits(form.get("school_code", ""))[:LONGEST_CODE],
        "login_id": form.get("login_id", "").strip()[:LONGEST_CODE],
    }
    passcode = form.get("passcode", "").strip()[:LONGEST_CODE]
    given = {**typed, "passcode": passcode, "remote_address": family.remote_address()}
    opened = find_opened()
    is_of_that_school = opened is not None and opened.school["code"] == typed["school_code"]
    answer = form.get("as")
    if is_of_that_school and answer not in ("sibling", "new"):
        # Two families may share a phone: nobody is joined to the one before unasked.
        return _codes_page(typed, problem="whose_sheet", status=422)
    is_sibling = is_of_that_school and answer == "sibling"
    try:
        if opened is not None and is_sibling:
            door.clients().registrations.add_sibling(opened.held, given)
            return redirect(url_for("registration.done", added=1), 303)
        begun = door.clients().registrations.begin(given)
    except (Invalid, Refused) as error:
        return _codes_page(typed, problem=error.code, status=error.status)
    except Busy as error:
        wait = int(error.fields.get("retry_after") or 30)
        return _codes_page(typed, problem="wait", wait=wait, status=error.status)
    response = redirect(url_for("registration.terms"), 303)
    registering.remember(response, HeldRegistration(UUID(begun["school_id"]), begun["token"]))
    return response


@blueprint.get("/t/terms")
@public_page()
def terms() -> Any:
    """Show for what addresses are used and who gets them, and ask who registers."""
    opened = find_opened()
    return _terms_page(opened) if opened else begin_again()


def _terms_page(opened: Opened, *, problem: str = "", status: int = 200) -> Any:
    page = render_template(
        "guardian/registration/terms.html",
        opened=opened,
        school=opened.school,
        desk=door.desk(),
        labels=LABELS,
        version=TERMS_VERSION,
        problem=problem,
    )
    return page, status


@blueprint.post("/t/terms")
@public_page()
def agree() -> Any:
    """Note what was agreed to, by the version that was shown."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    form = request.form
    if form.get("version") != TERMS_VERSION:
        return _terms_page(opened, problem="changed", status=409)
    typed = form.get("label", "")
    label = typed if typed in LABELS else ""
    language = "en" if form.get("language") == "en" else "ja"
    about = {
        "terms_version": TERMS_VERSION,
        "label": label,
        "language": language,
    }
    try:
        door.clients().registrations.agree(opened.held, about)
    except NotFound:
        return begin_again()
    next_page = url_for(_after_terms())
    return redirect(next_page, 303)


def _after_terms() -> str:
    """Return the page that comes next: LINE's, for who came out of a talk."""
    came_from_line = registering.find_line() is not None
    return "registration_line.show" if came_from_line else "registration.ways"


@blueprint.get("/t/ways")
@public_page()
def ways() -> Any:
    """Let a family choose how messages come: those that can work, and no other."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    if not opened.has_agreed:
        return redirect(url_for("registration.terms"), 303)
    return render_template(
        "guardian/registration/ways.html",
        opened=opened,
        school=opened.school,
        ways=_ways_of(opened.school),
    )


@blueprint.get("/t/done")
@public_page()
def done() -> Any:
    """Say what is registered, and what may be added."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    is_app = bool(request.args.get("app"))
    others = [
        way
        for way in _ways_of(opened.school)
        if not (is_app and way.endpoint == "registration_apps.ask")
    ]
    return render_template(
        "guardian/registration/done.html",
        opened=opened,
        school=opened.school,
        ways=others,
        is_in=_is_in(opened),
        is_added=bool(request.args.get("added")),
        is_app=is_app,
    )


@blueprint.post("/t/leave")
@public_page()
def leave() -> Any:
    """Leave nothing of a registration on a phone that others use: neither it nor My Page."""
    held = registering.find()
    response = redirect(url_for("registration.codes"), 303)
    registering.forget(response)
    if held is not None:
        family.leave(response, held.school_id)
    return response


def _is_in(opened: Opened) -> bool:
    """Return whether this browser is known at My Page of the school already."""
    return any(held.school_id == opened.held.school_id for held in family.held_sessions())
