"""The clock door of the directory: what keeps its bus tables small."""

from __future__ import annotations

from common.bus import purge
from common.schedule import every

JOBS = (every(hours=1, action=purge),)
