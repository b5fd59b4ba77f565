"""/imports/staff-plans: a file of staff as a preview, then applied; /exports: it given back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from directory.actions import mark_workbook, staff_drafts, staff_export, staff_imports
from directory.actions.read_workbook import read_sheets
from directory.actions.staff_drafts import Checked, Draft, Looking, Refusals, StaffFile
from directory.actions.write_staff_workbook import write_staff, write_staff_template
from directory.api import door
from directory.api.schemas.imports import (
    ImportApplication,
    ImportDecisions,
    ImportNotes,
    ImportPlanErrors,
)
from directory.api.schemas.rosters import ImportFile
from directory.api.schemas.staff_imports import (
    StaffImportApplied,
    StaffImportOut,
    StaffImportQuery,
    StaffImportShown,
    WantedAccounts,
)
from directory.domain.errors import ImportStale
from directory.domain.roster.remarks import Decisions

blueprint = Blueprint(
    "staff_imports",
    "staff_imports",
    url_prefix="/imports/staff-plans",
    description="A file of staff, checked and applied",
)
exports = Blueprint(
    "staff_exports", "staff_exports", url_prefix="/exports", description="The staff as a file"
)


def _looking() -> Looking:
    return Looking(door.office(), door.school_key(), clock.now(), door.member_limit())


def _check(file: StaffFile, looking: Looking) -> Checked:
    """Compare a file with the roster and have identity look at the accounts, outside of any
    transaction. Whom it would not let go though they were ticked is kept, and told.
    """
    draft = _draft(file, looking)
    refusals = _ask_identity(looking, draft.wanted())
    with_kept = staff_drafts.keep_refused(draft, refusals)
    if with_kept is None:
        return Checked(draft, refusals)
    told = staff_drafts.kept_remarks(draft, refusals)
    second = _draft(with_kept, looking)
    return Checked(second, _ask_identity(looking, second.wanted()), told)


def _draft(file: StaffFile, looking: Looking) -> Draft:
    accounts = door.accounts().list(auth.school_id())
    with door.database().for_school(auth.school_id(), read_only=True) as session:
        return staff_drafts.draft_import(session, file, looking, accounts)


def _ask_identity(looking: Looking, wanted: list[dict[str, Any]]) -> Refusals:
    actor_id = looking.actor.id
    if not wanted or actor_id is None:
        return {}
    return door.accounts().check(auth.school_id(), actor_id, wanted)


def _read(content: bytes, decisions: Decisions) -> StaffFile:
    return StaffFile(content, read_sheets(content), decisions)


@blueprint.route("")
class StaffImports(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportFile, location="files", content_type="multipart/form-data")
    @blueprint.response(201, StaffImportOut)
    def post(self, files: dict[str, Any]) -> Any:
        """Check a file of staff against the roster and the accounts, and keep what it would change
        for half an hour.
        """
        looking = _looking()
        file = _read(files["file"].read(), {})
        checked = _check(file, looking)
        with door.database().for_school(auth.school_id()) as session:
            return staff_imports.make_import(session, checked, looking)


@blueprint.route("/<uuid:staff_plan_id>")
class StaffImportById(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(StaffImportQuery, location="query")
    @blueprint.response(200, StaffImportShown)
    def get(self, query: dict[str, Any], staff_plan_id: UUID) -> Any:
        """Show what a file would change or has changed, or what must be corrected in it."""
        looking = _looking()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return staff_imports.show_import(session, staff_plan_id, looking, **query)


@blueprint.route("/<uuid:staff_plan_id>/decisions")
class StaffImportDecisions(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportDecisions)
    @blueprint.response(200, StaffImportOut)
    def post(self, decided: dict[str, Any], staff_plan_id: UUID) -> Any:
        """Take what the office decides about a file, and compare anew with it."""
        looking = _looking()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            content = staff_imports.get_upload(session, staff_plan_id, looking)
        file = _read(content, decided["decisions"])
        checked = _check(file, looking)
        with door.database().for_school(auth.school_id()) as session:
            return staff_imports.remake_import(session, staff_plan_id, checked, looking)


@blueprint.route("/<uuid:staff_plan_id>/errors")
class StaffImportFaults(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, ImportPlanErrors)
    def get(self, staff_plan_id: UUID) -> Any:
        """Give every cell that must be corrected."""
        looking = _looking()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"errors": staff_imports.get_errors(session, staff_plan_id, looking)}


@blueprint.route("/<uuid:staff_plan_id>/marked.xlsx")
class StaffImportMarked(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportNotes)
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type=door.XLSX)
    def post(self, asked: dict[str, Any], staff_plan_id: UUID) -> Any:
        """Give the uploaded file back with a sentence at each cell to correct."""
        looking = _looking()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            content = staff_imports.get_upload(session, staff_plan_id, looking)
        marked = mark_workbook.mark_workbook(content, asked["notes"])
        return door.as_workbook(marked, "marked.xlsx")


@blueprint.route("/<uuid:staff_plan_id>/apply")
class StaffImportApplication(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportApplication)
    @blueprint.response(200, StaffImportApplied)
    def post(self, body: dict[str, Any], staff_plan_id: UUID) -> Any:
        """Write what a file changes: everything, or nothing. The accounts follow at identity."""
        looking = _looking()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            wanted = staff_imports.get_steps(session, staff_plan_id, looking)
        if _ask_identity(looking, wanted):
            # The accounts have changed since the file was checked.
            raise ImportStale()
        with door.database().for_school(auth.school_id()) as session:
            return staff_imports.apply_import(session, staff_plan_id, looking, body["revision"])


@blueprint.route("/<uuid:staff_plan_id>/accounts")
class StaffImportAccounts(MethodView):
    @allow(service("identity"))
    @blueprint.response(200, WantedAccounts)
    def get(self, staff_plan_id: UUID) -> Any:
        """Tell identity which accounts an applied import asks for."""
        school_id, key, now = auth.school_id(), door.school_key(), clock.now()
        with door.database().for_school(school_id, read_only=True) as session:
            items = staff_imports.list_wanted(session, school_id, staff_plan_id, key, now)
        return {"items": items}


@exports.route("/staff-template.xlsx")
class StaffTemplate(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @exports.response(200, {"type": "string", "format": "binary"}, content_type=door.XLSX)
    def get(self) -> Any:
        """Give an empty file of staff: headings, choices, examples, and how to fill it in."""
        return door.as_workbook(write_staff_template(), "staff-template.xlsx")


@exports.route("/staff.xlsx")
class StaffExport(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @exports.response(200, {"type": "string", "format": "binary"}, content_type=door.XLSX)
    def post(self) -> Any:
        """Give the staff as the file that an import takes; the log keeps that somebody took it."""
        exporting = staff_export.Exporting(
            door.office(),
            door.school_key(),
            door.accounts().list(auth.school_id()),
            door.sees_accounts(),
        )
        with door.database().for_school(auth.school_id()) as session:
            rows = staff_export.export_staff(session, exporting)
        return door.as_workbook(write_staff(rows), "staff.xlsx")
