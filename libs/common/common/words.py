"""Words that several houses say: lanes, channels, deliveries, colours, and those of a school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Lane(StrEnum):
    """Urgent messages pass everything, and go to addresses that stopped ordinary ones."""

    URGENT = "urgent"
    NORMAL = "normal"


class Channel(StrEnum):
    """By what way a message goes; a contact point belongs to one."""

    MAIL = "mail"
    LINE = "line"
    PUSH = "push"


class Language(StrEnum):
    """In which somebody is written to."""

    JA = "ja"
    EN = "en"


class GuardianNames(StrEnum):
    """How a school's staff screens and lists call guardians."""

    NAME_AND_LABEL = "name_and_label"
    LABEL = "label"
    NAME = "name"


class DeliveryState(StrEnum):
    """Where the delivery to one contact point stands; its last states are `FINAL`."""

    REQUESTED = "requested"
    CLAIMED = "claimed"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class SchoolPart(StrEnum):
    """What of a school's data an operator may look at, for a reason it is told (ID-10)."""

    ACCOUNTS = "accounts"
    OPERATION_LOG = "operation_log"
    MESSAGES = "messages"


class PrintedList(StrEnum):
    """A list that a browser puts on paper (ID-8)."""

    PUPILS = "pupils"
    STAFF = "staff"
    RECIPIENTS = "recipients"
    UNREACHABLE = "unreachable"
    IMPORT_PLAN = "import_plan"
    OPERATION_LOG = "operation_log"
    ACCOUNTS = "accounts"
    YEAR_CHANGE = "year_change"
    SHEET_COVERS = "sheet_covers"


class Colour(StrEnum):
    """A category's; its letter mark and its name stand beside it, so that it never speaks alone."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    NAVY = "navy"
    PURPLE = "purple"
    BROWN = "brown"
    GRAY = "gray"


@dataclass(frozen=True, slots=True)
class SchoolWords:
    """What a kind of school calls its own, in sentences: {pupil}, {class}, {guardian} …

    `child`: how a family's own child is spoken of to it; `school`: how the school speaks of itself.
    """

    pupil: str
    class_: str = "学級"
    guardian: str = "保護者"
    child: str = "お子様"
    school: str = "学校"

    def say(self, text: str) -> str:
        """Return a sentence with the school's own words in their places."""
        if "{" not in text:
            return text
        return (
            text.replace("{pupil}", self.pupil)
            .replace("{class}", self.class_)
            .replace("{guardian}", self.guardian)
            .replace("{child}", self.child)
            .replace("{school}", self.school)
        )


# The only place where such a word is fixed (DIR-17).
_WORDS: Mapping[str, SchoolWords] = {
    "nursery": SchoolWords("園児", "クラス", school="園"),
    "kindergarten": SchoolWords("園児", "クラス", school="園"),
    "elementary": SchoolWords("児童"),
    "junior_high": SchoolWords("生徒"),
    "combined": SchoolWords("児童生徒"),
    "high": SchoolWords("生徒", "クラス"),
    "special_needs": SchoolWords("児童生徒"),
    "university": SchoolWords("学生", "クラス"),
    "club": SchoolWords("会員", "クラス", guardian="家族", child="会員", school="団体"),
}
# Where nobody knows yet of which school somebody is.
ANY_SCHOOL = SchoolWords("子ども")
LANES = tuple(lane.value for lane in Lane)
CHANNELS = tuple(channel.value for channel in Channel)
# In this order they stand in docs and metrics; an event says one of them.
FINAL = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.EXPIRED,
    DeliveryState.UNKNOWN,
    DeliveryState.CANCELLED,
)


def words_of(school_kind: str, pupil: str = "") -> SchoolWords:
    """Return the words of a kind of school; `pupil`: what this one calls its children, if set."""
    words = _WORDS.get(school_kind, ANY_SCHOOL)
    return replace(words, pupil=pupil) if pupil else words
