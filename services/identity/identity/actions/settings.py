"""What a school's administrators set for their school."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.errors import ChangedMeanwhile
from common.operations import SETTINGS_CHANGED
from identity import events
from identity.domain.sources import read_networks
from identity.domain.ways import NetworksMissing
from identity.domain.words import Actor
from identity.store import schools
from identity.store.models import School


def change_settings(
    session: Session,
    school_id: UUID,
    wanted: dict[str, Any],
    *,
    seen_at: datetime | None,
    actor: Actor,
) -> School:
    """Change a school's settings; raise ChangedMeanwhile if they are not those of `seen_at`, and
    Invalid for networks that are none.

    What is as it was is no change, and stands in no log. Raise NetworksMissing where a school
    would take passwords from nowhere.
    """
    if "networks" in wanted:
        wanted = {**wanted, "networks": read_networks(wanted["networks"])}
    school = schools.lock_school(session, school_id)
    if school.changed_at != seen_at:
        raise ChangedMeanwhile()
    changed = sorted(name for name, value in wanted.items() if getattr(school, name) != value)
    if not changed:
        return school
    for name in changed:
        setattr(school, name, wanted[name])
    if school.networks_only and not school.networks:
        raise NetworksMissing()
    school.changed_at = clock.now()
    events.record_operation(
        session,
        SETTINGS_CHANGED,
        actor,
        school_id=school_id,
        changed=changed,
    )
    return school
