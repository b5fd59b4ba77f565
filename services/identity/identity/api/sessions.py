"""/sessions: staff sign in, are known again, and sign out; only the gateway asks."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.web.auth import allow, service
from identity.actions import sessions as actions
from identity.actions.sign_in import count_sign_in, finish_sign_in
from identity.api.door import house
from identity.api.passwords import judged
from identity.api.schemas import ResolvedOut, ResolveIn, SessionIn, SessionOut, SignInIn
from identity.api.shapes import profile_of
from identity.domain.sessions import STAFF, digest_of

blueprint = Blueprint(
    "sessions", "sessions", url_prefix="/sessions", description="Sign-in of staff"
)


@blueprint.route("")
class Sessions(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SignInIn)
    @blueprint.response(201, SessionOut)
    def post(self, body: dict[str, str]) -> Any:
        """Sign in; one answer, after the same time, whatever is wrong (401). 429 when locked or
        busy.

        409 `school_erasing`, `school_erased` to who belongs to such a school only, and gave the
        right password.
        """
        here = house()
        mail = body["mail"]
        remote_address = body["remote_address"]
        return judged(
            body["password"],
            lambda session: count_sign_in(
                session,
                here.login,
                mail,
                remote_address,
                now=clock.now(),
            ),
            lambda session, verdict: finish_sign_in(session, verdict, now=clock.now()),
        )


@blueprint.route("/resolve")
class Resolve(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(ResolveIn)
    @blueprint.response(200, ResolvedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Tell whose a session is, with a token for the other houses; 401 `session_ended`."""
        here = house()
        digest = digest_of(body["session_id"])
        now = clock.now()
        with here.database.for_system(read_only=True) as session:
            who = actions.resolve_session(session, digest, now=now)
        if who.stale and body["by_hand"]:
            with here.database.for_system() as session:
                actions.touch(session, digest, now=now)
        token = here.keys.sign_user_token(who.claims(), STAFF.token)
        return {
            "token": token,
            "token_expires_in": int(STAFF.token.total_seconds()),
            "account": {
                "id": who.role.account_id,
                "display_name": who.role.display_name,
                "post": who.role.post,
                "role": who.role.role,
                "functions": sorted(who.rights.functions),
                "own_only": sorted(who.rights.own_only),
                "member_id": who.role.member_id,
                "group_ids": who.role.group_ids,
            },
            "school": profile_of(who.school, who.member_limit),
        }


@blueprint.route("/end")
class End(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(204)
    def post(self, body: dict[str, str]) -> None:
        """End a session; ending one that has ended changes nothing."""
        with house().database.for_system() as session:
            actions.end_session(session, digest_of(body["session_id"]))
