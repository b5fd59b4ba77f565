"""Operators, how they sign in, and their accesses to the data of schools."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length

from common.words import SchoolPart
from identity.api.schemas.fields import LONGEST_PASSWORD, MAIL, Line, Number
from identity.api.schemas.sessions import SignInIn
from identity.domain.accesses import LONGEST_REASON, MOST_MINUTES


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
    mail = Line(320, MAIL, least=1, required=True)
    display_name = Line(100, least=1, required=True)
    password = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )
    totp_secret = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=128), load_only=True
    )
    code = ma.fields.String(
        load_default="",
        validate=Length(max=32),
        load_only=True,
        metadata={"description": "of the telephone of the operator who asks; not of a command"},
    )


class ConfirmedIn(ma.Schema):
    """`code`: of the telephone of the operator who asks."""

    code = ma.fields.String(required=True, validate=Length(max=32), load_only=True)


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


class FactorOut(ma.Schema):
    otpauth = ma.fields.String(
        required=True, metadata={"description": "address for an authenticator; given once"}
    )


class AccessIn(ma.Schema):
    """`id`: chosen by who asks, so that two presses begin one access."""

    id = ma.fields.UUID(required=True)
    reason = Line(2 * LONGEST_REASON, least=1, required=True)
    minutes = Number(1, MOST_MINUTES, required=True)


class AccessOut(ma.Schema):
    """`ends_at`: when it ends by itself; `ended_at`: when it ended, None before that."""

    id = ma.fields.UUID(required=True)
    operator_id = ma.fields.UUID(required=True)
    reason = ma.fields.String(required=True)
    begun_at = ma.fields.AwareDateTime(required=True, format="iso")
    ends_at = ma.fields.AwareDateTime(required=True, format="iso")
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")


class ListedAccessOut(AccessOut):
    """`operator_name`: None once the operator has left."""

    operator_name = ma.fields.String(required=True, allow_none=True)


class AccessListOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedAccessOut), required=True)


class LookIn(ma.Schema):
    part = ma.fields.Enum(SchoolPart, by_value=True, required=True)


class LookOut(ma.Schema):
    """`token`: opens this part of the school's data to its bearer, to read."""

    token = ma.fields.String(required=True)
    token_expires_in = ma.fields.Integer(required=True, metadata={"description": "seconds"})


class RecoveryIn(ma.Schema):
    """`called`: whom the operator called back, and by which number."""

    account_id = ma.fields.UUID(required=True)
    called = Line(200, least=1, required=True)


class RecoveryOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    account_id = ma.fields.UUID(required=True)
    asked_by = ma.fields.UUID(required=True)
    asked_at = ma.fields.AwareDateTime(required=True, format="iso")
    called = ma.fields.String(required=True)


class RecoveriesOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RecoveryOut), required=True)


class RecoveryPasswordOut(ma.Schema):
    password = ma.fields.String(required=True)
    password_until = ma.fields.AwareDateTime(required=True, format="iso")
