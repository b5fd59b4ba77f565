"""One school whose key is damaged holds up nobody (DLV-7, MSG-8).

A healthy school's sends pass, in both lanes, on all channels.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from arrivals import DISPATCHERS
from ends import School, make_school
from hands import Office, Sent, Suite, restart, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]


@contextmanager
def key_damaged(school: School) -> Iterator[None]:
    """Damage a school's wrapped key, and let every dispatcher ask for it anew."""
    path = school.suite.supervisor.run_dir / "keyring" / f"{school.id}.json"
    sound = path.read_text(encoding="utf-8")
    entry = json.loads(sound)
    wrapped = bytearray(base64.b64decode(entry["wrapped"]))
    wrapped[-1] ^= 0xFF
    damaged = {**entry, "wrapped": base64.b64encode(wrapped).decode()}
    path.write_text(json.dumps(damaged), encoding="utf-8")
    for service in DISPATCHERS:
        school.suite.supervisor.terminate(f"{service}.worker")
    restart(school.suite, *(f"{service}.worker" for service in DISPATCHERS))
    try:
        yield
    finally:
        path.write_text(sound, encoding="utf-8")


def sent_rows(sent: Sent, service: str) -> int:
    return len(sent.deliveries("state IN ('accepted', 'unknown')", service))


def test_a_school_whose_key_is_damaged_keeps_no_other_waiting(office: Office, suite: Suite) -> None:
    poisoned = make_school(suite)
    with key_damaged(poisoned):
        troubled = [
            poisoned.office().send("全校", lane=lane, everybody=True)
            for lane in ("normal", "urgent", "normal")
        ]
        wait_until(
            lambda: suite.query("dispatch-mail", "SELECT 1 FROM held_events"),
            what="pages that wait for the key",
        )
        for lane in ("urgent", "normal"):
            healthy = office.send("全校", lane=lane)
            healthy.wait_complete(60)
            healthy.check_promises()
        for sent in troubled:
            assert [sent_rows(sent, service) for service in DISPATCHERS] == [0, 0, 0]
    for sent in troubled:
        sent.wait_complete(120)
        for service in DISPATCHERS:
            rows = sent.deliveries(service=service)
            assert rows
            assert {row.state for row in rows} <= {"accepted", "refused"}
    assert suite.query("dispatch-mail", "SELECT reason FROM parked_events") == []
