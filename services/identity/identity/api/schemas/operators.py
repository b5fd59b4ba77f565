"""Operators, and how they sign in."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length

from identity.api.schemas.fields import LONGEST_PASSWORD, MAIL
from identity.api.schemas.sessions import SignInIn


class OperatorSignInIn(SignInIn):
    code = ma.fields.String(required=True, validate=Length(max=32), load_only=True)


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
