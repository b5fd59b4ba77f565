"""The end of a school in words (RET-1, OPS-1).

States, services, and every clock that runs until nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from common.answers.retention import ErasureOut, StepOut
from common.clock import to_jst
from common.houses import KEPT
from gateway.domain.dates import as_moment

# State → words, and the colour of its mark.
SCHOOL_STATES: Mapping[str, tuple[str, str]] = {
    "active": ("利用中", "good"),
    "ended": ("見るだけ", "warn"),
    "erasing": ("消去中", "warn"),
    "erased": ("消去済み", ""),
}
ERASURE_STATES: Mapping[str, tuple[str, str]] = {
    "preparing": ("受け付けました", "running"),
    "waiting": ("終了予定", ""),
    "read_only": ("見るだけ", "warn"),
    "erasing": ("消去中", "running"),
    "erased": ("鍵の廃棄中", "running"),
    "certified": ("消去完了", "good"),
}
# As they stand on the page: identity last, whose key goes last.
ORDER = (*(name for name in KEPT if name != "identity"), "identity")
_ALARM_WORDS: Mapping[str, str] = {
    "late": "鳴っています",
    "done": "鳴りました",
    "spare": "鳴らずに済みました",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One day that matters.

    `state`: due, late, done, or spare (an alarm that need not sound); `at`: when it was done.
    """

    label: str
    day: date
    number: int
    state: str
    is_alarm: bool = False
    at: str | None = None

    def says(self, today: date) -> str:
        """Return in words how it stands."""
        if self.is_alarm and self.state != "due":
            return _ALARM_WORDS[self.state]
        if self.state == "done":
            return "済み"
        days = (self.day - today).days
        if days < 0:
            return f"{-days}日過ぎています"
        if days == 0:
            return "きょう"
        if days == 1:
            return "あす"
        return f"あと{days}日"


@dataclass(frozen=True, slots=True)
class ErasureStepShown:
    """What one service says about its part. `rows`: how many it deleted, None before it has."""

    label: str
    state: str
    rows: int | None
    at: str | None


def clocks_of(erasure: ErasureOut, today: date) -> list[Clock]:
    """Return every clock of a school's end by its day."""
    days = _Days(erasure, today)
    clocks = [
        days.passing("契約の終わり", erasure["ended_on"]),
        *_end_of_looking(days),
        days.reported("消去の始まり", erasure["erases_on"], erasure["started_at"]),
        days.alarm("遅れの警報（1回目）", erasure["first_alarm_on"]),
        days.alarm("遅れの警報（2回目）", erasure["second_alarm_on"]),
        days.alarm("遅れの警報（3回目）", erasure["hard_alarm_on"]),
        days.reported(
            "消去の期限（鍵の廃棄と証明書まで）",
            erasure["erased_by"],
            erasure["certified_at"],
        ),
        days.after_erasure("最後の控えが消える日", erasure["backups_leave_on"]),
        days.after_erasure("すべてがなくなる日", erasure["gone_by"]),
    ]
    return sorted(clocks, key=lambda each: each.day)


def _end_of_looking(days: _Days) -> list[Clock]:
    """Return the clock of the days in which a school may still look, where it has any.

    The erasure ends them too.
    """
    label = "見られる期間の終わり"
    last_day = days.erasure["read_only_until"]
    if not last_day:
        return []
    if days.erasure["started_at"]:
        return [days.clock(label, last_day, "done")]
    return [days.passing(label, last_day)]


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of a school's end, as retention tells them, and what makes clocks of them."""

    erasure: ErasureOut
    today: date

    def clock(
        self,
        label: str,
        on: str,
        state: str,
        *,
        is_alarm: bool = False,
        at: str | None = None,
    ) -> Clock:
        """Return a clock in this state, or late: an alarm on its day, all others the day after."""
        day = date.fromisoformat(on)
        has_come = day <= self.today if is_alarm else day < self.today
        if state == "due" and has_come:
            state = "late"
        ended = date.fromisoformat(self.erasure["ended_on"])
        number = (day - ended).days
        return Clock(label, day, number, state, is_alarm=is_alarm, at=at)

    def passing(self, label: str, on: str) -> Clock:
        """Return the clock of a day that passes by itself."""
        is_over = date.fromisoformat(on) < self.today
        return self.clock(label, on, "done" if is_over else "due")

    def reported(self, label: str, on: str, done_at: str | None) -> Clock:
        """Return the clock of what must be done by a day, and of which retention tells when."""
        return self.clock(label, on, "done" if done_at else "due", at=done_at)

    def after_erasure(self, label: str, on: str) -> Clock:
        """Return the clock of a day that passes by itself, but counts only after the erasure."""
        if self.erasure["erased_at"]:
            return self.passing(label, on)
        return self.clock(label, on, "due")

    def alarm(self, label: str, on: str) -> Clock:
        """Return the clock of an alarm, which a certificate before its day has spared."""
        certified_at = self.erasure["certified_at"]
        if not certified_at:
            state = "due"
        elif _day(certified_at) < date.fromisoformat(on):
            state = "spare"
        else:
            state = "done"
        return self.clock(label, on, state, is_alarm=True)


def next_clock(clocks: Sequence[Clock]) -> Clock | None:
    """Return what is due next, or late; an alarm only while it sounds.

    None when everything is over.
    """
    for each in clocks:
        is_due = each.state == "due" and not each.is_alarm
        if is_due or each.state == "late":
            return each
    return None


def steps_of(erasure: ErasureOut) -> list[ErasureStepShown]:
    """Return what each service has to delete: not asked yet, asked, or done with its count."""
    not_done = "asked" if erasure["started_at"] else "waiting"
    in_order = sorted(erasure["steps"], key=lambda step: _rank(step["house"]))
    return [_step_of(step, not_done) for step in in_order]


def _step_of(step: StepOut, not_done: str) -> ErasureStepShown:
    label = KEPT.get(step["house"], step["house"])
    if step["state"] != "done":
        return ErasureStepShown(label, not_done, None, step["answered_at"])
    counts = step["counts"] or {}
    return ErasureStepShown(label, "done", sum(counts.values()), step["answered_at"])


def is_late(erasure: ErasureOut) -> bool:
    """Return whether an alarm sounds."""
    return erasure["alarm"] != "none"


def is_to_hand_over(erasure: ErasureOut) -> bool:
    """Return whether there is a certificate which the school has not been given yet."""
    return erasure["certified_at"] is not None and erasure["handed_over_at"] is None


def _day(moment: str) -> date:
    return to_jst(as_moment(moment)).date()


def _rank(house: str) -> int:
    return ORDER.index(house) if house in ORDER else len(ORDER)
