"""Guardians who are one person, over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.people import NamedMember, counts_by_channel, readable


class DoublesQuery(ma.Schema):
    query = ma.fields.String(load_default="", validate=[ma.validate.Length(max=200), readable])


class KnownGuardian(ma.Schema):
    guardian_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, allow_none=True)
    label = ma.fields.String(required=True)
    children = ma.fields.List(ma.fields.Nested(NamedMember), required=True)


class Doubles(ma.Schema):
    guardian = ma.fields.Nested(KnownGuardian, required=True)
    items = ma.fields.List(ma.fields.Nested(KnownGuardian), required=True)


class ChildOfGuardian(NamedMember):
    label = ma.fields.String(required=True)


class JoinedSide(ma.Schema):
    """One of the two; `points`: contact points by channel that are not ended."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, allow_none=True)
    protected = ma.fields.Boolean(required=True)
    children = ma.fields.List(ma.fields.Nested(ChildOfGuardian), required=True)
    points = counts_by_channel()


class JoiningOut(ma.Schema):
    """What would become of two guardians: `gone` is joined into `kept`.

    `name`, `children`, `mails`: of the one there is then; `too_many`: more mail addresses than one
    may have; `same_points`: addresses that both have; `protects`: the mark of one covers the
    children of both from then on; `version`: goes back with the order.
    """

    kept = ma.fields.Nested(JoinedSide, required=True)
    gone = ma.fields.Nested(JoinedSide, required=True)
    name = ma.fields.String(required=True, allow_none=True)
    children = ma.fields.Integer(required=True)
    mails = ma.fields.Integer(required=True)
    too_many = ma.fields.Boolean(required=True)
    same_points = ma.fields.Integer(required=True)
    protects = ma.fields.Boolean(required=True)
    version = ma.fields.String(required=True)


class JoiningIn(ma.Schema):
    version = ma.fields.String(required=True)
