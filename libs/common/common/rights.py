"""The rights that staff of a school can have, and what each is (ID-3).

A right is here because a view or a page asks for it. A new one is a word of `Right` and a row of
`GRANTS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """What a view asks for; tokens and APIs carry the word as a function."""

    MESSAGES_READ = "messages.read"
    MESSAGES_SEND = "messages.send"
    MESSAGES_SEND_URGENT = "messages.send_urgent"
    ROSTER_SEE = "roster.see"
    ROSTER_CHANGE = "roster.change"
    PHONES_SEE = "phones.see"
    PROTECTED_SEE = "protected.see"
    SHEETS_PRINT = "sheets.print"
    SHEETS_CHANGE = "sheets.change"
    CATALOGUE_EDIT = "catalogue.edit"
    LOG_SEE = "log.see"
    ACCOUNTS_MANAGE = "accounts.manage"
    SETTINGS_EDIT = "settings.edit"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who has a right unless it is switched, and how it behaves. Administrators have every right.

    `limited`, `sender`: limited administrators and senders have it by default.
    `looks`: it changes nothing, so that it stays when the contract has ended.
    `needs_reading`: it goes with the right to read messages, because who sends sees what becomes of
    it.
    `reserved`: nobody but administrators can be given it, because whoever grants rights must not be
    able to be granted that right.
    """

    limited: bool = False
    sender: bool = False
    looks: bool = False
    needs_reading: bool = False
    reserved: bool = False


GRANTS: Mapping[Right, Grant] = {
    Right.MESSAGES_READ: Grant(limited=True, sender=True, looks=True),
    Right.MESSAGES_SEND: Grant(limited=True, sender=True, needs_reading=True),
    Right.MESSAGES_SEND_URGENT: Grant(needs_reading=True),
    Right.ROSTER_SEE: Grant(limited=True, sender=True, looks=True),
    Right.ROSTER_CHANGE: Grant(),
    Right.PHONES_SEE: Grant(limited=True, sender=True, looks=True),
    Right.PROTECTED_SEE: Grant(looks=True),
    Right.SHEETS_PRINT: Grant(limited=True, sender=True),
    Right.SHEETS_CHANGE: Grant(limited=True),
    Right.CATALOGUE_EDIT: Grant(limited=True),
    Right.LOG_SEE: Grant(looks=True, reserved=True),
    Right.ACCOUNTS_MANAGE: Grant(reserved=True),
    Right.SETTINGS_EDIT: Grant(reserved=True),
}


def usual_for(role: str) -> frozenset[Right]:
    """Return the rights that a role has unless they are switched; none for no role."""
    if role == "administrator":
        return frozenset(Right)
    if role == "limited_administrator":
        return frozenset(right for right in Right if GRANTS[right].limited)
    if role == "sender":
        return frozenset(right for right in Right if GRANTS[right].sender)
    return frozenset()


def known(names: Iterable[str]) -> frozenset[Right]:
    """Return the rights among these names.

    Rows and tokens of another version may name rights that this one doesn't have; they count for
    nothing.
    """
    rights = {right.value: right for right in Right}
    return frozenset(rights[name] for name in names if name in rights)
