"""Calling another house: a token for each call, one shape of errors, never inside a transaction.

Used by API, gateway and workers alike; imports no Flask. For houses that share a process
`transports` holds an in-process WSGI transport per service instead of a socket.
"""

from __future__ import annotations

import contextvars
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypedDict, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
import orjson
import structlog

from common import metrics, transactions
from common.config import Settings
from common.errors import KINDS, Broken, ServiceError, Unavailable
from common.keys import Keys

Item = TypeVar("Item")

TIMEOUT = httpx.Timeout(10.0, connect=2.0)

transports: dict[str, httpx.BaseTransport] = {}
_REQUEST_ID: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")

log = structlog.get_logger()

BAD_ANSWER = "bad_answer"
NOT_KNOWN_THERE = "not_known_there"
# What common.web.auth says of a token.
REFUSED_TOKEN = {"unauthenticated", "bad_token", "not_allowed", "no_school", "staff_only"}


class TransactionOpen(RuntimeError):
    """A call to another house was made while a transaction was open.

    A slow house would hold our rows (architecture.md).
    """


@dataclass(frozen=True)
class ServiceClient:
    """One house, as another sees it. `service`: whose API; `keys`: who we are."""

    service: str
    base_url: str
    keys: Keys
    _http: httpx.Client = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        transport = transports.get(self.service)
        # A house of this process stands at its own root, not below the path that others call.
        base_url = self.base_url if transport is None else f"http://{self.service}"
        http = httpx.Client(
            base_url=base_url, transport=transport, timeout=TIMEOUT, verify=_trusted_by(base_url)
        )
        object.__setattr__(self, "_http", http)

    @classmethod
    def of(cls, settings: Settings, service: str) -> ServiceClient:
        """Return the client of another house for the house that `settings` belong to."""
        return cls(service, settings.url_of(service), Keys(settings.keys_dir, settings.service))

    def call(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, Any] | None = None,
        school_id: UUID | None = None,
        user_token: str | None = None,
        **request: Any,
    ) -> Any:
        """Send a request and return its JSON (None if empty).

        `template`: a path as in the owner's OpenAPI, `/members/{member_id}`; `path`: its values.
        Speaks as the person of `user_token`, else as our service for one school or the system.
        Raises the ServiceError that the other house answered, Unavailable when it can't be reached
        or somebody else answers, TransactionOpen inside a transaction.
        """
        response = self.send(
            method, template, path=path, school_id=school_id, user_token=user_token, **request
        )
        try:
            return orjson.loads(response.content) if response.content else None
        except orjson.JSONDecodeError:
            # A server's welcome page, or a login page, is a success to its server.
            refusal = Misanswered(BAD_ANSWER, self.service, "something that is no JSON")
            raise _noted(refusal, f"{method} {template}", response.status_code) from None

    # httpx names the parts of a request so too: a type around them would only be taken apart here.
    def send(  # noqa: PLR0913
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, Any] | None = None,
        school_id: UUID | None = None,
        user_token: str | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        **request: Any,
    ) -> httpx.Response:
        """Do as `call`, returning the whole response (for files).

        `json`: a body; UUIDs and moments may stand in it as they are.
        """
        if transactions.is_open():
            raise TransactionOpen(f"{method} {self.service}{template}")
        token = user_token or self.keys.sign_service_token(self.service, school_id)
        url = _filled(template, path or {})
        sent = {"Authorization": f"Bearer {token}", **(headers or {})}
        if json is not None:
            sent["Content-Type"] = "application/json"
            request["content"] = orjson.dumps(json)
        request_id = _REQUEST_ID.get()
        if request_id:
            sent["X-Request-Id"] = request_id
        response = self._ask(method, url, headers=sent, **request)
        if response.is_success:
            return response
        refusal = _error_of(self.service, response, is_person=user_token is not None)
        raise _noted(refusal, f"{method} {template}", response.status_code)

    def _ask(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **request)
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise ServiceSlow(self.service) from error
        except httpx.TransportError as error:
            raise ServiceAway(self.service, error) from error

    def close(self) -> None:
        self._http.close()


def _trusted_by(url: str) -> ssl.SSLContext:
    """Return whom a client of this address trusts: where no TLS is spoken, nobody."""
    if url.startswith("https://"):
        return _known_authorities()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def _known_authorities() -> ssl.SSLContext:
    """Return the authorities that httpx knows, read once for all clients of a process."""
    return httpx.create_ssl_context()


def _filled(template: str, path: Mapping[str, Any]) -> str:
    quoted = {name: quote(str(value), safe="") for name, value in path.items()}
    return template.format(**quoted)


class ServiceSlow(Broken):
    """Another house took the request and did not answer in time."""

    def __init__(self, service: str) -> None:
        message = f"{service} did not answer in time."
        super().__init__("service_slow", message, fields={"service": service})


class ServiceAway(Unavailable):
    """Another house can't be reached."""

    def __init__(self, service: str, cause: Exception) -> None:
        message = f"{service} can't be reached."
        super().__init__("service_away", message, fields={"service": service})
        self.cause = cause


class Misanswered(Unavailable):
    """Not the word of the house that was asked came back, or that house does not take our token."""

    def __init__(self, code: str, service: str, answer: str) -> None:
        super().__init__(code, f"{service} answered {answer}.", fields={"service": service})
        self.service = service


def _noted(refusal: ServiceError, call: str, status: int) -> ServiceError:
    """Return a refusal; one that is nobody's word of ours is logged and counted first."""
    if isinstance(refusal, Misanswered):
        log.error(
            "call.misanswered", service=refusal.service, call=call, code=refusal.code, status=status
        )
        metrics.record_misanswered(refusal.service, status)
    return refusal


def _error_of(service: str, response: httpx.Response, *, is_person: bool) -> ServiceError:
    """Return what an answer means.

    Only our own shape is the house's word. A proxy, a load balancer or a stranger on its port says
    404 and 403 too: taken at its word, waiting deliveries would end unsent. Nor can a house be
    unknown to another one, but by a wrong clock or a missing key.
    """
    try:
        body = response.json()["error"]
        code = body["code"]
        message = str(body["message"])
        fields = dict(body.get("fields") or {})
    except (ValueError, KeyError, TypeError):
        return Misanswered(BAD_ANSWER, service, str(response.status_code))
    # Many programs put the status there.
    if not isinstance(code, str):
        return Misanswered(BAD_ANSWER, service, str(response.status_code))
    if not is_person and code in REFUSED_TOKEN:
        return Misanswered(NOT_KNOWN_THERE, service, code)
    unnamed = Broken if response.status_code >= 500 else ServiceError
    kind = KINDS.get(response.status_code, unnamed)
    return kind(code, message, fields=fields)


class Page(TypedDict, Generic[Item]):
    """A page of a list. `next`: after what the next one begins, None at the end."""

    items: list[Item]
    next: Any


def every_page(fetch: Callable[[Any], Page[Item]]) -> Iterator[Item]:
    """Yield the items of a paged list: `fetch(after)` returns a page, the first after None."""
    after: Any = None
    while True:
        page = fetch(after)
        yield from page["items"]
        after = page["next"]
        if after is None:
            return
