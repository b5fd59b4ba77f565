"""The forms of a guardian: as typed, and what is wrong where (DIR-8).

Directory alone judges; here are the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from common.answers.directory import GuardianOut
from common.errors import ServiceError
from common.words import SchoolWords
from gateway.domain.cell_words import CELL_WORDS
from gateway.domain.forms import Form

LABELS: Mapping[str, str] = {
    "name": "氏名",
    "label": "続柄",
    "mails": "メールアドレス",
    "reason": "理由",
}
_PROBLEMS: Mapping[str, str] = {
    "label_missing": "続柄を入れてください。例：母",
    "mail_of_another": "ほかの{guardian}「{name}」さんのメールアドレスです。"
    "同じ方なら氏名をそろえ、別の方ならアドレスを確かめてください。",
    "mail_of_nobody_named": "ほかの{guardian}のメールアドレスです。アドレスを確かめてください。"
    "同じ方のはずなら、管理者に頼んでください。",
    "mail_already": "このアドレスは、もう登録されています。",
    "mail_ended": "前に止めたアドレスです。いまは何も送っていません。"
    "また送ってよいか、{guardian}に確かめてから「もう一度登録する」を押してください。",
    "mails_too_many": "登録できるメールアドレスは{limit}件までです。"
    "使っていないものを止めてから、加えてください。",
    "guardian_already": "このアドレスの{guardian}は、もう登録されています。",
    "reason_missing": "理由を書いてください。操作ログに残します。",
    "character_unreadable": "画面に出せない文字が含まれています。入力し直してください。",
}


@dataclass(frozen=True, slots=True)
class GuardianForm:
    """What was typed about a guardian, and the sentence for each field that can't stay.

    `sent`: the fields of the part that was pressed. `asks_again`: the address had ended, and a
    second press takes it back.
    """

    typed: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(LABELS, ""))
    problems: Mapping[str, str] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    asks_again: bool = False

    def told(self) -> list[tuple[str, str, str]]:
        """Return what is wrong in the order of the form: field, what it is called, sentence."""
        wrong = [name for name in LABELS if name in self.problems]
        return [(name, LABELS[name], self.problems[name]) for name in wrong]

    def with_typed(self, other: GuardianForm) -> GuardianForm:
        """Return the form with what was typed into one part of it, and what is wrong there."""
        typed = {name: text for name, text in other.typed.items() if name in other.sent}
        return replace(other, typed={**self.typed, **typed})

    def new(self) -> dict[str, Any]:
        """Return a guardian as directory registers it."""
        mails = [self.typed["mails"]] if self.typed["mails"] else []
        return {"name": self.typed["name"] or None, "label": self.typed["label"], "mails": mails}

    def refused(self, error: ServiceError, school: SchoolWords) -> GuardianForm:
        """Return the form with a sentence for each field that directory refuses."""
        problems = {}
        for name in LABELS:
            said = error.fields.get(name)
            if isinstance(said, Mapping):
                problems[name] = say_problem(name, said, school)
        return replace(self, problems=problems, asks_again=error.code == "mail_ended")


def read_form(form: Form) -> GuardianForm:
    """Return what was typed."""
    sent = frozenset(name for name in LABELS if form.getlist(name))
    return GuardianForm({name: form.get(name, "").strip() for name in LABELS}, sent=sent)


def form_of(guardian: GuardianOut) -> GuardianForm:
    """Return a guardian as the forms show it before anything is typed."""
    blank = dict.fromkeys(LABELS, "")
    name = guardian["name"] or ""
    return GuardianForm({**blank, "name": name, "label": guardian["label"]})


def say_code(name: str, code: str, school: SchoolWords) -> str:
    """Return the sentence for what is wrong with a field."""
    return say_problem(name, {"code": code}, school)


def say_problem(name: str, said: Mapping[str, Any], school: SchoolWords) -> str:
    """Return the sentence for what directory says of a field."""
    label = LABELS[name]
    code = str(said.get("code", ""))
    if code.endswith("_too_long"):
        return f"{label}は{said.get('limit')}文字までにしてください。"
    if code == "mail_of_another" and not said.get("name"):
        code = "mail_of_nobody_named"
    words = _PROBLEMS.get(code) or CELL_WORDS.get(code)
    if words is None:
        return f"{label}を確かめてください。"
    return school.say(words).format_map(dict(said))
