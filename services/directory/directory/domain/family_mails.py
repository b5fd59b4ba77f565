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
    # The same to one of the staff, at whose page a press ends.
    STAFF_ADDED = "staff_added"
    STAFF_STOPPED = "staff_stopped"
    STAFF_TEST = "staff_test"


# What is said to staff in words of their own.
OF_STAFF = {
    FamilyMailKind.ADDED: FamilyMailKind.STAFF_ADDED,
    FamilyMailKind.STOPPED: FamilyMailKind.STAFF_STOPPED,
    FamilyMailKind.TEST: FamilyMailKind.STAFF_TEST,
}
# What nobody was told by then is no news any more.
ADDED_LIVES = timedelta(days=3)
