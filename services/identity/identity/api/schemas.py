"""What goes over HTTP."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, Range

from common.web.paging import PageQuery
from identity.domain.contracts import USUAL_GRACE_DAYS
from identity.domain.devices import LONGEST_COOKIE
from identity.domain.words import ActorKind, SchoolKind

MAIL = ma.validate.Regexp(r"\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*\Z", error="not_an_address")
# Checked before any hashing: a megabyte is no password.
LONGEST_PASSWORD = 256


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


class OperatorSignInIn(SignInIn):
    code = ma.fields.String(required=True, validate=Length(max=32), load_only=True)


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


class SchoolOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    short_name = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    phone_hours = ma.fields.String(required=True)
    mail_local = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    undo_seconds = ma.fields.Integer(required=True)
    urgent_undo_seconds = ma.fields.Integer(required=True)
    pupil_word = ma.fields.String(required=True)
    member_limit = ma.fields.Integer(required=True)


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


class SignedInOperatorOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)


class ResolvedOperatorOut(ma.Schema):
    token = ma.fields.String(required=True)
    token_expires_in = ma.fields.Integer(required=True, metadata={"description": "seconds"})
    operator = ma.fields.Nested(SignedInOperatorOut, required=True)


class OperatorIn(ma.Schema):
    id = ma.fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "description": (
                "chosen by who asks, so that a request whose answer was lost can be repeated"
            )
        },
    )
    mail = ma.fields.String(required=True, validate=[Length(max=320), MAIL])
    display_name = ma.fields.String(required=True, validate=Length(1, 100))
    password = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )
    totp_secret = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=128), load_only=True
    )


class CreatedOperatorOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    password = ma.fields.String(metadata={"description": "given once, when none was supplied"})
    otpauth = ma.fields.String(
        metadata={
            "description": "address for an authenticator; given once, when no secret was supplied"
        }
    )


class OperatorOut(SignedInOperatorOut):
    mail = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True, format="iso")


class OperatorListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OperatorOut), required=True)


class ContactIn(ma.Schema):
    name = ma.fields.String(required=True, validate=Length(1, 100))
    post = ma.fields.String(load_default="", validate=Length(max=100))
    mail = ma.fields.String(load_default="", validate=Length(max=320))
    phone = ma.fields.String(load_default="", validate=Length(max=20))


class ContractIn(ma.Schema):
    starts_on = ma.fields.Date(required=True)
    contacts = ma.fields.List(
        ma.fields.Nested(ContactIn), load_default=list, validate=Length(max=10)
    )


class AdministratorIn(ma.Schema):
    mail = ma.fields.String(required=True, validate=[Length(max=320), MAIL])
    display_name = ma.fields.String(required=True, validate=Length(1, 100))
    post = ma.fields.String(load_default="", validate=Length(max=100))
    password = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )


class SchoolIn(ma.Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    kind = ma.fields.Enum(SchoolKind, by_value=True, required=True)
    name = ma.fields.String(required=True, validate=Length(1, 200))
    short_name = ma.fields.String(required=True, validate=Length(1, 40))
    phone = ma.fields.String(required=True, validate=Length(max=20))
    phone_hours = ma.fields.String(load_default="", validate=Length(max=100))
    mail_local = ma.fields.String(required=True)
    member_limit = ma.fields.Integer(required=True, validate=Range(1, 100_000))
    contract = ma.fields.Nested(ContractIn, required=True)
    administrator = ma.fields.Nested(AdministratorIn, required=True)


class CreatedSchoolOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    administrator_password = ma.fields.String(
        metadata={"description": "temporary, when none was supplied"}
    )
    administrator_password_until = ma.fields.AwareDateTime(format="iso")


class SchoolSettingsIn(ma.Schema):
    """What an administrator may set; `changed_at`: of the settings that they looked at."""

    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    name = ma.fields.String(validate=Length(1, 200))
    short_name = ma.fields.String(validate=Length(1, 8))
    phone = ma.fields.String(validate=Length(max=20))
    phone_hours = ma.fields.String(validate=Length(max=100))
    pupil_word = ma.fields.String(validate=Length(max=10))
    undo_seconds = ma.fields.Integer(validate=Range(0, 120))
    urgent_undo_seconds = ma.fields.Integer(validate=Range(0, 120))
    password_length = ma.fields.Integer(validate=Range(12, 64))
    temporary_days = ma.fields.Integer(validate=Range(1, 30))
    idle_minutes = ma.fields.Integer(validate=Range(10, 120))
    session_hours = ma.fields.Integer(validate=Range(1, 12))
    own_messages_only = ma.fields.Boolean()
    alarm_records = ma.fields.Integer(validate=Range(10, 10_000))
    networks = ma.fields.List(ma.fields.String(validate=Length(1, 50)), validate=Length(max=20))


class SchoolSettingsOut(ma.Schema):
    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    name = ma.fields.String(required=True)
    short_name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    phone_hours = ma.fields.String(required=True)
    pupil_word = ma.fields.String(required=True)
    undo_seconds = ma.fields.Integer(required=True)
    urgent_undo_seconds = ma.fields.Integer(required=True)
    password_length = ma.fields.Integer(required=True)
    temporary_days = ma.fields.Integer(required=True)
    idle_minutes = ma.fields.Integer(required=True)
    session_hours = ma.fields.Integer(required=True)
    own_messages_only = ma.fields.Boolean(required=True)
    alarm_records = ma.fields.Integer(required=True)
    networks = ma.fields.List(ma.fields.String(), required=True)


class EndIn(ma.Schema):
    ended_on = ma.fields.Date(
        required=True, metadata={"description": "the contract's last day, in Japan"}
    )
    grace_days = ma.fields.Integer(load_default=USUAL_GRACE_DAYS)
    name_typed = ma.fields.String(load_default=None, allow_none=True, validate=Length(max=200))


class EndedSchoolOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True)


class ContractOut(ma.Schema):
    starts_on = ma.fields.Date(required=True)
    ends_on = ma.fields.Date(required=True, allow_none=True)
    member_limit = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True)


class SchoolOfOperatorOut(SchoolOut):
    """A school with its newest contract and how many people it names for it.

    There is no contract once it is erased.
    """

    contract = ma.fields.Nested(ContractOut, required=True, allow_none=True)
    contacts = ma.fields.Integer(required=True)


class ListedSchoolOut(SchoolOut):
    ends_on = ma.fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "the contract's last day, once it is set"},
    )


class SchoolPageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedSchoolOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


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


class LogQuery(WantedIn, PageQuery):
    """`after`: the key of the last line seen; older ones follow."""


class OperationOut(ma.Schema):
    """A line.

    `folded`: how many more like it on the same thing and day lie under it, until `last_at`.
    `position`: its place in the chain; null for the seconds until it is sealed.
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


class OperationPageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OperationOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class LogExportOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OperationOut), required=True)
    left_off = ma.fields.Boolean(
        required=True, metadata={"description": "whether older lines were wanted too"}
    )
