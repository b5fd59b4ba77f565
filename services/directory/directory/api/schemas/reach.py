"""Frozen audiences and contact points, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from common.schemas.events import read_addressed
from common.schemas.records import Records
from common.words import LANES, Channel
from directory.api.schemas.people import counts_by_channel, enum_field, ids_field
from directory.domain.words import ContactState

MAX_AUDIENCE_IDS = 1000
MAX_GUARDIANS = 50


class AudienceIn(ma.Schema):
    group_ids = ids_field(MAX_AUDIENCE_IDS, load_default=list)
    member_ids = ids_field(MAX_AUDIENCE_IDS, load_default=list)
    excluded_member_ids = ids_field(MAX_AUDIENCE_IDS, load_default=list)


class SnapshotIn(ma.Schema):
    audience = ma.fields.Nested(AudienceIn, required=True)
    channels = ma.fields.List(
        enum_field(Channel),
        load_default=lambda: [Channel.MAIL],
        validate=ma.validate.Length(1, len(Channel)),
    )
    lane = ma.fields.String(load_default="normal", validate=ma.validate.OneOf(LANES))


class GroupHeads(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    heads = ma.fields.Integer(required=True)


class ClassLine(ma.Schema):
    """A class with people in the audience. `above`: its parent, the parent's parent, up to 全校."""

    id = ma.fields.UUID(required=True)
    above = ma.fields.List(ma.fields.UUID(), required=True)


class Unreachable(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    reason = ma.fields.String(required=True)


class UnreachableMembers(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Unreachable), required=True)


class UnreachableQuery(ma.Schema):
    group_id = ma.fields.UUID(load_default=None)


class ReachOfClass(ma.Schema):
    """A class: how many pupils, of them registered, and missed by an urgent message now.

    `class_id`: null for pupils without one.
    """

    class_id = ma.fields.UUID(required=True, allow_none=True)
    heads = ma.fields.Integer(required=True)
    registered = ma.fields.Integer(required=True)
    unreachable = ma.fields.Integer(required=True)


class ReachOfClasses(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ReachOfClass), required=True)


class Multi(ma.Schema):
    siblings_households = ma.fields.Integer(required=True)


class SnapshotOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    created_at = ma.fields.AwareDateTime(required=True, format="iso")
    created_by = ma.fields.UUID(required=True, allow_none=True)
    audience = ma.fields.Nested(AudienceIn, required=True)
    label = ma.fields.String(required=True)
    family_label = ma.fields.String(required=True, allow_none=True)
    heads = ma.fields.Integer(required=True)
    pupil_heads = ma.fields.Integer(required=True)
    staff_heads = ma.fields.Integer(required=True)
    households = ma.fields.Integer(required=True)
    channels = ma.fields.List(ma.fields.String(), required=True)
    contact_points = counts_by_channel()
    groups = ma.fields.List(ma.fields.Nested(GroupHeads), required=True)
    classes = ma.fields.List(ma.fields.Nested(ClassLine), required=True)
    unreachable = ma.fields.List(ma.fields.Nested(Unreachable), required=True)
    multi = ma.fields.Nested(Multi, required=True)


class SnapshotPageQuery(ma.Schema):
    after = ma.fields.Integer(load_default=-1, validate=ma.validate.Range(-1, 2**31 - 1))
    limit = ma.fields.Integer(load_default=500, validate=ma.validate.Range(1, 1000))


class SnapshotMemberOut(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    class_id = ma.fields.UUID(required=True, allow_none=True)
    guardian_ids = ma.fields.List(ma.fields.UUID(), required=True)
    household = ma.fields.Integer(required=True)
    display_name = ma.fields.String(required=True)
    class_name = ma.fields.String(required=True, allow_none=True)


class SnapshotPage(ma.Schema):
    items = Records(SnapshotMemberOut, write=dict, required=True)
    next = ma.fields.Integer(required=True, allow_none=True)


class AddressedMember(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    guardian_ids = ids_field(MAX_GUARDIANS, required=True)


def _read_few_guardians(record: Mapping[str, Any]) -> dict[str, Any]:
    if len(record) != 2 or len(record["guardian_ids"]) > MAX_GUARDIANS:
        raise ValueError
    return read_addressed(record)


class PointLookUpIn(ma.Schema):
    kind = enum_field(Channel, required=True)
    lane = ma.fields.String(required=True, validate=ma.validate.OneOf(LANES))
    members = Records(
        AddressedMember,
        read=_read_few_guardians,
        required=True,
        validate=ma.validate.Length(max=1000),
    )


class SealedPoint(ma.Schema):
    contact_point_id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(required=True, allow_none=True)
    owner_member_id = ma.fields.UUID(required=True, allow_none=True)
    address = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    health = ma.fields.String(required=True, allow_none=True)


class OwnersIn(ma.Schema):
    kind = enum_field(Channel, required=True)
    address = ma.fields.String(required=True, validate=ma.validate.Length(1, 500))


class Owner(ma.Schema):
    contact_point_id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(required=True, allow_none=True)
    owner_member_id = ma.fields.UUID(required=True, allow_none=True)


class StoppedPoint(ma.Schema):
    """A contact point that its family stopped.

    `stopped_at` is null where nobody noted it at the time.
    """

    contact_point_id = ma.fields.UUID(required=True)
    member_ids = ma.fields.List(ma.fields.UUID(), required=True)
    stopped_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)


class StoppedPoints(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StoppedPoint), required=True)
    more = ma.fields.Boolean(required=True)


class YearNoted(ma.Schema):
    """Where the change of the year stands; `refused`: why it did not begin at its moment."""

    state = ma.fields.String(required=True)
    fiscal_year = ma.fields.Integer(required=True)
    starts_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)
    refused = ma.fields.String(required=True, allow_none=True)


class RosterBoard(StoppedPoints):
    """`unreachable`: how many pupils an urgent message would not reach; `counted`: people whom the
    contract's limit counts; `year`: null for a school without classes.
    """

    unreachable = ma.fields.Integer(required=True)
    counted = ma.fields.Integer(required=True)
    year = ma.fields.Nested(YearNoted, required=True, allow_none=True)


class PointState(ma.Schema):
    contact_point_id = ma.fields.UUID(required=True)
    state = ma.fields.String(
        required=True, validate=ma.validate.OneOf([state.value for state in ContactState])
    )


class Owners(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Owner), required=True)


class SealedPoints(ma.Schema):
    items = Records(SealedPoint, write=lambda point: point, required=True)
