"""A school's settings as their forms say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.answers.identity import SchoolSettingsOut
from common.errors import ServiceError
from gateway.domain.form_problems import problems_of, say_problem

PUPIL_CHOICES = ("園児", "児童", "生徒", "児童生徒", "学生", "会員")
FACTOR_CHOICES: Mapping[str, str] = {
    "nobody": "任意",
    "administrators": "管理者に必須",
    "everybody": "全員に必須",
}
_TEXTS = (
    "name",
    "short_name",
    "phone",
    "phone_hours",
    "pupil_word",
    "guardian_names",
    "factor_for",
    "sign_in_by",
)
_SWITCHES = ("own_messages_only", "networks_only", "weekly_summary")
# What identity alone judges, so that both forms of a school mean the same by it.
_LABELS: Mapping[str, str] = {
    "name": "{school}の名前",
    "short_name": "短い名前",
    "phone": "電話番号",
    "phone_hours": "電話に出られる時間",
}
# By which way staff come in (ID-14). `{city}`: what the city's accounts are called.
SIGN_IN_WORDS: Mapping[str, str] = {
    "any": "どちらでもログインできる",
    "city": "{city}だけ",
    "password": "メールアドレスとパスワードだけ",
}


@dataclass(frozen=True, slots=True)
class Between:
    """A number that may be set. `words`: what it is called, `unit`: what is counted."""

    words: str
    least: int
    most: int
    unit: str


NUMBERS: Mapping[str, Between] = {
    "undo_seconds": Between("送信を取りやめられる時間", 0, 120, "秒"),
    "urgent_undo_seconds": Between("緊急連絡を取りやめられる時間", 0, 120, "秒"),
    "password_length": Between("パスワードの長さ", 12, 64, "文字"),
    "temporary_days": Between("一時パスワードの期限", 1, 30, "日"),
    "idle_minutes": Between("操作がないときに自動でログアウトするまで", 10, 120, "分"),
    "alarm_records": Between("1時間に何件の持ち出しで知らせるか", 10, 10_000, "件"),
    "session_hours": Between("ログインを保つ長さ", 1, 12, "時間"),
}


@dataclass(frozen=True, slots=True)
class TypedSettings:
    """What a form of settings holds, as texts; each form has a part of them.

    `changed_at`: of the settings that were looked at, so that nobody overwrites another's.
    `networks`: None where the form has none.
    """

    changed_at: str
    texts: Mapping[str, str]
    networks: tuple[str, ...] | None
    switches: Mapping[str, bool]

    @classmethod
    def of_answer(cls, found: SchoolSettingsOut) -> TypedSettings:
        """Read the settings as identity keeps them."""
        known: Mapping[str, Any] = {**found}
        texts = {name: str(known[name]) for name in (*_TEXTS, *NUMBERS)}
        switches = {name: bool(known[name]) for name in _SWITCHES}
        return cls(found["changed_at"] or "", texts, tuple(found["networks"]), switches)

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> TypedSettings:
        """Read the form; a switch is told by `<name>_asked`, because an empty box sends nothing."""
        texts = {name: form[name].strip() for name in (*_TEXTS, *NUMBERS) if name in form}
        switches = {name: name in form for name in _SWITCHES if f"{name}_asked" in form}
        networks = None
        if "networks" in form:
            networks = tuple(form["networks"].split())
        return cls(form.get("changed_at", ""), texts, networks, switches)

    def problem(self) -> str:
        """Return what is wrong with the first wrong value, in words; nothing where all is well."""
        for name, value in self.texts.items():
            between = NUMBERS.get(name)
            if between is not None and not _is_between(value, between):
                limits = f"{between.least}から{between.most}まで"
                return f"「{between.words}」は、{limits}の数（{between.unit}）で入れてください。"
        if self.texts.get("factor_for", "nobody") not in FACTOR_CHOICES:
            return "多要素認証は、選択肢から選んでください。"
        if self.texts.get("name") == "":
            return "{school}の名前を入れてください。"
        return ""

    def wanted(self) -> dict[str, Any]:
        """Return what identity is asked to keep; what the form does not hold stays."""
        numbers = {name: int(value) for name, value in self.texts.items() if name in NUMBERS}
        wanted: dict[str, Any] = {
            **self.texts,
            **numbers,
            **self.switches,
            "changed_at": self.changed_at or None,
        }
        if self.networks is not None:
            wanted["networks"] = list(self.networks)
        return wanted


def _is_between(value: str, between: Between) -> bool:
    is_number = value.isascii() and value.isdecimal() and len(value) < 6
    return is_number and between.least <= int(value) <= between.most


def say_refusal(error: ServiceError) -> str:
    """Return what identity finds wrong with the first such text; nothing for another refusal."""
    for name, problem in problems_of(error, lambda path: _LABELS.get(path, "")).items():
        if (name, problem) == ("short_name", "too_long"):
            return "短い名前は、1文字から8文字までにしてください。"
        return say_problem(_LABELS[name], problem)
    return ""
