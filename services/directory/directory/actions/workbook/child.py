"""What runs in a process of its own: `python -m directory.actions.workbook.child`.

The file comes on standard input. The answer's first line is JSON: whether there is no network here,
and a refusal's code and parameters; what was made of the file follows.
"""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from directory.actions.workbook.reading import read_file
from directory.actions.workbook.wire import write_sheets
from directory.domain.workbooks import (
    CHILD_CPU_SECONDS,
    CHILD_FILES,
    CHILD_MEMORY_BYTES,
    WorkbookRefused,
)

CLONE_NEWUSER = 0x1000_0000
CLONE_NEWNET = 0x4000_0000


def leave_network() -> bool:
    """Go where there is no network (unshare(2)); return whether the kernel allowed it."""
    try:
        unshare = ctypes.CDLL(None).unshare
    except AttributeError:
        # Not Linux.
        return False
    return bool(unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)


def limit_this_process(cpu_seconds: int = CHILD_CPU_SECONDS) -> None:
    """Bound memory, processor time and open files; forbid writing files and core dumps."""
    limits = {
        resource.RLIMIT_AS: CHILD_MEMORY_BYTES,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_NOFILE: CHILD_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))


def answer(
    work: Callable[[bytes], Iterator[bytes]], content: bytes, about: dict[str, Any]
) -> Iterator[bytes]:
    """Yield the pieces of the answer; `about`: what its first line says besides."""
    try:
        pieces = work(content)
    except WorkbookRefused as refusal:
        yield orjson.dumps({**about, "refused": refusal.code, "params": refusal.params})
        return
    except MemoryError:
        yield orjson.dumps({**about, "refused": "workbook_too_heavy", "params": {}})
        return
    yield orjson.dumps(about) + b"\n"
    yield from pieces


def serve(work: Callable[[bytes], Iterator[bytes]], cpu_seconds: int = CHILD_CPU_SECONDS) -> None:
    """Answer on standard output what `work` makes of standard input; a crash is an answer too."""
    is_apart = leave_network()
    limit_this_process(cpu_seconds)
    for piece in answer(work, sys.stdin.buffer.read(), {"is_apart": is_apart}):
        sys.stdout.buffer.write(piece)


def read(content: bytes) -> Iterator[bytes]:
    sheets = read_file(content)
    return (line + b"\n" for line in write_sheets(sheets))


if __name__ == "__main__":
    serve(read)
