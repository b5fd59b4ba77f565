"""The send button and what belongs to it.

What other houses know is asked before the transaction begins.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web.auth import allow, staff
from messaging.actions import release, try_out
from messaging.api import door, schemas
from messaging.domain.errors import NoMember

blueprint = Blueprint(
    "sending", "sending", url_prefix="/messages", description="Release, undo window, stop, test"
)
SENDS = staff(Right.MESSAGES_SEND)


@blueprint.route("/<uuid:message_id>/release")
class Release(MethodView):
    @allow(SENDS)
    @blueprint.arguments(schemas.PressHeaders, location="headers")
    @blueprint.arguments(schemas.PressIn)
    @blueprint.response(202, schemas.ReleasedOut)
    def post(self, headers: dict[str, Any], body: dict[str, Any], message_id: UUID) -> Any:
        """Send a draft to a confirmed audience; a second press changes nothing and answers
        `already`.
        """
        actor = door.actor()
        clients = door.clients()
        snapshot = clients.snapshot(actor.school_id, body["snapshot_id"])
        school = clients.profile(actor.school_id)
        facts = release.ReleaseFacts.of(door.settings(), snapshot, school)
        press = release.ReleasePress(
            message_id=message_id,
            idempotency_key=headers["idempotency_key"],
            version=body["version"],
        )
        with door.database().for_school(actor.school_id) as session:
            return release.release_message(session, actor, press, facts, now=clock.now())


@blueprint.route("/<uuid:message_id>/withdraw")
class Withdraw(MethodView):
    @allow(SENDS)
    @blueprint.response(200, schemas.MessageOut)
    def post(self, message_id: UUID) -> Any:
        """Take a message back into the drafts while its undo window runs."""
        with door.database().for_school(door.actor().school_id) as session:
            return release.withdraw(session, door.actor(), message_id, now=clock.now())


@blueprint.route("/<uuid:message_id>/send-now")
class SendNow(MethodView):
    @allow(SENDS)
    @blueprint.response(202, schemas.ReleasedOut)
    def post(self, message_id: UUID) -> Any:
        """End the undo window."""
        with door.database().for_school(door.actor().school_id) as session:
            return release.send_now(session, door.actor(), message_id, now=clock.now())


@blueprint.route("/<uuid:message_id>/stop")
class Stop(MethodView):
    @allow(SENDS)
    @blueprint.response(202, schemas.ReleasedOut)
    def post(self, message_id: UUID) -> Any:
        """Cancel what is not handed over yet."""
        with door.database().for_school(door.actor().school_id) as session:
            return release.stop(session, door.actor(), message_id, now=clock.now())


@blueprint.route("/<uuid:message_id>/test-send")
class TestSend(MethodView):
    @allow(SENDS)
    @blueprint.response(202, schemas.TestSent)
    def post(self, message_id: UUID) -> Any:
        """Send a copy to oneself; its progress tells whether it arrived."""
        actor = door.actor()
        clients = door.clients()
        if actor.member_id is None:
            raise NoMember()
        snapshot = clients.make_snapshot(actor.school_id, actor.member_id)
        school = clients.profile(actor.school_id)
        facts = release.ReleaseFacts.of(door.settings(), snapshot, school)
        with door.database().for_school(actor.school_id) as session:
            return try_out.send_test(session, actor, message_id, facts, now=clock.now())
