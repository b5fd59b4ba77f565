"""お心当たりのない方: stop ordinary mails to one address, and take it back.

By a button, or by a mail program's one click (RFC 8058).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from common.answers.identity import SchoolOut
from common.errors import ServiceError
from gateway.pages import door
from gateway.pages.door import public_page

blueprint = Blueprint("unsubscribe", __name__)


@blueprint.get("/u/<string:token>")
@public_page()
def ask(token: str) -> Any:
    """Ask before anything is stopped: scanners fetch links."""
    return _page(token, door.clients().dispatch.unsubscribe_school(token), "asked")


@blueprint.post("/u/<string:token>")
@public_page()
def stop(token: str) -> Any:
    """Stop the mails, and offer to take it back; twice is the same as once."""
    return _page(token, door.clients().dispatch.stop_mails(token), "stopped")


@blueprint.post("/u/<string:token>/resume")
@public_page()
def resume(token: str) -> Any:
    """Take the stop back; twice is the same as once."""
    return _page(token, door.clients().dispatch.resume_mails(token), "resumed")


def _page(token: str, school_id: str, state: str) -> str:
    school = _school(school_id)
    if school is not None:
        door.speak_as(school["kind"])
    return render_template("guardian/unsubscribe.html", token=token, school=school, state=state)


def _school(school_id: str) -> SchoolOut | None:
    """Return the school's profile; the button works without it."""
    try:
        return door.clients().identity.current_school(school_id)
    except ServiceError:
        return None
