"""`dispatch mail`: the dispatch stage alone and smtp-source, each with the machine to itself."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from bench import ROOT
from bench.dispatch_stage import Task
from bench.report import Row, paired
from bench.services import WAIT_SECONDS, Plan, Services
from bench.sink import source_rate


def measure(services: Services, plan: Plan) -> list[Row]:
    """Run the stage, as a process of its own, and smtp-source in turn."""
    pairs = []
    for _ in range(plan.repeats):
        task = Task(services.new_database(), services.sink_port, plan.mails)
        command = [sys.executable, "-m", "bench.dispatch_stage", json.dumps(asdict(task))]
        done = subprocess.run(
            command, cwd=ROOT, check=True, timeout=WAIT_SECONDS, stdout=subprocess.PIPE, text=True
        )
        pairs.append((float(done.stdout), source_rate(services.sink_port, plan.mails)))
    name = "dispatch mail, against smtp-source -d -s 20 -l 4096"
    return [paired(name, "mails/s", pairs, "ratio ≥ 0.4, then 0.6")]
