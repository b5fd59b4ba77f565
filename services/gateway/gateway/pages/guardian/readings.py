"""The page behind a guardian's link: read, and press 「確認しました」 (MSG-25, DIR-15).

One press is for all of one's children. A GET changes nothing: scanners and previews fetch links.
The address itself is the guardian's right to read.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from common.answers.directory import NamedMember
from common.answers.messaging import ReadingOut
from common.errors import ServiceError
from gateway.pages import door
from gateway.pages.door import public_page

blueprint = Blueprint("readings", __name__)


@blueprint.get("/r/<string:token>")
@public_page()
def read(token: str) -> Any:
    """Show the message."""
    reading = door.clients().messaging.reading(token)
    children = _children(reading)
    return render_template("guardian/reading.html", reading=reading, children=children, token=token)


@blueprint.post("/r/<string:token>/confirm")
@public_page()
def confirm(token: str) -> Any:
    """Confirm for all of the guardian's children in this message; the first press stays."""
    door.clients().messaging.confirm_reading(token)
    language = request.args.get("lang")
    return redirect(url_for("readings.read", token=token, lang=language, _anchor="confirmed"), 303)


def _children(reading: ReadingOut) -> list[NamedMember]:
    """Return the children with names.

    Without them when directory is away: the message itself must stay readable.
    """
    try:
        return door.clients().directory.children(reading["school_id"], reading["children"])
    except ServiceError:
        return []
