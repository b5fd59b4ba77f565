"""What dispatch-push answers. Written by `make answers` from its OpenAPI document."""

from __future__ import annotations

from typing import TypedDict


class PreviewOut(TypedDict):
    title: str
    body: str


class WebPushOut(TypedDict):
    public_key: str | None
