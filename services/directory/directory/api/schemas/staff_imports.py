"""A file of staff and what it would change, over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.imports import (
    MAX_CHANGES_A_PAGE,
    CellRemark,
    ChangesPage,
    ImportQuestion,
    PlanCounts,
    UnusedPart,
)

STATES = ("ready", "refused", "asking", "waiting", "applied")


class StaffImportQuery(ma.Schema):
    after = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 1_000_000))
    limit = ma.fields.Integer(load_default=200, validate=ma.validate.Range(1, MAX_CHANGES_A_PAGE))


class StaffImportOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    # `waiting`: applied, and identity has not answered for the accounts yet.
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    created_at = ma.fields.AwareDateTime(required=True, format="iso")
    expires_at = ma.fields.AwareDateTime(required=True, format="iso")
    applied_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)
    # Another one whenever it is made anew.
    revision = ma.fields.String(required=True)
    # Those that were read; a CSV has one without a name.
    sheets = ma.fields.List(ma.fields.String(), required=True)
    counts = ma.fields.Nested(PlanCounts, required=True)
    # How many accounts are asked of identity.
    account_count = ma.fields.Integer(required=True)
    error_count = ma.fields.Integer(required=True)
    # Questions that must be decided before anything can be applied.
    open_count = ma.fields.Integer(required=True)
    limit = ma.fields.Integer(required=True, allow_none=True)
    over_limit = ma.fields.Integer(required=True)


class StaffImportApplied(StaffImportOut):
    already = ma.fields.Boolean(required=True)


class StaffImportShown(StaffImportOut):
    errors = ma.fields.List(ma.fields.Nested(CellRemark), required=True)
    notes = ma.fields.List(ma.fields.Nested(CellRemark), required=True)
    unused = ma.fields.List(ma.fields.Nested(UnusedPart), required=True)
    questions = ma.fields.List(ma.fields.Nested(ImportQuestion), required=True)
    changes = ma.fields.Nested(ChangesPage, required=True)
    # What identity refused of the accounts once it was applied.
    refused = ma.fields.List(ma.fields.Nested(CellRemark), required=True)


class WantedAccountOut(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    # None: nobody who signs in.
    role = ma.fields.String(required=True, allow_none=True)
    display_name = ma.fields.String(required=True, allow_none=True)
    mail = ma.fields.String(required=True, allow_none=True)


class WantedAccounts(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(WantedAccountOut), required=True)
