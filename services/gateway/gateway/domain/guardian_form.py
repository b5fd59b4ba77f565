"""The forms of a guardian: as typed, and what is wrong where (DIR-8).

Directory alone judges; here are the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from common.errors import ServiceError
from common.words import SchoolWords
from gateway.domain.forms import Form

LABELS: Mapping[str, str] = {
    "reason": "理由",
}
_PROBLEMS: Mapping[str, str] = {
    "reason_missing": "理由を書いてください。操作ログに残します。",
    "character_unreadable": "画面に出せない文字が含まれています。入力し直してください。",
}


@dataclass(frozen=True, slots=True)
class GuardianForm:
    """What was typed about a guardian, and the sentence for each field that can't stay."""

    typed: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(LABELS, ""))
    problems: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> list[tuple[str, str, str]]:
        """Return what is wrong in the order of the form: field, what it is called, sentence."""
        wrong = [name for name in LABELS if name in self.problems]
        return [(name, LABELS[name], self.problems[name]) for name in wrong]

    def refused(self, error: ServiceError, school: SchoolWords) -> GuardianForm:
        """Return the form with a sentence for each field that directory refuses."""
        problems = {}
        for name in LABELS:
            said = error.fields.get(name)
            if isinstance(said, Mapping):
                problems[name] = school.say(_say_problem(name, said))
        return replace(self, problems=problems)


def read_form(form: Form) -> GuardianForm:
    """Return what was typed."""
    return GuardianForm({name: form.get(name, "").strip() for name in LABELS})


def _say_problem(name: str, said: Mapping[str, Any]) -> str:
    label = LABELS[name]
    code = str(said.get("code", ""))
    if code.endswith("_too_long"):
        return f"{label}は{said.get('limit')}文字までにしてください。"
    return _PROBLEMS.get(code, f"{label}を確かめてください。")
