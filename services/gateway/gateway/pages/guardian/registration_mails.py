"""受信登録、メール: an address is typed, and proved by six digits or a link (DIR-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from common.answers.directory import RegistrationMailOut
from common.errors import Busy, Invalid, NotFound, Refused, ServiceError
from gateway.domain.registration import carrier_of, typed_digits
from gateway.pages import door, family, registering
from gateway.pages.door import public_page
from gateway.pages.guardian.registration import (
    Opened,
    begin_again,
    find_opened,
    keep_language,
)

blueprint = Blueprint("registration_mails", __name__)
blueprint.url_defaults(keep_language)
LONGEST_ADDRESS = 320
CODE_DIGITS = 6


@blueprint.get("/t/mail")
@public_page()
def ask() -> Any:
    """Ask for an address."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    if not opened.has_agreed:
        return redirect(url_for("registration.terms"), 303)
    mail_id = request.args.get("mail", "")
    before = [mail for mail in opened.shown["mails"] if mail["id"] == mail_id]
    # To be mended; never in the address of a page, which is logged.
    address = before[0]["address"] if before and not before[0]["is_proved"] else None
    return _address_page(opened, address or "")


def _address_page(opened: Opened, address: str, error: ServiceError | None = None) -> Any:
    refused = error.fields.get("mail", {}) if error else {}
    page = render_template(
        "guardian/registration/mail.html",
        opened=opened,
        school=opened.school,
        address=address,
        problem=error.code if error else "",
        guess=refused.get("guess", ""),
        sender_domain=door.mail_domain(),
    )
    return page, error.status if error else 200


@blueprint.post("/t/mail")
@public_page()
def send() -> Any:
    """Send a confirmation mail; what may be mistyped is asked about first."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    address = request.form.get("address", "").strip()[:LONGEST_ADDRESS]
    is_sure = request.form.get("sure") == "1"
    try:
        mail_id = door.clients().registrations.ask_proof(opened.held, address, is_sure=is_sure)
    except NotFound:
        return begin_again()
    except (Invalid, Refused, Busy) as error:
        return _address_page(opened, address, error)
    return redirect(url_for("registration_mails.code", mail_id=mail_id), 303)


@blueprint.get("/t/mail/<uuid:mail_id>")
@public_page()
def code(mail_id: UUID) -> Any:
    """Ask for the six digits of a mail."""
    opened = find_opened()
    mail = _find_mail(opened, mail_id)
    if opened is None or mail is None:
        return begin_again()
    if mail["is_proved"]:
        return redirect(url_for("registration.done"), 303)
    return _code_page(opened, mail)


def _find_mail(opened: Opened | None, mail_id: UUID) -> RegistrationMailOut | None:
    mails = opened.shown["mails"] if opened else []
    return next((mail for mail in mails if mail["id"] == str(mail_id)), None)


def _code_page(opened: Opened, mail: RegistrationMailOut, error: ServiceError | None = None) -> Any:
    address = mail["address"] or ""
    page = render_template(
        "guardian/registration/code.html",
        opened=opened,
        school=opened.school,
        mail=mail,
        carrier=carrier_of(address),
        sender_domain=door.mail_domain(),
        problem=error.code if error else "",
        left=error.fields.get("left") if error else None,
    )
    return page, error.status if error else 200


@blueprint.post("/t/mail/<uuid:mail_id>")
@public_page()
def prove(mail_id: UUID) -> Any:
    """Take the six digits; the first address that is proved lets the browser in at My Page."""
    opened = find_opened()
    mail = _find_mail(opened, mail_id)
    if opened is None or mail is None:
        return begin_again()
    typed = typed_digits(request.form.get("code", ""))[:CODE_DIGITS]
    try:
        token = door.clients().registrations.prove(opened.held, mail_id, typed)
    except NotFound:
        return begin_again()
    except (Invalid, Refused) as error:
        return _code_page(opened, mail, error)
    response = redirect(url_for("registration.done"), 303)
    if token is not None:
        family.remember(response, opened.held.school_id, token)
        family.name_school(response, opened.school["code"])
    return response


@blueprint.get("/t/c/<string:link>")
@public_page()
def confirm(link: str) -> Any:
    """Show what the link of a mail is for; nothing happens yet, for scanners fetch links."""
    try:
        found = door.clients().registrations.link(link)
    except Refused:
        return _over_page()
    school = family.school_of(UUID(found["school_id"]))
    door.speak_as(school["kind"])
    is_staff = found["is_staff"]
    proved = "staff" if is_staff else "proved"
    return render_template(
        "guardian/registration/confirm.html",
        school=school,
        link=link,
        state=proved if found["is_proved"] else "asked",
        is_staff=is_staff,
    )


@blueprint.post("/t/c/<string:link>")
@public_page()
def press(link: str) -> Any:
    """Prove the address of a link."""
    held = registering.find()
    try:
        pressed = door.clients().registrations.press(link, held)
    except NotFound:
        # Who had asked is at the school no more.
        return _over_page()
    except Refused as error:
        return _over_page(error.code)
    school_id = UUID(pressed["school_id"])
    school = family.school_of(school_id)
    door.speak_as(school["kind"])
    token = pressed["session_token"]
    if pressed["is_own_browser"] and find_opened() is not None:
        response: Any = redirect(url_for("registration.done"), 303)
    else:
        # Pressed once more, as by a double tap, it is what it was.
        done = "registered" if token else "proved"
        done = "staff" if pressed["is_staff"] else done
        state = "waits" if pressed["is_waiting"] else done
        page = render_template("guardian/registration/confirm.html", school=school, state=state)
        response = make_response(page)
    if token is not None:
        family.remember(response, school_id, token)
        family.name_school(response, school["code"])
    return response


def _over_page(problem: str = "confirmation_over") -> Any:
    page = render_template(
        "guardian/registration/confirm.html", school=None, state="over", problem=problem
    )
    return page, 409
