"""/snapshots: audiences, frozen."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from directory.actions import snapshots
from directory.api import door
from directory.api.schemas.reach import SnapshotIn, SnapshotOut, SnapshotPage, SnapshotPageQuery
from directory.domain.audience import Audience

blueprint = Blueprint(
    "snapshots", "snapshots", url_prefix="/snapshots", description="Frozen audiences"
)


@blueprint.route("")
class Snapshots(MethodView):
    @allow(staff(Right.MESSAGES_SEND), service("messaging"))
    @blueprint.arguments(SnapshotIn)
    @blueprint.response(201, SnapshotOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Freeze an audience and say in words and heads who is in it."""
        audience = Audience(**{name: tuple(ids) for name, ids in body["audience"].items()})
        ways = snapshots.Ways(tuple(kind.value for kind in body["channels"]), body["lane"])
        with door.database().for_school(auth.school_id()) as session:
            made = snapshots.make_snapshot(
                session, door.actor(Right.MESSAGES_SEND), audience, ways, now=clock.now()
            )
            return snapshots.describe(made)


@blueprint.route("/<uuid:snapshot_id>")
class SnapshotById(MethodView):
    @allow(staff(Right.MESSAGES_SEND), service("messaging"))
    @blueprint.response(200, SnapshotOut)
    def get(self, snapshot_id: UUID) -> Any:
        """Show a frozen audience; to who is limited to own classes only those they made."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return snapshots.show_snapshot(session, door.actor(Right.MESSAGES_SEND), snapshot_id)


@blueprint.route("/<uuid:snapshot_id>/page")
class PageOfSnapshot(MethodView):
    @allow(service("messaging"))
    @blueprint.arguments(SnapshotPageQuery, location="query")
    @blueprint.response(200, SnapshotPage)
    def get(self, query: dict[str, int], snapshot_id: UUID) -> Any:
        """List the members behind a position, whole households only."""
        school_id = auth.school_id()
        with door.database().for_school(school_id, read_only=True) as session:
            return snapshots.list_snapshot_page(session, school_id, snapshot_id, **query)
