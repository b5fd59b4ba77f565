"""Registration in the LINE talk, over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.people import ids_field, readable
from directory.domain.registration.trying import LONGEST_CODE

# Of a city that shares one LINE account.
MOST_SCHOOLS = 500
Length = ma.validate.Length


def _user_id() -> ma.fields.String:
    return ma.fields.String(required=True, validate=ma.validate.Regexp(r"\AU[0-9a-f]{32}\Z"))


def _code() -> ma.fields.String:
    return ma.fields.String(
        required=True, validate=[Length(1, LONGEST_CODE), readable], load_only=True
    )


class SchoolsOfTalkIn(ma.Schema):
    school_ids = ids_field(MOST_SCHOOLS, required=True)


class SchoolsOfTalk(ma.Schema):
    """The schools of an account that let families register in its talk."""

    school_ids = ma.fields.List(ma.fields.UUID(), required=True)


class TypedSchoolIn(SchoolsOfTalkIn):
    """`school_ids`: those who speak through the account to which the code was typed."""

    user_id = _user_id()
    school_code = _code()


class TypedSchoolOut(ma.Schema):
    school_id = ma.fields.UUID(required=True)


class TypedInTalkIn(ma.Schema):
    user_id = _user_id()
    login_id = _code()
    passcode = _code()
    terms_version = ma.fields.String(required=True, validate=[Length(1, 20), readable])
    agreed_at = ma.fields.AwareDateTime(required=True, format="iso")


class TalkSettingOut(ma.Schema):
    is_allowed = ma.fields.Boolean(required=True)


class TalkSettingIn(ma.Schema):
    is_allowed = ma.fields.Boolean(required=True)
