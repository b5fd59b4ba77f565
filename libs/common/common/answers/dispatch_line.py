"""What dispatch-line answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import TypedDict


class WebhookOut(TypedDict):
    new: int


class QuotaOut(TypedDict):
    limit: int | None
    used: int
    left: int | None


class PreviewOut(TypedDict):
    alt_text: str
    school: str
    title: str
    text: str
    buttons: list[str]


class AccountOut(TypedDict):
    id: str
    name: str
    created_at: str


class PublicAccountOut(TypedDict):
    name: str
    friend_url: str
    dialog_url: str


class AccountSchoolOut(TypedDict):
    school_id: str
    account_id: str
