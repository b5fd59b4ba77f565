"""Words that several houses say: lanes, channels, deliveries, pupils, what operators see."""

from __future__ import annotations

from collections.abc import Mapping
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


PUPIL_WORDS: Mapping[str, str] = {
    "nursery": "園児",
    "kindergarten": "園児",
    "elementary": "児童",
    "junior_high": "生徒",
    "combined": "児童生徒",
    "high": "生徒",
    "special_needs": "児童生徒",
    "university": "学生",
    "club": "会員",
}
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


def pupil_word(school_kind: str) -> str:
    """Return what a kind of school calls its children: 児童, 生徒, 園児 …"""
    return PUPIL_WORDS.get(school_kind, "児童")
