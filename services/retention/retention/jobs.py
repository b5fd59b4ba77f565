"""The clock door of retention: what is due begins, what is silent is asked again, what is late is
said aloud.
"""

from __future__ import annotations

from common.bus import purge
from common.schedule import every
from retention.actions import erasures

JOBS = (
    every(minutes=1, action=erasures.begin_due_erasures),
    every(minutes=1, action=erasures.ask_again),
    every(minutes=10, action=erasures.look_again),
    every(minutes=1, action=erasures.watch_deadlines),
    every(hours=1, action=purge),
)
