"""Who comes and who goes, over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.people import NamedMember, readable

MOST_MAILS = 20


class Move(NamedMember):
    """A child whose status changes or has changed; `planned_status`: from `planned_since` on."""

    status_since = ma.fields.Date(required=True)
    planned_status = ma.fields.String(required=True, allow_none=True)
    planned_since = ma.fields.Date(required=True, allow_none=True)


class Moves(ma.Schema):
    planned = ma.fields.List(ma.fields.Nested(Move), required=True)
    done = ma.fields.List(ma.fields.Nested(Move), required=True)
    more_planned = ma.fields.Boolean(required=True)
    more_done = ma.fields.Boolean(required=True)


class NextNumber(ma.Schema):
    group_id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)


class NextNumbers(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NextNumber), required=True)


class NewChildIn(ma.Schema):
    display_name = ma.fields.String(required=True, validate=[ma.validate.Length(max=200), readable])
    mails = ma.fields.List(
        ma.fields.String(), load_default=list, validate=ma.validate.Length(max=MOST_MAILS)
    )


class PossibleGuardian(ma.Schema):
    """A guardian who may be a new child's too; `mails`: those of the typed ones that it has."""

    guardian_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, allow_none=True)
    label = ma.fields.String(required=True)
    mails = ma.fields.List(ma.fields.String(), required=True)
    children = ma.fields.List(ma.fields.Nested(NamedMember), required=True)


class PossibleFamilies(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PossibleGuardian), required=True)
