"""What goes over HTTP."""

from __future__ import annotations

import marshmallow as ma

from common.words import CHANNELS, Language
from directory.domain.names import has_unreadable_character
from directory.domain.words import GroupKind, MemberKind, MemberStatus, Reachability

MAX_LOOK_UP_IDS = 500
# Code points, beyond which nobody means a day, and no note is within its limit of characters.
MOST_OF_A_DAY = 50
MOST_OF_A_NOTE = 10_000


def readable(text: str) -> None:
    """Refuse what no screen shows and no database takes.

    NUL, control characters, half a surrogate pair.
    """
    if has_unreadable_character(text):
        raise ma.ValidationError("There is a character that cannot be shown.")


def enum_field(enum: type, **options: object) -> ma.fields.Enum:
    return ma.fields.Enum(enum, by_value=True, **options)  # type: ignore[arg-type]


def ids_field(limit: int, **options: object) -> ma.fields.List:
    return ma.fields.List(ma.fields.UUID(), validate=ma.validate.Length(max=limit), **options)  # type: ignore[arg-type]


def _typed(most: int, **options: object) -> ma.fields.String:
    """Return a field that stands as somebody typed it, for the action to read or refuse."""
    return ma.fields.String(allow_none=True, validate=ma.validate.Length(max=most), **options)  # type: ignore[arg-type]


def _number(**options: object) -> ma.fields.Integer:
    return ma.fields.Integer(validate=ma.validate.Range(0, 9999), strict=True, **options)  # type: ignore[arg-type]


class IdOut(ma.Schema):
    id = ma.fields.UUID(required=True)


def _place() -> ma.fields.String:
    return ma.fields.String(load_default=None, validate=[ma.validate.Length(max=500), readable])


class MembersPageQuery(ma.Schema):
    after = _place()
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


class MemberQuery(MembersPageQuery):
    query = ma.fields.String(load_default="", validate=[ma.validate.Length(max=200), readable])
    before = _place()
    group_id = ma.fields.UUID(load_default=None)
    kind = enum_field(MemberKind, load_default=None)
    status = enum_field(MemberStatus, load_default=None)
    reach = enum_field(Reachability, load_default=None)


class ProtectionIn(ma.Schema):
    protected = ma.fields.Boolean(required=True)


class ReasonIn(ma.Schema):
    reason = ma.fields.String(required=True)


class NamedMember(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    display_name = ma.fields.String(required=True)
    kana = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    class_id = ma.fields.UUID(required=True, allow_none=True)
    class_name = ma.fields.String(required=True, allow_none=True)
    number = ma.fields.Integer(required=True, allow_none=True)
    deleted = ma.fields.Boolean(required=True)


class NamedMembers(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NamedMember), required=True)


def counts_by_channel() -> ma.fields.Dict:
    """Return a field that says how many contact points there are of each channel."""
    channel = ma.fields.String(validate=ma.validate.OneOf(CHANNELS))
    return ma.fields.Dict(keys=channel, values=ma.fields.Integer(required=True), required=True)


class ListedMember(NamedMember):
    """`channels`: contact points by kind at which messages arrive.

    Beside them those where nothing does, or only urgent ones.
    """

    channels = counts_by_channel()
    dead = counts_by_channel()
    stopped = counts_by_channel()


class MembersPage(ma.Schema):
    """`next`, `previous`: where the pages beside this one begin; `total`: of the whole list."""

    items = ma.fields.List(ma.fields.Nested(ListedMember), required=True)
    next = ma.fields.String(required=True, allow_none=True)
    previous = ma.fields.String(required=True, allow_none=True)
    total = ma.fields.Integer(required=True)


class PointHealth(ma.Schema):
    """`code`: null while it is well; `since`: null where a roster did not say when."""

    code = ma.fields.String(required=True, allow_none=True, dump_default=None)
    since = ma.fields.String(required=True, allow_none=True, dump_default=None)


class ContactPointOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    hint = ma.fields.String(required=True, allow_none=True)
    health = ma.fields.Nested(PointHealth, required=True, allow_none=True)
    proved_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)
    last_proved_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)


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
    kind = enum_field(GroupKind, required=True)
    membership = ma.fields.String(required=True)


class PhoneNumberOut(ma.Schema):
    label = ma.fields.String(required=True)
    number = ma.fields.String(required=True)


class MemberOut(ListedMember):
    """`version`: goes back with a change, so that nobody writes over what somebody else did.

    `planned_status`: the status from `planned_since` on.
    """

    formal_name = ma.fields.String(required=True, allow_none=True)
    management_number = ma.fields.String(required=True, allow_none=True)
    birth_date = ma.fields.Date(required=True, allow_none=True)
    note = ma.fields.String(required=True, allow_none=True)
    status_since = ma.fields.Date(required=True)
    planned_status = ma.fields.String(required=True, allow_none=True)
    planned_since = ma.fields.Date(required=True, allow_none=True)
    groups = ma.fields.List(ma.fields.Nested(GroupOfMember), required=True)
    guardians = ma.fields.List(ma.fields.Nested(GuardianOut), required=True)
    contact_points = ma.fields.List(ma.fields.Nested(ContactPointOut), required=True)
    siblings = ma.fields.List(ma.fields.Nested(NamedMember), required=True)
    phone_numbers = ma.fields.List(ma.fields.Nested(PhoneNumberOut), required=True, allow_none=True)
    version = ma.fields.String(required=True)


class GuardianIn(ma.Schema):
    label = ma.fields.String(required=True)
    name = ma.fields.String(load_default=None, allow_none=True)
    language = enum_field(Language, load_default=Language.JA)
    mails = ma.fields.List(ma.fields.String(), load_default=list)
    known_id = ma.fields.UUID(load_default=None, allow_none=True)


class NewGuardianIn(GuardianIn):
    mails = ma.fields.List(
        ma.fields.String(), load_default=list, validate=ma.validate.Length(max=1)
    )


class GuardianPatchIn(ma.Schema):
    name = ma.fields.String(allow_none=True)
    label = ma.fields.String()


class MailIn(ma.Schema):
    mail = ma.fields.String(required=True)
    again = ma.fields.Boolean(load_default=False)


class MemberIn(ma.Schema):
    id = ma.fields.UUID(load_default=None)
    kind = enum_field(MemberKind, required=True)
    display_name = ma.fields.String(required=True)
    formal_name = ma.fields.String(load_default=None, allow_none=True)
    kana = ma.fields.String(required=True)
    number = _number(load_default=None, allow_none=True)
    next_number = ma.fields.Boolean(load_default=False)
    management_number = ma.fields.String(
        load_default=None, allow_none=True, validate=[ma.validate.Length(max=50), readable]
    )
    birth_date = _typed(MOST_OF_A_DAY, load_default=None)
    note = _typed(MOST_OF_A_NOTE, load_default=None)
    status = enum_field(MemberStatus, load_default=None)
    status_since = ma.fields.Date(load_default=None)
    class_id = ma.fields.UUID(load_default=None, allow_none=True)
    group_ids = ids_field(100, load_default=list)
    guardians = ma.fields.List(
        ma.fields.Nested(GuardianIn), load_default=list, validate=ma.validate.Length(max=10)
    )
    mails = ma.fields.List(ma.fields.String(), load_default=list)


class MemberPatchIn(ma.Schema):
    display_name = ma.fields.String()
    formal_name = ma.fields.String(allow_none=True)
    kana = ma.fields.String()
    number = _number(allow_none=True)
    management_number = ma.fields.String(
        allow_none=True, validate=[ma.validate.Length(max=50), readable]
    )
    birth_date = _typed(MOST_OF_A_DAY)
    note = _typed(MOST_OF_A_NOTE)
    status = enum_field(MemberStatus)
    status_since = ma.fields.Date()
    class_id = ma.fields.UUID(allow_none=True)
    group_ids = ids_field(100)
    version = ma.fields.String()


class LookUpIn(ma.Schema):
    ids = ids_field(MAX_LOOK_UP_IDS, required=True)
    with_deleted = ma.fields.Boolean(load_default=False)


class ChosenMembers(ma.Schema):
    ids = ids_field(MAX_LOOK_UP_IDS, required=True)


class StatusesIn(ChosenMembers):
    status = enum_field(MemberStatus, required=True)
    status_since = ma.fields.Date(required=True)


class StatusesOut(ma.Schema):
    """How many people changed, and how many had the status already."""

    changed = ma.fields.Integer(required=True)
    already = ma.fields.Integer(required=True)


class DeletedCount(ma.Schema):
    count = ma.fields.Integer(required=True)


class DeletedQuery(ma.Schema):
    kind = enum_field(MemberKind, load_default=MemberKind.PUPIL)
    after = ma.fields.String(load_default=None, validate=ma.validate.Length(max=500))
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


class DeletedMember(NamedMember):
    deleted_at = ma.fields.AwareDateTime(required=True, format="iso")


class DeletedPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(DeletedMember), required=True)
    next = ma.fields.String(required=True, allow_none=True)
