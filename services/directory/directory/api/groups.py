"""/groups: the class tree, free groups, staff groups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions import groups, show
from directory.api import door
from directory.api.schemas.people import (
    GroupChange,
    GroupIn,
    GroupMembersIn,
    GroupsOut,
    GroupWithMembers,
    IdOut,
    MembersPageQuery,
)

blueprint = Blueprint(
    "groups", "groups", url_prefix="/groups", description="The class tree and the groups"
)


@blueprint.route("")
class Groups(MethodView):
    @allow(*map(staff, door.NAMES))
    @blueprint.response(200, GroupsOut)
    def get(self) -> Any:
        """List the groups that the caller may see or send to, with heads, in the tree's order."""
        school_id = auth.school_id()
        visible, sendable = door.scope_of(*door.NAMES), door.scope_of(Right.MESSAGES_SEND)
        with door.database().for_school(school_id, read_only=True) as session:
            return {"items": show.list_groups(session, school_id, visible, sendable)}

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(GroupIn)
    @blueprint.response(201, IdOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Make a group."""
        with door.database().for_school(auth.school_id()) as session:
            draft = groups.GroupDraft(**body)
            return {
                "id": groups.create_group(
                    session, door.actor(Right.ROSTER_CHANGE), draft, today=clock.today()
                )
            }


@blueprint.route("/<uuid:group_id>")
class GroupById(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.arguments(MembersPageQuery, location="query")
    @blueprint.response(200, GroupWithMembers)
    def get(self, query: dict[str, Any], group_id: UUID) -> Any:
        """Show a group with a page of its people."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return show.show_group(session, door.actor(Right.ROSTER_SEE), group_id, **query)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(GroupChange)
    @blueprint.response(204)
    def patch(self, body: dict[str, Any], group_id: UUID) -> None:
        """Change a group's name, parent or place in the order."""
        with door.database().for_school(auth.school_id()) as session:
            groups.change_group(session, door.actor(Right.ROSTER_CHANGE), group_id, body)


@blueprint.route("/<uuid:group_id>/members")
class MembersOfGroup(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(GroupMembersIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any], group_id: UUID) -> None:
        """Make exactly these people the enrolled (or joined) members of a group."""
        with door.database().for_school(auth.school_id()) as session:
            groups.set_group_members(
                session, door.actor(Right.ROSTER_CHANGE), group_id, body["member_ids"], body["kind"]
            )
