"""The group picker, and an audience in words and heads (screens.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BOX_ABOVE_HEADS = 100  # a send to more heads than this needs a tick that the audience was looked at
LABEL_PARTS = 3
EMPTY: Mapping[str, Sequence[str]] = {"group_ids": (), "member_ids": (), "excluded_member_ids": ()}


@dataclass(frozen=True, slots=True)
class Branch:
    """A group of the picker with what is below it."""

    group: Mapping[str, Any]
    branches: tuple[Branch, ...]

    def holds(self, chosen: Collection[str]) -> bool:
        """Say whether this group or one below it is chosen."""
        return self.group["id"] in chosen or any(branch.holds(chosen) for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Picker:
    """What may be chosen, by kind of group, each a forest in tree order."""

    classes: tuple[Branch, ...]
    free: tuple[Branch, ...]
    staff: tuple[Branch, ...]


def build_picker(groups: Sequence[Mapping[str, Any]]) -> Picker:
    """Arrange groups (in tree order) as trees; one whose parent is not among them stands at the top."""
    return Picker(*(tuple(_branches(groups, kind)) for kind in ("class", "free", "staff")))


def _branches(groups: Sequence[Mapping[str, Any]], kind: str) -> Iterable[Branch]:
    shown = {group["id"] for group in groups}
    children: dict[str | None, list[Mapping[str, Any]]] = {}
    for group in groups:
        if group["kind"] == kind:
            parent = group["parent_id"] if group["parent_id"] in shown else None
            children.setdefault(parent, []).append(group)

    def grow(parent: str | None) -> tuple[Branch, ...]:
        return tuple(Branch(group, grow(group["id"])) for group in children.get(parent, ()))

    return grow(None)


@dataclass(frozen=True, slots=True)
class Strip:
    """The heading strip over a message being written. `is_exact`: whether overlaps can change the heads."""

    label: str
    heads: int
    is_exact: bool

    @property
    def words(self) -> str:
        """Return 宛先：4年2組　対象 26人."""
        if not self.label:
            return "宛先を選んでください"
        return f"宛先：{self.label}　対象 {'' if self.is_exact else '約'}{self.heads}人"


def describe(audience: Mapping[str, Sequence[str]], groups: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Strip:
    """Say an audience before it is frozen; `names`: member id → name. A group below another chosen one is not said twice."""
    chosen = set(audience["group_ids"])
    parents = {group["id"]: group["parent_id"] for group in groups}
    tops = [group for group in groups if group["id"] in chosen and not _has_chosen_parent(group["id"], chosen, parents)]
    members = [names[member_id] for member_id in audience["member_ids"] if member_id in names]
    parts = [group["path"] for group in tops] + [f"{name} さん" for name in members]
    label = "・".join(parts[:LABEL_PARTS]) + (f" ほか{len(parts) - LABEL_PARTS}件" if len(parts) > LABEL_PARTS else "")
    heads = sum(group["heads"] for group in tops) + len(members)
    return Strip(label, heads, is_exact=len(parts) <= 1)


def _has_chosen_parent(group_id: str, chosen: Collection[str], parents: Mapping[str, str | None]) -> bool:
    above = parents.get(group_id)
    while above is not None:
        if above in chosen:
            return True
        above = parents.get(above)
    return False


def preset(groups: Sequence[Mapping[str, Any]], own: Collection[str], *, is_administrator: bool) -> list[str]:
    """Return the groups chosen on a new message: own classes for a 担任, nothing for 管理者 (the audience was still set to all)."""
    if is_administrator:
        return []
    return [group["id"] for group in groups if group["id"] in own and group["kind"] == "class"]


def recipient_words(snapshot: Mapping[str, Any], groups: Sequence[Mapping[str, Any]], pupil: str) -> str:
    """Return who gets a message, in words and heads: 4年2組の児童 26人の保護者 · 管理職の2人（教職員）."""
    label, heads, audience = snapshot["label"], snapshot["heads"], snapshot["audience"]
    chosen = set(audience["group_ids"])
    kinds = {group["kind"] == "staff" for group in groups if group["id"] in chosen} | ({False} if audience["member_ids"] else set())
    if kinds == {True}:
        return f"{label}の{heads}人（教職員）"
    if True in kinds:
        return f"{label}の{heads}人（{pupil}の保護者と教職員）"
    if heads == 1 and label.endswith("さん"):
        return f"{label}の保護者"
    return f"{label}{'' if label.endswith('全校') else 'の'}{pupil} {heads}人の保護者"


def button_words(label: str, heads: int, *, is_urgent: bool) -> str:
    """Return what the send button says: whom it reaches.

    4年2組の26人に送る · 全校300人に緊急で送る · 髙橋 陽菜 さんの保護者に送る
    """
    how = "緊急で送る" if is_urgent else "送る"
    if heads == 1 and label.endswith("さん"):
        return f"{label}の保護者に{how}"
    joint = "" if label.endswith("全校") else "の"
    return f"{label}{joint}{heads}人に{how}"


def needs_box(heads: int, label: str, *, is_urgent: bool, is_administrator: bool) -> bool:
    """Say whether the audience must be ticked before the button works; never in the way of an urgent message from 管理職."""
    if is_urgent and is_administrator:
        return False
    return heads > BOX_ABOVE_HEADS or label == "全校"
