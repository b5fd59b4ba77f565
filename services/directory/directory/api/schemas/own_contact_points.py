"""The contact points of who of the staff is signed in, over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.people import ContactPointOut, readable
from directory.api.schemas.registrations import AppIn, RegistrationMailOut
from directory.domain.registration.trying import LONGEST_CODE

Length = ma.validate.Length


class OwnContactPoints(ma.Schema):
    """`waiting`: addresses whose mail was not answered yet."""

    contact_points = ma.fields.List(ma.fields.Nested(ContactPointOut), required=True)
    waiting = ma.fields.List(ma.fields.Nested(RegistrationMailOut), required=True)


class OwnTermsIn(ma.Schema):
    """`terms_version`: of the words on the use of addresses that were agreed to."""

    terms_version = ma.fields.String(required=True, validate=[Length(1, 20), readable])


class OwnMailIn(OwnTermsIn):
    """`is_sure`: it was asked whether the address is meant so."""

    address = ma.fields.String(required=True, validate=Length(0, 320))
    is_sure = ma.fields.Boolean(load_default=False)


class OwnCodeIn(ma.Schema):
    code = ma.fields.String(required=True, validate=[Length(0, LONGEST_CODE), readable])


class StaffAppIn(OwnTermsIn, AppIn):
    """A phone, and what was agreed to."""


class OwnPointEndIn(ma.Schema):
    """`even_last`: though no message for staff would reach them any more."""

    even_last = ma.fields.Boolean(load_default=False)
