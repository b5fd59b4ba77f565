"""わたしの受信先: where who is signed in is reached themselves: mail, LINE, app (DIR-8, ADR 54)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from common.answers.directory import OwnContactPoints
from common.errors import Busy, Invalid, NotFound, Refused, ServiceError
from gateway.domain.my_page import OwnPoint, own_point
from gateway.domain.own_points import OWN_TERMS_VERSION, PROBLEM_WORDS
from gateway.domain.registration import carrier_of, typed_digits
from gateway.pages import door, errors
from gateway.pages.apps import find_offer
from gateway.pages.door import page

blueprint = Blueprint("own_points", __name__)
LONGEST_ADDRESS = 320
CODE_DIGITS = 6
NOT_ON_ROSTER = "not_on_roster"


def say(error: ServiceError) -> str:
    """Return the sentence for a refusal, as it is said on these pages."""
    return PROBLEM_WORDS.get(error.code) or errors.say(error)


@blueprint.get("/own/contact-points")
@page(title="わたしの受信先")
def show() -> Any:
    """Show one's own contact points, and whether what is sent there arrives."""
    return _page()


def _page(address: str = "", error: ServiceError | None = None) -> Any:
    found = _find()
    if found is None:
        return _untied()
    refused = error.fields.get("mail", {}) if error else {}
    school_id = UUID(door.visitor().school["id"])
    shown = render_template(
        "staff/own_points.html",
        points=[own_point(point) for point in found["contact_points"]],
        waiting=found["waiting"],
        has_line=door.clients().dispatch.find_line_account(school_id) is not None,
        offer=find_offer(),
        desk=door.desk(),
        version=OWN_TERMS_VERSION,
        sender_domain=door.mail_domain(),
        address=address,
        guess=refused.get("guess", ""),
        sentence="" if error is None or refused.get("guess") else say(error),
    )
    return shown, error.status if error else 200


def _find() -> OwnContactPoints | None:
    """Return what is known of who is signed in; None for an account that is tied to nobody."""
    try:
        return door.person().own_points.show()
    except Refused as refusal:
        if refusal.code != NOT_ON_ROSTER:
            raise
        return None


def _untied() -> str:
    """Say whom to ask, for an account that is tied to nobody on the roster."""
    return render_template("staff/own_points.html", points=None)


@blueprint.post("/own/contact-points/mails")
@page()
def add_mail() -> Any:
    """Send a confirmation mail; what may be mistyped is asked about first."""
    form = request.form
    address = form.get("address", "").strip()[:LONGEST_ADDRESS]
    is_sure = form.get("sure") == "1"
    try:
        _check_terms()
        mail_id = door.person().own_points.ask_proof(address, OWN_TERMS_VERSION, is_sure=is_sure)
    except (Invalid, Refused, Busy) as error:
        return _page(address, error)
    return redirect(url_for("own_points.code", mail_id=mail_id), 303)


def _check_terms() -> None:
    if request.form.get("version") != OWN_TERMS_VERSION:
        raise Refused("changed", "The words on addresses are new.")


@blueprint.get("/own/contact-points/mails/<uuid:mail_id>")
@page(title="確認のメールの番号")
def code(mail_id: UUID) -> Any:
    """Ask for the six digits of a mail; when it was proved meanwhile, go on."""
    return _code_page(mail_id)


def _code_page(mail_id: UUID, error: ServiceError | None = None) -> Any:
    found = _find()
    if found is None:
        return _untied()
    mail = _find_mail(found, mail_id)
    if mail is None:
        if error is not None:
            flash(say(error), "error")
        return _back()
    is_used_up = mail["tries_left"] == 0
    sentence = say(error) if error else ""
    page = render_template(
        "staff/own_point_code.html",
        mail=mail,
        carrier=carrier_of(mail["address"] or ""),
        sender_domain=door.mail_domain(),
        version=OWN_TERMS_VERSION,
        sentence=PROBLEM_WORDS["mail_code_over"] if is_used_up else sentence,
    )
    return page, error.status if error else 200


def _find_mail(found: OwnContactPoints, mail_id: UUID) -> Any:
    for mail in found["waiting"]:
        if UUID(mail["id"]) == mail_id:
            return mail
    return None


@blueprint.post("/own/contact-points/mails/<uuid:mail_id>")
@page()
def prove(mail_id: UUID) -> Any:
    """Take the six digits: from then on messages go to this address."""
    typed = typed_digits(request.form.get("code", ""))[:CODE_DIGITS]
    try:
        door.person().own_points.prove(mail_id, typed)
    except (Invalid, Refused) as error:
        return _code_page(mail_id, error)
    flash("受信先に加えました。このアドレスに連絡が届きます。", "done")
    return _back()


@blueprint.post("/own/contact-points/<uuid:contact_point_id>/tests")
@page()
def test(contact_point_id: UUID) -> Any:
    """Send a test to a contact point; the press on it shows that it arrives."""
    try:
        door.person().own_points.test(contact_point_id)
    except Busy as error:
        flash(say(error), "error")
        return _back()
    flash("お試しを送りました。届いたら、開いて「届きました」を押してください。", "done")
    return _back()


@blueprint.get("/own/contact-points/<uuid:contact_point_id>/end")
@page(title="受信先を外す")
def ask_end(contact_point_id: UUID) -> Any:
    """Ask before a contact point is taken away."""
    return _end_page(contact_point_id)


def _end_page(contact_point_id: UUID, status: int = 200) -> Any:
    found = _find()
    if found is None:
        return _untied()
    points = [own_point(point) for point in found["contact_points"]]
    point = _own(points, contact_point_id)
    is_last = len(points) == 1
    page = render_template("staff/own_point_end.html", point=point, is_last=is_last)
    return page, status


def _own(points: list[OwnPoint], contact_point_id: UUID) -> OwnPoint:
    """Return one of one's own contact points; raise NotFound for any other."""
    for point in points:
        if UUID(point.id) == contact_point_id:
            return point
    raise NotFound("contact_point_not_found", "This is none of the reader's contact points.")


@blueprint.post("/own/contact-points/<uuid:contact_point_id>/end")
@page()
def end(contact_point_id: UUID) -> Any:
    """Take a contact point away; the last one only for who has ticked that they mean it."""
    even_last = request.form.get("even_last") == "1"
    try:
        door.person().own_points.end(contact_point_id, even_last=even_last)
    except Refused as error:
        if error.code != "last_contact_point":
            raise
        return _end_page(contact_point_id, 409)
    flash("受信先を外しました。", "done")
    return _back()


def _back() -> Any:
    return redirect(url_for("own_points.show"), 303)
