"""What goes over HTTP about second factors."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length

from identity.api.schemas.fields import LONGEST_PASSWORD
from identity.api.schemas.sessions import SessionIn, SourceIn

# Of a browser's answer; without an attestation it has two thousand characters at most.
LONGEST_CREDENTIAL = 16_384


class FactorKindsOut(ma.Schema):
    kinds = ma.fields.List(ma.fields.String(), required=True)


class CodeIn(SessionIn):
    code = ma.fields.String(required=True, validate=Length(max=64), load_only=True)


class PassedOut(ma.Schema):
    recovery_codes_left = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "after one of them was used; null: none was"},
    )


class PasskeyOptionsOut(ma.Schema):
    options = ma.fields.Dict(
        required=True,
        metadata={"description": "for `navigator.credentials`, with bytes in base64url"},
    )


class SignatureIn(SessionIn):
    credential = ma.fields.String(
        required=True, validate=Length(max=LONGEST_CREDENTIAL), load_only=True
    )


class ConfirmIn(SessionIn, SourceIn):
    password = ma.fields.String(
        required=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )


class OwnFactorOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True, format="iso")
    used_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")


class OwnFactorsOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OwnFactorOut), required=True)
    recovery_codes_left = ma.fields.Integer(required=True)
    is_demanded = ma.fields.Boolean(required=True)
    is_sure = ma.fields.Boolean(
        required=True, metadata={"description": "whether the password was given a while ago"}
    )


class AppOfferOut(ma.Schema):
    secret = ma.fields.String(required=True)
    address = ma.fields.String(
        required=True, metadata={"description": "otpauth://, for a picture to be scanned"}
    )


class AppIn(SessionIn):
    name = ma.fields.String(required=True, validate=Length(1, 40))
    code = ma.fields.String(required=True, validate=Length(max=64), load_only=True)


class PasskeyIn(SessionIn):
    name = ma.fields.String(required=True, validate=Length(1, 40))
    credential = ma.fields.String(
        required=True, validate=Length(max=LONGEST_CREDENTIAL), load_only=True
    )


class RecoveryCodesOut(ma.Schema):
    """`recovery_codes`: shown this once; empty where nothing changed about them."""

    recovery_codes = ma.fields.List(ma.fields.String(), required=True)
