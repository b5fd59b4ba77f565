"""The group picker, and an audience in words and heads (screens.md 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from common.answers.directory import ListedGroup, NamedMember, SnapshotOut
from common.answers.messaging import Audience
from common.words import SchoolWords

# A send to more heads than this needs a tick that the audience was looked at.
BOX_ABOVE_HEADS = 100
LABEL_PARTS = 3
# How directory calls the groups that hold everybody.
WHOLE_SCHOOL, ALL_STAFF = "全校", "全教職員"
OTHER_GROUPS, STAFF_GROUPS = "その他のグループ", "教職員"
# Heading → how the names of its groups end or begin; the first that fits holds.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "縦割り班": ("縦割り", "たてわり"),
    "登校班": ("班",),
    "地区": ("地区",),
    "委員会": ("委員会",),
    "クラブ": ("クラブ",),
}
# 放課後児童クラブ is day care, not a club of the school.
NO_CLUB = "放課後"


@dataclass(frozen=True, slots=True)
class Branch:
    """A group of the picker with what is below it."""

    group: ListedGroup
    branches: tuple[Branch, ...]

    def holds(self, chosen: Collection[str]) -> bool:
        """Return whether this group or one below it is chosen."""
        return self.group["id"] in chosen or any(branch.holds(chosen) for branch in self.branches)


@dataclass(frozen=True, slots=True)
class Picker:
    """What may be chosen, by kind of group, each a forest in tree order."""

    classes: tuple[Branch, ...]
    free: tuple[Branch, ...]
    staff: tuple[Branch, ...]

    @property
    def headings(self) -> list[Heading]:
        """Return the groups beside the classes, under the headings an office looks for them by."""
        found: dict[str, list[Branch]] = {words: [] for words in (*HEADINGS, OTHER_GROUPS)}
        for branch in self.free:
            found[_heading_of(branch.group["name"])].append(branch)
        headings = [
            Heading(words, tuple(branches)) for words, branches in found.items() if branches
        ]
        if self.staff:
            headings.append(Heading(STAFF_GROUPS, self.staff))
        return headings


@dataclass(frozen=True, slots=True)
class Heading:
    """Groups of one sort."""

    words: str
    branches: tuple[Branch, ...]

    def holds(self, chosen: Collection[str]) -> bool:
        return any(branch.holds(chosen) for branch in self.branches)


def _heading_of(name: str) -> str:
    """Return under which heading a group stands, by the words that schools put into such names."""
    if name.startswith(NO_CLUB):
        return OTHER_GROUPS
    plain = name.rstrip("0123456789０１２３４５６７８９ ")
    for words, marks in HEADINGS.items():
        if any(plain.startswith(mark) or plain.endswith(mark) for mark in marks):
            return words
    return OTHER_GROUPS


def build_picker(groups: Sequence[ListedGroup]) -> Picker:
    """Arrange groups (in tree order) as trees.

    A group whose parent is not among them stands at the top.
    """
    return Picker(
        classes=_branches(groups, "class"),
        free=_branches(groups, "free"),
        staff=_branches(groups, "staff"),
    )


def _branches(groups: Sequence[ListedGroup], kind: str) -> tuple[Branch, ...]:
    shown = {group["id"] for group in groups}
    children: dict[str | None, list[ListedGroup]] = {}
    for group in groups:
        if group["kind"] != kind:
            continue
        parent = group["parent_id"]
        if parent not in shown:
            parent = None
        children.setdefault(parent, []).append(group)

    def grow(parent: str | None) -> tuple[Branch, ...]:
        return tuple(Branch(group, grow(group["id"])) for group in children.get(parent, ()))

    return grow(None)


@dataclass(frozen=True, slots=True)
class Strip:
    """The heading strip over a message being written.

    `is_exact`: whether no overlap of groups can change the heads. `gone`: how many of the chosen
    groups and people are not there any more, or not for this person to see.
    """

    label: str
    heads: int
    is_exact: bool
    gone: int = 0

    @property
    def words(self) -> str:
        """Return 宛先：4年2組　対象 26人."""
        if not self.label:
            return "宛先を選んでください"
        return f"宛先：{self.label}　{self.count}"

    def in_list(self, school: SchoolWords) -> str:
        """Return for whom a draft is, as a list of drafts says it."""
        if not self.gone:
            return self.label or "宛先はまだありません"
        if not self.label:
            return school.say(
                "宛先に選んだ{class}・グループ・人は、もうありません（削除されたか、担当ではありません）"
            )
        return f"{self.label}（ほかに選んだ{self.gone}件は、もうありません）"

    @property
    def count(self) -> str:
        """Return 対象 26人; 約 where groups may share people."""
        if not self.label:
            return ""
        about = "" if self.is_exact else "約"
        return f"対象 {about}{self.heads}人"


def describe(
    audience: Audience,
    groups: Sequence[ListedGroup],
    names: Mapping[str, str],
) -> Strip:
    """Say an audience before it is frozen; a group below another one is not said twice.

    `names`: member id → name with its seat.
    """
    tops = _chosen_tops(groups, set(audience["group_ids"]))
    members = [names[member_id] for member_id in audience["member_ids"] if member_id in names]
    parts = [group["path"] for group in tops] + members
    heads = sum(group["heads"] for group in tops) + len(members)
    may_overlap = len(parts) > 1 and bool(tops)
    gone = _count_gone(audience, groups, names)
    return Strip(_label_of(parts), heads, is_exact=not may_overlap, gone=gone)


def _count_gone(audience: Audience, groups: Sequence[ListedGroup], names: Mapping[str, str]) -> int:
    known = {group["id"] for group in groups}
    gone_groups = [each for each in audience["group_ids"] if each not in known]
    gone_people = [each for each in audience["member_ids"] if each not in names]
    return len(gone_groups) + len(gone_people)


def _label_of(parts: Sequence[str]) -> str:
    label = "・".join(parts[:LABEL_PARTS])
    further = len(parts) - LABEL_PARTS
    return f"{label} ほか{further}件" if further > 0 else label


def _chosen_tops(groups: Sequence[ListedGroup], chosen: Collection[str]) -> list[ListedGroup]:
    """Return the chosen groups that stand below no other chosen one."""
    parents = {group["id"]: group["parent_id"] for group in groups}
    found = [group for group in groups if group["id"] in chosen]
    return [group for group in found if not _has_chosen_parent(group["id"], chosen, parents)]


def say_person(person: NamedMember) -> str:
    """Say who somebody is, so that nobody is taken for a namesake.

    4年2組 14番 髙橋 陽菜 さん; staff by their name.
    """
    class_name = person["class_name"]
    seat = [class_name] if class_name else []
    if person["number"]:
        seat.append(f"{person['number']}番")
    return " ".join([*seat, f"{person['display_name']} さん"])


def _has_chosen_parent(
    group_id: str, chosen: Collection[str], parents: Mapping[str, str | None]
) -> bool:
    above = parents.get(group_id)
    while above is not None:
        if above in chosen:
            return True
        above = parents.get(above)
    return False


def preset(
    groups: Sequence[ListedGroup], own: Collection[str], *, is_administrator: bool
) -> list[str]:
    """Return the groups chosen on a new message: own classes for a 担任, nothing for 管理者.

    An audience that is set to all from the start is easily left so.
    """
    if is_administrator:
        return []
    return [group["id"] for group in groups if group["id"] in own and group["kind"] == "class"]


def recipient_words(snapshot: SnapshotOut, words: SchoolWords) -> str:
    """Return who gets a message, in words and heads.

    4年2組の児童 26人の保護者 · 4年2組 14番 髙橋 陽菜 さんの保護者 · 教職員 25人 ·
    全校・全教職員（児童 300人の保護者と教職員 25人）
    """
    label = snapshot["label"]
    pupils = snapshot["pupil_heads"]
    staff = snapshot["staff_heads"]
    if pupils and staff:
        return f"{label}（{words.pupil} {pupils}人の{words.guardian}と教職員 {staff}人）"
    if staff and label == ALL_STAFF:
        return f"教職員 {staff}人"
    if staff:
        return f"{label}（教職員 {staff}人）"
    if _names_people_only(snapshot):
        people = label.replace("・", "、")
        return f"{people}の{words.guardian}"
    return f"{_before_heads(label)}{words.pupil} {pupils}人の{words.guardian}"


def _names_people_only(snapshot: SnapshotOut) -> bool:
    return not snapshot["audience"]["group_ids"]


def _before_heads(label: str) -> str:
    """Return a label as it stands before its heads: 4年2組の (26人), but 全校 (300人)."""
    return label if label.endswith(WHOLE_SCHOOL) else f"{label}の"


def button_words(snapshot: SnapshotOut, school: SchoolWords, *, is_urgent: bool) -> str:
    """Return what the send button says: whom it reaches, and how many it does not.

    4年2組の25人に送る（1人には届きません） · 全校300人に緊急で送る ·
    4年2組 14番 髙橋 陽菜 さんの保護者に送る
    """
    how = "緊急で送る" if is_urgent else "送る"
    is_one_person = _names_people_only(snapshot) and snapshot["heads"] == 1
    if is_one_person:
        return f"{_one_person(snapshot, school)}に{how}"
    missed = len(snapshot["unreachable"])
    reached = snapshot["heads"] - missed
    label = snapshot["label"]
    whose = "教職員" if label == ALL_STAFF else _before_heads(label)
    words = f"{whose}{reached}人に{how}"
    if not missed:
        return words
    return f"{words}（{missed}人には届きません）"


def _one_person(snapshot: SnapshotOut, school: SchoolWords) -> str:
    label = snapshot["label"]
    if snapshot["staff_heads"]:
        return label
    return f"{label}の{school.guardian}"


def reaches_nobody(snapshot: SnapshotOut) -> bool:
    return len(snapshot["unreachable"]) >= snapshot["heads"]


def needs_box(heads: int, label: str, *, is_urgent: bool, is_administrator: bool) -> bool:
    """Return whether the audience must be ticked before the button works.

    An urgent message from 管理職 never waits for a tick.
    """
    if is_urgent and is_administrator:
        return False
    return heads > BOX_ABOVE_HEADS or label == WHOLE_SCHOOL
