"""What dispatch-mail answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import TypedDict


class PreviewOut(TypedDict):
    subject: str
    sender: str
    text: str | None
    html: str
    text_without_link: str | None
    staff_text: str | None


class RepliesOut(TypedDict):
    days: int
    replies: int


class UnsubscribeOut(TypedDict):
    school_id: str
