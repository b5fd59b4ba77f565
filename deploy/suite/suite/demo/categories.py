"""The nine categories of the demo school, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """A label on messages.

    A letter mark stands beside the colour, so that colour never speaks alone.
    """

    key: str
    name: str
    mark: str
    colour: str
    button: str | None


CATEGORIES: tuple[Category, ...] = (
    Category("category/urgent", "緊急・安全", "急", "red", "確認しました"),
    Category("category/event", "学校行事", "行", "green", "確認しました"),
    Category("category/health", "保健", "保", "orange", None),
    Category("category/lunch", "給食", "食", "brown", None),
    Category("category/letter", "学年・学級だより", "学", "blue", None),
    Category("category/fee", "集金", "金", "purple", None),
    Category("category/answer", "提出物・アンケート", "答", "yellow", "回答する"),
    Category("category/area", "校外・地域", "地", "gray", None),
    Category("category/personal", "個別", "個", "navy", "確認しました"),
)
