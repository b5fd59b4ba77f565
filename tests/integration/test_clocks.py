"""A machine's clock jumps in mid-send: its role rests, nothing is lost or sent twice (DLV-1).

The clock is moved for one role alone, by libfaketime; the clock that never jumps stays as it is, as
on a real machine.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from arrivals import DISPATCHERS
from hands import Office, Suite, restart, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

ROLES = ["dispatch-mail.jobs", "dispatch-mail.worker"]
LEASE_SECONDS = (
    "150"  # as in production: shorter than the jump, longer than the test holds what is claimed
)


def faketime_library() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "libfaketime: python3 deploy/tools/binaries.py faults"
    return str(found[0])


class MovableClock:
    """The wall clock of the roles that were started with it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.move(0)

    def move(self, seconds: int) -> None:
        """Set how far it is from the machine's."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": faketime_library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "RENRAKU_LEASE_SECONDS": LEASE_SECONDS,
        }


@pytest.fixture
def movable(mended: Suite, tmp_path: Path) -> Iterator[MovableClock]:
    """Give the clock of dispatch-mail's worker and jobs, which then get the machine's again."""
    supervisor = mended.supervisor
    movable = MovableClock(tmp_path / "clock")
    for role in ROLES:
        supervisor.terminate(role)
        supervisor.start(role, **movable.variables)
        supervisor.wait_ready(role)
    yield movable
    for role in ROLES:
        supervisor.kill(role)
    restart(mended, *ROLES)
    for role in ROLES:
        supervisor.wait_ready(role)


def is_ready(suite: Suite, role: str) -> bool:
    return httpx.get(suite.supervisor.roles[role].ready_url, timeout=10).is_success


@pytest.mark.parametrize("seconds", [200, -200])
def test_a_clock_that_jumps_in_mid_send_lets_the_role_rest_and_takes_no_row_back(
    office: Office, suite: Suite, movable: MovableClock, seconds: int
) -> None:
    supervisor = suite.supervisor
    supervisor.send_signal("town", signal.SIGSTOP)
    try:
        sent = office.send("全校")
        wait_until(lambda: sent.deliveries("state = 'claimed'"), what="claimed rows")
        movable.move(seconds)
        for role in ROLES:
            wait_until(lambda role=role: not is_ready(suite, role), 10, f"{role} to rest")
        said = (supervisor.run_dir / "logs" / "dispatch-mail.jobs.log").stat().st_size
        wait_until(lambda: heard_of_held_sweep(suite, said), 40, "a sweep that is not run")
        assert not any("delivery.taken_back" in line for line in said_by_jobs(suite, said))
    finally:
        supervisor.send_signal("town", signal.SIGCONT)
    movable.move(0)
    for role in ROLES:
        wait_until(lambda role=role: is_ready(suite, role), 10, f"{role} to go on by itself")
    sent.wait_complete(180)
    # The town may have stood still for longer than a provider's answer is waited for.
    sent.check_promises({service: sent.in_doubt(service) for service in DISPATCHERS})


def heard_of_held_sweep(suite: Suite, since: int) -> bool:
    """Return whether the clock has held a sweep of leases for its time being wrong."""
    held = [
        line for line in said_by_jobs(suite, since) if "job.held" in line and "clock_off" in line
    ]
    return any("sweep_leases" in line for line in held)


def said_by_jobs(suite: Suite, since: int) -> list[str]:
    """Return the lines of dispatch-mail's clock after so many bytes of its log."""
    log = suite.supervisor.run_dir / "logs" / "dispatch-mail.jobs.log"
    with log.open("rb") as lines:
        lines.seek(since)
        return lines.read().decode().splitlines()
