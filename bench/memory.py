"""`memory`: the most that a worker process ever held, read from the kernel (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

from bench.report import Row

WORKERS = ("dispatch-mail", "messaging")
GOAL = "≤ 150 MB"


def peaks() -> list[Row]:
    """Return a row for each worker of ours that is running."""
    return [Row(f"memory {service} worker, peak RSS", _peak(service), "MB", None, None, GOAL) for service in WORKERS]


def _peak(service: str) -> float:
    """Return the peak resident memory in MB of our child that is `suite worker <service>`."""
    wanted = [b"-m", b"suite", b"worker", service.encode()]
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cmdline").read_bytes().split(b"\0")[1:5] == wanted:
                status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
                if int(status["PPid"]) == os.getpid():
                    return int(status["VmHWM"].split()[0]) / 1024
        except OSError:  # it has ended meanwhile
            continue
    raise ProcessLookupError(f"no worker of {service} is running")
