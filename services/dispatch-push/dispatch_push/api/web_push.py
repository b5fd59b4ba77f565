"""GET /web-push: by which key a browser subscribes to notifications."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.web.auth import allow, service
from dispatch_push.api import door
from dispatch_push.api.schemas import WebPushOut

blueprint = Blueprint(
    "web-push", "web_push", url_prefix="/web-push", description="How browsers register"
)


@blueprint.route("")
class WebPush(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, WebPushOut)
    def get(self) -> Any:
        """Return our public key; null where apps can't be registered here."""
        return {"public_key": door.web_push_key()}
