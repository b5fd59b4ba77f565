"""What Linux tells of our children and of those that they began: their CPU, their memory."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Of /proc/<pid>/stat behind the name, see proc_pid_stat(5): user and system time, of the process
# itself and of its children that have ended.
PARENT, TIMES = 1, slice(11, 15)


@dataclass(frozen=True, slots=True)
class Process:
    """A process as it is now."""

    pid: int
    parent: int
    cpu_seconds: float
    command: tuple[str, ...]

    @property
    def pss_mb(self) -> float:
        """Its share of memory: what several processes hold together counts in parts."""
        return self._megabytes("smaps_rollup", "Pss")

    @property
    def peak_mb(self) -> float:
        """The most resident memory that it ever held."""
        return self._megabytes("status", "VmHWM")

    def _megabytes(self, file: str, field: str) -> float:
        for line in (PROC / str(self.pid) / file).read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                kilobytes, _unit = value.split()
                return int(kilobytes) / 1024
        raise ProcessLookupError(f"process {self.pid} does not say its {field}: it has ended")


Fact = Callable[[Process], bool]


def is_product(process: Process) -> bool:
    return process.command[1:3] == ("-m", "suite")


def is_postgres(process: Process) -> bool:
    return Path(process.command[0]).name == "postgres"


def is_rabbit(process: Process) -> bool:
    return Path(process.command[0]).name.startswith("beam")


def families(fact: Fact) -> list[Process]:
    """Return our children of which the fact is true, and all their descendants."""
    children = defaultdict(list)
    for process in _everybody():
        children[process.parent].append(process)
    found = [child for child in children[os.getpid()] if fact(child)]
    if not found:
        raise ProcessLookupError(f"no process of ours {fact.__name__.replace('_', ' ')}")
    # What is appended is walked too: children, their children, and so on.
    for process in found:
        found += children[process.pid]
    return found


def cpu_seconds(fact: Fact) -> float:
    return sum(process.cpu_seconds for process in families(fact))


def pss_mb(fact: Fact) -> float:
    return sum(process.pss_mb for process in families(fact))


def _everybody() -> Iterator[Process]:
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            command = (folder / "cmdline").read_text(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        yield _process_of(int(folder.name), stat, command)


def _process_of(pid: int, stat: str, command: str) -> Process:
    # The name may hold blanks and brackets.
    _, _, behind_the_name = stat.rpartition(") ")
    fields = behind_the_name.split()
    ticks = sum(int(field) for field in fields[TIMES])
    words = command.rstrip("\0").split("\0")
    return Process(
        pid=pid,
        parent=int(fields[PARENT]),
        cpu_seconds=ticks / TICKS_A_SECOND,
        command=tuple(words),
    )
