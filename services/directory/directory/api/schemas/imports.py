"""A roster file and what it would change, over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from directory.domain.words import ImportStage
from directory.domain.workbooks import MAX_CELL_TEXT, Note

MAX_CHANGES_A_PAGE = 500
MAX_NOTES = 10_000
MAX_NOTE_TEXT = 500
# The last row and a column's letters, as Excel counts.
LAST_ROW = 1_048_576
CELL = r"([A-Z]{1,3}[1-9][0-9]{0,6})?"


class ImportPlanQuery(ma.Schema):
    after = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 1_000_000))
    limit = ma.fields.Integer(load_default=200, validate=ma.validate.Range(1, MAX_CHANGES_A_PAGE))
    errors_after = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 10_000_000))


class ImportDecisions(ma.Schema):
    # Question's key → its choice.
    decisions = ma.fields.Dict(
        keys=ma.fields.String(validate=ma.validate.Length(1, 200)),
        values=ma.fields.String(validate=ma.validate.Length(1, 20)),
        required=True,
        validate=ma.validate.Length(max=50_000),
    )


class ImportApplication(ma.Schema):
    # Of the plan that was looked at; without one, whatever it says now is written.
    revision = ma.fields.String(load_default=None, validate=ma.validate.Length(max=64))


class PlanCounts(ma.Schema):
    classes = ma.fields.Integer(required=True)
    new = ma.fields.Integer(required=True)
    changed = ma.fields.Integer(required=True)
    deleted = ma.fields.Integer(required=True)
    missing = ma.fields.Integer(required=True)
    unchanged = ma.fields.Integer(required=True)
    kept_mails = ma.fields.Integer(required=True)


# Of a preview that is shown; a plan that is further, or not so far, has its stage for a state.
SHOWN_STATES = ("ready", "refused", "asking")
STATES = (*SHOWN_STATES, *(stage.value for stage in ImportStage if stage != ImportStage.SHOWN))


class ImportTrouble(ma.Schema):
    code = ma.fields.String(required=True)
    # What the sentence for the code has blanks for.
    params = ma.fields.Dict(keys=ma.fields.String(), required=True)


class ImportPlanOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    created_at = ma.fields.AwareDateTime(required=True, format="iso")
    expires_at = ma.fields.AwareDateTime(required=True, format="iso")
    applied_at = ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)
    # When it was uploaded, decided or confirmed the last time.
    asked_at = ma.fields.AwareDateTime(required=True, format="iso")
    # None until the file was read.
    rows = ma.fields.Integer(required=True, allow_none=True)
    # Why it could not be read, or not be written.
    trouble = ma.fields.Nested(ImportTrouble, required=True, allow_none=True)
    # Another one whenever the plan is made anew.
    revision = ma.fields.String(required=True)
    # Those that were read; a CSV has one without a name.
    sheets = ma.fields.List(ma.fields.String(), required=True)
    counts = ma.fields.Nested(PlanCounts, required=True)
    error_count = ma.fields.Integer(required=True)
    # Questions that must be decided before anything can be applied.
    open_count = ma.fields.Integer(required=True)
    limit = ma.fields.Integer(required=True, allow_none=True)
    over_limit = ma.fields.Integer(required=True)


class ImportPlanApplied(ImportPlanOut):
    already = ma.fields.Boolean(required=True)


class CellRemark(ma.Schema):
    sheet = ma.fields.String(required=True)
    row = ma.fields.Integer(required=True)
    column = ma.fields.String(required=True)
    cell = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    # What the sentence for the code has blanks for.
    params = ma.fields.Dict(keys=ma.fields.String(), required=True)


class UnusedPart(ma.Schema):
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(("sheet", "column", "row")))
    sheet = ma.fields.String(required=True)
    where = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    text = ma.fields.String(required=True)


class ImportQuestion(ma.Schema):
    key = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    sheet = ma.fields.String(required=True)
    row = ma.fields.Integer(required=True)
    cell = ma.fields.String(required=True)
    choices = ma.fields.List(ma.fields.String(), required=True)
    must = ma.fields.Boolean(required=True)
    chosen = ma.fields.String(required=True, allow_none=True)
    params = ma.fields.Dict(keys=ma.fields.String(), required=True)


class ChangeDetail(ma.Schema):
    field = ma.fields.String(required=True)
    # As the field's column in the workbook is headed; empty where it has none.
    heading = ma.fields.String(required=True, dump_default="")
    before = ma.fields.String(required=True, allow_none=True)
    after = ma.fields.String(required=True, allow_none=True)
    who = ma.fields.String(required=True)


class RosterChange(ma.Schema):
    kind = ma.fields.String(
        required=True, validate=ma.validate.OneOf(("class", "new", "changed", "deleted", "missing"))
    )
    member_id = ma.fields.UUID(required=True, allow_none=True)
    class_name = ma.fields.String(required=True, allow_none=True)
    number = ma.fields.Integer(required=True, allow_none=True)
    display_name = ma.fields.String(required=True)
    kana = ma.fields.String(required=True)
    # Of the file; none where the child does not stand in it.
    row = ma.fields.Integer(required=True, allow_none=True)
    details = ma.fields.List(ma.fields.Nested(ChangeDetail), required=True)


class ChangesPage(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RosterChange), required=True)
    next = ma.fields.Integer(required=True, allow_none=True)


class ImportPlanShown(ImportPlanOut):
    errors = ma.fields.List(ma.fields.Nested(CellRemark), required=True)
    errors_next = ma.fields.Integer(required=True, allow_none=True)
    notes = ma.fields.List(ma.fields.Nested(CellRemark), required=True)
    unused = ma.fields.List(ma.fields.Nested(UnusedPart), required=True)
    questions = ma.fields.List(ma.fields.Nested(ImportQuestion), required=True)
    changes = ma.fields.Nested(ChangesPage, required=True)


class ImportNote(ma.Schema):
    # Empty where the file has none (CSV).
    sheet = ma.fields.String(required=True, validate=ma.validate.Length(max=MAX_CELL_TEXT))
    row = ma.fields.Integer(required=True, validate=ma.validate.Range(1, LAST_ROW))
    # Empty where the row as a whole is meant.
    cell = ma.fields.String(required=True, validate=ma.validate.Regexp(f"^{CELL}\\Z"))
    text = ma.fields.String(required=True, validate=ma.validate.Length(1, MAX_NOTE_TEXT))

    @ma.post_load
    def make_note(self, loaded: dict[str, Any], **_: Any) -> Note:
        return Note(**loaded)


class ImportNotes(ma.Schema):
    notes = ma.fields.List(
        ma.fields.Nested(ImportNote),
        required=True,
        validate=ma.validate.Length(max=MAX_NOTES),
    )


class ImportPlanErrors(ma.Schema):
    errors = ma.fields.List(ma.fields.Nested(CellRemark), required=True)
