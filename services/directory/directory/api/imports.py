"""POST /imports: a roster as an Excel file, all or nothing."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common.rights import Right
from common.web import auth
from common.web.auth import allow, service, staff
from directory.actions.rosters import import_roster, read_file
from directory.api import door
from directory.api.schemas.rosters import ImportCounts, ImportFile

blueprint = Blueprint(
    "imports", "imports", url_prefix="/imports", description="A roster as an Excel file"
)


@blueprint.route("")
class Imports(MethodView):
    @allow(staff(Right.ROSTER_CHANGE), service("operator"))
    @blueprint.arguments(ImportFile, location="files", content_type="multipart/form-data")
    @blueprint.response(201, ImportCounts)
    def post(self, files: dict[str, Any]) -> Any:
        """Register what a workbook says, or answer with every cell that needs correction."""
        actor = door.office()
        plan = read_file(files["file"].read())
        terms, key = door.terms(), door.school_key()
        with door.database().for_school(auth.school_id()) as session:
            return import_roster(session, actor, plan, terms, key)
