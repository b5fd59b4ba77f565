"""/unsubscribes/<token>: the one-click link of a mail."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web.auth import allow, service
from dispatch_mail.actions.unsubscribe import (
    is_known_to_directory,
    read_unsubscribe,
    resume_contact_point,
    stop_contact_point,
)
from dispatch_mail.api import door
from dispatch_mail.api.schemas import UnsubscribeOut
from dispatch_mail.domain.unsubscribe import Unsubscribe as Link

blueprint = Blueprint(
    "unsubscribes",
    "unsubscribes",
    url_prefix="/unsubscribes",
    description="One-click links of mails",
)


@blueprint.route("/<string:token>")
class Unsubscribe(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, UnsubscribeOut)
    def get(self, token: str) -> Any:
        """Tell for which school a link is; changes nothing. 404 `link_unknown`, `link_gone`
        (erased), 409 `link_expired`.
        """
        return {"school_id": _read(token).school_id}

    @allow(service("gateway"))
    @blueprint.response(202, UnsubscribeOut)
    def post(self, token: str) -> Any:
        """Stop ordinary messages to the address that this link was sent to."""
        link = _read(token)
        known = is_known_to_directory(door.clients(), link, "stopped")
        with door.database().for_school(link.school_id) as session:
            stop_contact_point(session, link, is_known=known, now=clock.now())
        return {"school_id": link.school_id}

    @allow(service("gateway"))
    @blueprint.response(202, UnsubscribeOut)
    def delete(self, token: str) -> Any:
        """Take the stop back: the address gets ordinary messages again."""
        link = _read(token)
        known = is_known_to_directory(door.clients(), link, "active")
        with door.database().for_school(link.school_id) as session:
            resume_contact_point(session, link, is_known=known, now=clock.now())
        return {"school_id": link.school_id}


def _read(token: str) -> Link:
    return read_unsubscribe(door.database(), door.sender().secret, token, today=clock.today())
