"""The clock door of dispatch-push: what heals after a crash, dead tokens, and what keeps its tables
small.
"""

from __future__ import annotations

from common.delivery.doors import jobs_of
from common.schedule import every
from dispatch_push.actions.report_dead_tokens import report_dead_tokens
from dispatch_push.store.models import TABLES

JOBS = (*jobs_of(TABLES), every(seconds=30, action=report_dead_tokens))
