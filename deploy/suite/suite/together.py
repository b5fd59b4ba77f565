"""Houses whose HTTP doors share a process: one address, and no sockets between them.

A call from one of these houses to another runs in the caller's own thread, so that threads which
wait for one another can't use themselves up. It runs in a context of its own, so that a house sees
of its caller what a socket would show.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from common import metrics
from common.config import Settings
from common.web import client
from suite.houses import HOUSES

if TYPE_CHECKING:
    from common.db import Database


class Isolated:
    """Run a WSGI application in an empty context.

    Without it the inner house would wipe its caller's log context.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return contextvars.Context().run(self._app, environ, start_response)


class Together:
    """The HTTP doors of some houses.

    `databases`: by house, in place of those that the settings name.
    """

    def __init__(self, names: Collection[str]) -> None:
        self.settings: dict[str, Settings] = {name: HOUSES[name].settings() for name in names}
        self.databases: dict[str, Database] = {}
        self._apps: dict[str, Any] = {}
        self._opening = threading.RLock()
        for name in names:
            client.transports[name] = httpx.WSGITransport(
                app=Isolated(_Late(self, name)), raise_app_exceptions=False
            )

    def open(self) -> None:
        """Open every door; else each opens when it is first knocked at."""
        for name in self.settings:
            self.app(name)

    def app(self, name: str) -> Any:
        """Return a house's application."""
        # Without the lock two who knock at once would open two doors.
        with self._opening:
            if name not in self._apps:
                given = {"database": self.databases[name]} if name in self.databases else {}
                self._apps[name] = HOUSES[name].create_app(self.settings[name], **given)
            return self._apps[name]

    def front(self, more: Mapping[str, Any] | None = None) -> Any:
        """Return one application: the gateway at /, each other house under its name.

        `more`: other applications, by where they answer.
        """
        houses: dict[str, Any] = {f"/{name}": _Late(self, name) for name in self.settings}
        root = houses.pop("/gateway", NotFound())
        return DispatcherMiddleware(root, {**houses, **(more or {})})

    @property
    def readiness(self) -> dict[str, Callable[[], bool]]:
        """Return by house whether it can do its work now."""
        return {name: self.app(name).extensions["is_ready"] for name in self.settings}


class Observed:
    """Tell how all houses of a process are, before any of them is asked."""

    def __init__(self, app: Any, health: metrics.RoleHealth) -> None:
        self._app = app
        self._health = health

    def __call__(self, environ: Any, start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if path not in metrics.PAGES:
            return self._app(environ, start_response)
        status, content_type, body = metrics.answer(path, self._health)
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]


class _Late:
    """A house's application, looked up when it is called: houses call one another in a circle."""

    def __init__(self, together: Together, name: str) -> None:
        self._together = together
        self._name = name

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._together.app(self._name)(environ, start_response)
