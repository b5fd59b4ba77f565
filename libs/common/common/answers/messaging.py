"""What messaging answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import TypedDict


class Audience(TypedDict):
    group_ids: list[str]
    member_ids: list[str]
    excluded_member_ids: list[str]


class Counts(TypedDict):
    confirmed: int
    told: int
    delivered: int
    delivering: int
    unreached: int
    stopped: int


class ListedMessage(TypedDict):
    id: str
    kind: str
    state: str
    lane: str
    subject: str
    category_id: str | None
    confirmable: bool
    open_to_staff: bool
    audience_label: str | None
    heads: int | None
    test_of: str | None
    created_by: str
    created_by_name: str
    created_at: str
    updated_at: str
    release_at: str | None
    released_at: str | None
    completed_at: str | None
    stopped_at: str | None
    deleted_at: str | None
    opening: str
    audience: Audience
    seen_heads: int
    counts: Counts


class MessagePage(TypedDict):
    items: list[ListedMessage]
    next: str | None


class BlankIn(TypedDict):
    text: str
    value: str


class MessageOut(TypedDict):
    id: str
    kind: str
    state: str
    lane: str
    subject: str
    category_id: str | None
    confirmable: bool
    open_to_staff: bool
    audience_label: str | None
    heads: int | None
    test_of: str | None
    created_by: str
    created_by_name: str
    created_at: str
    updated_at: str
    release_at: str | None
    released_at: str | None
    completed_at: str | None
    stopped_at: str | None
    deleted_at: str | None
    body: str
    short_text: str
    audience: Audience
    channels: list[str]
    without_channels: list[str]
    template_id: str | None
    blanks: list[BlankIn]
    kept_brackets: list[str]
    snapshot_id: str | None
    staff_heads: int
    version: int


class UnreachedSummary(TypedDict):
    heads: int
    message_id: str
    subject: str
    others: int


class MessageBoard(TypedDict):
    sent: list[ListedMessage]
    drafts: list[ListedMessage]
    unreached: UnreachedSummary | None


class SentMessage(TypedDict):
    id: str
    lane: str
    state: str
    subject: str | None
    heads: int | None
    release_at: str | None
    released_at: str | None
    completed_at: str | None
    stopped_at: str | None
    counts: Counts


class SentMessagePage(TypedDict):
    items: list[SentMessage]
    next: str | None


class ReceivedMessage(TypedDict):
    id: str
    subject: str
    lane: str
    released_at: str
    state: str
    confirmed_at: str | None
    told_at: str | None
    told_how: str | None


class ReceivedPage(TypedDict):
    items: list[ReceivedMessage]
    next: str | None


class NamedMessage(TypedDict):
    id: str
    subject: str
    kind: str
    state: str


class NamedMessages(TypedDict):
    items: list[NamedMessage]


class ProblemOut(TypedDict):
    code: str
    field: str
    detail: str | int


class SameRecently(TypedDict):
    message_id: str
    minutes: int


class ChecksOut(TypedDict):
    blanks: list[str]
    unsure: list[str]
    problem: ProblemOut | None
    same_recently: SameRecently | None


class ReleasedOut(TypedDict):
    state: str
    release_at: str | None
    released_at: str | None
    already: bool


class TestSent(TypedDict):
    message_id: str


class CategoryOut(TypedDict):
    id: str
    name: str
    mark: str
    colour: str
    position: int
    default_button: str | None
    version: int
    retired_at: str | None


class ClassCounts(TypedDict):
    confirmed: int
    told: int
    delivered: int
    delivering: int
    unreached: int
    stopped: int
    class_id: str | None
    heads: int


class ProgressOut(TypedDict):
    message: MessageOut
    category: CategoryOut | None
    state: str
    heads: int
    whole_heads: int
    counts: Counts
    by_channel: dict[str, dict[str, int]]
    by_class: list[ClassCounts]
    release_at: str | None
    started_at: str | None
    stopped_at: str | None
    stopped_heads: int
    handed_heads: int
    completed_at: str | None
    half_seconds: float | None
    ninety_seconds: float | None


class ReasonOut(TypedDict):
    channel: str
    state: str
    reason: str | None
    settled_at: str


class RecipientOut(TypedDict):
    member_id: str
    class_id: str | None
    state: str
    confirmed_at: str | None
    opened_at: str | None
    told_at: str | None
    told_how: str | None
    told_by_name: str | None
    reasons: list[ReasonOut]


class RecipientPage(TypedDict):
    items: list[RecipientOut]
    next: str | None


class UnreachedChild(TypedDict):
    member_id: str
    class_id: str | None
    message_ids: list[str]


class UnreachedList(TypedDict):
    items: list[UnreachedChild]


class ToldChild(TypedDict):
    member_id: str
    told_at: str
    told_how: str
    told_by_name: str
    already: bool


class ToldList(TypedDict):
    items: list[ToldChild]


class TakenBack(TypedDict):
    children: int


class SchoolOut(TypedDict):
    kind: str
    name: str
    short_name: str
    phone: str
    phone_hours: str | None
    mail_local: str


class ContentOut(TypedDict):
    message_id: str
    school: SchoolOut
    kind: str
    lane: str
    state: str
    mark: str | None
    subject: str
    body: str
    short_text: str
    addressing: str | None
    names_people: bool
    pupil_heads: int
    staff_heads: int
    link_key: str | None
    confirmable: bool
    released_at: str | None


class ReadChild(TypedDict):
    display_name: str | None
    class_name: str | None


class ShownCategory(TypedDict):
    name: str
    mark: str
    colour: str


class ReadingOut(TypedDict):
    message_id: str
    school_id: str
    school: SchoolOut
    subject: str
    body: str
    lane: str
    version: int
    sent_at: str
    label: str | None
    children: list[ReadChild]
    confirmable: bool
    confirmed_at: str | None
    is_staff: bool
    category: ShownCategory | None


class ConfirmedOut(TypedDict):
    confirmed_at: str
    children: list[str]


class CategoryList(TypedDict):
    items: list[CategoryOut]


class TemplateOut(TypedDict):
    id: str
    key: str
    name: str
    kind: str
    lane: str
    category_name: str | None
    subject: str
    body: str
    short_text: str
    easy_text: str
    whole_school: bool
    today_blanks: list[str]
    blanks: list[str]
    position: int
    supplied: bool


class TemplateList(TypedDict):
    items: list[TemplateOut]


class FamilyMessage(TypedDict):
    id: str
    subject: str
    opening: str
    lane: str
    sent_at: str
    children: list[ReadChild]
    waits: bool
    confirmed_at: str | None
    category: ShownCategory | None


class NamedCategory(TypedDict):
    id: str
    name: str


class FamilyMessagePage(TypedDict):
    items: list[FamilyMessage]
    next: str | None
    categories: list[NamedCategory]
