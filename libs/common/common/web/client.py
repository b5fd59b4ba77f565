"""Calling another house: a token for each call, one shape of errors, never inside a transaction.

Used by API, gateway and workers alike; imports no Flask. For houses that share a process
`transports` holds an in-process WSGI transport per service instead of a socket.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypedDict, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
import orjson
import structlog
from urllib3.filepost import encode_multipart_formdata

from common import metrics, transactions
from common.config import Settings
from common.errors import KINDS, Broken, ServiceError, Unavailable
from common.keys import Keys
from common.web.wires import ANSWER_SECONDS, Inside, Reply, Request, Socket, Wire

Item = TypeVar("Item")

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
    _wire: Wire = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        transport = transports.get(self.service)
        wire = Inside(self.service, transport) if transport else Socket(self.base_url)
        object.__setattr__(self, "_wire", wire)

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
        answer = self.send(
            method, template, path=path, school_id=school_id, user_token=user_token, **request
        )
        try:
            return orjson.loads(answer.content) if answer.content else None
        except orjson.JSONDecodeError:
            # A server's welcome page, or a login page, is a success to its server.
            refusal = Misanswered(BAD_ANSWER, self.service, "something that is no JSON")
            raise _noted(refusal, f"{method} {template}", answer.status) from None

    # A type around the parts of a request would only be taken apart here.
    def send(  # noqa: PLR0913
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        school_id: UUID | None = None,
        user_token: str | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        timeout: float = ANSWER_SECONDS,
    ) -> Reply:
        """Do as `call`, returning the whole answer (for files).

        `json`: a body; UUIDs and moments may stand in it as they are. `files`: in its place, by
        field: name, content and type. `timeout`: seconds to wait for an answer.
        """
        if transactions.is_open():
            raise TransactionOpen(f"{method} {self.service}{template}")
        token = user_token or self.keys.sign_service_token(self.service, school_id)
        sent = {"Authorization": f"Bearer {token}", **(headers or {})}
        body = None
        if json is not None:
            sent["Content-Type"] = "application/json"
            body = orjson.dumps(json)
        if files is not None:
            body, sent["Content-Type"] = encode_multipart_formdata(files)
        request_id = _REQUEST_ID.get()
        if request_id:
            sent["X-Request-Id"] = request_id
        target = _target(template, path or {}, params)
        answer = self._ask(Request(method, target, sent, body, timeout))
        if answer.is_success:
            return answer
        refusal = _error_of(self.service, answer, is_person=user_token is not None)
        raise _noted(refusal, f"{method} {template}", answer.status)

    def _ask(self, request: Request) -> Reply:
        try:
            return self._wire.ask(request)
        except TimeoutError as error:
            raise ServiceSlow(self.service) from error
        except ConnectionError as error:
            raise ServiceAway(self.service, error) from error

    def close(self) -> None:
        self._wire.close()


def _target(template: str, path: Mapping[str, Any], params: Mapping[str, Any] | None) -> str:
    quoted = {name: quote(str(value), safe="") for name, value in path.items()}
    filled = template.format(**quoted)
    return f"{filled}?{httpx.QueryParams(params)}" if params else filled


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


def _error_of(service: str, answer: Reply, *, is_person: bool) -> ServiceError:
    """Return what an answer means.

    Only our own shape is the house's word. A proxy, a load balancer or a stranger on its port says
    404 and 403 too: taken at its word, waiting deliveries would end unsent. Nor can a house be
    unknown to another one, but by a wrong clock or a missing key.
    """
    try:
        body = orjson.loads(answer.content)["error"]
        code = body["code"]
        message = str(body["message"])
        fields = dict(body.get("fields") or {})
    except (ValueError, KeyError, TypeError):
        return Misanswered(BAD_ANSWER, service, str(answer.status))
    # Many programs put the status there.
    if not isinstance(code, str):
        return Misanswered(BAD_ANSWER, service, str(answer.status))
    if not is_person and code in REFUSED_TOKEN:
        return Misanswered(NOT_KNOWN_THERE, service, code)
    unnamed = Broken if answer.status >= 500 else ServiceError
    kind = KINDS.get(answer.status, unnamed)
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
