"""GET /web-push: by which key a browser subscribes to notifications."""

from __future__ import annotations

from typing import Any

import structlog
from flask import current_app
from flask.views import MethodView
from flask_smorest import Blueprint

from common.web.auth import allow, service
from dispatch_push.api.schemas import WebPushOut
from dispatch_push.provider.web.settings import vapid_of
from dispatch_push.provider.web.vapid import VapidKeyRefused

log = structlog.get_logger()

blueprint = Blueprint(
    "web-push", "web_push", url_prefix="/web-push", description="How browsers register"
)


@blueprint.route("")
class WebPush(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, WebPushOut)
    def get(self) -> Any:
        """Return our public key; null where apps can't be registered here."""
        try:
            vapid = vapid_of(current_app.extensions["settings"])
        except VapidKeyRefused as error:
            log.error("push.key_refused", why=str(error))
            vapid = None
        return {"public_key": vapid.public_key if vapid else None}
