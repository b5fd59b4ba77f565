"""The kinds of error that reach HTTP, and the tree of errors that houses raise.

ServiceError
├── NotFound 404         ├── Unauthenticated 401   ├── Busy 429
├── Refused 409 or 422   ├── NotAllowed 403        └── Unavailable 503 ── Broken 500

A service gives a code, parameters and one English sentence; the gateway owns the words that people
read.
"""

from __future__ import annotations

from typing import Any


class ServiceError(Exception):
    """An answer other than success, on purpose.

    `code`: in snake_case; `fields`: name → what is wrong with it.
    """

    status = 500

    def __init__(self, code: str, message: str, *, fields: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields or {}

    def body(self) -> dict[str, Any]:
        """Return the one shape in which errors travel."""
        return {"error": {"code": self.code, "message": self.message, "fields": self.fields}}


class NotFound(ServiceError):
    """There is no such thing for this caller."""

    status = 404

    def __init__(
        self, code: str = "not_found", message: str = "There is no such thing.", **kwargs: Any
    ) -> None:
        super().__init__(code, message, **kwargs)


class Refused(ServiceError):
    """The request is understood and declined: a rule of the domain stands against it."""

    status = 409


class ChangedMeanwhile(Refused):
    """Somebody else changed the same thing since it was looked at."""

    def __init__(self) -> None:
        super().__init__("changed_meanwhile", "Somebody else changed this meanwhile.")


class Invalid(Refused):
    """The request's content breaks a rule; `fields` names where."""

    status = 422


class NotAllowed(ServiceError):
    """The caller is known and may not do this."""

    status = 403

    def __init__(
        self, code: str = "not_allowed", message: str = "You may not do this.", **kwargs: Any
    ) -> None:
        super().__init__(code, message, **kwargs)


class Unauthenticated(ServiceError):
    """Who is calling is unknown, or no longer valid."""

    status = 401

    def __init__(
        self, code: str = "unauthenticated", message: str = "Sign in first.", **kwargs: Any
    ) -> None:
        super().__init__(code, message, **kwargs)


class Busy(ServiceError):
    """Too many tries; `fields["retry_after"]` in seconds where known."""

    status = 429


class Unavailable(ServiceError):
    """Something that is needed is away for now; trying again later is right."""

    status = 503

    def __init__(
        self, code: str = "unavailable", message: str = "Try again in a moment.", **kwargs: Any
    ) -> None:
        super().__init__(code, message, **kwargs)


class Broken(Unavailable):
    """A house that is there could not do what it was asked: it failed, or gave no answer in time.

    Once it may be a passing trouble; again and again for the same request it is no outage.
    """


KINDS: dict[int, type[ServiceError]] = {
    404: NotFound,
    409: Refused,
    422: Invalid,
    403: NotAllowed,
    401: Unauthenticated,
    429: Busy,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
