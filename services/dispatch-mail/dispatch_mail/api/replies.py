"""/replies: how many families answered a mail, which nobody can read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from dispatch_mail.actions.take_reply import SHOWN_DAYS
from dispatch_mail.api import door
from dispatch_mail.api.schemas import RepliesOut
from dispatch_mail.store import replies

blueprint = Blueprint(
    "replies", "replies", url_prefix="/replies", description="Answers that nobody reads"
)


@blueprint.route("")
class Replies(MethodView):
    @allow(staff(Right.MESSAGES_READ))
    @blueprint.response(200, RepliesOut)
    def get(self) -> Any:
        """Count the answers to the school's mails within the last days, today among them."""
        first = clock.today() - timedelta(days=SHOWN_DAYS - 1)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            count = replies.sum_since(session, auth.school_id(), first)
        return {"days": SHOWN_DAYS, "replies": count}
