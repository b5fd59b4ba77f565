"""What messaging does by the clock."""

from __future__ import annotations

from common.bus import outbox
from common.schedule import Job, every
from messaging.actions import drafts, reader_names, release, sweep

JOBS: tuple[Job, ...] = (
    every(seconds=5, action=release.release_due, woken_by=release.PENDING),
    every(seconds=5, action=sweep.complete_messages, woken_by=sweep.FINISHED),
    every(seconds=30, action=sweep.sweep_fan_outs),
    every(seconds=30, action=sweep.sweep_waiting),
    every(minutes=1, action=reader_names.ask_for_names),
    every(hours=1, action=drafts.purge_deleted_drafts),
    every(hours=1, action=outbox.purge),
)
