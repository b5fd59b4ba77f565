"""The password that a family may choose for its page, and coming in by it (MY-1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from common.answers.directory import OpenedPageOut
from common.errors import Busy, Invalid, ServiceError, Unauthenticated
from gateway.pages import door, family, sign_ins
from gateway.pages.door import family_page, public_page
from gateway.pages.family import FamilyVisitor, HeldSession
from gateway.pages.guardian.my_page import show_sign_in

blueprint = Blueprint("my_password", __name__)
TOLD_BESIDE = (403, 409, 422, 429)


@blueprint.post("/m/sign-in")
@public_page()
def sign_in() -> Any:
    """Let a family in by an address and its password, at each school where they fit."""
    mail = request.form.get("mail", "").strip()
    password = request.form.get("password", "")
    typed = {
        "mail": mail,
        "password": password,
        "remote_address": family.remote_address(),
    }
    try:
        with sign_ins.place(sign_ins.FAMILIES):
            opened = door.clients().my_page.sign_in(typed)
    except Unauthenticated:
        return show_sign_in(mail=mail, sentence="password", status=401)
    except Invalid:
        return show_sign_in(mail=mail, sentence="password_mail", status=422)
    except Busy as error:
        said = "busy" if error.code == "sign_in_busy" else "locked"
        return show_sign_in(mail=mail, sentence=said, status=429)
    return _enter(opened)


def _enter(opened: Sequence[OpenedPageOut]) -> Any:
    """Let the browser be known where it was let in, and go to the first of these schools."""
    held = []
    for each in opened:
        school_id = UUID(each["school_id"])
        held.append(HeldSession(school_id, each["token"]))
    school = family.school_of(held[0].school_id)
    code = school["code"]
    response = redirect(url_for("my_page.home", s=code), 303)
    family.remember_all(response, held)
    family.name_school(response, code)
    return response


@blueprint.get("/m/family/password")
@family_page()
def show() -> Any:
    """Show how this family comes in, and let it choose a password."""
    return _page(family.current())


def _page(who: FamilyVisitor, problem: str = "", status: int = 200) -> Any:
    stand = door.clients().my_page.password(who.school_id, who.token)
    page = render_template("guardian/my_password.html", who=who, stand=stand, problem=problem)
    return page, status


@blueprint.post("/m/family/password")
@family_page()
def choose() -> Any:
    """Choose a password, or another one; all other browsers of this family are put out."""
    who = family.current()
    if who.is_over:
        return _back("read_only")
    password = request.form.get("password", "")
    again = request.form.get("again", "")
    if password != again:
        return _page(who, "different", 422)
    given = {**_shown(who), "password": password}
    try:
        with sign_ins.place(sign_ins.FAMILIES):
            door.clients().my_page.choose_password(who.school_id, given)
    except ServiceError as error:
        return _refused(who, error)
    return _back("password")


@blueprint.post("/m/family/password/end")
@family_page()
def end() -> Any:
    """Come in by links alone from now on."""
    who = family.current()
    try:
        with sign_ins.place(sign_ins.FAMILIES):
            door.clients().my_page.end_password(who.school_id, _shown(who))
    except ServiceError as error:
        return _refused(who, error)
    return _back("password_removed")


def _shown(who: FamilyVisitor) -> dict[str, str]:
    """Return by what somebody shows that they may change the password."""
    return {
        "token": who.token,
        "current": request.form.get("current", ""),
        "remote_address": family.remote_address(),
    }


def _refused(who: FamilyVisitor, error: ServiceError) -> Any:
    if error.status not in TOLD_BESIDE:
        raise error
    problem = str(error.fields.get("password", error.code))
    return _page(who, problem, error.status)


def _back(said: str) -> Any:
    return redirect(url_for("my_points.show", said=said), 303)
