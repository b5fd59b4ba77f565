"""`start`: from the command until the home page answers, for who comes back to what they tried.

The folder was prepared by a first start: the demo with its history is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import ROOT, programs
from bench.installations import START_SECONDS
from bench.report import Row, paired
from bench.rival_pages import IMPORTABLE, waitress
from bench.services import Plan, Services
from common import clock
from common.testing.processes import free_port

HELLO = waitress(threads=16)
TRANSLATIONS = ROOT / "services" / "gateway" / "gateway" / "translations"
NO_GOAL = "-"
# Takes the port on which the pages are to answer.
Command = Callable[[int], Sequence[str]]


def measure(services: Services, plan: Plan) -> list[Row]:
    """Start in one folder again and again: `renraku up`, `make run`, and hello beside each."""
    folder = services.folder / "start"
    _seconds_of(_make_run, folder)
    rows = []
    for words, command in COMMANDS.items():
        pairs = []
        for _ in range(plan.repeats):
            ours = _seconds_of(command, folder)
            theirs = _seconds_of(HELLO.command, folder)
            pairs.append((ours, theirs))
        name = f"start, {words}, again, against Flask's hello ({HELLO.name})"
        rows.append(paired(name, "s", pairs, NO_GOAL))
    return rows


def _up(port: int) -> Sequence[str]:
    return (sys.executable, "-m", "suite", "up", "--port", str(port))


def _make_run(port: int) -> Sequence[str]:
    """Return `make run` for a folder that is not the project's, whose own data stays untouched."""
    places = {
        "PORT": port,
        "BIN": ROOT / ".venv" / "bin",
        "TOOLS": ROOT / "deploy" / "tools",
        "TRANSLATIONS": TRANSLATIONS,
    }
    variables = [f"{name}={value}" for name, value in places.items()]
    makefile = ROOT / "Makefile"
    return ("make", "-f", str(makefile), "run", *variables)


COMMANDS: dict[str, Command] = {"renraku up": _up, "make run": _make_run}


def _seconds_of(command: Command, folder: Path) -> float:
    port = free_port()
    began = clock.monotonic()
    with programs.running(command(port), folder, IMPORTABLE) as program:
        programs.wait_for_page(program, f"http://127.0.0.1:{port}/", START_SECONDS)
        return clock.monotonic() - began
