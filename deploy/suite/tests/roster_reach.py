"""Whom of the demo school its messages can reach."""

from __future__ import annotations

from suite.demo.model import NOT_LIVE, ContactPoint, Roster


def is_live(point: ContactPoint) -> bool:
    """Return whether a message sent there can arrive."""
    return point.health not in NOT_LIVE


def reachable_pupil_keys(roster: Roster) -> frozenset[str]:
    """List the children with at least one live contact point among their guardians.

    All channels count.
    """
    live = {
        guardian.key
        for guardian in roster.guardians
        if any(is_live(point) for point in guardian.contact_points)
    }
    return frozenset(link.pupil_key for link in roster.guardianships if link.guardian_key in live)
