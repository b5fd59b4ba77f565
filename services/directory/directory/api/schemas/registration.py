"""Registration sheets, over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.people import (
    MAX_LOOK_UP_IDS,
    counts_by_channel,
    ids_field,
    readable,
)
from directory.domain.registration.codes import VALID_DAYS

# What still leaves one page of A4 to the rest of the sheet.
LONGEST_TEXT = 200
_LOGIN_ID = 50


class SheetQuery(ma.Schema):
    group_id = ma.fields.UUID(load_default=None)
    prospective = ma.fields.Boolean(load_default=False)
    unreached = ma.fields.Boolean(load_default=False)


class SheetChild(ma.Schema):
    """A child whose sheet may be printed. `issued_at`: null where none was given out yet."""

    id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)
    kana = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    class_id = ma.fields.UUID(required=True, allow_none=True)
    class_name = ma.fields.String(required=True, allow_none=True)
    number = ma.fields.Integer(required=True, allow_none=True)
    protected = ma.fields.Boolean(required=True)
    channels = counts_by_channel()
    dead = counts_by_channel()
    stopped = counts_by_channel()
    issued_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)
    valid_until = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)


class SheetChildren(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SheetChild), required=True)


class SheetsIn(ma.Schema):
    member_ids = ids_field(MAX_LOOK_UP_IDS, required=True)


class PrintedSheet(ma.Schema):
    """What is printed on a child's sheet; `login_id` as a QR code carries it."""

    id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)
    class_id = ma.fields.UUID(required=True, allow_none=True)
    class_name = ma.fields.String(required=True, allow_none=True)
    number = ma.fields.Integer(required=True, allow_none=True)
    protected = ma.fields.Boolean(required=True)
    login_id = ma.fields.String(required=True)
    login_id_in_parts = ma.fields.String(required=True)
    passcode_in_parts = ma.fields.String(required=True)
    issued_at = ma.fields.AwareDateTime(required=True, format="iso")
    valid_until = ma.fields.AwareDateTime(required=True, format="iso")


class PrintedSheets(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(PrintedSheet), required=True)


class SheetOut(ma.Schema):
    login_id = ma.fields.String(required=True, allow_none=True)
    issued_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)
    valid_until = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)


class LoginIdIn(ma.Schema):
    """`login_id`: empty for one that is drawn."""

    login_id = ma.fields.String(
        required=True, validate=[ma.validate.Length(max=_LOGIN_ID), readable]
    )


class SheetTextOut(ma.Schema):
    text = ma.fields.String(required=True)


def _text() -> ma.fields.String:
    return ma.fields.String(
        required=True, validate=[ma.validate.Length(max=LONGEST_TEXT), readable]
    )


class SheetPeriod(ma.Schema):
    days = ma.fields.Integer(required=True, strict=True, validate=ma.validate.OneOf(VALID_DAYS))


class SheetTextIn(ma.Schema):
    text = _text()
    former = _text()
