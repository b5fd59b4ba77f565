"""The clock door of dispatch-mail: what heals after a crash, dead addresses, and what keeps its
tables small.
"""

from __future__ import annotations

from common.delivery.doors import jobs_of
from common.schedule import every
from dispatch_mail.actions.report_dead_addresses import (
    report_dead_addresses,
    report_recovered_addresses,
)
from dispatch_mail.actions.take_in_notice import forget_notices
from dispatch_mail.actions.take_reply import forget_replies
from dispatch_mail.actions.unsubscribe import forget_link_presses
from dispatch_mail.store.models import TABLES

JOBS = (
    every(minutes=10, action=forget_link_presses),
    every(hours=1, action=forget_notices),
    every(hours=1, action=forget_replies),
    *jobs_of(TABLES),
    every(minutes=5, action=report_dead_addresses),
    every(minutes=5, action=report_recovered_addresses),
)
