"""What retention answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import TypedDict


class StepOut(TypedDict):
    house: str
    state: str
    counts: dict[str, int] | None
    answered_at: str | None


class ErasureOut(TypedDict):
    ended_on: str
    grace_days: int
    read_only_until: str | None
    erases_on: str
    first_alarm_on: str
    second_alarm_on: str
    hard_alarm_on: str
    erased_by: str
    backups_leave_on: str
    gone_by: str
    school_id: str
    school_code: str
    school_name: str
    state: str
    day: int
    alarm: str
    started_at: str | None
    erased_at: str | None
    key_destroyed_at: str | None
    certified_at: str | None
    handed_over_at: str | None
    steps: list[StepOut]


class ErasurePageOut(TypedDict):
    items: list[ErasureOut]
    next: str | None


class CalendarOut(TypedDict):
    ended_on: str
    grace_days: int
    read_only_until: str | None
    erases_on: str
    first_alarm_on: str
    second_alarm_on: str
    hard_alarm_on: str
    erased_by: str
    backups_leave_on: str
    gone_by: str
