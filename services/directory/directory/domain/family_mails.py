"""What goes to families by mail in the product's own name (ADR 47)."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class FamilyMailKind(StrEnum):
    """Of which kind a mail is; its words are dispatch-mail's."""

    # To an address that is no contact point yet: six digits and a link.
    CONFIRMATION = "confirmation"
    # To the contact points that a family has already.
    ADDED = "added"
    # To them, too: ordinary messages to one of them were stopped by its own link.
    STOPPED = "stopped"
    # To them, too: a guardian has chosen an own password, another one, or has none any more.
    OWN_CHOSEN = "password_chosen"
    OWN_REMOVED = "password_removed"
    SIGN_IN = "sign_in"
    TEST = "test"


# What nobody was told by then is no news any more.
ADDED_LIVES = timedelta(days=3)
