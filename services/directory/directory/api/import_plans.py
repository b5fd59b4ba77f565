"""/imports/plans: a roster file as a preview, then applied; /exports: the same file back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions import import_plans, mark_workbook, roster_export, write_workbook
from directory.actions.read_workbook import check_first_bytes
from directory.api import door
from directory.api.schemas.imports import (
    ImportApplication,
    ImportDecisions,
    ImportNotes,
    ImportPlanApplied,
    ImportPlanErrors,
    ImportPlanOut,
    ImportPlanQuery,
    ImportPlanShown,
)
from directory.api.schemas.rosters import ImportFile
from directory.domain.scope import Actor

blueprint = Blueprint(
    "import_plans",
    "import_plans",
    url_prefix="/imports/plans",
    description="A roster file, checked and applied",
)
exports = Blueprint("exports", "exports", url_prefix="/exports", description="The roster as a file")


def _viewing(actor: Actor) -> import_plans.Viewing:
    return import_plans.Viewing(actor, door.sight(), clock.now())


@blueprint.route("")
class ImportPlans(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportFile, location="files", content_type="multipart/form-data")
    @blueprint.response(201, ImportPlanOut)
    def post(self, files: dict[str, Any]) -> Any:
        """Keep a roster file for half an hour, and ask the worker for what it would change."""
        viewing = _viewing(door.office())
        content = files["file"].read()
        check_first_bytes(content)
        key = door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            return import_plans.request_plan(session, content, viewing, key)


@blueprint.route("/<uuid:plan_id>")
class ImportPlanById(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportPlanQuery, location="query")
    @blueprint.response(200, ImportPlanShown)
    def get(self, query: dict[str, Any], plan_id: UUID) -> Any:
        """Show what a file would change, or what must be corrected in it."""
        viewing, key = _viewing(door.office()), door.school_key()
        part = import_plans.PlanPages(**query)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return import_plans.show_plan(session, plan_id, viewing, key, part)


@blueprint.route("/<uuid:plan_id>/progress")
class ImportPlanProgress(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, ImportPlanOut)
    def get(self, plan_id: UUID) -> Any:
        """Tell how far a file is, without what it would change."""
        viewing = _viewing(door.office())
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return import_plans.get_progress(session, plan_id, viewing)


@blueprint.route("/<uuid:plan_id>/decisions")
class ImportPlanDecisions(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportDecisions)
    @blueprint.response(200, ImportPlanOut)
    def post(self, decided: dict[str, Any], plan_id: UUID) -> Any:
        """Take what the office decides about a file, and ask the worker to compare anew with it."""
        viewing, key = _viewing(door.office()), door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            return import_plans.decide(session, plan_id, viewing, key, **decided)


@blueprint.route("/<uuid:plan_id>/errors")
class ImportPlanFaults(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, ImportPlanErrors)
    def get(self, plan_id: UUID) -> Any:
        """Give every cell that must be corrected."""
        viewing, key = _viewing(door.office()), door.school_key()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"errors": import_plans.get_errors(session, plan_id, viewing, key)}


@blueprint.route("/<uuid:plan_id>/marked.xlsx")
class ImportPlanMarked(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportNotes)
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type=door.XLSX)
    def post(self, asked: dict[str, Any], plan_id: UUID) -> Any:
        """Give the uploaded file back with a sentence at each cell to correct."""
        viewing, key = _viewing(door.office()), door.school_key()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            content = import_plans.get_upload(session, plan_id, viewing, key)
        marked = mark_workbook.mark_workbook(content, asked["notes"])
        return door.as_workbook(marked, "marked.xlsx")


@blueprint.route("/<uuid:plan_id>/apply")
class ImportPlanApplication(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportApplication)
    @blueprint.response(200, ImportPlanApplied)
    def post(self, body: dict[str, Any], plan_id: UUID) -> Any:
        """Ask the worker to write what a file changes: everything, or nothing."""
        viewing, key = _viewing(door.office()), door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            return import_plans.confirm(session, plan_id, viewing, key, **body)


@exports.route("/roster-template.xlsx")
class RosterTemplate(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @exports.response(200, {"type": "string", "format": "binary"}, content_type=door.XLSX)
    def get(self) -> Any:
        """Give an empty roster file: headings, choices, examples, and how to fill it in."""
        return door.as_workbook(write_workbook.write_template(), "roster-template.xlsx")


@exports.route("/roster.xlsx")
class RosterExport(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @exports.response(200, {"type": "string", "format": "binary"}, content_type=door.XLSX)
    def post(self) -> Any:
        """Give the roster as the file that an import takes; the log keeps that somebody took it."""
        actor, key = door.office(), door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            rows = roster_export.export_roster(session, actor, key, door.sight())
        return door.as_workbook(write_workbook.write_roster(rows), "roster.xlsx")
