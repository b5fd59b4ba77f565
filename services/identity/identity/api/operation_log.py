"""/operation-log: who did what (ID-9)."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_smorest import Blueprint

from common.web import auth
from common.web.auth import allow, staff
from common.web.paging import PageQuery, page_of
from identity.api.house import house
from identity.api.schemas import OperationPageOut
from identity.store.log import list_operations

blueprint = Blueprint("operation-log", "operation-log", url_prefix="/operation-log", description="Who did what")


class LogQuery(PageQuery):
    """`after`: the position of the last line seen; older ones follow."""

    after = ma.fields.Integer(load_default=None)  # type: ignore[assignment]


@blueprint.route("")
class OperationLog(MethodView):
    @allow(staff("log.see"))
    @blueprint.arguments(LogQuery, location="query")
    @blueprint.response(200, OperationPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the school's operation log, newest first."""
        with house().database.for_school(auth.school_id(), read_only=True) as session:
            rows = list_operations(session, auth.school_id(), before=query["after"], limit=query["limit"])
        return page_of(rows, query["limit"], lambda row: str(row.position))
