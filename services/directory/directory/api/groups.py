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
from directory.actions import groups, member_lists, show
from directory.api import door
from directory.api.schemas.groups import (
    DeletedGroups,
    FormerClasses,
    GroupChange,
    GroupDeletion,
    GroupIn,
    GroupMoveIn,
    GroupNames,
    GroupPlace,
    GroupsOut,
    GroupsQuery,
    GroupWithMembers,
)
from directory.api.schemas.people import IdOut, MembersPageQuery

blueprint = Blueprint(
    "groups", "groups", url_prefix="/groups", description="The class tree and the groups"
)


def _scopes() -> show.GroupScopes:
    return show.GroupScopes(
        visible=door.scope_of(*door.NAMES),
        sendable=door.scope_of(Right.MESSAGES_SEND),
        changeable=door.scope_of(Right.ROSTER_CHANGE),
    )


@blueprint.route("")
class Groups(MethodView):
    @allow(*map(staff, door.NAMES))
    @blueprint.arguments(GroupsQuery, location="query")
    @blueprint.response(200, GroupsOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the groups that the caller may see or send to, with heads, in the tree's order."""
        school_id = auth.school_id()
        scopes = _scopes()
        with door.database().for_school(school_id, read_only=True) as session:
            if query["reach"]:
                return {"items": show.list_reach(session, school_id, scopes, clock.today())}
            return {"items": show.list_groups(session, school_id, scopes)}

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(GroupIn)
    @blueprint.response(201, IdOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Make a group."""
        actor = door.actor(Right.ROSTER_CHANGE)
        draft = groups.GroupDraft(**body)
        with door.database().for_school(auth.school_id()) as session:
            return {"id": groups.create_group(session, actor, draft, today=clock.today())}


@blueprint.route("/former")
class FormerClassList(MethodView):
    @allow(*map(staff, door.NAMES))
    @blueprint.response(200, FormerClasses)
    def get(self) -> Any:
        """List the classes of other years by name: what was sent to them still says so."""
        school_id = auth.school_id()
        with door.database().for_school(school_id, read_only=True) as session:
            return {"items": show.list_former(session, school_id)}


@blueprint.route("/names")
class NamesOfGroups(MethodView):
    @allow(*map(staff, door.NAMES))
    @blueprint.response(200, GroupNames)
    def get(self) -> Any:
        """List the same groups by name alone: to choose one, nobody needs to be counted."""
        school_id = auth.school_id()
        scopes = _scopes()
        with door.database().for_school(school_id, read_only=True) as session:
            return {"items": show.name_groups(session, school_id, scopes)}


@blueprint.route("/deleted")
class DeletedGroupList(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, DeletedGroups)
    def get(self) -> Any:
        """List the groups that were deleted in the last 30 days."""
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": groups.list_deleted(session, actor, now=clock.now())}


@blueprint.route("/<uuid:group_id>")
class GroupById(MethodView):
    @allow(staff(Right.ROSTER_SEE))
    @blueprint.arguments(MembersPageQuery, location="query")
    @blueprint.response(200, GroupWithMembers)
    def get(self, query: dict[str, Any], group_id: UUID) -> Any:
        """Show a group with a page of its people."""
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return member_lists.show_group(session, door.actor(Right.ROSTER_SEE), group_id, **query)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(GroupChange)
    @blueprint.response(204)
    def patch(self, body: dict[str, Any], group_id: UUID) -> None:
        """Change a group's name or parent; 409 `changed_meanwhile` where it has another version."""
        actor = door.actor(Right.ROSTER_CHANGE)
        version = body.pop("version")
        with door.database().for_school(auth.school_id()) as session:
            groups.change_group(session, actor, group_id, body, version)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def delete(self, group_id: UUID) -> None:
        """Delete a group with what is below it; 409 `group_in_use` while pupils are enrolled."""
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id()) as session:
            groups.delete_group(session, actor, group_id, now=clock.now())


@blueprint.route("/<uuid:group_id>/deletion")
class DeletionOfGroup(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, GroupDeletion)
    def get(self, group_id: UUID) -> Any:
        """Say what the deletion of a group would take along."""
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return groups.show_deletion(session, actor, group_id)


@blueprint.route("/<uuid:group_id>/move")
class MoveOfGroup(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(GroupMoveIn)
    @blueprint.response(200, GroupPlace)
    def post(self, body: dict[str, Any], group_id: UUID) -> Any:
        """Let a group change places with its neighbour."""
        actor = door.actor(Right.ROSTER_CHANGE)
        is_up = body["direction"] == "up"
        with door.database().for_school(auth.school_id()) as session:
            return groups.move_group(session, actor, group_id, up=is_up)


@blueprint.route("/<uuid:group_id>/restore")
class RestoreOfGroup(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self, group_id: UUID) -> None:
        """Bring a deleted group back with its people."""
        actor = door.actor(Right.ROSTER_CHANGE)
        with door.database().for_school(auth.school_id()) as session:
            groups.restore_group(session, actor, group_id, now=clock.now())
