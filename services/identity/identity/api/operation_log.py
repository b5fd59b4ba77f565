"""/operation-log: who did what (ID-9)."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, looking_operator, staff
from common.web.paging import page_of
from common.words import SchoolPart
from identity.actions.operation_log import export_lines, list_lines, note_printed
from identity.api.door import actor, house
from identity.api.schemas import (
    LogExportOut,
    LogQuery,
    OperationPageOut,
    PrintedListIn,
    WantedIn,
)
from identity.domain.operation_log import LogPlace, WantedLines, read_place

blueprint = Blueprint(
    "operation-log", "operation-log", url_prefix="/operation-log", description="Who did what"
)


@blueprint.route("")
class OperationLog(MethodView):
    @allow(staff(Right.LOG_SEE), looking_operator(SchoolPart.OPERATION_LOG))
    @blueprint.arguments(LogQuery, location="query")
    @blueprint.response(200, OperationPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the school's operation log, the newest act first: of one person, some actions, some
        days.
        """
        key, limit = query.pop("after"), query.pop("limit")
        after = None if key is None else read_place(key)
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            lines = list_lines(session, auth.school_id(), _wanted(query), after=after, limit=limit)
        return page_of(lines, limit, lambda line: LogPlace(line["at"], line["id"]).key())


@blueprint.route("/exports")
class LogExports(MethodView):
    @allow(staff(Right.LOG_SEE))
    @blueprint.arguments(WantedIn)
    @blueprint.response(200, LogExportOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Give the wanted lines for a file, the newest 10,000 at most; the log keeps that somebody
        took them.
        """
        with house().database.for_school(auth.school_id()) as session:
            lines, more = export_lines(session, auth.school_id(), _wanted(body), actor=actor())
        return {"items": lines, "left_off": more}


@blueprint.route("/printed-lists")
class PrintedLists(MethodView):
    @allow(staff())
    @blueprint.arguments(PrintedListIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Note that this person puts a list on paper. It is the browser that prints, and no house
        whose the records are: so its door tells.
        """
        with house().database.for_school(auth.school_id()) as session:
            note_printed(
                session,
                auth.school_id(),
                body["list"],
                count=body["count"],
                actor=actor(),
            )


def _wanted(asked: dict[str, Any]) -> WantedLines:
    lists = {name: tuple(asked[name]) for name in ("actions", "without", "targets")}
    return WantedLines(**{**asked, **lists})
