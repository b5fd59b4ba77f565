"""The clock door of dispatch-mail: what heals after a crash, and what keeps its tables small."""

from __future__ import annotations

from common.delivery.doors import jobs_of
from dispatch_mail.store.models import TABLES

JOBS = jobs_of(TABLES)
