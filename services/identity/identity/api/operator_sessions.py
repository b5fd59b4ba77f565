"""/operator-sessions: operators sign in with their second factor, apart from schools.

Only the gateway asks (ID-10).
"""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web.auth import allow, service
from identity.actions import operators as actions
from identity.api.door import house
from identity.api.passwords import answer_of, judged, source_of
from identity.api.schemas import OperatorSignInIn, ResolvedOperatorOut, SessionIn, SessionOut
from identity.domain.sessions import OPERATORS, digest_of

blueprint = Blueprint(
    "operator-sessions",
    "operator-sessions",
    url_prefix="/operator-sessions",
    description="Sign-in of operators",
)


@blueprint.route("")
class OperatorSessions(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(OperatorSignInIn)
    @blueprint.response(201, SessionOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Sign in; one answer, after the same time, whichever of the three is wrong (401). 429 as
        for staff.
        """
        here = house()
        code, key = body["code"], here.operator_key
        source = source_of(here.operators, key.index(body["mail"]), body)
        opened = judged(
            here.operators,
            body["password"],
            lambda session: actions.count_operator_sign_in(session, source, now=clock.now()),
            lambda session, verdict: actions.finish_operator_sign_in(
                session,
                verdict,
                code,
                key=key,
                now=clock.now(),
            ),
        )
        return answer_of(opened, here.operators, source, body)


@blueprint.route("/resolve")
class Resolve(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(200, ResolvedOperatorOut)
    def post(self, body: dict[str, str]) -> Any:
        """Tell who stands behind an operator's session, with a token for the other houses; 401
        `session_ended`.
        """
        here, digest, now = house(), digest_of(body["session_id"]), clock.now()
        with here.database.for_system(read_only=True) as session:
            who = actions.resolve_operator_session(session, digest, now=now)
        if who.stale:
            with here.database.for_system() as session:
                actions.touch_operator_session(session, digest, now=now)
        return {
            "token": here.keys.sign_user_token(who.claims(), OPERATORS.token),
            "token_expires_in": int(OPERATORS.token.total_seconds()),
            "operator": who.operator,
        }


@blueprint.route("/end")
class End(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(204)
    def post(self, body: dict[str, str]) -> None:
        """End an operator's session; ending one that has ended changes nothing."""
        with house().database.for_system() as session:
            actions.end_operator_session(session, digest_of(body["session_id"]))
