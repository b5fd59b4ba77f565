"""/own/factors: second factors of who is signed in, or of who has to register one first (ID-6).

By the session, because who has to register one has no token yet; only the gateway asks.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import ServiceError
from common.web.auth import allow, service
from identity.actions import factors
from identity.actions.sessions import get_enrolling_session
from identity.actions.sign_in import count_sign_in
from identity.api.door import house
from identity.api.passwords import judged, source_of
from identity.api.schemas import SessionIn
from identity.api.schemas.factors import (
    AppIn,
    AppOfferOut,
    ConfirmIn,
    OwnFactorsOut,
    PasskeyIn,
    PasskeyOptionsOut,
    RecoveryCodesOut,
)
from identity.domain.passkeys import PasskeyOwner, registration_options
from identity.domain.second_factor import address_of
from identity.domain.sessions import digest_of

blueprint = Blueprint(
    "own-factors", "own-factors", url_prefix="/own/factors", description="Own second factors"
)


@blueprint.route("/look-up")
class LookUp(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(200, OwnFactorsOut)
    def post(self, body: dict[str, str]) -> Any:
        """List the factors of a session's owner; 401 `session_ended`, `session_pending`."""
        digest = digest_of(body["session_id"])
        with house().database.for_system(read_only=True) as session:
            own = factors.get_own_security(session, digest, now=clock.now())
        return {
            "items": own.factors,
            "recovery_codes_left": own.codes_left,
            "is_demanded": own.is_demanded,
            "is_sure": own.is_sure,
        }


@blueprint.route("/confirmations")
class Confirmations(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(ConfirmIn)
    @blueprint.response(204)
    def post(self, body: dict[str, str]) -> None:
        """Let factors be changed for ten minutes by who gives the current password.

        403 `current_wrong`, 429 `locked`.
        """
        here = house()
        digest = digest_of(body["session_id"])
        with here.database.for_system(read_only=True) as session:
            account = get_enrolling_session(session, digest, now=clock.now()).account
        mail = here.login.open(account.login_mail, account.id)
        key = here.temporary
        source = source_of(here.staff, here.login.index(mail), body)
        judged(
            here.staff,
            body["password"],
            lambda session: count_sign_in(session, key, source, now=clock.now()),
            lambda session, verdict: factors.confirm_password(
                session,
                verdict,
                digest,
                now=clock.now(),
            ),
        )


@blueprint.route("/app-offers")
class AppOffers(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(201, AppOfferOut)
    def post(self, body: dict[str, str]) -> Any:
        """Return the secret for an authenticator app, the same one until it is registered.

        403 `password_needed`, 409 `factors_too_many`.
        """
        here = house()
        digest = digest_of(body["session_id"])
        with here.database.for_system() as session:
            secret, account = factors.offer_app(session, digest, here.factor, now=clock.now())
        mail = here.login.open(account.login_mail, account.id)
        address = address_of(secret, mail)
        return {"secret": secret, "address": address}


@blueprint.route("/apps")
class Apps(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(AppIn)
    @blueprint.response(201, RecoveryCodesOut)
    def post(self, body: dict[str, str]) -> Any:
        """Register the app that shows this code; with the first factor come recovery codes.

        403 `factor_wrong`, 409 `offer_gone`, `factors_too_many`.
        """
        here = house()
        digest = digest_of(body["session_id"])
        typed = factors.TypedApp(body["name"], body["code"])
        with here.database.for_system() as session:
            codes = factors.add_app(
                session,
                digest,
                typed,
                here.factor,
                now=clock.now(),
            )
        return {"recovery_codes": codes}


@blueprint.route("/passkey-offers")
class PasskeyOffers(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(201, PasskeyOptionsOut)
    def post(self, body: dict[str, str]) -> Any:
        """Return what a browser needs to make a passkey, once, within five minutes.

        403 `password_needed`, 409 `factors_too_many`.
        """
        here = house()
        digest = digest_of(body["session_id"])
        with here.database.for_system() as session:
            challenge, found, known = factors.offer_passkey(session, digest, now=clock.now())
        account = found.account
        mail = here.login.open(account.login_mail, account.id)
        name = found.role.display_name if found.role else mail
        owner = PasskeyOwner(account.id, mail, name)
        return {"options": registration_options(here.party, owner, challenge, known)}


@blueprint.route("/passkeys")
class Passkeys(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(PasskeyIn)
    @blueprint.response(201, RecoveryCodesOut)
    def post(self, body: dict[str, str]) -> Any:
        """Register the passkey that a browser has made; with the first factor come recovery codes.

        409 `offer_gone`, `factors_too_many`, 422 `passkey_refused`.
        """
        here = house()
        digest = digest_of(body["session_id"])
        made = factors.MadePasskey(body["name"], body["credential"], here.party)
        with here.database.for_system() as session:
            answer = factors.add_passkey(
                session,
                digest,
                made,
                here.factor,
                now=clock.now(),
            )
        if isinstance(answer, ServiceError):
            raise answer
        return {"recovery_codes": answer}


@blueprint.route("/<uuid:factor_id>/end")
class EndOfFactor(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(204)
    def post(self, body: dict[str, str], factor_id: UUID) -> None:
        """Remove a factor; 403 `password_needed`, 409 `factor_demanded` for the last one."""
        digest = digest_of(body["session_id"])
        with house().database.for_system() as session:
            factors.remove_factor(session, digest, factor_id, now=clock.now())


@blueprint.route("/recovery-codes")
class RecoveryCodes(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(201, RecoveryCodesOut)
    def post(self, body: dict[str, str]) -> Any:
        """Return new recovery codes in place of the old ones; 403 `password_needed`."""
        here = house()
        digest = digest_of(body["session_id"])
        with here.database.for_system() as session:
            codes = factors.renew_recovery_codes(session, digest, here.factor, now=clock.now())
        return {"recovery_codes": codes}
