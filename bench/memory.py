"""`memory`: the most that a worker process ever held, read from the kernel (Linux)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bench.channels import Channel
from bench.report import Row

MESSAGING_GOAL = "≤ 150 MB"


def peaks(channels: Sequence[Channel], deliveries: int) -> list[Row]:
    """Return a row for each worker of ours that these channels need.

    Each of them has carried so many deliveries.
    """
    goals = {channel.house: channel.memory_goal for channel in channels}
    goals["messaging"] = MESSAGING_GOAL
    names = ", ".join(channel.name for channel in channels)
    after = f"peak RSS after {deliveries:,} deliveries by {names}"
    return [
        Row(f"memory {house} worker, {after}", _peak(house), "MB", None, None, goal)
        for house, goal in goals.items()
    ]


def _peak(service: str) -> float:
    """Return the peak resident memory in MB of our child that is `suite worker <service>`."""
    wanted = [b"-m", b"suite", b"worker", service.encode()]
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            if command[1:5] == wanted:
                status = _status(process)
                if int(status["PPid"]) == os.getpid():
                    return int(status["VmHWM"].split()[0]) / 1024
        except OSError:  # it has ended meanwhile
            continue
    raise ProcessLookupError(f"no worker of {service} is running")


def _status(process: Path) -> dict[str, str]:
    lines = (process / "status").read_text().splitlines()
    return dict(line.split(":", 1) for line in lines)
