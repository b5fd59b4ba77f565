"""The clock door of the directory.

What keeps its bus tables small, and uploaded files, frozen audiences, deleted people and groups,
guardians without a child, registrations, and browsers and links of families, no longer than
promised; what lets planned statuses, and the next year, begin; what resumes imports that stand
still; and what tells of registration on Mondays.
"""

from __future__ import annotations

from common.bus import purge
from common.schedule import every
from directory.actions.erase_members import erase_deleted_members, erase_guardians_alone
from directory.actions.family_links import forget_old_links
from directory.actions.family_sessions import forget_old_sessions
from directory.actions.groups import erase_deleted_groups
from directory.actions.import_plans import erase_expired_plans
from directory.actions.import_work import resume_imports
from directory.actions.planned_statuses import tell_due_statuses
from directory.actions.reach_weeks import tell_weeks
from directory.actions.recent_registrations import sweep_registrations
from directory.actions.registration_tries import purge_tries
from directory.actions.released_snapshots import purge_snapshots
from directory.actions.staff_imports import erase_expired_imports
from directory.actions.year_turn import forget_turned_years, tell_due_years

JOBS = (
    every(hours=1, action=purge),
    every(minutes=1, action=erase_expired_plans),
    every(minutes=1, action=erase_expired_imports),
    every(minutes=1, action=resume_imports),
    every(hours=1, action=erase_deleted_members),
    every(hours=1, action=erase_guardians_alone),
    every(hours=1, action=purge_snapshots),
    every(hours=1, action=erase_deleted_groups),
    every(hours=1, action=tell_due_statuses),
    every(minutes=1, action=tell_due_years),
    every(hours=1, action=forget_turned_years),
    every(minutes=10, action=purge_tries),
    every(hours=1, action=sweep_registrations),
    every(hours=1, action=forget_old_sessions),
    every(hours=1, action=forget_old_links),
    every(hours=1, action=tell_weeks),
)
