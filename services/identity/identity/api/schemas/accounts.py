"""What goes over HTTP about accounts of staff, their passwords and their sessions."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from common.notices import MOST_READERS
from common.rights import Right
from common.web.paging import PageQuery
from common.words import Language
from identity.api.schemas.fields import LONGEST_PASSWORD, MAIL
from identity.api.schemas.schools import AdministratorIn
from identity.api.schemas.sessions import SourceIn
from identity.domain.temporary import PasswordState
from identity.domain.words import Role, RoleStatus, StaffScope

MOST_AT_ONCE = 500
# A review names every account that can sign in, and can be split into no parts.
MOST_REVIEWED = 5000
# A deletion goes by DELETE, so that it can be undone.
SWITCHED_STATUSES = (RoleStatus.ACTIVE, RoleStatus.ENDED)


class AccountIn(AdministratorIn):
    role = ma.fields.Enum(Role, by_value=True, required=True)
    scope = ma.fields.Enum(StaffScope, by_value=True, load_default=None, allow_none=True)
    member_id = ma.fields.UUID(load_default=None, allow_none=True)
    group_ids = ma.fields.List(ma.fields.UUID(), load_default=list)
    functions_off = ma.fields.List(ma.fields.String(), load_default=list)
    functions_on = ma.fields.List(ma.fields.String(), load_default=list)
    starts_on = ma.fields.Date(load_default=None, allow_none=True)
    ends_on = ma.fields.Date(load_default=None, allow_none=True)


class CreatedAccountOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    staff_role_id = ma.fields.UUID(required=True)
    password = ma.fields.String(metadata={"description": "temporary, when none was supplied"})
    password_until = ma.fields.AwareDateTime(format="iso")


class AccountChangesIn(ma.Schema):
    mail = ma.fields.String(validate=[Length(max=320), MAIL])
    display_name = ma.fields.String(validate=Length(1, 100))
    post = ma.fields.String(validate=Length(max=100))
    role = ma.fields.Enum(Role, by_value=True)
    scope = ma.fields.Enum(StaffScope, by_value=True)
    status = ma.fields.Enum(RoleStatus, by_value=True, validate=OneOf(SWITCHED_STATUSES))
    member_id = ma.fields.UUID(allow_none=True)
    group_ids = ma.fields.List(ma.fields.UUID())
    functions_off = ma.fields.List(ma.fields.String())
    functions_on = ma.fields.List(ma.fields.String())
    starts_on = ma.fields.Date(allow_none=True)
    ends_on = ma.fields.Date(allow_none=True)


class SharedChangesIn(ma.Schema):
    """What can be said of many people at once: how far they reach, and one right on or off."""

    scope = ma.fields.Enum(StaffScope, by_value=True, load_default=None, allow_none=True)
    function = ma.fields.Enum(Right, by_value=True, load_default=None, allow_none=True)
    is_on = ma.fields.Boolean(load_default=True)


class ManyChangesIn(ma.Schema):
    account_ids = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(1, MOST_AT_ONCE))
    changes = ma.fields.Nested(SharedChangesIn, required=True)


class ManyChangedOut(ma.Schema):
    changed = ma.fields.Integer(required=True)


class AccountQuery(PageQuery):
    """`status`: those of one status; without it all of them, deleted ones too."""

    status = ma.fields.Enum(RoleStatus, by_value=True, load_default=None)


class AccountOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    staff_role_id = ma.fields.UUID(required=True)
    member_id = ma.fields.UUID(required=True, allow_none=True)
    display_name = ma.fields.String(required=True)
    post = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    scope = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    starts_on = ma.fields.Date(required=True, allow_none=True)
    ends_on = ma.fields.Date(required=True, allow_none=True)
    deleted_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    last_sign_in_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    group_ids = ma.fields.List(ma.fields.UUID(), required=True)
    functions_off = ma.fields.List(ma.fields.String(), required=True)
    functions_on = ma.fields.List(ma.fields.String(), required=True)


class ListedAccountOut(AccountOut):
    has_factor = ma.fields.Boolean(
        required=True, metadata={"description": "whether this person has a second factor"}
    )


class FullAccountOut(ListedAccountOut):
    """An account to who manages it: with its address, and what it may do as things stand."""

    mail = ma.fields.String(required=True)
    functions = ma.fields.List(ma.fields.String(), required=True)
    own_only = ma.fields.List(ma.fields.String(), required=True)
    password_state = ma.fields.Enum(PasswordState, by_value=True, required=True)
    temporary_until = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    schools = ma.fields.Integer(
        required=True, metadata={"description": "at how many schools this person works"}
    )
    is_managed_here = ma.fields.Boolean(
        required=True, metadata={"description": "whether password and address are this school's"}
    )


class AccountPageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedAccountOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class NoticeAddressesIn(ma.Schema):
    """`account_ids`: who shall get a notice; `named_account_ids`: whom its words call by name."""

    account_ids = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(max=MOST_READERS))
    named_account_ids = ma.fields.List(
        ma.fields.UUID(), load_default=list, validate=Length(max=MOST_READERS)
    )


class NoticeAddressOut(ma.Schema):
    account_id = ma.fields.UUID(required=True)
    mail = ma.fields.String(required=True)
    display_name = ma.fields.String(required=True)
    language = ma.fields.Enum(Language, by_value=True, required=True)


class NamedAccountOut(ma.Schema):
    account_id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)
    post = ma.fields.String(required=True)


class NoticeAddressesOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NoticeAddressOut), required=True)
    names = ma.fields.List(ma.fields.Nested(NamedAccountOut), required=True)


class PasswordIn(ma.Schema):
    password = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )


class PasswordOut(ma.Schema):
    password = ma.fields.String(metadata={"description": "temporary, when none was supplied"})
    password_until = ma.fields.AwareDateTime(format="iso")


class PasswordRowOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)
    post = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    state = ma.fields.Enum(PasswordState, by_value=True, required=True)
    temporary_until = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")


class PasswordListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PasswordRowOut), required=True)


class ChosenAccountsIn(ma.Schema):
    account_ids = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(1, MOST_AT_ONCE))


class IssuedOut(ma.Schema):
    issued = ma.fields.Integer(required=True)


class TemporaryPasswordOut(PasswordRowOut):
    mail = ma.fields.String(required=True)
    password = ma.fields.String(required=True)


class TemporaryPasswordsOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(TemporaryPasswordOut), required=True)


class OwnSessionOut(ma.Schema):
    number = ma.fields.UUID(required=True)
    browser = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True, format="iso")
    last_seen_at = ma.fields.AwareDateTime(required=True, format="iso")


class OwnSessionsOut(ma.Schema):
    """`language`: of the product's own mails to this person."""

    mail = ma.fields.String(required=True)
    language = ma.fields.String(required=True)
    items = ma.fields.List(ma.fields.Nested(OwnSessionOut), required=True)


class OwnLanguageIn(ma.Schema):
    language = ma.fields.Enum(Language, by_value=True, required=True)


class EndSessionsIn(ma.Schema):
    """`number`: the one that ends, or that stays where all others end (`others`)."""

    number = ma.fields.UUID(required=True)
    others = ma.fields.Boolean(required=True)


class OwnPasswordIn(SourceIn):
    session_id = ma.fields.String(required=True, validate=Length(max=200))
    current = ma.fields.String(required=True, validate=Length(max=LONGEST_PASSWORD), load_only=True)
    password = ma.fields.String(
        required=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )


class ReviewIn(ma.Schema):
    """Each account that can sign in, in one of the two."""

    kept = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(max=MOST_REVIEWED))
    stopped = ma.fields.List(ma.fields.UUID(), required=True, validate=Length(max=MOST_REVIEWED))


class ReviewedAccountOut(ma.Schema):
    account_id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)
    post = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    last_sign_in_at = ma.fields.String(required=True, allow_none=True)
    stays = ma.fields.Boolean(required=True)


class ListedReviewOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    reviewed_at = ma.fields.AwareDateTime(required=True, format="iso")
    reviewed_by = ma.fields.UUID(required=True)


class ReviewListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedReviewOut), required=True)


class ReviewOut(ListedReviewOut):
    listed = ma.fields.List(ma.fields.Nested(ReviewedAccountOut), required=True)
    signature_fits = ma.fields.Boolean(required=True)


class AlarmOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    account_id = ma.fields.UUID(required=True)
    raised_at = ma.fields.AwareDateTime(required=True, format="iso")
    count = ma.fields.Integer(required=True)
    action = ma.fields.String(required=True)
    seen_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    seen_by = ma.fields.UUID(required=True, allow_none=True)


class AlarmListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AlarmOut), required=True)
