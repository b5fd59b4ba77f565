"""A guardian's own password for My Page: what lets one choose it, and what lets one in (MY-1)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from common.errors import NotAllowed, Refused, Unauthenticated
from common.guessing import network_of, read_address
from directory.domain.mail_addresses import mail_identity
from directory.domain.registration.trying import TriedPlace

# Who came in by a mail just now need not type the password that they have forgotten.
FRESH = timedelta(minutes=30)
# Passwords that are compared with what was typed, always as many, whoever has the address: two
# parents with one mailbox, at two schools. Each takes a quarter of a second of a core.
MOST_COMPARED = 4


class FamilySignInRefused(Unauthenticated):
    """Address or password is wrong, or nobody has such a one: one answer for all."""

    def __init__(self) -> None:
        super().__init__("family_sign_in_refused", "The mail address or the password is wrong.")


class FreshSignInNeeded(NotAllowed):
    """The browser was let in long ago: it may be in other hands."""

    def __init__(self) -> None:
        super().__init__("fresh_sign_in_needed", "Come in by a link again, then choose.")


class FamilyPasswordWrong(NotAllowed):
    def __init__(self) -> None:
        super().__init__("current_wrong", "The current password is wrong.")


class PasswordNotOffered(Refused):
    """There is no mail address to sign in with, or somebody else reads the one that let in."""

    def __init__(self) -> None:
        super().__init__("own_password_not_offered", "This family can have no own password.")


class PasswordChangedMeanwhile(Refused):
    def __init__(self) -> None:
        super().__init__("changed_meanwhile", "The password was changed meanwhile.")


def is_fresh(opened_at: datetime, now: datetime) -> bool:
    """Return whether a browser was let in just now."""
    return now - opened_at <= FRESH


def place_of_address(secret: bytes, mail: str, remote_address: str) -> TriedPlace:
    """Return by what a try to sign in is counted: the address as typed, and the network."""
    return _place_of(secret, f"mail {mail_identity(mail)}", remote_address)


def place_of_guardian(secret: bytes, guardian_id: UUID, remote_address: str) -> TriedPlace:
    """Return by what a try for the current password is counted, of who is in already."""
    return _place_of(secret, f"guardian {guardian_id}", remote_address)


def _place_of(secret: bytes, who: str, remote_address: str) -> TriedPlace:
    network = network_of(read_address(remote_address))
    return TriedPlace(
        hmac.digest(secret, f"{who}|{network}".encode(), hashlib.sha256),
        hmac.digest(secret, f"network {network}".encode(), hashlib.sha256),
    )
