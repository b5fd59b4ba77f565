"""Groups over HTTP, and who is in them."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.people import MembersPage, NamedMember, enum_field, ids_field
from directory.domain.words import GroupKind, MembershipKind

MAX_MOVED = 2000


class GroupOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    parent_id = ma.fields.UUID(required=True, allow_none=True)
    position = ma.fields.Integer(required=True)
    version = ma.fields.Integer(required=True)
    depth = ma.fields.Integer(required=True)
    path = ma.fields.String(required=True)
    heads = ma.fields.Integer(required=True)


class ListedGroup(GroupOut):
    """`sendable`, `changeable`: whether the caller may send to it, and change it.

    `former`: a class of last year, to which messages may still go.
    """

    former = ma.fields.Boolean(required=True)
    sendable = ma.fields.Boolean(required=True)
    changeable = ma.fields.Boolean(required=True)


class GroupsOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedGroup), required=True)


class GroupsQuery(ma.Schema):
    """`reach`: with last year's classes, while messages may go to them."""

    reach = ma.fields.Boolean(load_default=False)


class FormerClass(ma.Schema):
    id = ma.fields.UUID(required=True)
    path = ma.fields.String(required=True)


class FormerClasses(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(FormerClass), required=True)


class GroupName(ma.Schema):
    """A group without its heads, which take long to count at a large school."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    path = ma.fields.String(required=True)
    changeable = ma.fields.Boolean(required=True)


class GroupNames(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(GroupName), required=True)


class GroupWithMembers(GroupOut):
    members = ma.fields.Nested(MembersPage, required=True)


class GroupIn(ma.Schema):
    """`after_id`: the sister behind which it stands; behind all of them without."""

    kind = enum_field(GroupKind, required=True)
    name = ma.fields.String(required=True)
    parent_id = ma.fields.UUID(load_default=None, allow_none=True)
    after_id = ma.fields.UUID(load_default=None, allow_none=True)


class GroupChange(ma.Schema):
    """`version`: of the group as it was seen."""

    version = ma.fields.Integer(required=True, strict=True)
    name = ma.fields.String()
    parent_id = ma.fields.UUID(allow_none=True)


class GroupMoveIn(ma.Schema):
    direction = ma.fields.String(required=True, validate=ma.validate.OneOf(("up", "down")))


class GroupPlace(ma.Schema):
    is_first = ma.fields.Boolean(required=True)
    is_last = ma.fields.Boolean(required=True)


class GroupDeletion(ma.Schema):
    """What a deletion takes along: groups below, people who joined.

    `enrolled`: pupils who stand in its way.
    """

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    path = ma.fields.String(required=True)
    below = ma.fields.List(ma.fields.String(), required=True)
    enrolled = ma.fields.Integer(required=True)
    joined = ma.fields.Integer(required=True)


class DeletedGroup(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    path = ma.fields.String(required=True)
    deleted_at = ma.fields.AwareDateTime(required=True, format="iso")


class DeletedGroups(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(DeletedGroup), required=True)


class MemberOfGroup(NamedMember):
    membership = ma.fields.String(required=True)


class MembersOfGroup(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(MemberOfGroup), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class FillingIn(ma.Schema):
    """Who comes, enrolled or joined, and who of those who joined goes."""

    add = ids_field(MAX_MOVED, load_default=list)
    remove = ids_field(MAX_MOVED, load_default=list)
    kind = enum_field(MembershipKind, load_default=MembershipKind.JOINED)


class FillingOut(ma.Schema):
    added = ma.fields.Integer(required=True)
    removed = ma.fields.Integer(required=True)


class MovesIn(ma.Schema):
    """`class_id`: where the class changes."""

    class_id = ma.fields.UUID(load_default=None, allow_none=True)
    join = ids_field(100, load_default=list)
    leave = ids_field(100, load_default=list)
