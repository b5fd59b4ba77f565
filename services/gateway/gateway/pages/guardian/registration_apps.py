"""受信登録、アプリ: this phone is asked how it is reached, and gets a test (DIR-8, DLV-6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from common import clock
from common.errors import Invalid, NotFound, Refused, ServiceError
from gateway.domain.tickets import WrittenTicket, find_ticket
from gateway.pages import door, errors, family, registering
from gateway.pages.apps import allow_scripts, find_offer, given_app
from gateway.pages.door import public_page
from gateway.pages.guardian.registration import (
    Opened,
    begin_again,
    find_opened,
    keep_language,
)

# As browsers name themselves on phones and tablets where only an installed page gets notifications.
INSTALLED_FIRST = ("iPhone", "iPad", "iPod", "Macintosh")
blueprint = Blueprint("registration_apps", __name__)
blueprint.url_defaults(keep_language)


@blueprint.get("/t/app")
@public_page()
def ask() -> Any:
    """Look at the phone first, and offer what can work on it."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    if not opened.has_agreed:
        return redirect(url_for("registration.terms"), 303)
    return _page(opened)


def _page(opened: Opened, error: ServiceError | None = None) -> Any:
    problem = error.code if error else ""
    offer = find_offer(problem=problem)
    if offer is None:
        return redirect(url_for("registration.ways"), 303)
    allow_scripts(offer)
    ticket = _ticket_for(opened)
    page = render_template(
        "guardian/registration/app.html",
        ticket=ticket.written() if ticket else "",
        opened=opened,
        school=opened.school,
        offer=offer,
        problem=problem,
    )
    return page, error.status if error else 200


def _ticket_for(opened: Opened) -> WrittenTicket | None:
    """Return what takes the registration over into an installed page, where a phone wants one."""
    agent = request.user_agent.string
    if not any(name in agent for name in INSTALLED_FIRST):
        return None
    return errors.answer_or(lambda: door.clients().registrations.give_ticket(opened.held), None)


@blueprint.post("/t/app/here")
@public_page()
def go_on_here() -> Any:
    """Let the installed page hold the registration with whose ticket it began, from now on.

    Only a press does it: a phone opens this address again whenever the page is opened.
    """
    there = redirect(url_for("registration_apps.ask"), 303)
    if find_opened() is not None:
        return there
    ticket = find_ticket(request.form.get("ticket", ""), clock.now())
    if ticket is None:
        return begin_again()
    try:
        held = door.clients().registrations.use_ticket(ticket)
    except NotFound:
        return begin_again()
    registering.remember(there, held)
    return there


@blueprint.post("/t/app")
@public_page()
def give() -> Any:
    """Register the phone; its browser is let in at My Page."""
    opened = find_opened()
    if opened is None:
        return begin_again()
    given = given_app()
    try:
        token = door.clients().registrations.register_app(opened.held, given)
    except NotFound:
        return begin_again()
    except (Invalid, Refused) as error:
        return _page(opened, error)
    done = url_for("registration.done", app=1)
    response = redirect(done, 303)
    if token is not None:
        family.remember(response, opened.held.school_id, token)
        family.name_school(response, opened.school["code"])
    return response
