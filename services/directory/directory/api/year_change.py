"""/year-change: the next school year as a draft, its turn, and the way back (DIR-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.rights import Right
from common.web import auth
from common.web.auth import allow, staff
from directory.actions import class_lists, write_workbook, year_plans, year_turn
from directory.actions.read_workbook import read_sheets
from directory.api import door
from directory.api.schemas.people import IdOut
from directory.api.schemas.rosters import ImportFile
from directory.api.schemas.year_change import (
    YearClassIn,
    YearLines,
    YearLinesQuery,
    YearListsTaken,
    YearNumbered,
    YearPlaceIn,
    YearRehearsed,
    YearScheduleIn,
    YearShown,
    YearTurned,
)
from directory.domain.year_change.plan import Decided

blueprint = Blueprint(
    "year_change",
    "year_change",
    url_prefix="/year-change",
    description="The change of the school year",
)


@blueprint.route("")
class YearChange(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, YearShown)
    def get(self) -> Any:
        """Show the change of the year that is planned, or was just made."""
        actor = door.office()
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return year_plans.show_year(session, actor, now=clock.now())

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self) -> None:
        """Make a draft of the next year, with the classes of this one."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            year_plans.create_draft(session, actor, now=clock.now())

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def delete(self) -> None:
        """Throw the draft away."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            year_plans.drop_draft(session, actor)


@blueprint.route("/lines")
class YearChangeLines(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(YearLinesQuery, location="query")
    @blueprint.response(200, YearLines)
    def get(self, query: dict[str, Any]) -> Any:
        """List what becomes of children."""
        actor = door.office()
        wanted = year_plans.LinesOfYear(**query)
        with door.database().for_school(auth.school_id(), read_only=True) as session:
            return {"items": year_plans.list_lines(session, actor, wanted)}


@blueprint.route("/places/<uuid:member_id>")
class YearChangePlace(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(YearPlaceIn)
    @blueprint.response(204)
    def put(self, place: dict[str, Any], member_id: UUID) -> None:
        """Decide what becomes of a child."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            year_plans.decide_place(session, actor, member_id, Decided(**place))

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def delete(self, member_id: UUID) -> None:
        """Let the rule say what becomes of a child."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            year_plans.decide_place(session, actor, member_id, None)


@blueprint.route("/classes")
class YearChangeClasses(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(YearClassIn)
    @blueprint.response(201, IdOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Add a class to the next year."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            return {"id": year_plans.add_class(session, actor, **body)}


@blueprint.route("/classes/<uuid:group_id>")
class YearChangeClass(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def delete(self, group_id: UUID) -> None:
        """Take an empty class out of the next year."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            year_plans.remove_class(session, actor, group_id)


@blueprint.route("/classes/<uuid:group_id>/numbers")
class YearChangeNumbers(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, YearNumbered)
    def post(self, group_id: UUID) -> Any:
        """Number the children of a class in the order of their readings."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            return {"pupils": year_plans.renumber(session, actor, group_id)}


@blueprint.route("/class-lists")
class YearChangeClassLists(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(ImportFile, location="files", content_type="multipart/form-data")
    @blueprint.response(200, YearListsTaken)
    def post(self, files: dict[str, Any]) -> Any:
        """Take class lists into the draft, or answer with every cell that needs correction."""
        actor = door.office()
        sheets = read_sheets(files["file"].read())
        with door.database().for_school(auth.school_id()) as session:
            return class_lists.take_lists(session, actor, sheets)


@blueprint.route("/class-lists.xlsx")
class YearChangeClassListsFile(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type=door.XLSX)
    def post(self) -> Response:
        """Give the draft as the file that is taken back; the log keeps that somebody took it."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            rows = class_lists.export_lists(session, actor)
        return door.as_workbook(write_workbook.write_class_lists(rows), "class-lists.xlsx")


@blueprint.route("/rehearsal")
class YearChangeRehearsal(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, YearRehearsed)
    def post(self) -> Any:
        """Turn the year, say what came of it, and take all of it back."""
        actor, terms = door.office(), door.terms()
        with door.database().for_school(auth.school_id()) as session:
            return year_turn.rehearse(session, actor, terms)


@blueprint.route("/schedule")
class YearChangeSchedule(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.arguments(YearScheduleIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Choose the moment at which the year turns by itself."""
        actor, terms = door.office(), door.terms()
        with door.database().for_school(auth.school_id()) as session:
            year_turn.schedule_turn(session, actor, body["starts_at"], terms)

    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def delete(self) -> None:
        """Let the year not turn by itself."""
        actor = door.office()
        with door.database().for_school(auth.school_id()) as session:
            year_turn.drop_schedule(session, actor)


@blueprint.route("/turn")
class YearChangeTurn(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(200, YearTurned)
    def post(self) -> Any:
        """Turn the year at once."""
        actor, terms = door.office(), door.terms()
        with door.database().for_school(auth.school_id()) as session:
            return year_turn.turn_now(session, actor, terms)


@blueprint.route("/undo")
class YearChangeUndo(MethodView):
    @allow(staff(Right.ROSTER_CHANGE))
    @blueprint.response(204)
    def post(self) -> None:
        """Undo the turn of the year; the draft is there again."""
        actor, terms = door.office(), door.terms()
        with door.database().for_school(auth.school_id()) as session:
            year_turn.turn_back(session, actor, terms)
