"""The days after a contract's end, counted in Japan (trust.md).

Day 0 is the contract's last day, day 1 the day after. Days 1–30 are read-only, on day 31 the rows
go, on day 39 at the latest: names and texts are plain in 30 daily backups, and the last that holds
the school then leaves by day 69. On day 70 all is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from common.clock import to_jst
from retention.domain.words import Alarm

BACKUP_GENERATIONS = 30
GONE_DAY = 70
# The day on which rows are deleted, after the usual 30 days of grace.
FIRST_DAY = 31
ALARMS = {Alarm.HARD: 39, Alarm.SECOND: 37, Alarm.FIRST: 33}


def day_of(moment: datetime) -> date:
    """Return the date in Japan."""
    return to_jst(moment).date()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one contract's end.

    `grace_days`: for how many days the data is kept; 0: it goes at once.

    `heard_on`: the day on which the end became known. What is ended with a day long past goes no
    earlier than that, and the backups of that day live on for their time.
    """

    ended_on: date
    grace_days: int
    heard_on: date | None = None

    def day(self, today: date) -> int:
        """Return which day it is: 0 on the contract's last day, below that before it."""
        return (today - self.ended_on).days

    @property
    def erases_on(self) -> date:
        """Return the day on which the rows go."""
        return self.ended_on + timedelta(days=self.grace_days + 1 if self.grace_days else 0)

    @property
    def read_only_until(self) -> date | None:
        """Return the last day on which the data can be taken away; None where no day is granted."""
        return self.erases_on - timedelta(days=1) if self.grace_days else None

    @property
    def erased_by(self) -> date:
        """Return the day on which the erasure must be over."""
        by_contract = self.ended_on + timedelta(days=ALARMS[Alarm.HARD])
        if self.heard_on is None or self.heard_on <= self.erases_on:
            return by_contract
        days_to_erase = ALARMS[Alarm.HARD] - FIRST_DAY
        return max(by_contract, self.heard_on + timedelta(days=days_to_erase))

    @property
    def gone_by(self) -> date:
        """Return the day by which no backup holds the school any more."""
        by_contract = self.ended_on + timedelta(days=GONE_DAY)
        after_backups = self.backups_leave_on + timedelta(days=1)
        return max(by_contract, after_backups)

    @property
    def backups_leave_on(self) -> date:
        """Return the day on which the last backup that holds the school leaves, at the latest."""
        return last_backup_leaves(self.erased_by)

    @property
    def is_short_enough(self) -> bool:
        """Return whether the rows go early enough for the last backup to leave in time.

        They do with 38 days of grace at most.
        """
        if self.grace_days < 0:
            return False
        latest = self.ended_on + timedelta(days=ALARMS[Alarm.HARD])
        return self.erases_on <= latest

    def alarm_on(self, alarm: Alarm) -> date:
        """Return the day on which an alarm sounds if the erasure is not over by then."""
        day = ALARMS[alarm]
        after_end = self.ended_on + timedelta(days=day)
        after_begin = self.erases_on + timedelta(days=day - FIRST_DAY)
        return max(self.erases_on, min(after_end, after_begin))

    def alarm(self, today: date) -> Alarm:
        """Return how late an erasure that is not over is today."""
        return max(
            (alarm for alarm, day in ALARMS.items() if self.alarm_day(today) >= day),
            default=Alarm.NONE,
        )

    def alarm_day(self, today: date) -> int:
        """Return the day by which alarms go.

        Before the erasure is due never above 30; then from 31 on, or the day it is. So an erasure
        without grace is late after two days like any other, and one with 38 days not before it
        could begin.
        """
        waited = (today - self.erases_on).days
        if waited < 0:
            return min(self.day(today), FIRST_DAY - 1)
        return max(self.day(today), FIRST_DAY + waited)


def last_backup_leaves(erased_on: date) -> date:
    """Return the day on which the last daily backup that holds an erased school is dropped."""
    return erased_on + timedelta(days=BACKUP_GENERATIONS)
