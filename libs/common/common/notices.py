"""Notices: what the product itself tells staff by mail, as a school's messages tell families.

A kind is declared here once, with what its words need; the words themselves are dispatch-mail's.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import StrEnum
from typing import Any

# An event tells of so many readers; whoever has more says it in several.
MOST_READERS = 50
LONGEST_TEXT = 100


class NoticeKind(StrEnum):
    """What a notice is about."""

    DOWNLOAD_ALARM = "download_alarm"
    NEW_DEVICE = "new_device"
    WEEK_OF_REGISTRATIONS = "registration_week"


# `account_id`: who acted. `action`: of the operation log. `at`: the moment, as ISO text. `browser`:
# device and browser in words, such as iPhone・Safari; empty where nobody knows.
PARAMS: Mapping[NoticeKind, Set[str]] = {
    NoticeKind.DOWNLOAD_ALARM: {"account_id", "action", "count", "at"},
    NoticeKind.NEW_DEVICE: {"browser", "at"},
    # Pupils whom nothing reaches, of them new since last week; families that registered within it.
    NoticeKind.WEEK_OF_REGISTRATIONS: {"pupils", "unreachable", "new", "registered"},
}


class WrongParams(Exception):
    """A notice lacks what its words need, or holds what can't stand in an event."""


def check_params(kind: NoticeKind, params: Mapping[str, Any]) -> None:
    """Raise WrongParams unless all is there that a kind needs, in numbers and short texts."""
    missing = PARAMS[kind] - params.keys()
    if missing:
        raise WrongParams(f"{kind} lacks {sorted(missing)}")
    for name, value in params.items():
        if not _is_plain(value):
            raise WrongParams(f"{name} of {kind} is no number and no short text")


def _is_plain(value: Any) -> bool:
    """Return whether a value may stand in an event and then in a mail.

    An address would leave its owner; a line break could begin another header or sentence.
    """
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT and value.isprintable() and "@" not in value
    return isinstance(value, int) and not isinstance(value, bool)
