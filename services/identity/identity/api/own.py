"""/own: what somebody who is signed in does about their own sign-in: password and sessions."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import Busy, ServiceError
from common.web import auth
from common.web.auth import allow, service, staff
from identity.actions import own, passwords
from identity.actions.sessions import get_proved_session
from identity.actions.sign_in import count_sign_in
from identity.actions.tries import CountedTry, Verdict
from identity.api.door import house
from identity.api.passwords import hash_chosen, judged, source_of
from identity.api.schemas import EndSessionsIn, OwnLanguageIn, OwnPasswordIn, OwnSessionsOut
from identity.domain.sessions import digest_of
from identity.store import accounts

blueprint = Blueprint("own", "own", url_prefix="/own", description="Own password and sessions")


@blueprint.route("/sessions")
class OwnSessions(MethodView):
    @allow(staff())
    @blueprint.response(200, OwnSessionsOut)
    def get(self) -> Any:
        """List the caller's sessions, the one used last first, and the address of the sign-in."""
        here = house()
        account_id = auth.current_staff().account_id
        with here.database.for_system(read_only=True) as session:
            account = accounts.get_account(session, auth.school_id(), account_id)
            items = accounts.list_sessions(session, account_id)
        mail = here.login.open(account.login_mail, account_id)
        return {"mail": mail, "language": account.language, "items": items}


@blueprint.route("/sessions/end")
class EndOfOwnSessions(MethodView):
    @allow(staff())
    @blueprint.arguments(EndSessionsIn)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """End one of the caller's sessions, or all the others."""
        who = auth.current_staff()
        with house().database.for_system() as session:
            own.end_sessions(
                session,
                who.school_id,
                who.account_id,
                number=body["number"],
                others=body["others"],
            )


@blueprint.route("/language")
class OwnLanguage(MethodView):
    @allow(staff())
    @blueprint.arguments(OwnLanguageIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Choose the language of the product's own mails to the caller."""
        who = auth.current_staff()
        with house().database.for_system() as session:
            own.choose_language(session, who.school_id, who.account_id, body["language"])


@blueprint.route("/password")
class OwnPassword(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(OwnPasswordIn)
    @blueprint.response(204)
    def put(self, body: dict[str, Any]) -> None:
        """Change the password of a session's owner, who gives the current one; others' sessions of
        theirs end.

        401 `session_ended`, 403 `current_wrong`, `temporary_expired`, 422 `password_weak`, 429 as
        at the sign-in.
        """
        here = house()
        digest = digest_of(body["session_id"])
        with here.database.for_system(read_only=True) as session:
            account = get_proved_session(session, digest, now=clock.now()).account
            shortest = passwords.shortest_for(session, account.id)
        passwords.check_not_temporary(account, body["password"], here.temporary)
        mail = here.login.open(account.login_mail, account.id)
        password_hash = hash_chosen(body["password"], mail=mail, shortest=shortest)
        source = source_of(here.staff, here.login.index(mail), body)

        def count(session: Any) -> CountedTry | Busy:
            return count_sign_in(session, here.temporary, source, now=clock.now())

        def change(session: Any, verdict: Verdict) -> ServiceError | None:
            return own.change_password(
                session,
                verdict,
                digest,
                password_hash,
                now=clock.now(),
            )

        judged(
            here.staff,
            body["current"],
            count,
            change,
        )
