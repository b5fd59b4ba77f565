"""POST /webhooks/<account>: LINE tells what happened in a talk. Open to the internet; the body's
signature is the proof.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web.auth import PUBLIC, allow
from dispatch_line.actions.talks import check_signature, find_signer, store_webhook
from dispatch_line.api import door
from dispatch_line.api.schemas import WebhookOut

# Everybody may post here. LINE names no largest size; an event has about 1 kB, and it sends a few
# at once.
LARGEST_BODY_BYTES = 1024 * 1024
blueprint = Blueprint("webhooks", "webhooks", url_prefix="/webhooks", description="What LINE tells")


@blueprint.route("/<uuid:account_id>")
class Webhook(MethodView):
    @allow(PUBLIC)
    @blueprint.response(200, WebhookOut)
    def post(self, account_id: UUID) -> Any:
        """Store what LINE tells and answer at once; signed nonsense is answered alike and leaves
        nothing.
        """
        signature = request.headers.get("X-Line-Signature", "")
        account = find_signer(door.accounts(), account_id, signature)
        request.max_content_length = LARGEST_BODY_BYTES
        body = request.get_data()
        check_signature(account, body, signature)
        with door.database().for_system() as session:
            new = store_webhook(
                session,
                door.own_key(),
                account_id,
                body,
                now=clock.now(),
            )
        return {"new": new}
