"""What goes over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from common.schemas.events import read_addressed
from common.schemas.records import Records
from directory.domain.names import has_unreadable_character
from directory.domain.words import ContactKind, GroupKind, Language, MemberKind, MembershipKind, MemberStatus

MAX_AUDIENCE_IDS = 1000
MAX_LOOK_UP_IDS = 500
MAX_GUARDIANS = 50
LANES = ("urgent", "normal")


def readable(text: str) -> None:
    """Refuse what no screen shows and no database takes (NUL, control characters, half a surrogate pair)."""
    if has_unreadable_character(text):
        raise ma.ValidationError("There is a character that cannot be shown.")


def _enum(enum: type, **options: object) -> ma.fields.Enum:
    return ma.fields.Enum(enum, by_value=True, **options)  # type: ignore[arg-type]


def _ids(limit: int, **options: object) -> ma.fields.List:
    return ma.fields.List(ma.fields.UUID(), validate=ma.validate.Length(max=limit), **options)  # type: ignore[arg-type]


def _number(**options: object) -> ma.fields.Integer:
    return ma.fields.Integer(validate=ma.validate.Range(0, 9999), strict=True, **options)  # type: ignore[arg-type]


class IdOut(ma.Schema):
    id = ma.fields.UUID(required=True)


class MembersPageQuery(ma.Schema):
    after = ma.fields.UUID(load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


class MemberQuery(MembersPageQuery):
    query = ma.fields.String(load_default="", validate=[ma.validate.Length(max=200), readable])
    group_id = ma.fields.UUID(load_default=None)
    kind = _enum(MemberKind, load_default=None)
    status = _enum(MemberStatus, load_default=None)


class NamedMember(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    display_name = ma.fields.String(required=True)
    kana = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    class_id = ma.fields.UUID(required=True, allow_none=True)
    class_name = ma.fields.String(required=True, allow_none=True)
    number = ma.fields.Integer(required=True, allow_none=True)


class NamedMembers(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NamedMember), required=True)


class Channels(ma.Schema):
    mail = ma.fields.Integer(required=True)
    line = ma.fields.Integer(required=True)
    app = ma.fields.Integer(required=True)


class ListedMember(NamedMember):
    """`channels`: contact points by kind at which messages arrive; beside them those where nothing does, or only urgent ones."""

    channels = ma.fields.Nested(Channels, required=True)
    dead = ma.fields.Nested(Channels, required=True)
    stopped = ma.fields.Nested(Channels, required=True)


class MembersPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedMember), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class ContactPointOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    hint = ma.fields.String(required=True, allow_none=True)
    health = ma.fields.Dict(required=True, allow_none=True)
    proved_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)


class GuardianOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    label = ma.fields.String(required=True)
    protected = ma.fields.Boolean(required=True)
    name = ma.fields.String(required=True, allow_none=True)
    language = ma.fields.String(required=True)
    contact_points = ma.fields.List(ma.fields.Nested(ContactPointOut), required=True)


class GroupOfMember(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    kind = _enum(GroupKind, required=True)
    membership = ma.fields.String(required=True)


class PhoneNumberOut(ma.Schema):
    label = ma.fields.String(required=True)
    number = ma.fields.String(required=True)


class MemberOut(ListedMember):
    formal_name = ma.fields.String(required=True, allow_none=True)
    management_number = ma.fields.String(required=True, allow_none=True)
    status_since = ma.fields.Date(required=True)
    groups = ma.fields.List(ma.fields.Nested(GroupOfMember), required=True)
    guardians = ma.fields.List(ma.fields.Nested(GuardianOut), required=True)
    contact_points = ma.fields.List(ma.fields.Nested(ContactPointOut), required=True)
    siblings = ma.fields.List(ma.fields.Nested(NamedMember), required=True)
    phone_numbers = ma.fields.List(ma.fields.Nested(PhoneNumberOut), required=True, allow_none=True)


class GuardianIn(ma.Schema):
    label = ma.fields.String(required=True)
    name = ma.fields.String(load_default=None, allow_none=True)
    language = _enum(Language, load_default=Language.JA)
    mails = ma.fields.List(ma.fields.String(), load_default=list)


class MemberIn(ma.Schema):
    id = ma.fields.UUID(load_default=None)
    kind = _enum(MemberKind, required=True)
    display_name = ma.fields.String(required=True)
    formal_name = ma.fields.String(load_default=None, allow_none=True)
    kana = ma.fields.String(required=True)
    number = _number(load_default=None, allow_none=True)
    management_number = ma.fields.String(load_default=None, allow_none=True, validate=[ma.validate.Length(max=50), readable])
    status = _enum(MemberStatus, load_default=None)
    status_since = ma.fields.Date(load_default=None)
    class_id = ma.fields.UUID(load_default=None, allow_none=True)
    group_ids = _ids(100, load_default=list)
    guardians = ma.fields.List(ma.fields.Nested(GuardianIn), load_default=list, validate=ma.validate.Length(max=10))
    mails = ma.fields.List(ma.fields.String(), load_default=list)


class MemberChange(ma.Schema):
    display_name = ma.fields.String()
    formal_name = ma.fields.String(allow_none=True)
    kana = ma.fields.String()
    number = _number(allow_none=True)
    management_number = ma.fields.String(allow_none=True, validate=[ma.validate.Length(max=50), readable])
    status = _enum(MemberStatus)
    status_since = ma.fields.Date()
    class_id = ma.fields.UUID(allow_none=True)
    group_ids = _ids(100)


class LookUpIn(ma.Schema):
    ids = _ids(MAX_LOOK_UP_IDS, required=True)


class GroupOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    parent_id = ma.fields.UUID(required=True, allow_none=True)
    position = ma.fields.Integer(required=True)
    depth = ma.fields.Integer(required=True)
    path = ma.fields.String(required=True)
    heads = ma.fields.Integer(required=True)


class ListedGroup(GroupOut):
    sendable = ma.fields.Boolean(required=True)


class GroupsOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedGroup), required=True)


class GroupWithMembers(GroupOut):
    members = ma.fields.Nested(MembersPage, required=True)


class GroupIn(ma.Schema):
    kind = _enum(GroupKind, required=True)
    name = ma.fields.String(required=True)
    parent_id = ma.fields.UUID(load_default=None, allow_none=True)
    position = _number(load_default=None, allow_none=True)


class GroupChange(ma.Schema):
    name = ma.fields.String()
    parent_id = ma.fields.UUID(allow_none=True)
    position = _number()


class GroupMembersIn(ma.Schema):
    member_ids = _ids(2000, required=True)
    kind = _enum(MembershipKind, load_default=MembershipKind.JOINED)


class AudienceIn(ma.Schema):
    group_ids = _ids(MAX_AUDIENCE_IDS, load_default=list)
    member_ids = _ids(MAX_AUDIENCE_IDS, load_default=list)
    excluded_member_ids = _ids(MAX_AUDIENCE_IDS, load_default=list)


class SnapshotIn(ma.Schema):
    audience = ma.fields.Nested(AudienceIn, required=True)
    channels = ma.fields.List(_enum(ContactKind), load_default=lambda: [ContactKind.MAIL], validate=ma.validate.Length(1, 3))
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
    contact_points = ma.fields.Nested(Channels, required=True)
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


def _write_snapshot_member(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("member_id", "class_id", "guardian_ids", "household")}


class SnapshotPage(ma.Schema):
    items = Records(SnapshotMemberOut, write=_write_snapshot_member, required=True)
    next = ma.fields.Integer(required=True, allow_none=True)


class AddressedMember(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    guardian_ids = _ids(MAX_GUARDIANS, required=True)


def _read_few_guardians(record: Mapping[str, Any]) -> dict[str, Any]:
    if len(record) != 2 or len(record["guardian_ids"]) > MAX_GUARDIANS:
        raise ValueError
    return read_addressed(record)


class PointLookUpIn(ma.Schema):
    kind = _enum(ContactKind, required=True)
    lane = ma.fields.String(required=True, validate=ma.validate.OneOf(LANES))
    members = Records(AddressedMember, read=_read_few_guardians, required=True, validate=ma.validate.Length(max=1000))


class SealedPoint(ma.Schema):
    contact_point_id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(required=True, allow_none=True)
    owner_member_id = ma.fields.UUID(required=True, allow_none=True)
    address = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    health = ma.fields.String(required=True, allow_none=True)


class OwnersIn(ma.Schema):
    kind = _enum(ContactKind, required=True)
    address = ma.fields.String(required=True, validate=ma.validate.Length(1, 500))


class Owner(ma.Schema):
    contact_point_id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(required=True, allow_none=True)
    owner_member_id = ma.fields.UUID(required=True, allow_none=True)


class StoppedPoint(ma.Schema):
    """A contact point that its family stopped. `stopped_at` is null where nobody noted it at the time."""

    contact_point_id = ma.fields.UUID(required=True)
    member_ids = ma.fields.List(ma.fields.UUID(), required=True)
    stopped_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)


class StoppedPoints(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StoppedPoint), required=True)


class Owners(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(Owner), required=True)


class SealedPoints(ma.Schema):
    items = Records(SealedPoint, write=lambda point: point, required=True)
