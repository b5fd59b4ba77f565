"""My Page as an app on a phone: the manifest, and a service worker (DLV-4, screens.md 3.6).

The service worker shows notifications. It is served from the root: a worker speaks for no address
above its own, and a notification opens /r/…. When the phone's address changes, its browser says so
here (ADR 52).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from common import clock
from common.errors import Invalid, NotFound
from gateway.domain.tickets import find_ticket
from gateway.pages import door
from gateway.pages.apps import app_before, given_app
from gateway.pages.door import public_page

blueprint = Blueprint("web_app", __name__)
# As many as a browser has families at (`family.MOST_SCHOOLS`).
MOST_SCHOOLS = 6
SERVICE_WORKER = Path(__file__).parents[2] / "static" / "js" / "service-worker.js"


@blueprint.get("/manifest.webmanifest")
@public_page()
def manifest() -> Any:
    """Describe the app to the phone that installs it.

    With a `ticket` it begins where the registration goes on that its page has.
    """
    ticket = find_ticket(request.args.get("ticket", ""), clock.now())
    begins_with = ticket.written() if ticket else None
    icons = [_icon(f"app-{pixels}", pixels, "any") for pixels in (192, 512)]
    icons.append(_icon("app-whole-512", 512, "maskable"))
    answer = jsonify(
        id="/my-page",
        name="学校からの連絡",
        short_name="学校連絡",
        lang="ja",
        dir="ltr",
        start_url=url_for("web_app.start", ticket=begins_with),
        scope="/",
        display="standalone",
        background_color="#faf7f8",
        theme_color="#b13a69",
        icons=icons,
    )
    answer.mimetype = "application/manifest+json"
    return answer


def _icon(name: str, pixels: int, purpose: str) -> dict[str, str]:
    address = url_for("static", filename=f"icons/{name}.png")
    return {"src": address, "sizes": f"{pixels}x{pixels}", "type": "image/png", "purpose": purpose}


@blueprint.get("/app")
@public_page()
def start() -> Any:
    """Show where the app begins, and a registration that can go on here.

    Its script leads on to the message whose notification was pressed (WebKit bug 259212).
    """
    ticket = find_ticket(request.args.get("ticket", ""), clock.now())
    return render_template("guardian/app.html", ticket=ticket.written() if ticket else "")


@blueprint.get("/service-worker.js")
@public_page()
def service_worker() -> Any:
    """Give the service worker's script under the root."""
    return Response(SERVICE_WORKER.read_bytes(), mimetype="text/javascript")


@blueprint.post("/app/renewals")
@public_page()
def renew() -> Any:
    """Let a phone's contact points follow it to its new address.

    Its worker asks, of whom no page knows who it is: the address before is the proof, and nothing
    is said of one that nobody has. 422 for an address that none could have.
    """
    before, after = app_before(), given_app()
    if before is None:
        return "", 422
    for school_id in _named_schools():
        try:
            door.clients().my_page.renew_app(school_id, before, after)
        except Invalid:
            return "", 422
        except NotFound:
            continue  # the school is erased
    return "", 204


def _named_schools() -> list[UUID]:
    named = request.form.get("schools", "").split()
    found = []
    for text in named[:MOST_SCHOOLS]:
        with suppress(ValueError):
            found.append(UUID(text))
    return found
