"""The city's identity provider over HTTP (OpenID Connect, authorization code flow with PKCE)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

import httpx
import structlog
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc.jwk import KeySetSerialization

from common import transactions
from common.cache import Bounded
from common.errors import Busy
from common.web.client import TransactionOpen
from identity.config import CityProvider
from identity.domain.federation import Attempt, CityAway, FederationRefused

# What people wait for at most while they look at a white page.
TIMEOUT = httpx.Timeout(5.0, connect=2.0)
HOUR = 3600.0
# For so long a provider that was away is not asked for its addresses again: each press would else
# hold a thread until it gives up.
AWAY_SECONDS = 5.0
DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid email profile"
BUSY_SECONDS = 2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider is asked, by its own word (OpenID Connect Discovery 1.0)."""

    authorization: str
    token: str
    keys: str


class Provider:
    """The provider that the operator names. Any thread may ask; nobody does in a transaction.

    `places`: so many may ask it at once, on their way over or back.
    """

    def __init__(self, city: CityProvider, places: int) -> None:
        self.city = city
        self._places = threading.Semaphore(places)
        self._known = Bounded[str, Any](seconds=HOUR)
        self._away = Bounded[str, bool](seconds=AWAY_SECONDS)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place while it is asked; raise Busy `sign_in_busy` where none is free."""
        if not self._places.acquire(blocking=False):
            raise Busy(
                "sign_in_busy",
                "Too many people sign in just now.",
                fields={"retry_after": BUSY_SECONDS},
            )
        try:
            yield
        finally:
            self._places.release()

    def address_for(self, attempt: Attempt, return_to: str) -> str:
        """Return where the browser is to go; raise CityAway.

        The provider asks which account: whoever sat at a staff room's computer before is often
        signed in there.
        """
        address, _ = self._client(return_to).create_authorization_url(
            self._endpoints().authorization,
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
            prompt="select_account",
        )
        return str(address)

    def redeem(self, code: str, verifier: str, return_to: str) -> str:
        """Return the ID token for a code, unchecked; raise FederationRefused or CityAway."""
        endpoint = self._endpoints().token
        client_id, client_secret = self.city.client_id, self.city.client_secret
        try:
            client = self._client(return_to)
            answer = client.fetch_token(
                endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                # RFC 6749, 2.3.1.
                auth=(quote(client_id, safe=""), quote(client_secret, safe="")),
            )
        except OAuth2Error as error:
            # Beside a code that is no good it may be our own name or secret.
            log.warning("city.code_refused", error=error.error)
            raise FederationRefused() from error
        except (httpx.HTTPError, ValueError) as error:
            raise _away("token", error) from error
        return str(answer.get("id_token") or "")

    def keys(self, *, anew: bool = False) -> KeySetSerialization:
        """Return the keys with which the provider signs; raise CityAway.

        `anew`: ask again, because it may have taken a new one within the hour.
        """
        if anew:
            self._known.drop("keys")
        found = self._known.get("keys")
        if found is None:
            found = self._get(self._endpoints().keys)
            if not isinstance(found.get("keys"), list):
                raise _away("keys", ValueError("no keys"))
            self._known.put("keys", found)
        return cast(KeySetSerialization, found)

    def _endpoints(self) -> Endpoints:
        found: Endpoints | None = self._known.get("endpoints")
        if found is not None:
            return found
        if self._away.get("endpoints"):
            raise CityAway()
        try:
            found = self._discover()
        except CityAway:
            self._away.put("endpoints", True)
            raise
        self._known.put("endpoints", found)
        return found

    def _discover(self) -> Endpoints:
        """Return what the provider says of itself; raise CityAway where it is not who it should be.

        An issuer for all tenants (`common`) names another one, and is no city's.
        """
        said = self._get(self.city.issuer.rstrip("/") + DISCOVERY)
        if said.get("issuer") != self.city.issuer:
            raise _away("discovery", ValueError("another issuer"))
        endpoints = Endpoints(
            str(said.get("authorization_endpoint")),
            str(said.get("token_endpoint")),
            str(said.get("jwks_uri")),
        )
        for address in (endpoints.authorization, endpoints.token, endpoints.keys):
            if not self.city.may_be_asked(address):
                raise _away("discovery", ValueError("an endpoint without https"))
        return endpoints

    def _get(self, address: str) -> dict[str, Any]:
        _check_no_transaction(address)
        try:
            response = self._http.get(address)
            response.raise_for_status()
            said = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _away(address, error) from error
        if not isinstance(said, dict):
            raise _away(address, ValueError("no object"))
        return said

    def _client(self, return_to: str) -> OAuth2Client:
        _check_no_transaction(return_to)
        return OAuth2Client(
            self._http,
            client_id=self.city.client_id,
            redirect_uri=return_to,
            scope=SCOPE,
            code_challenge_method="S256",
        )

    @cached_property
    def _http(self) -> httpx.Client:
        """Return the connection to the provider, which most installations never need."""
        return httpx.Client(timeout=TIMEOUT)


def _check_no_transaction(address: str) -> None:
    if transactions.is_open():
        raise TransactionOpen(address)


def _away(what: str, cause: Exception) -> CityAway:
    """Return that the provider is away, having told the operator why."""
    log.warning("city.away", what=what, error=type(cause).__name__, reason=str(cause))
    return CityAway()
