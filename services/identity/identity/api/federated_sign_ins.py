"""/federated-sign-ins: staff sign in by the city's account; only the gateway asks (ID-14)."""

from __future__ import annotations

from typing import Any

import structlog
from flask.views import MethodView
from flask_smorest import Blueprint

from common import clock
from common.errors import ServiceError
from common.web.auth import allow, service
from identity.actions.federation import begin_federated, finish_federated, take_federated
from identity.actions.sign_in import record_failure
from identity.api.door import house
from identity.api.schemas import (
    CityOut,
    ComeBackIn,
    FederatedSessionOut,
    GoOverIn,
    WayOverOut,
)
from identity.domain.federation import Attempt, CityNotOffered, FederationRefused
from identity.domain.id_tokens import Expected, IdTokenRefused, KeyUnknown, read_mail
from identity.domain.ways import Way
from identity.provider import Provider
from identity.store.federation import TakenSignIn

blueprint = Blueprint(
    "federated_sign_ins",
    "federated_sign_ins",
    url_prefix="/federated-sign-ins",
    description="Sign-in of staff by the city's account",
)
log = structlog.get_logger()


@blueprint.route("")
class FederatedSignIns(MethodView):
    @allow(service("gateway"))
    @blueprint.response(200, CityOut)
    def get(self) -> Any:
        """Tell by what accounts staff may sign in here; 404 `city_not_offered` where by none."""
        return {"name": _provider().city.name}

    @allow(service("gateway"))
    @blueprint.arguments(GoOverIn)
    @blueprint.response(201, WayOverOut)
    def post(self, body: dict[str, str]) -> Any:
        """Begin a sign-in that goes over to the city's provider; 404 `city_not_offered`, 503
        `city_away`, 429 `sign_in_busy`.
        """
        attempt = Attempt.begin()
        provider = _provider()
        with provider.place():
            address = provider.address_for(attempt, body["return_to"])
        with house().database.for_system() as session:
            begin_federated(session, attempt, now=clock.now())
        return {"address": address, "binding": attempt.binding}

    @allow(service("gateway"))
    @blueprint.arguments(ComeBackIn)
    @blueprint.response(200, FederatedSessionOut)
    def put(self, body: dict[str, str]) -> Any:
        """Finish a sign-in that has come back, once.

        401 `federation_refused` where the answer is not believed, `nobody_here` where whom it names
        serves at no school; 404 `city_not_offered`, 409 as at a sign-in by password but
        `sign_in_by_password`, 429 `sign_in_busy`, 503 `city_away`.
        """
        here = house()
        provider = _provider()
        with provider.place():
            mail = _mail_from(provider, body)
        domain = mail.rpartition("@")[2].lower()
        is_of_the_city = domain in provider.city.mail_domains
        login_index = here.login.index(mail) if is_of_the_city else None
        way = Way(
            is_federated=True,
            address=None,
            browser=body["browser"],
        )
        with here.database.for_system() as session:
            answer = finish_federated(
                session,
                login_index,
                way,
                now=clock.now(),
            )
        if isinstance(answer, ServiceError):
            raise answer
        return answer


def _provider() -> Provider:
    """Return the city's provider; raise CityNotOffered."""
    provider = house().provider
    if provider is None:
        raise CityNotOffered()
    return provider


def _mail_from(provider: Provider, body: dict[str, str]) -> str:
    """Return the address that the provider vouches for; raise FederationRefused or CityAway.

    A refusal is told to the operation log, and why to ours: nobody knows yet whose it is. What
    nobody began here stands in ours alone: anybody could fill the other, which is kept, with it.
    """
    database = house().database
    with database.for_system() as session:
        taken = take_federated(
            session,
            body["state"],
            body["binding"],
            now=clock.now(),
        )
    if taken is None:
        log.warning("city.refused", reason="not begun in this browser, too old, or used before")
        raise FederationRefused()
    try:
        id_token = provider.redeem(body["code"], taken.verifier, body["return_to"])
        return _believed(provider, id_token, taken)
    except (IdTokenRefused, FederationRefused) as refused:
        log.warning("city.refused", reason=str(refused))
        with database.for_system() as session:
            record_failure(session, None)
        raise FederationRefused() from refused


def _believed(provider: Provider, id_token: str, taken: TakenSignIn) -> str:
    """Return whom an ID token names; raise IdTokenRefused or CityAway."""
    city = provider.city
    expected = Expected(city.issuer, city.client_id, taken.nonce, city.mail_domains)
    try:
        return read_mail(id_token, provider.keys(), expected, now=clock.now())
    except KeyUnknown:
        keys = provider.keys(anew=True)
        return read_mail(id_token, keys, expected, now=clock.now())
