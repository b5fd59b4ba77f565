"""/sessions/factor: who gave the password proves a second factor; only the gateway asks (ID-6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import Busy, ServiceError
from common.web.auth import allow, service
from identity.actions import proofs
from identity.api.door import house
from identity.api.schemas import SessionIn
from identity.api.schemas.factors import (
    CodeIn,
    FactorKindsOut,
    PassedOut,
    PasskeyOptionsOut,
    SignatureIn,
)
from identity.domain.passkeys import request_options
from identity.domain.sessions import digest_of
from identity.store import factors

blueprint = Blueprint(
    "proofs", "proofs", url_prefix="/sessions/factor", description="Second factor of staff"
)


@blueprint.route("/kinds")
class Kinds(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(200, FactorKindsOut)
    def post(self, body: dict[str, str]) -> Any:
        """Tell by what kinds of factor a session's owner may go on; 409 `factor_proved`."""
        digest = digest_of(body["session_id"])
        with house().database.for_system(read_only=True) as session:
            found = proofs.get_unproved_session(session, digest, now=clock.now())
            known = factors.list_factors(session, found.account.id)
        return {"kinds": sorted({each.kind for each in known})}


@blueprint.route("/code")
class Code(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(CodeIn)
    @blueprint.response(200, PassedOut)
    def put(self, body: dict[str, str]) -> Any:
        """Prove by a code of an app, or by a recovery code, which is used up.

        403 `factor_wrong` whatever is wrong, 409 `factor_proved`, 429 `locked`.
        """
        key = house().factor

        def judge(session: Any, proof: proofs.CountedProof) -> proofs.ProvedFactor | ServiceError:
            return proofs.prove_by_code(
                session,
                proof,
                body["code"],
                key,
                now=clock.now(),
            )

        return {"recovery_codes_left": _counted(body, judge).codes_left}


@blueprint.route("/challenges")
class Challenges(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SessionIn)
    @blueprint.response(201, PasskeyOptionsOut)
    def post(self, body: dict[str, str]) -> Any:
        """Return what a passkey is to sign, once, within five minutes; 409 `factor_proved`."""
        here = house()
        digest = digest_of(body["session_id"])
        with here.database.for_system() as session:
            challenge, known = proofs.challenge_for_proof(session, digest, now=clock.now())
        return {"options": request_options(here.party, challenge, known)}


@blueprint.route("/passkey")
class Passkey(MethodView):
    @allow(service("gateway"))
    @blueprint.arguments(SignatureIn)
    @blueprint.response(204)
    def put(self, body: dict[str, str]) -> None:
        """Prove by what a passkey has signed; 403 `factor_wrong` whatever is wrong, 409
        `factor_proved`, 429 `locked`.
        """
        party = house().party

        def judge(session: Any, proof: proofs.CountedProof) -> proofs.ProvedFactor | ServiceError:
            return proofs.prove_by_passkey(
                session,
                proof,
                body["credential"],
                party,
                now=clock.now(),
            )

        _counted(body, judge)


def _counted(
    body: dict[str, str],
    judge: Callable[[Any, proofs.CountedProof], proofs.ProvedFactor | ServiceError],
) -> proofs.ProvedFactor:
    """Count a try, then judge it, each in a transaction that is committed; raise what is wrong."""
    here = house()
    digest = digest_of(body["session_id"])
    with here.database.for_system() as session:
        proof = proofs.count_proof(session, digest, here.factor, now=clock.now())
    if isinstance(proof, Busy):
        raise proof
    with here.database.for_system() as session:
        answer = judge(session, proof)
    if isinstance(answer, ServiceError):
        raise answer
    return answer
