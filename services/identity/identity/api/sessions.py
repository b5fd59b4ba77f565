"""/sessions: staff sign in, are known again, and sign out; only the gateway asks."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.guessing import read_address
from common.web.auth import allow, service
from identity.actions import passwords
from identity.actions import sessions as actions
from identity.actions.sign_in import count_sign_in, finish_sign_in
from identity.api.door import house
from identity.api.passwords import answer_of, hash_chosen, judged, source_of
from identity.api.schemas import (
    ChooseSchoolIn,
    FirstPasswordIn,
    ResolvedOut,
    ResolveIn,
    SchoolChoicesOut,
    SessionIn,
    SessionOut,
    SignInIn,
)
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
    def post(self, body: dict[str, Any]) -> Any:
        """Sign in; one answer, after the same time, whatever is wrong (401). 429 `locked`,
        `slowed`, `sign_in_busy` with the seconds to wait.

        409 `school_erasing`, `school_erased` to who belongs to such a school only, and
        `sign_in_by_city`, `outside_networks` to whose schools want another way; each to who gave
        the right password.
        """
        here = house()
        key = here.temporary
        source = source_of(here.staff, here.login.index(body["mail"]), body)
        opened = judged(
            here.staff,
            body["password"],
            lambda session: count_sign_in(session, key, source, now=clock.now()),
            lambda session, verdict: finish_sign_in(
                session,
                verdict,
                body["browser"],
                key,
                now=clock.now(),
            ),
        )
        return answer_of(opened, here.staff, source, body)


@blueprint.route("/resolve")
class Resolve(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(ResolveIn)
    @blueprint.response(200, ResolvedOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Tell whose a session is, with a token for the other houses; 401 `session_ended`, or
        `session_pending` with the step that is missing.
        """
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
            "session_number": who.session_number,
            "account": {
                "id": who.role.account_id,
                "display_name": who.role.display_name,
                "post": who.role.post,
                "role": who.role.role,
                "functions": sorted(who.rights.functions),
                "own_only": sorted(who.rights.own_only),
                "member_id": who.role.member_id,
                "group_ids": who.role.group_ids,
                "own_messages": who.sees_own_messages_only,
                "open_alarms": who.open_alarms,
            },
            "school": profile_of(who.school, who.member_limit),
        }


@blueprint.route("/schools")
class SchoolsToChoose(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(200, SchoolChoicesOut)
    def post(self, body: dict[str, str]) -> Any:
        """List the schools at which a session's owner may work (兼務, ID-11)."""
        digest = digest_of(body["session_id"])
        with house().database.for_system(read_only=True) as session:
            found = actions.list_schools_to_choose(session, digest, now=clock.now())
        items = [
            {
                "id": school.id,
                "name": school.name,
                "role": role.role,
                "post": role.post,
            }
            for role, school in found
        ]
        return {"items": items}


@blueprint.route("/school")
class ChosenSchool(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(ChooseSchoolIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Let a session be of one of its owner's schools; 404 for any other.

        409 `sign_in_by_city`, `sign_in_by_password`, `outside_networks` where that school wants its
        people to come in by another way.
        """
        digest = digest_of(body["session_id"])
        with house().database.for_system() as session:
            actions.choose_school(
                session,
                digest,
                body["school_id"],
                address=read_address(body["remote_address"]),
                now=clock.now(),
            )


@blueprint.route("/password")
class FirstPassword(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(FirstPasswordIn)
    @blueprint.response(204)
    def put(self, body: dict[str, str]) -> None:
        """Replace the temporary password of a session's owner by one of their choice (ID-4).

        409 `password_chosen` where there is none to replace, 422 `password_weak`.
        """
        here = house()
        digest = digest_of(body["session_id"])
        chosen = body["password"]
        with here.database.for_system(read_only=True) as session:
            account = actions.get_proved_session(session, digest, now=clock.now()).account
            shortest = passwords.shortest_for(session, account.id)
        mail = here.login.open(account.login_mail, account.id)
        passwords.check_not_temporary(account, chosen, here.temporary)
        password_hash = hash_chosen(
            chosen,
            mail=mail,
            shortest=shortest,
        )
        with here.database.for_system() as session:
            passwords.replace_temporary(
                session,
                digest,
                password_hash,
                now=clock.now(),
            )


@blueprint.route("/end")
class End(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(204)
    def post(self, body: dict[str, str]) -> None:
        """End a session; ending one that has ended changes nothing."""
        with house().database.for_system() as session:
            actions.end_session(session, digest_of(body["session_id"]))
