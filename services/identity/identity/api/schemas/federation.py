"""What goes over HTTP when staff sign in by the city's account."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length

# Microsoft's are of some 1,500 letters.
LONGEST_CODE = 4096
RETURN_TO = {
    "description": "our page to which the provider sends the browser back, as it is registered"
}


class CityOut(ma.Schema):
    name = ma.fields.String(
        required=True, metadata={"description": "what people call the city's accounts"}
    )


class GoOverIn(ma.Schema):
    return_to = ma.fields.String(required=True, validate=Length(1, 500), metadata=RETURN_TO)


class WayOverOut(ma.Schema):
    address = ma.fields.String(
        required=True, metadata={"description": "the provider's page, for the browser"}
    )
    binding = ma.fields.String(
        required=True,
        metadata={"description": "for a cookie: only this browser may bring the answer"},
    )


class ComeBackIn(GoOverIn):
    """What the browser brings back; anything may stand in it, and most of it opens nothing."""

    state = ma.fields.String(required=True, validate=Length(max=200), load_only=True)
    code = ma.fields.String(required=True, validate=Length(max=LONGEST_CODE), load_only=True)
    binding = ma.fields.String(required=True, validate=Length(max=200), load_only=True)
    browser = ma.fields.String(load_default="", validate=Length(max=60))


class FederatedSessionOut(ma.Schema):
    session_id = ma.fields.String(required=True)
