"""A whole roster over HTTP: rows by table, ids given by the caller."""

from __future__ import annotations

import marshmallow as ma

from common.words import Channel, Language
from directory.api.schemas.people import readable
from directory.domain.names import MAX_NAME_GRAPHEMES, count_graphemes
from directory.domain.words import (
    ContactState,
    GroupKind,
    MemberKind,
    MembershipKind,
    MemberStatus,
)


def _words(enum: type, **options: object) -> ma.fields.String:
    words = [word.value for word in enum]  # type: ignore[attr-defined]
    return ma.fields.String(validate=ma.validate.OneOf(words), **options)  # type: ignore[arg-type]


def _name_fits(text: str) -> None:
    if not 0 < count_graphemes(text) <= MAX_NAME_GRAPHEMES:
        raise ma.ValidationError(f"From 1 to {MAX_NAME_GRAPHEMES} characters are possible.")
    readable(text)


def _name(**options: object) -> ma.fields.String:
    return ma.fields.String(validate=_name_fits, **options)  # type: ignore[arg-type]


class RosterGroup(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = _words(GroupKind, required=True)
    name = _name(required=True)
    parent_id = ma.fields.UUID(load_default=None, allow_none=True)
    position = ma.fields.Integer(required=True)
    fiscal_year = ma.fields.Integer(required=True)


class RosterMember(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = _words(MemberKind, required=True)
    display_name = _name(required=True)
    formal_name = _name(load_default=None, allow_none=True)
    kana = _name(required=True)
    number = ma.fields.Integer(load_default=None, allow_none=True)
    management_number = ma.fields.String(load_default=None, allow_none=True, validate=readable)
    status = _words(MemberStatus, required=True)
    status_since = ma.fields.Date(required=True)


class RosterGuardian(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = _name(load_default=None, allow_none=True)
    language = _words(Language, load_default="ja")


class RosterGuardianship(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(required=True)
    label = ma.fields.String(required=True, validate=readable)
    position = ma.fields.Integer(required=True)
    protected = ma.fields.Boolean(load_default=False)


class RosterContactPoint(ma.Schema):
    id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(load_default=None, allow_none=True)
    member_id = ma.fields.UUID(load_default=None, allow_none=True)
    kind = _words(Channel, required=True)
    address = ma.fields.String(required=True, validate=[ma.validate.Length(1, 500), readable])
    state = _words(ContactState, load_default="active")
    health = ma.fields.Dict(load_default=None, allow_none=True)
    proved_at = ma.fields.AwareDateTime(load_default=None, allow_none=True, format="iso")
    stopped_at = ma.fields.AwareDateTime(load_default=None, allow_none=True, format="iso")


class RosterMembership(ma.Schema):
    group_id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(required=True)
    kind = _words(MembershipKind, required=True)


class RosterPhoneNumber(ma.Schema):
    id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(required=True)
    position = ma.fields.Integer(required=True)
    label = ma.fields.String(required=True, validate=readable)
    number = ma.fields.String(required=True, validate=[ma.validate.Length(1, 50), readable])


class RosterIn(ma.Schema):
    groups = ma.fields.List(ma.fields.Nested(RosterGroup), load_default=list)
    members = ma.fields.List(ma.fields.Nested(RosterMember), load_default=list)
    guardians = ma.fields.List(ma.fields.Nested(RosterGuardian), load_default=list)
    guardianships = ma.fields.List(ma.fields.Nested(RosterGuardianship), load_default=list)
    contact_points = ma.fields.List(ma.fields.Nested(RosterContactPoint), load_default=list)
    memberships = ma.fields.List(ma.fields.Nested(RosterMembership), load_default=list)
    phone_numbers = ma.fields.List(ma.fields.Nested(RosterPhoneNumber), load_default=list)


class RosterCounts(ma.Schema):
    groups = ma.fields.Integer(required=True)
    members = ma.fields.Integer(required=True)
    guardians = ma.fields.Integer(required=True)
    guardianships = ma.fields.Integer(required=True)
    contact_points = ma.fields.Integer(required=True)
    memberships = ma.fields.Integer(required=True)
    phone_numbers = ma.fields.Integer(required=True)


class ImportFile(ma.Schema):
    file = ma.fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class ImportCounts(ma.Schema):
    pupils = ma.fields.Integer(required=True)
    guardians = ma.fields.Integer(required=True)
    contact_points = ma.fields.Integer(required=True)
    households = ma.fields.Integer(required=True)
    classes = ma.fields.Integer(required=True)
