"""Registrations of families over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import validates_schema

from common.web_push import LONGEST_ENDPOINT, LONGEST_FIREBASE_TOKEN
from common.words import Language
from directory.api.schemas.people import NamedMember, enum_field, readable
from directory.domain.registration.trying import LONGEST_CODE

Length = ma.validate.Length
ADDRESS = Length(1, 64)
LONGEST_KEY = 100


class SheetCodesIn(ma.Schema):
    """What stands on a sheet, as somebody typed it; `remote_address`: of the visitor."""

    login_id = ma.fields.String(required=True, validate=[Length(0, LONGEST_CODE), readable])
    passcode = ma.fields.String(required=True, validate=[Length(0, LONGEST_CODE), readable])
    remote_address = ma.fields.String(required=True, validate=[ADDRESS, readable])


class RegistrationIn(SheetCodesIn):
    school_code = ma.fields.String(required=True, validate=[Length(0, LONGEST_CODE), readable])


class RegistrationBegun(ma.Schema):
    """`token`: opens the registration, in this school's name, to whoever holds it."""

    school_id = ma.fields.UUID(required=True)
    token = ma.fields.String(required=True)


class TokenIn(ma.Schema):
    token = ma.fields.String(required=True, validate=[Length(1, 100), readable])


class TicketOut(ma.Schema):
    """`ticket`: takes the registration over into an installed page, once."""

    ticket = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True, format="iso")


class TicketIn(ma.Schema):
    ticket = ma.fields.String(required=True, validate=[Length(1, 100), readable])


class TokenOut(ma.Schema):
    """`token`: opens the registration from now on."""

    token = ma.fields.String(required=True)


class SiblingIn(SheetCodesIn, TokenIn):
    """Another sheet of the same family; its school is the registration's."""

    school_code = ma.fields.String(required=True, validate=[Length(0, LONGEST_CODE), readable])


class AgreementIn(TokenIn):
    terms_version = ma.fields.String(required=True, validate=[Length(1, 20), readable])
    label = ma.fields.String(load_default="", validate=[Length(max=100), readable])
    language = enum_field(Language, required=True)


class RegisteredChild(ma.Schema):
    name = ma.fields.String(required=True)
    state = ma.fields.String(required=True)


class RegistrationMailOut(ma.Schema):
    """`address`: whole while it waits for its proof, then masked, then None."""

    id = ma.fields.UUID(required=True)
    address = ma.fields.String(required=True, allow_none=True)
    is_proved = ma.fields.Boolean(required=True)
    is_over = ma.fields.Boolean(required=True)
    tries_left = ma.fields.Integer(required=True)
    asked_at = ma.fields.AwareDateTime(required=True)


class RegistrationOut(ma.Schema):
    """`terms_version`: to which words on the use of addresses was agreed, None before; `lines`: how
    many LINE users were linked.
    """

    label = ma.fields.String(required=True)
    language = ma.fields.String(required=True)
    terms_version = ma.fields.String(required=True, allow_none=True)
    is_registered = ma.fields.Boolean(required=True)
    children = ma.fields.List(ma.fields.Nested(RegisteredChild), required=True)
    mails = ma.fields.List(ma.fields.Nested(RegistrationMailOut), required=True)
    lines = ma.fields.Integer(required=True)


class RegistrationMailIn(TokenIn):
    """`is_sure`: it was asked whether the address is meant so."""

    address = ma.fields.String(required=True, validate=Length(0, 320))
    is_sure = ma.fields.Boolean(load_default=False)


class RegistrationMailSent(ma.Schema):
    mail_id = ma.fields.UUID(required=True)


class SubscriptionIn(ma.Schema):
    """What a browser's push service gave it (W3C Push API), in base64url."""

    endpoint = ma.fields.String(required=True, validate=[Length(1, LONGEST_ENDPOINT), readable])
    p256dh = ma.fields.String(required=True, validate=[Length(1, LONGEST_KEY), readable])
    auth = ma.fields.String(required=True, validate=[Length(1, LONGEST_KEY), readable])


class AppIn(ma.Schema):
    """How a phone is reached: by its browser's subscription, or by a token of Firebase's."""

    subscription = ma.fields.Nested(SubscriptionIn, load_default=None, allow_none=True)
    firebase_token = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=[Length(1, LONGEST_FIREBASE_TOKEN), readable],
    )

    @validates_schema
    def check_one(self, body: dict[str, Any], **_: Any) -> None:
        """Refuse what names no phone, or two."""
        given = [body.get("subscription"), body.get("firebase_token")]
        if len([each for each in given if each is not None]) != 1:
            raise ma.ValidationError("Give a subscription or a token.", "subscription")


class RegistrationAppIn(TokenIn, AppIn):
    """The phone of who registers."""


class AppRenewalIn(ma.Schema):
    """A phone that is reached otherwise now. `before`: its address that was given last."""

    before = ma.fields.Nested(AppIn, required=True)
    after = ma.fields.Nested(AppIn, required=True)


class CodeIn(TokenIn):
    mail_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True, validate=[Length(0, LONGEST_CODE), readable])


class ConfirmationLinkIn(ma.Schema):
    """The token of a confirmation mail's link; `token`: of the browser's own registration."""

    link = ma.fields.String(required=True, validate=[Length(1, 200), readable])
    token = ma.fields.String(
        load_default=None, allow_none=True, validate=[Length(1, 100), readable]
    )


class ConfirmationLinkOut(ma.Schema):
    """`is_proved`: the link was pressed before, or the code given; `is_staff`: one of the staff
    asked for it.
    """

    school_id = ma.fields.UUID(required=True)
    is_proved = ma.fields.Boolean(required=True)
    is_staff = ma.fields.Boolean(required=True)
    language = ma.fields.String(required=True)


class ProvedOut(ma.Schema):
    """`session_token`: lets the browser in at My Page; None: the office has to accept it, or it was
    proved before.
    """

    session_token = ma.fields.String(required=True, allow_none=True)


class PressedConfirmation(ProvedOut):
    """`is_waiting`: the office has to accept the registration first; `is_own_browser`: by the
    browser that asked for the mail; `is_staff`: one of the staff had asked for it.
    """

    school_id = ma.fields.UUID(required=True)
    is_waiting = ma.fields.Boolean(required=True)
    is_own_browser = ma.fields.Boolean(required=True)
    is_staff = ma.fields.Boolean(required=True)


class RecentRegistration(NamedMember):
    """A child for whom somebody registered; `mails`: how many addresses they proved; `apps`: how
    many phones they gave; `lines`: how many LINE users they linked.
    """

    registration_id = ma.fields.UUID(required=True)
    label = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    settled_at = ma.fields.AwareDateTime(required=True)
    mails = ma.fields.Integer(required=True)
    apps = ma.fields.Integer(required=True)
    lines = ma.fields.Integer(required=True)


class RecentRegistrations(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RecentRegistration), required=True)
