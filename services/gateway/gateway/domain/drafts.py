"""A message as it stands in the form: what was typed, what a template brings, and what goes to messaging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from gateway.domain.texts import as_lines


class Form(Protocol):
    """A submitted form: one value or all values of a name."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Typed:
    """The content of the compose form. `version`: of the draft it was typed into, 0 for none yet."""

    lane: str = "normal"
    subject: str = ""
    body: str = ""
    short_text: str = ""
    category_id: str = ""
    confirmable: bool = True
    group_ids: tuple[str, ...] = ()
    member_ids: tuple[str, ...] = ()
    excluded_member_ids: tuple[str, ...] = ()
    version: int = 0

    @property
    def audience(self) -> dict[str, Sequence[str]]:
        return {
            "group_ids": self.group_ids,
            "member_ids": self.member_ids,
            "excluded_member_ids": self.excluded_member_ids,
        }

    @property
    def has_audience(self) -> bool:
        return bool(self.group_ids or self.member_ids)

    @property
    def has_text(self) -> bool:
        return bool(self.subject.strip() or self.body.strip())

    def content(self) -> dict[str, Any]:
        """Return what messaging keeps of it."""
        return {
            "lane": self.lane,
            "subject": self.subject,
            "body": self.body,
            "short_text": self.short_text,
            "category_id": self.category_id or None,
            "confirmable": self.confirmable,
            "audience": {name: list(ids) for name, ids in self.audience.items()},
        }


def from_form(form: Form) -> Typed:
    """Read the compose form; ids that are none are left out, the house checks the others."""
    return Typed(
        lane="urgent" if form.get("lane", "") == "urgent" else "normal",
        subject=form.get("subject", "").strip(),
        body=as_lines(form.get("body", "")),
        short_text=form.get("short_text", ""),
        category_id=next(iter(_ids([form.get("category", "")])), ""),
        confirmable=form.get("confirmable", "") == "1",
        group_ids=_ids(form.getlist("group")),
        member_ids=_ids(form.getlist("member")),
        excluded_member_ids=_ids(form.getlist("excluded")),
        version=read_version(form),
    )


def read_version(form: Form) -> int:
    """Return the version of the draft that a form shows, 0 where it names none."""
    version = form.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 10 else 0


def from_message(message: Mapping[str, Any]) -> Typed:
    """Read a draft as messaging keeps it."""
    audience = message["audience"]
    return Typed(
        lane=message["lane"],
        subject=message["subject"],
        body=message["body"],
        short_text=message.get("short_text") or "",
        category_id=message.get("category_id") or "",
        confirmable=message["confirmable"],
        group_ids=tuple(audience.get("group_ids", ())),
        member_ids=tuple(audience.get("member_ids", ())),
        excluded_member_ids=tuple(audience.get("excluded_member_ids", ())),
        version=message["version"],
    )


def with_template(
    typed: Typed, template: Mapping[str, Any], categories: Sequence[Mapping[str, Any]], *, append: bool = False
) -> Typed:
    """Return the form with a template's text: in place of what was typed, or behind it (MSG-4: asked first, never silently)."""
    category = next((each["id"] for each in categories if each["name"] == template["category_name"]), typed.category_id)
    if append:
        body = f"{typed.body.rstrip()}\n\n{template['body']}" if typed.body.strip() else template["body"]
        subject = typed.subject if typed.subject.strip() else template["subject"]
    else:
        body, subject = template["body"], template["subject"]
    return replace(typed, subject=subject, body=body, short_text=template["short_text"], category_id=category)


def _ids(values: Sequence[str]) -> tuple[str, ...]:
    """Return those values that are ids, each once, in their order."""
    found = []
    for value in values:
        try:
            found.append(str(UUID(value)))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
