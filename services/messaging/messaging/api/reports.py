"""How a send stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web.auth import allow, staff
from messaging.actions import show, telling
from messaging.api import door, schemas
from messaging.domain.errors import SchoolEnded
from messaging.domain.people import Actor

blueprint = Blueprint(
    "reports", "reports", url_prefix="/messages", description="Progress and recipients of a send"
)
READS = staff(Right.MESSAGES_READ)


@blueprint.route("/<uuid:message_id>/progress")
class Progress(MethodView):
    @allow(READS)
    @blueprint.response(200, schemas.ProgressOut)
    def get(self, message_id: UUID) -> Any:
        """Count heads by state and class and contact points by channel."""
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            return show.show_progress(session, door.reader(), message_id)


@blueprint.route("/<uuid:message_id>/recipients")
class Recipients(MethodView):
    @allow(READS)
    @blueprint.arguments(schemas.RecipientsQuery, location="query")
    @blueprint.response(200, schemas.RecipientPage)
    def get(self, query: dict[str, Any], message_id: UUID) -> Any:
        """List the children of a message with what each channel answered."""
        limit = query["limit"]
        asked = show.RecipientQuery(
            which=query["state"],
            class_id=query["class_id"],
            classless=query["classless"],
            after=query["after"],
            limit=limit,
        )
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            rows = show.list_recipients(session, door.reader(), message_id, asked)
        return {
            "items": rows[:limit],
            "next": rows[limit - 1]["member_id"] if len(rows) > limit else None,
        }


@blueprint.route("/unreached")
class Unreached(MethodView):
    @allow(READS)
    @blueprint.response(200, schemas.UnreachedList)
    def get(self) -> Any:
        """List children whom messages of the last seven days did not reach and nobody told
        otherwise.
        """
        with door.database().for_school(door.reader().school_id, read_only=True) as session:
            return {"items": show.list_unreached(session, door.reader(), now=clock.now())}


def _caller_of_a_school_that_goes_on() -> Actor:
    """Return who ticks; raise SchoolEnded in the days in which a school only looks."""
    actor = door.caller_of(Right.PHONES_SEE)
    if door.clients().profile(actor.school_id).state != "active":
        raise SchoolEnded()
    return actor


@blueprint.route("/<uuid:message_id>/told")
class Told(MethodView):
    @allow(staff(Right.PHONES_SEE))
    @blueprint.arguments(schemas.ToldIn)
    @blueprint.response(200, schemas.ToldList)
    def post(self, body: dict[str, Any], message_id: UUID) -> Any:
        """Note by whom families were told by phone or on paper; the first tick stays."""
        actor = _caller_of_a_school_that_goes_on()
        tick = telling.Tick(body["told_by_name"], body["told_how"], clock.now())
        with door.database().for_school(actor.school_id) as session:
            items = telling.tell(session, actor, message_id, body["member_ids"], tick)
        return {"items": items}


@blueprint.route("/<uuid:message_id>/told/withdraw")
class ToldWithdraw(MethodView):
    @allow(staff(Right.PHONES_SEE))
    @blueprint.arguments(schemas.MemberIds)
    @blueprint.response(200, schemas.TakenBack)
    def post(self, body: dict[str, Any], message_id: UUID) -> Any:
        """Take such ticks back."""
        actor = _caller_of_a_school_that_goes_on()
        with door.database().for_school(actor.school_id) as session:
            return {"children": telling.take_back(session, actor, message_id, body["member_ids"])}
