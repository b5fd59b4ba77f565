"""Empty mails over HTTP."""

from __future__ import annotations

import marshmallow as ma

Length = ma.validate.Length


class LocalPart(ma.Schema):
    """What stands before the @ of an address of ours."""

    local_part = ma.fields.String(required=True, validate=Length(1, 64))


class EmptyMailAddress(LocalPart):
    """Whole it is with the domain that mails come from."""


class EmptyMailIn(LocalPart):
    """`sender`: of the envelope, to whom alone anything is answered (RFC 3834, 4)."""

    sender = ma.fields.String(required=True, validate=Length(1, 320))
