"""Who is in which group, from both sides: a group's people, and a person's groups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions import member_lists, memberships
from directory.api import door
from directory.api.schemas.groups import FillingIn, FillingOut, MembersOfGroup, MovesIn
from directory.api.schemas.people import MembersPageQuery

blueprint = Blueprint("memberships", "memberships", description="Who is in which group")


@blueprint.route("/groups/<uuid:group_id>/memberships")
class MembershipsOfGroup(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.arguments(MembersPageQuery, location="query")
    @blueprint.response(200, MembersOfGroup)
    def get(self, query: dict[str, Any], group_id: UUID) -> Any:
        """List who is in this very group, enrolled or joined; not who is below it."""
        actor = door.actor(Right.ROSTER_SEE)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return member_lists.list_members_of(session, actor, group_id, **query)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(FillingIn)
    @blueprint.response(200, FillingOut)
    def post(self, body: dict[str, Any], group_id: UUID) -> Any:
        """Take people into a group and out of it."""
        actor = door.actor(Right.ROSTER_CHANGE)
        filling = memberships.Filling(
            add=frozenset(body["add"]),
            remove=frozenset(body["remove"]),
            kind=body["kind"],
        )
        with door.database().for_school(auth.school_id()) as session:
            return memberships.change_members_of(session, actor, group_id, filling)


@blueprint.route("/members/<uuid:member_id>/memberships")
class MembershipsOfMember(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(MovesIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any], member_id: UUID) -> None:
        """Enrol a person in another class, and let them join and leave groups."""
        actor = door.actor(Right.ROSTER_CHANGE)
        moves = memberships.Moves(
            class_id=body["class_id"],
            join=frozenset(body["join"]),
            leave=frozenset(body["leave"]),
        )
        with door.database().for_school(auth.school_id()) as session:
            memberships.change_groups_of(session, actor, member_id, moves)
