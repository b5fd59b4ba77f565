"""Start the process that reads or marks files, a few at once, and wait for its answer."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import orjson
import structlog

from common.errors import Busy
from directory.domain import workbooks
from directory.domain.workbooks import WorkbookRefused

# Each may take CHILD_MEMORY_BYTES and a processor.
AT_ONCE = 2
# So many threads wait for one to end; the others keep serving who reads and sends.
WAITING = 2
WAIT_SECONDS = 5
BUSY_SECONDS = 10

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Task:
    """What a process does: the module that it runs, and how long it may take."""

    module: str
    wall_seconds: int


READ = Task("directory.actions.workbook.child", workbooks.CHILD_WALL_SECONDS)
MARK = Task("directory.actions.workbook.marking_child", workbooks.MARKING_WALL_SECONDS)


class Turns:
    """As many at once in this process as are allowed, and a few that wait."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._slots = threading.Semaphore(at_once)
        self._places = threading.Semaphore(at_once + waiting)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a turn; raise Busy `import_busy` when none comes within some seconds."""
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            if not self._slots.acquire(timeout=WAIT_SECONDS):
                raise _busy()
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self._places.release()


def _busy() -> Busy:
    return Busy(
        "import_busy", "Other files are being read just now.", fields={"retry_after": BUSY_SECONDS}
    )


turns = Turns()


def ask_child(content: bytes, task: Task = READ) -> bytes:
    """Return what the process makes of a file, or of an order to mark one.

    Raises:
        WorkbookRefused: what it refused, or died of.
        Busy: `import_busy` when others are being read.

    """
    with turns.one():
        answer = _run(content, task)
    first, _, rest = answer.partition(b"\n")
    about = orjson.loads(first)
    if not about["is_apart"]:
        tell_of_network()
    if "refused" in about:
        raise WorkbookRefused(about["refused"], **about["params"])
    return rest


def _run(content: bytes, task: Task) -> bytes:
    command = [sys.executable, "-I", "-B", "-m", task.module]
    try:
        child = subprocess.run(  # noqa: S603 a fixed command
            command,
            input=content,
            capture_output=True,
            timeout=task.wall_seconds,
            check=False,
            # It needs none of our addresses and passwords.
            env={},
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        log.warning("workbook.child_timed_out")
        raise WorkbookRefused("workbook_too_heavy") from error
    if child.returncode != 0:
        last_words = child.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("workbook.child_died", status=child.returncode, error=last_words)
        raise WorkbookRefused("workbook_too_heavy")
    return child.stdout


@cache
def tell_of_network() -> None:
    """Say it once a process: containers often forbid namespaces of one's own."""
    log.warning("workbook.child_has_network")
