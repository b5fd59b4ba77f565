"""The end of a school in words: states, services, and every clock that runs until nothing is left (RET-1, OPS-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from common.clock import to_jst
from gateway.domain.dates import as_moment

SCHOOL_STATES: Mapping[str, tuple[str, str]] = {  # state → words, and the colour of its mark
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
HOUSES: Mapping[str, str] = {
    "directory": "名簿・グループ・受信先・電話番号",
    "messaging": "連絡・宛先・確認",
    "dispatch-mail": "メールの配信記録",
    "dispatch-line": "LINEの配信記録",
    "dispatch-push": "アプリ通知の配信記録",
    "identity": "契約・職員のアカウント・操作ログ",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """One day that matters. `state`: due, late, done, or spare (an alarm that need not sound); `at`: when it was done."""

    label: str
    day: date
    number: int
    state: str
    is_alarm: bool = False
    at: str | None = None

    def says(self, today: date) -> str:
        """Return in words how it stands."""
        days = (self.day - today).days
        if self.is_alarm and self.state != "due":
            return {"late": "鳴っています", "done": "鳴りました", "spare": "鳴らずに済みました"}[self.state]
        if self.state == "done":
            return "済み"
        if days < 0:
            return f"{-days}日過ぎています"
        return ("きょう", "あす")[days] if days < 2 else f"あと{days}日"


@dataclass(frozen=True, slots=True)
class Step:
    """What one service says about its part. `rows`: how many it deleted, None before it has."""

    label: str
    state: str
    rows: int | None
    at: str | None


def clocks_of(erasure: Mapping[str, Any], today: date) -> list[Clock]:
    """Return every clock of a school's end by its day."""
    ended = date.fromisoformat(erasure["ended_on"])
    certified = erasure["certified_at"]

    def clock(label: str, field: str, state: str, **more: Any) -> Clock:
        day = date.fromisoformat(erasure[field])
        if state == "due" and (day < today or (more.get("is_alarm") and day == today)):
            state = "late"
        return Clock(label, day, (day - ended).days, state, **more)

    def passed(field: str) -> str:
        return "done" if erasure[field] and date.fromisoformat(erasure[field]) < today else "due"

    def done_at(field: str) -> dict[str, Any]:
        return {"state": "done" if erasure[field] else "due", "at": erasure[field]}

    def alarm(field: str) -> str:
        if not certified:
            return "due"
        return "spare" if _day(certified) < date.fromisoformat(erasure[field]) else "done"

    backups = passed("backups_leave_on") if erasure["erased_at"] else "due"
    gone = passed("gone_by") if erasure["erased_at"] else "due"
    clocks = [clock("契約の終わり", "ended_on", passed("ended_on"))]
    if erasure["read_only_until"]:
        state = "done" if erasure["started_at"] else passed("read_only_until")
        clocks.append(clock("見られる期間の終わり", "read_only_until", state))
    clocks.append(clock("消去の始まり", "erases_on", **done_at("started_at")))
    for number, name in enumerate(("first", "second", "hard"), start=1):
        field = f"{name}_alarm_on"
        clocks.append(clock(f"遅れの警報（{number}回目）", field, alarm(field), is_alarm=True))
    clocks.append(clock("消去の期限（鍵の廃棄と証明書まで）", "erased_by", **done_at("certified_at")))
    clocks.append(clock("最後の控えが消える日", "backups_leave_on", backups))
    clocks.append(clock("すべてがなくなる日", "gone_by", gone))
    return sorted(clocks, key=lambda each: each.day)


def next_clock(clocks: Sequence[Clock]) -> Clock | None:
    """Return what is due next, or late; an alarm only while it sounds. None when everything is over."""
    return next((each for each in clocks if each.state == "late" or (each.state == "due" and not each.is_alarm)), None)


def steps_of(erasure: Mapping[str, Any]) -> list[Step]:
    """Return what each service has to delete: not asked yet, asked, or done with its count."""
    asked = "asked" if erasure["started_at"] else "waiting"
    return [
        Step(
            HOUSES.get(step["house"], step["house"]),
            "done" if step["state"] == "done" else asked,
            sum((step["counts"] or {}).values()) if step["state"] == "done" else None,
            step["answered_at"],
        )
        for step in sorted(erasure["steps"], key=lambda step: _rank(step["house"]))
    ]


def is_late(erasure: Mapping[str, Any]) -> bool:
    """Say whether an alarm sounds."""
    return bool(erasure["alarm"] != "none")


def is_to_hand_over(erasure: Mapping[str, Any]) -> bool:
    """Say whether there is a certificate which the school has not been given yet."""
    return erasure["certified_at"] is not None and erasure["handed_over_at"] is None


def _day(moment: str) -> date:
    return to_jst(as_moment(moment)).date()


def _rank(house: str) -> int:
    known = list(HOUSES)
    return known.index(house) if house in known else len(known)
