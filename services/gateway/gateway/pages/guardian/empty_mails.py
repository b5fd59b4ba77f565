"""受信登録、空メール: a family writes from its own mailbox instead of typing its address (DIR-8).

The page waits until directory knows from where: then it is as if the address had been typed.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import get_locale

from common.answers.directory import RegistrationMailOut
from common.errors import NotFound, Refused
from gateway.domain.registration import empty_mail_link
from gateway.pages import door
from gateway.pages.door import polled, public_page
from gateway.pages.guardian.registration import (
    Opened,
    begin_again,
    find_opened,
    keep_language,
)

blueprint = Blueprint("registration_empty_mails", __name__)
blueprint.url_defaults(keep_language)
# Seconds between two looks of the script; so many looks are half an hour.
POLL = 4
ROUNDS = 450


@blueprint.get("/t/mail/empty")
@public_page()
def wait() -> Any:
    """Say where to write, and wait until the mail has come; `known`: addresses before it."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    arrived = _find_arrived(opened)
    if arrived is not None:
        onward = url_for("registration_mails.code", mail_id=arrived["id"])
        return redirect(onward, 303)
    try:
        local_part = door.clients().registrations.empty_mail_address(opened.held)
    except NotFound:
        return begin_again()
    except Refused:
        return redirect(url_for("registration.terms"), 303)
    address = f"{local_part}@{door.mail_domain()}"
    mails = opened.shown["mails"]
    waiting = [mail for mail in mails if not mail["is_proved"] and not mail["is_over"]]
    return render_template(
        "guardian/registration/empty_mail.html",
        opened=opened,
        school=opened.school,
        address=address,
        link=empty_mail_link(address, str(get_locale())),
        sender_domain=door.mail_domain(),
        known=len(mails),
        waiting=waiting,
        every=POLL,
        rounds=ROUNDS,
    )


@blueprint.get("/t/mail/empty/state")
@polled
@public_page()
def state() -> Any:
    """Give the part of the page that changes, for the script that asks while it is open."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    return render_template(
        "guardian/registration/parts/empty_mail.html",
        arrived=_find_arrived(opened),
        every=POLL,
    )


def _find_arrived(opened: Opened) -> RegistrationMailOut | None:
    """Return the address that has come since the page was first seen; None before."""
    known = request.args.get("known", type=int)
    mails = opened.shown["mails"]
    if known is None or len(mails) <= known:
        return None
    return mails[-1]
