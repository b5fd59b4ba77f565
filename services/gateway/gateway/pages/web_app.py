"""My Page as an app on a phone: the manifest, and the service worker that shows notifications (DLV-4, screens.md 3.6).

The service worker is served from the root: a worker speaks for no address above its own, and a notification opens /r/….
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, url_for

from gateway.pages.door import public_page

blueprint = Blueprint("web_app", __name__)
SERVICE_WORKER = Path(__file__).parent.parent / "static" / "js" / "service-worker.js"


@blueprint.get("/manifest.webmanifest")
@public_page
def manifest() -> Any:
    """Describe the app to the phone that installs it."""
    icon = {"src": url_for("static", filename="logo.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    answer = jsonify(
        id="/my-page",
        name="学校からの連絡",
        short_name="学校連絡",
        lang="ja",
        dir="ltr",
        start_url=url_for("help.one_page", slug="guardians"),
        scope="/",
        display="standalone",
        background_color="#faf7f8",
        theme_color="#b13a69",
        icons=[icon],
    )
    answer.mimetype = "application/manifest+json"
    return answer


@blueprint.get("/service-worker.js")
@public_page
def service_worker() -> Any:
    """Give the service worker's script under the root."""
    return Response(SERVICE_WORKER.read_bytes(), mimetype="text/javascript")
