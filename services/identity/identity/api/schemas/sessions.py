"""Who signs in, and who stands behind a session; keys of schools, and lines of the log."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, Range

from common.web.paging import PageQuery
from common.words import PrintedList
from identity.api.schemas.fields import LONGEST_PASSWORD
from identity.api.schemas.schools import SchoolOut
from identity.domain.devices import LONGEST_COOKIE
from identity.domain.words import ActorKind


class SourceIn(ma.Schema):
    """Where a try to give a password comes from."""

    remote_address = ma.fields.String(required=True, validate=Length(min=1, max=64))
    device = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=Length(max=LONGEST_COOKIE),
        load_only=True,
        metadata={"description": "the device's cookie, as the browser sent it"},
    )


class SignInIn(SourceIn):
    mail = ma.fields.String(required=True, validate=Length(max=320))
    password = ma.fields.String(
        required=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )
    browser = ma.fields.String(load_default="", validate=Length(max=60))


class SessionOut(ma.Schema):
    session_id = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True, format="iso")
    device = ma.fields.String(
        required=True, metadata={"description": "the device's cookie from now on, for 400 days"}
    )
    new_device = ma.fields.Boolean(
        required=True,
        metadata={"description": "whether this login was never signed in to from the device"},
    )


class SessionIn(ma.Schema):
    session_id = ma.fields.String(required=True, validate=Length(max=200))


class ChooseSchoolIn(SessionIn):
    school_id = ma.fields.UUID(required=True)
    remote_address = ma.fields.String(required=True, validate=Length(min=1, max=64))


class FirstPasswordIn(SessionIn):
    password = ma.fields.String(
        required=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )


class SchoolChoiceOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    post = ma.fields.String(required=True)


class SchoolChoicesOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SchoolChoiceOut), required=True)


class ResolveIn(SessionIn):
    """`by_hand`: somebody did something; a page that asks by itself keeps no session awake."""

    by_hand = ma.fields.Boolean(load_default=True)


class SignedInAccountOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)
    post = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    functions = ma.fields.List(ma.fields.String(), required=True)
    own_only = ma.fields.List(ma.fields.String(), required=True)
    member_id = ma.fields.UUID(required=True, allow_none=True)
    group_ids = ma.fields.List(ma.fields.UUID(), required=True)
    own_messages = ma.fields.Boolean(required=True)
    open_alarms = ma.fields.Integer(
        required=True, metadata={"description": "download alarms that wait to be looked at"}
    )


class ResolvedOut(ma.Schema):
    token = ma.fields.String(required=True)
    token_expires_in = ma.fields.Integer(required=True, metadata={"description": "seconds"})
    session_number = ma.fields.UUID(required=True)
    account = ma.fields.Nested(SignedInAccountOut, required=True)
    school = ma.fields.Nested(SchoolOut, required=True)


class KeyOut(ma.Schema):
    school_id = ma.fields.UUID(required=True)
    material = ma.fields.String(required=True, metadata={"description": "32 bytes in base64"})
    version = ma.fields.Integer(required=True)


class DestroyedKeyOut(ma.Schema):
    school_id = ma.fields.UUID(required=True)
    fingerprint = ma.fields.String(
        required=True, metadata={"description": "SHA-256 of the key, in hex"}
    )
    destroyed_at = ma.fields.String(required=True)


class WantedIn(ma.Schema):
    """Which lines of the operation log are wanted; `first_day`, `last_day`: whole days in Japan."""

    actor_kind = ma.fields.Enum(ActorKind, by_value=True, load_default=None, allow_none=True)
    actor_id = ma.fields.UUID(load_default=None, allow_none=True)
    actions = ma.fields.List(
        ma.fields.String(validate=Length(max=60)), load_default=list, validate=Length(max=100)
    )
    without = ma.fields.List(
        ma.fields.String(validate=Length(max=60)), load_default=list, validate=Length(max=100)
    )
    first_day = ma.fields.Date(load_default=None, allow_none=True)
    last_day = ma.fields.Date(load_default=None, allow_none=True)
    targets = ma.fields.List(ma.fields.UUID(), load_default=list, validate=Length(max=100))


class PrintedListIn(ma.Schema):
    """`count`: of how many people, or lines of the log."""

    list = ma.fields.Enum(PrintedList, by_value=True, required=True)
    count = ma.fields.Integer(required=True, validate=Range(1, 100_000))


class LogQuery(WantedIn, PageQuery):
    """`after`: the key of the last line seen; older ones follow."""


class OperationOut(ma.Schema):
    """A line.

    `folded`: how many more like it on the same thing and day lie under it, until `last_at`.
    `position`: its place in the chain; null for the seconds until it is sealed.
    `reason`: why an operator looked at the school's data; empty for every other act.
    """

    id = ma.fields.UUID(required=True)
    position = ma.fields.Integer(required=True, allow_none=True)
    at = ma.fields.AwareDateTime(required=True, format="iso")
    last_at = ma.fields.AwareDateTime(required=True, format="iso")
    action = ma.fields.String(required=True)
    actor_kind = ma.fields.String(required=True)
    actor_id = ma.fields.UUID(required=True, allow_none=True)
    target_kind = ma.fields.String(required=True)
    target_id = ma.fields.UUID(required=True, allow_none=True)
    details = ma.fields.Dict(required=True)
    folded = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)


class OperationPageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OperationOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class LogExportOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OperationOut), required=True)
    left_off = ma.fields.Boolean(
        required=True, metadata={"description": "whether older lines were wanted too"}
    )
