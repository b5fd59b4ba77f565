"""`memory`: the most that a worker process ever held, read from the kernel (Linux)."""

from __future__ import annotations

from collections.abc import Sequence

from bench.channels import Channel
from bench.processes import Process, families
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
    wanted = ("-m", "suite", "worker", service)

    def is_the_worker(process: Process) -> bool:
        return process.command[1:5] == wanted

    worker, *_ = families(is_the_worker)
    return worker.peak_mb
