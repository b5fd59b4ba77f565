"""LINE users of families over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.my_page import FamilyTokenIn
from directory.api.schemas.people import readable

Length = ma.validate.Length


class OwnLineIn(FamilyTokenIn):
    terms_version = ma.fields.String(required=True, validate=[Length(1, 20), readable])


class NonceOut(ma.Schema):
    nonce = ma.fields.String(required=True)


class SessionTokenOut(ma.Schema):
    """`session_token`: lets the browser in at My Page."""

    session_token = ma.fields.String(required=True)


class ToldLinkIn(ma.Schema):
    nonce = ma.fields.String(required=True, validate=[Length(1, 255), readable], load_only=True)
    user_id = ma.fields.String(required=True, validate=ma.validate.Regexp(r"\AU[0-9a-f]{32}\Z"))


class LinkedOut(ma.Schema):
    """`children`: how many the LINE user stands for now; `is_held`: the office decides first."""

    children = ma.fields.Integer(required=True)
    is_held = ma.fields.Boolean(required=True)
