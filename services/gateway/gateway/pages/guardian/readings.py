"""The page behind a guardian's link: read, and press 「確認しました」 (MSG-25, DIR-15).

One press is for all of one's children. A GET changes nothing: scanners and previews fetch links.
The address itself is the guardian's right to read.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from gateway.pages import door
from gateway.pages.door import public_page

blueprint = Blueprint("readings", __name__)


@blueprint.get("/r/<string:token>")
@public_page()
def read(token: str) -> Any:
    """Show the message, with the children as messaging's answer to this very request names them."""
    reading = door.clients().messaging.reading(token)
    return render_template("guardian/reading.html", reading=reading, token=token)


@blueprint.post("/r/<string:token>/confirm")
@public_page()
def confirm(token: str) -> Any:
    """Confirm for all of the guardian's children in this message; the first press stays."""
    door.clients().messaging.confirm_reading(token)
    language = request.args.get("lang")
    return redirect(url_for("readings.read", token=token, lang=language, _anchor="confirmed"), 303)
