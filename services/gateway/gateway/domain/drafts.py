"""A message as it stands in the form: as typed, as a template changes it, and as it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from common.answers.messaging import Audience, MessageOut, TemplateOut
from gateway.domain.forms import Form
from gateway.domain.texts import as_lines

LANE_WORDS: Mapping[str, str] = {"urgent": "緊急のお知らせ", "normal": "お知らせ"}
# Characters. A shorter line (「記」) may stand in any text and tells nothing of its template.
TELLING = 6


@dataclass(frozen=True, slots=True)
class FilledBlank:
    """A blank of a template, as it stands in the texts, and what is typed for it."""

    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """The content of the compose form.

    `template_id`: from which its texts came; `blanks`: what of it is to be filled; `kept_brackets`:
    brackets that stay as they are; `version`: of the draft it was typed into, 0 for none yet;
    `new_id`: under which a new draft will be kept.
    """

    lane: str = "normal"
    subject: str = ""
    body: str = ""
    short_text: str = ""
    template_id: str = ""
    blanks: tuple[FilledBlank, ...] = ()
    kept_brackets: tuple[str, ...] = ()
    category_id: str = ""
    confirmable: bool = True
    open_to_staff: bool = False
    group_ids: tuple[str, ...] = ()
    member_ids: tuple[str, ...] = ()
    excluded_member_ids: tuple[str, ...] = ()
    version: int = 0
    new_id: str = ""

    @property
    def audience(self) -> Audience:
        return {
            "group_ids": list(self.group_ids),
            "member_ids": list(self.member_ids),
            "excluded_member_ids": list(self.excluded_member_ids),
        }

    @property
    def has_audience(self) -> bool:
        return bool(self.group_ids or self.member_ids)

    @property
    def has_text(self) -> bool:
        return bool(self.subject.strip() or self.body.strip())

    @property
    def standing_blanks(self) -> list[FilledBlank]:
        """Return the blanks that still stand in one of the texts: the others were written over."""
        texts = (self.subject, self.body, self.short_text)
        standing = []
        for blank in self.blanks:
            if any(blank.text in text for text in texts):
                standing.append(blank)
        return standing

    @property
    def open_blanks(self) -> list[FilledBlank]:
        return [blank for blank in self.standing_blanks if not blank.value]

    def content(self) -> dict[str, object]:
        """Return what messaging keeps of it."""
        return {
            "lane": self.lane,
            "subject": self.subject,
            "body": self.body,
            "short_text": self.short_text,
            "template_id": self.template_id or None,
            "blanks": [{"text": blank.text, "value": blank.value} for blank in self.blanks],
            "kept_brackets": list(self.kept_brackets),
            "category_id": self.category_id or None,
            "confirmable": self.confirmable,
            "open_to_staff": self.open_to_staff,
            "audience": self.audience,
        }


def from_form(form: Form) -> Typed:
    """Read the compose form; ids that are none are left out, the house checks the others."""
    return Typed(
        lane="urgent" if form.get("lane", "") == "urgent" else "normal",
        subject=form.get("subject", "").strip(),
        body=as_lines(form.get("body", "")),
        short_text=_one_line(form.get("short_text", "")),
        template_id=_id_in(form, "template"),
        blanks=_blanks(form.getlist("blank"), form.getlist("fill")),
        kept_brackets=tuple(form.getlist("kept")),
        category_id=_id_in(form, "category"),
        confirmable=form.get("confirmable", "") == "1",
        open_to_staff=form.get("open_to_staff", "") == "1",
        group_ids=_ids(form.getlist("group")),
        member_ids=_ids(form.getlist("member")),
        excluded_member_ids=_ids(form.getlist("excluded")),
        version=read_version(form),
        new_id=_id_in(form, "new_id"),
    )


def read_version(form: Form) -> int:
    """Return the version of the draft that a form shows, 0 where it names none."""
    version = form.get("version", "")
    is_number = version.isdecimal() and len(version) < 10
    return int(version) if is_number else 0


def from_message(message: MessageOut) -> Typed:
    """Read a draft as messaging keeps it."""
    audience = message["audience"]
    return Typed(
        lane=message["lane"],
        subject=message["subject"],
        body=message["body"],
        short_text=message["short_text"],
        template_id=message["template_id"] or "",
        blanks=tuple(FilledBlank(**blank) for blank in message["blanks"]),
        kept_brackets=tuple(message["kept_brackets"]),
        category_id=message["category_id"] or "",
        confirmable=message["confirmable"],
        open_to_staff=message["open_to_staff"],
        group_ids=tuple(audience["group_ids"]),
        member_ids=tuple(audience["member_ids"]),
        excluded_member_ids=tuple(audience["excluded_member_ids"]),
        version=message["version"],
    )


@dataclass(frozen=True, slots=True)
class Settles:
    """What a template settles besides the texts, as far as its user may: lane, category, audience.

    "" and None: it stays as it is. `category`: its id and name; `group_ids`: the audience, in place
    of whatever was chosen.
    """

    lane: str = ""
    category: tuple[str, str] | None = None
    group_ids: tuple[str, ...] | None = None
    audience_words: str = ""

    @property
    def words(self) -> str:
        """Say what was settled, so that it is seen."""
        parts = []
        if self.lane:
            lane = LANE_WORDS[self.lane]
            parts.append(f"種類を「{lane}」")
        if self.group_ids is not None:
            parts.append(f"宛先を{self.audience_words}")
        if self.category is not None:
            _, name = self.category
            parts.append(f"カテゴリを「{name}」")
        if not parts:
            return ""
        settled = "、".join(parts)
        return f"ひな形に合わせて、{settled}にしました。"


def with_template(
    typed: Typed, template: TemplateOut, settles: Settles, *, today: str, append: bool = False
) -> Typed:
    """Return the form with a template's text: in place of what was typed, or behind it.

    The author is asked first, it is never done silently (MSG-4). `today`: the day of writing in
    words, for the blanks that mean it.
    """
    written = _behind(typed, template) if append else _instead(typed, template)
    blanks = _blanks_of(template, today)
    before = _other_blanks(typed, blanks) if append else ()
    settled = replace(
        written,
        template_id=template["id"],
        blanks=before + blanks,
        category_id=settles.category[0] if settles.category else typed.category_id,
        lane=settles.lane or typed.lane,
    )
    if settles.group_ids is None:
        return settled
    return replace(
        settled,
        group_ids=settles.group_ids,
        member_ids=(),
        excluded_member_ids=(),
    )


def _blanks_of(template: TemplateOut, today: str) -> tuple[FilledBlank, ...]:
    """Return a template's blanks, those filled that mean the day of writing."""
    blanks = []
    for text in template["blanks"]:
        means_today = text in template["today_blanks"]
        blanks.append(FilledBlank(text, today if means_today else ""))
    return tuple(blanks)


def _other_blanks(typed: Typed, blanks: Sequence[FilledBlank]) -> tuple[FilledBlank, ...]:
    known = {blank.text for blank in blanks}
    return tuple(blank for blank in typed.blanks if blank.text not in known)


def _instead(typed: Typed, template: TemplateOut) -> Typed:
    return replace(
        typed, subject=template["subject"], body=template["body"], short_text=template["short_text"]
    )


def _behind(typed: Typed, template: TemplateOut) -> Typed:
    body = template["body"]
    if typed.body.strip():
        body = f"{typed.body.rstrip()}\n\n{body}"
    subject = typed.subject if typed.subject.strip() else template["subject"]
    return replace(
        typed,
        subject=subject,
        body=body,
        short_text=typed.short_text or template["short_text"],
    )


def without_stray_short_text(typed: Typed, template: TemplateOut | None) -> Typed:
    """Return the form without a short text that belongs to a template whose body was written over.

    It goes to LINE and to notifications: a notice about band practice must not arrive there as
    「本日は臨時休業です」.
    """
    if template is None or not typed.short_text or typed.short_text != template["short_text"]:
        return typed
    templates_lines = [line.strip() for line in template["body"].splitlines()]
    telling = {line for line in templates_lines if len(line) >= TELLING}
    is_still_its_body = any(line.strip() in telling for line in typed.body.splitlines())
    return typed if is_still_its_body else replace(typed, short_text="")


def _blanks(texts: Sequence[str], values: Sequence[str]) -> tuple[FilledBlank, ...]:
    """Return the blanks of a form, whose fields stand in pairs."""
    if len(texts) != len(values):
        return ()
    return tuple(
        FilledBlank(text, _one_line(value)) for text, value in zip(texts, values, strict=True)
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _id_in(form: Form, field: str) -> str:
    """Return the id in a field of a form, "" where there is none."""
    found = _ids([form.get(field, "")])
    return found[0] if found else ""


def _ids(values: Sequence[str]) -> tuple[str, ...]:
    """Return those values that are ids, each once, in their order."""
    found = []
    for value in values:
        try:
            found.append(str(UUID(value)))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
