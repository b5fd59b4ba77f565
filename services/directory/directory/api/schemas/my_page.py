"""Families at their own page, over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from common.words import Language
from directory.api.schemas.people import ContactPointOut, NamedMember, enum_field, readable
from directory.api.schemas.registrations import AppIn
from directory.domain.family_mails import FamilyMailKind
from directory.domain.my_page.links import LinkKind

LONGEST_TOKEN = 200
LONGEST_TYPED = 500


def password_field(**options: Any) -> ma.fields.String:
    """Return the field of a password as it was typed."""
    length = ma.validate.Length(max=LONGEST_TYPED)
    return ma.fields.String(validate=[length, readable], load_only=True, **options)


class FamilyTokenIn(ma.Schema):
    """`token`: what the browser holds."""

    token = ma.fields.String(
        required=True,
        validate=[ma.validate.Length(1, LONGEST_TOKEN), readable],
        load_only=True,
    )


class PointEndIn(FamilyTokenIn):
    """`even_last`: though nothing would reach this family any more."""

    even_last = ma.fields.Boolean(load_default=False)


class LanguageIn(FamilyTokenIn):
    language = enum_field(Language, required=True)


class OwnPasswordTokenIn(FamilyTokenIn):
    """`current`: the password until now; empty where the browser was let in just now."""

    current = password_field(load_default="")
    remote_address = ma.fields.String(required=True, validate=ma.validate.Length(max=100))


class NewPasswordIn(OwnPasswordTokenIn):
    password = password_field(required=True)


class OwnPasswordStandOut(ma.Schema):
    """`chosen_at`: null where there is none; `offered`: whether one could be chosen; `fresh`: the
    browser was let in just now, and need not show that it knows the password.
    """

    chosen_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    offered = ma.fields.Boolean(required=True, attribute="is_offered")
    fresh = ma.fields.Boolean(required=True, attribute="is_fresh")


class FamilyAppIn(FamilyTokenIn, AppIn):
    """`terms_version`: of the words on the use of addresses that were agreed to."""

    terms_version = ma.fields.String(required=True, validate=[ma.validate.Length(1, 20), readable])


class OwnAppIn(FamilyTokenIn, AppIn):
    """A phone of which its family asks whether it is known."""


class OwnAppOut(ma.Schema):
    """`contact_point_id`: null where notifications don't go to this phone; `is_ended`: it was taken
    off the roster, so that this is meant.
    """

    contact_point_id = ma.fields.UUID(required=True, allow_none=True)
    is_ended = ma.fields.Boolean(required=True)


class FamilyOut(ma.Schema):
    """`guardian_ids`: by whom messages are looked for; `guardian_id`: the one of the browser."""

    guardian_id = ma.fields.UUID(required=True)
    guardian_ids = ma.fields.List(ma.fields.UUID(), required=True)
    language = ma.fields.String(required=True)
    children = ma.fields.List(ma.fields.Nested(NamedMember), required=True)
    contact_points = ma.fields.List(ma.fields.Nested(ContactPointOut), required=True)


class LinkRequestIn(ma.Schema):
    """`remote_address`: from where it is asked."""

    mail = ma.fields.String(
        required=True, validate=[ma.validate.Length(1, LONGEST_TYPED), readable]
    )
    remote_address = ma.fields.String(required=True, validate=ma.validate.Length(max=100))


class FamilySignInIn(LinkRequestIn):
    password = password_field(required=True)


class OpenedPageOut(ma.Schema):
    """`token`: what the browser keeps for this school."""

    school_id = ma.fields.UUID(required=True)
    token = ma.fields.String(required=True)


class OpenedPagesOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OpenedPageOut), required=True)


class LinkOut(ma.Schema):
    school_id = ma.fields.UUID(required=True)
    kind = enum_field(LinkKind, required=True)


class PressedLinkOut(LinkOut):
    """`token`: what the browser keeps; null for a test. `is_staff`: at one of the staff."""

    token = ma.fields.String(required=True, allow_none=True)
    is_staff = ma.fields.Boolean(required=True)


class FamilyMailOut(ma.Schema):
    """A mail that is to go to a family: the address sealed as the contact point's own is.

    `token`: of the link in it; `code`: the six digits of a confirmation. `guardian_id`: of a
    confirmation the id of who registers, and of staff that of the member.
    """

    kind = enum_field(FamilyMailKind, required=True)
    contact_point_id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(required=True)
    address = ma.fields.String(required=True)
    language = ma.fields.String(required=True)
    token = ma.fields.String(required=True, allow_none=True)
    code = ma.fields.String(required=True, allow_none=True)
    expires_at = ma.fields.AwareDateTime(required=True, format="iso")


class FamilyNotificationOut(ma.Schema):
    """What is to go to a family's app, as `FamilyMailOut`. `token`: of the link that it opens."""

    kind = enum_field(FamilyMailKind, required=True)
    contact_point_id = ma.fields.UUID(required=True)
    guardian_id = ma.fields.UUID(required=True)
    address = ma.fields.String(required=True)
    language = ma.fields.String(required=True)
    token = ma.fields.String(required=True, allow_none=True)


class LineUserIn(ma.Schema):
    user_id = ma.fields.String(required=True, validate=ma.validate.Regexp(r"\AU[0-9a-f]{32}\Z"))


class GivenLinkOut(ma.Schema):
    """`token`: of a link that lets whoever presses it in at My Page, once."""

    token = ma.fields.String(required=True)
