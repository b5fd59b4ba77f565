"""HTTP doors behind gunicorn: of one house, or of several in one process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from gunicorn.app.base import BaseApplication

from common.collector import quiet_collector
from common.config import Settings, SettingsRefused
from suite.houses import HOUSES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a door answers."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Who answers: so many processes, so many threads in each."""

    processes: int
    threads: int

    @classmethod
    def of(cls, settings: Sequence[Settings], usual: int) -> Crew:
        """Return what the settings of a process's houses say.

        `usual`: the processes where they say nothing. Raises SettingsRefused where threads would
        wait for a connection to the database.
        """
        said = settings[0]
        most = 2 * said.pool_size
        if said.web_threads > most:
            raise SettingsRefused(
                f"RENRAKU_WEB_THREADS={said.web_threads} share at most {most} connections to the "
                "database: raise RENRAKU_POOL_SIZE to half as many threads, or have fewer."
            )
        return cls(said.web_processes or usual, said.web_threads)


def serve_one(name: str, place: Place) -> None:
    """Serve a house's HTTP door until SIGTERM."""
    settings = HOUSES[name].settings()
    # The houses' own processes spread over the cores already; a second one of each would hold as
    # much memory and as many connections again.
    crew = Crew.of([settings], usual=1)
    _serve(lambda: HOUSES[name].create_app(settings), place, crew)


def serve_together(names: Collection[str], place: Place) -> None:
    """Serve the HTTP doors of several houses in each process, until SIGTERM.

    The gateway is at /, each other house under its name.
    """
    settings = [HOUSES[name].settings() for name in names]
    # Python runs one thread of a process at a time. Half the cores are left to the database, the
    # broker and the workers, which a press of "send" keeps as busy.
    half_the_cores = max(1, len(os.sched_getaffinity(0)) // 2)
    crew = Crew.of(settings, usual=half_the_cores)
    # Each process would else take the cores for its own when it checks passwords.
    os.environ["RENRAKU_WEB_PROCESSES"] = str(crew.processes)
    _serve(lambda: _open_together(names), place, crew)


def _open_together(names: Collection[str]) -> Any:
    # Counting begins with this import: before it, nobody knows that processes count together.
    from common import metrics
    from suite.together import Observed, Together

    together = Together(names)
    together.open()
    health = metrics.RoleHealth(lambda: True, together.readiness)
    return Observed(together.front(), health)


def _serve(open_door: Callable[[], Any], place: Place, crew: Crew) -> None:
    """Serve what `open_door` returns until SIGTERM."""

    class Server(BaseApplication):
        def load_config(self) -> None:
            options = {
                "bind": f"{place.host}:{place.port}",
                "workers": crew.processes,
                "threads": crew.threads,
                "worker_class": "gthread",
                "graceful_timeout": 20,
                # Several processes share what is loaded before the fork, but for what they touch;
                # one alone would leave a copy of that with its parent.
                "preload_app": crew.processes > 1,
                "child_exit": _forget_process,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            app = open_door()
            quiet_collector()
            return app

    counting = _counting_together() if crew.processes > 1 else nullcontext()
    with counting:
        Server().run()


@contextmanager
def _counting_together() -> Iterator[None]:
    """Let the processes count into one folder.

    Each alone would tell of its own requests, and whoever asks would meet now this one, now that.
    """
    owner = os.getpid()
    folder = tempfile.mkdtemp(prefix="renraku-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        yield
    finally:
        # Children leave by here, too.
        if os.getpid() == owner:
            shutil.rmtree(folder)


def _forget_process(_server: Any, worker: Any) -> None:
    """Drop what a process that has ended said of the present; its counts stay."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)
