"""Words for schools, roles, states and channels, and who looks at a page (screens.md 1, DIR-17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from common.answers.directory import ListedMember
from common.answers.identity import SchoolOut, SignedInAccountOut
from common.rights import Right
from common.words import SchoolWords, words_of
from gateway.domain.guardians import Guardian, say_guardian

SCHOOL_KIND_WORDS: Mapping[str, str] = {
    "elementary": "小学校",
    "junior_high": "中学校",
    "combined": "小中一貫校・義務教育学校",
    "high": "高等学校",
    "special_needs": "特別支援学校",
    "nursery": "保育園・こども園",
    "kindergarten": "幼稚園",
    "university": "大学・専門学校",
    "club": "PTA・クラブ",
}
ROLE_WORDS: Mapping[str, str] = {
    "administrator": "管理者",
    "limited_administrator": "限定管理者",
    "sender": "送信者",
}
MEMBER_STATUS_WORDS: Mapping[str, str] = {
    "prospective": "入学予定",
    "enrolled": "在籍",
    "suspended": "休学等",
    "transferred": "転出",
    "graduated": "卒業",
    "active": "在職",
    "moved": "異動",
    "retired": "退職",
}
CHANNEL_WORDS: Mapping[str, str] = {
    "mail": "メール",
    "line": "LINE",
    "push": "アプリ",
}
GROUP_KIND_WORDS: Mapping[str, str] = {
    "class": "学年・{class}",
    "free": "その他のグループ",
    "staff": "教職員のグループ",
}


@dataclass(frozen=True, slots=True)
class Room:
    """A class with its rows of a list; `id` is None for who has no class."""

    id: str | None
    name: str
    rows: tuple[ListedMember, ...]


def by_class(listed: Iterable[ListedMember]) -> list[Room]:
    """Return the rows of a list, which stand in the order of classes, class by class."""
    rooms = []
    for class_id, rows in groupby(listed, key=lambda row: row["class_id"]):
        here = tuple(rows)
        rooms.append(Room(class_id, here[0]["class_name"] or "", here))
    return rooms


@dataclass(frozen=True, slots=True)
class OperatorVisitor:
    """The operator who is signed in: of the installation, of no school."""

    id: str
    session_id: str
    token: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person who is signed in, with the school and the token that speaks for them.

    `session_number`: by which the list of own sessions names this one. `account`, `school`: as
    identity tells.
    """

    session_id: str
    token: str
    session_number: str
    account: SignedInAccountOut
    school: SchoolOut

    @property
    def functions(self) -> frozenset[str]:
        return frozenset(self.account["functions"])

    @property
    def is_administrator(self) -> bool:
        return self.account["role"] == "administrator"

    @property
    def own_groups(self) -> frozenset[str]:
        """Return own classes and groups."""
        return frozenset(self.account["group_ids"])

    @property
    def words(self) -> SchoolWords:
        """Return what the school calls its own."""
        return words_of(self.school["kind"], self.school["pupil_word"])

    @property
    def title(self) -> str:
        """Return how the person is called on screen: 教頭 山下 明子."""
        return f"{self.account['post']} {self.account['display_name']}".strip()

    def call_guardian(self, guardian: Guardian, child: str) -> str:
        """Return how this school calls a guardian of a child."""
        return say_guardian(guardian, child, self.school["guardian_names"], self.words.guardian)

    @property
    def nameless(self) -> str:
        """Return what stands where the roster gives this person no name.

        Somebody is gone, or in another class by now.
        """
        if self.groups_for(Right.MESSAGES_READ) is None:
            return "名簿にない人"
        return self.words.say("担当の{class}にいない人")

    def may(self, right: Right) -> bool:
        return right in self.functions

    @property
    def sees_colleagues(self) -> bool:
        """Return whether the list of staff is worth a place.

        Who is limited to own classes would find nobody there.
        """
        return self.may(Right.ROSTER_SEE) and self.groups_for(Right.ROSTER_SEE) is None

    def undo_seconds(self, *, is_urgent: bool) -> int:
        """Return how long the school may take a message back after the press of the button."""
        return self.school["urgent_undo_seconds"] if is_urgent else self.school["undo_seconds"]

    def groups_for(self, right: Right) -> frozenset[str] | None:
        """Return the groups to which a right is limited here, or None for the whole school."""
        return self.own_groups if right in self.account["own_only"] else None


def given_name(display_name: str) -> str:
    """Return how a family calls its child; a name without a space as it stands."""
    _, _, given = display_name.replace("\u3000", " ").partition(" ")
    return given.strip() or display_name
