"""/schools/<school>/accesses: an operator looks at a school's data, with a reason (ID-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.db.types import as_dict
from common.web import auth
from common.web.auth import allow, operator
from common.words import SchoolPart
from identity.actions.accesses import begin_access, end_access, use_access
from identity.api.door import house
from identity.api.schemas import AccessIn, AccessListOut, AccessOut, LookIn, LookOut
from identity.domain.accesses import NewAccess
from identity.domain.sessions import OPERATORS
from identity.store import accesses

blueprint = Blueprint(
    "accesses",
    "accesses",
    url_prefix="/schools/<uuid:school_id>/accesses",
    description="Operators look at a school's data",
)


@blueprint.route("")
class Accesses(MethodView):
    @allow(operator())
    @blueprint.response(200, AccessListOut)
    def get(self, school_id: UUID) -> Any:
        """List the newest accesses to a school, of every operator."""
        with house().database.for_school(school_id, read_only=True) as session:
            found = accesses.list_accesses(session, school_id)
        return {"items": [{**as_dict(access), "operator_name": name} for access, name in found]}

    @allow(operator())
    @blueprint.arguments(AccessIn)
    @blueprint.response(201, AccessOut)
    def post(self, body: dict[str, Any], school_id: UUID) -> Any:
        """Begin an access; 422 `access_invalid`, 409 `access_open`, `access_over`,
        `school_erasing`.

        Repeated with the same `id`: the same one.
        """
        new = NewAccess(
            id=body["id"],
            operator_id=auth.current_operator().operator_id,
            school_id=school_id,
            reason=body["reason"].strip(),
            minutes=body["minutes"],
        )
        with house().database.for_school(school_id) as session:
            return begin_access(session, new, now=clock.now())


@blueprint.route("/<uuid:access_id>/end")
class EndOfAccess(MethodView):
    @allow(operator())
    @blueprint.response(204)
    def post(self, school_id: UUID, access_id: UUID) -> None:
        """End an own access; ending one that has ended changes nothing."""
        operator_id = auth.current_operator().operator_id
        with house().database.for_school(school_id) as session:
            access = accesses.lock_access(session, school_id, operator_id, access_id)
            end_access(session, access, now=clock.now())


@blueprint.route("/<uuid:access_id>/looks")
class LooksOfAccess(MethodView):
    @allow(operator())
    @blueprint.arguments(LookIn)
    @blueprint.response(201, LookOut)
    def post(self, body: dict[str, SchoolPart], school_id: UUID, access_id: UUID) -> Any:
        """Give a token for one part of the school's data, once the look stands in the school's log;
        409 `access_over`.

        It lives for a minute, and no longer than the access.
        """
        here = house()
        now = clock.now()
        part = body["part"]
        operator_id = auth.current_operator().operator_id
        with here.database.for_school(school_id) as session:
            access = accesses.lock_access(session, school_id, operator_id, access_id)
            use_access(session, access, part, now=now)
        claims = {
            "kind": "operator",
            "sub": str(operator_id),
            "school": str(school_id),
            "part": part.value,
        }
        lifetime = min(OPERATORS.token, access.ends_at - now)
        return {
            "token": here.keys.sign_user_token(claims, lifetime),
            "token_expires_in": int(lifetime.total_seconds()),
        }
