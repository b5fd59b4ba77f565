"""The form of a child who moves in: as typed, as directory registers it, what is wrong where.

Directory alone judges; here are the words (DIR-12).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from common import clock
from common.answers.directory import PossibleGuardian
from common.errors import ServiceError
from common.words import SchoolWords
from gateway.domain import guardian_form, member_form
from gateway.domain.forms import Form
from gateway.domain.member_form import MemberForm

# Who fills in the form of a child; a third one is added on the child's page.
ROWS = (1, 2)
PARTS: Mapping[str, str] = {"name": "氏名", "label": "続柄", "mails": "メールアドレス"}
CHILD_FIELDS = ("display_name", "kana", "class_id", "number", "status_since", "birth_date")
LABELS: Mapping[str, str] = {
    **{name: member_form.LABELS[name] for name in CHILD_FIELDS},
    "status_since": "異動日",
    **{f"{part}_{row}": f"{{guardian}}{row}の{PARTS[part]}" for row in ROWS for part in PARTS},
}


@dataclass(frozen=True, slots=True)
class GuardianRow:
    """What was typed about one guardian."""

    name: str
    label: str
    mail: str

    @property
    def is_filled(self) -> bool:
        return bool(self.name or self.label or self.mail)

    def is_same(self, known: PossibleGuardian) -> bool:
        """Return whether the same person was typed: by an address, or by the name."""
        if self.mail and self.mail in known["mails"]:
            return True
        name = known["name"] or ""
        return bool(name) and _plain(self.name) == _plain(name)


@dataclass(frozen=True, slots=True)
class MoveForm:
    """What was typed about a child who moves in, and the sentence for each field that can't stay.

    `same`: the known guardians who are the child's too; `asked`: for what was typed when the
    office was asked about them.
    """

    typed: Mapping[str, str]
    same: tuple[str, ...] = ()
    asked: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[GuardianRow]:
        rows = []
        for number in ROWS:
            name, label, mail = (self.typed[f"{part}_{number}"] for part in PARTS)
            rows.append(GuardianRow(name, label, mail))
        return rows

    @property
    def mails(self) -> list[str]:
        return [row.mail for row in self.rows if row.mail]

    @property
    def question(self) -> str:
        """Return what the families of the question depend on."""
        return "|".join([self.typed["display_name"], *self.mails])

    @property
    def is_asked(self) -> bool:
        """Return whether the office has answered for what is typed now."""
        return self.asked == self.question

    def told(self) -> list[tuple[str, str, str]]:
        """Return what is wrong in the order of the form: field, what it is called, sentence."""
        wrong = [name for name in LABELS if name in self.problems]
        return [(name, LABELS[name], self.problems[name]) for name in wrong]

    def misread(self, school: SchoolWords) -> dict[str, str]:
        """Return the sentence for what is missing, or is no number and no day."""
        problems = self._child.misread()
        for number, row in zip(ROWS, self.rows, strict=True):
            if row.is_filled and not row.label:
                problems[f"label_{number}"] = guardian_form.say_code(
                    "label", "label_missing", school
                )
        return problems

    def new(self, known: Collection[PossibleGuardian]) -> dict[str, Any]:
        """Return the child as directory registers it; `known`: the guardians of the question."""
        person = self._child.new()
        same = [each for each in known if each["guardian_id"] in self.same]
        return {**person, "next_number": True, "guardians": self._guardians(same)}

    def _guardians(self, same: Sequence[PossibleGuardian]) -> list[dict[str, Any]]:
        """Return the guardians as typed, and those of brothers and sisters who were not typed."""
        guardians = []
        left = list(same)
        for row in self.rows:
            if not row.is_filled:
                continue
            guardian: dict[str, Any] = {
                "name": row.name or None,
                "label": row.label,
                "mails": [row.mail] if row.mail else [],
            }
            same_one = [each for each in left if row.is_same(each)]
            if same_one:
                known = same_one[0]
                left.remove(known)
                guardian["known_id"] = known["guardian_id"]
            guardians.append(guardian)
        for known in left:
            added = {"known_id": known["guardian_id"], "label": known["label"], "mails": []}
            guardians.append(added)
        return guardians

    def refused(self, error: ServiceError, school: SchoolWords) -> MoveForm:
        """Return the form with a sentence for each field that directory refuses."""
        problems = member_form.problems_of(error, school)
        problems.pop("mails", None)
        if error.status == 422:
            for part in ("name", "label", "mails"):
                said = error.fields.get(part)
                if isinstance(said, Mapping):
                    words = guardian_form.say_problem(part, said, school)
                    problems |= dict.fromkeys(self._places_of(part, said), words)
        return replace(self, problems=problems)

    def _places_of(self, part: str, said: Mapping[str, Any]) -> list[str]:
        """Return the fields that a refusal is about: of the row that holds the value, if told."""
        filled = [number for number in ROWS if self.typed[f"{part}_{number}"]]
        value = said.get("value")
        named = [number for number in filled if self.typed[f"{part}_{number}"] == value]
        return [f"{part}_{number}" for number in named or filled or ROWS[:1]]

    @property
    def _child(self) -> MemberForm:
        typed = dict.fromkeys(member_form.LABELS, "")
        typed |= {name: self.typed[name] for name in CHILD_FIELDS}
        typed["status"] = "enrolled"
        return MemberForm("pupil", typed)


def blank_form(class_id: str = "") -> MoveForm:
    """Return the form of a child who moves in today."""
    typed = dict.fromkeys(LABELS, "")
    typed |= {"status_since": clock.today().isoformat(), "class_id": class_id}
    return MoveForm(typed)


def read_form(form: Form) -> MoveForm:
    """Return what was typed."""
    typed = {name: form.get(name, "").strip() for name in LABELS}
    return MoveForm(typed, tuple(form.getlist("same")), form.get("asked", ""))


def _plain(name: str) -> str:
    return "".join(name.split())
