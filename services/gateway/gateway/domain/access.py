"""An operator's look at a school's data: how long, and what the reason must say (ID-10)."""

from __future__ import annotations

from datetime import datetime

from common.answers.identity import ListedAccessOut
from gateway.domain import dates

# Minutes. Identity grants an hour at most.
MINUTES = (15, 30, 60)
USUAL_MINUTES = 30
SHORTEST_REASON = 10


def is_open(access: ListedAccessOut, now: datetime) -> bool:
    """Return whether an access still opens something."""
    return access["ended_at"] is None and now < dates.as_moment(access["ends_at"])


def problem_of(reason: str) -> str:
    """Return what is wrong with a reason, in words; nothing where it can be asked."""
    if len(reason) < SHORTEST_REASON:
        return f"理由を{SHORTEST_REASON}文字以上で書いてください。学校の管理者が読みます。"
    return ""
