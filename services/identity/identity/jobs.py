"""The clock door of identity: contracts and accesses that end, the seal of the operation log,
alarms that nobody answers, and what keeps its tables small.
"""

from __future__ import annotations

from common.bus import purge
from common.schedule import every
from identity.actions.accesses import end_due_accesses
from identity.actions.alarms import purge_sums, tell_unanswered
from identity.actions.ends import end_due_contracts
from identity.actions.log_chain import SEAL_SECONDS, Sealing
from identity.actions.purge import purge_deleted_accounts, purge_sign_ins

JOBS = (
    every(seconds=SEAL_SECONDS, action=Sealing().seal_log).signing(),
    every(minutes=1, action=end_due_contracts),
    every(minutes=1, action=end_due_accesses),
    every(minutes=1, action=tell_unanswered),
    every(minutes=10, action=purge_sign_ins),
    every(hours=1, action=purge_deleted_accounts),
    every(hours=1, action=purge_sums),
    every(hours=1, action=purge),
)
