"""Measure what we claim, beside what one would use instead: prints one table and writes
.run/bench.json.

bench/README.md tells the rows, and the variables (BENCH_REPEATS and others) that say how much.
Everything is private, on 127.0.0.1, and gone afterwards.
"""

from __future__ import annotations

import argparse
import signal
import sys

from bench import (
    audit,
    dispatch,
    families,
    footprint,
    idle,
    members,
    morning,
    pipeline,
    reading,
    roster_file,
    sheets,
    sign_in,
    staff,
    start,
    urgent,
    year,
)
from bench.channels import CHANNELS
from bench.report import Row, table, write
from bench.services import LOGS, ROOT, Plan, running_services
from bench.visitors import WrongAnswer
from bench.waiting import Missing, TooSlow

ROWS = {
    "dispatch": dispatch.measure,
    **{f"pipeline-{channel.name}": pipeline.of(channel) for channel in CHANNELS},
    "urgent": urgent.measure,
    "reading": reading.measure,
    "reading-confirm": reading.measure_confirming,
    "morning": morning.measure,
    "staff": staff.measure,
    "sign-in": sign_in.measure,
    "audit": audit.measure,
    "roster": roster_file.measure,
    "member-search": members.measure_search,
    "audience": members.measure_audience,
    "year": year.measure,
    "sheets": sheets.measure,
    "families": families.measure,
    "idle": idle.measure,
    "footprint": footprint.measure,
    "start": start.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        help=f"what to measure, of {', '.join(ROWS)} (all); pipeline: its three, reading: both",
    )
    wanted = parser.parse_args().rows or list(ROWS)
    chosen = [row for row in ROWS if any(_is_named(row, name) for name in wanted)]
    unknown = [name for name in wanted if not any(_is_named(row, name) for row in ROWS)]
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    plan = Plan.of_environment()
    rows: list[Row] = []
    try:
        with running_services() as services:
            for name in chosen:
                print(f"measuring {name} (repeats: {plan.repeats}) …", file=sys.stderr, flush=True)
                rows += ROWS[name](services, plan)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except (Missing, TooSlow, WrongAnswer) as error:
        print(f"{error} (what the processes said: {LOGS})", file=sys.stderr)
        return 1
    print(table(rows))
    write(rows, ROOT / ".run" / "bench.json")
    return 0


def _is_named(row: str, name: str) -> bool:
    """Return whether a name means this row: its own, or that of several, as `pipeline`."""
    return row == name or row.startswith(f"{name}-")


if __name__ == "__main__":
    sys.exit(main())
