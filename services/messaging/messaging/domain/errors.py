"""What messaging declines, and why.

ServiceError
├── NotFound    LinkUnknown · LinkGone · NoCategory
├── NotAllowed  UrgentNotAllowed · OutOfScope · NotOwn
└── Refused NotADraft · ChangedElsewhere · AlreadyReleased · NotYetSent · NoMember · SchoolEnded ·
KeyReused
    │           LinkExpired · LinkRevoked · NotConfirmable · CategoryTaken · TooManyCategories ·
    │           CategoryChanged · NotYetSent
    └── Invalid NotSendable · SnapshotStale · AudienceEmpty · CategoryUnknown · NoChannelLeft ·
                PlaceUnreadable
"""

from __future__ import annotations

from common.errors import Invalid, NotAllowed, NotFound, Refused
from messaging.domain.texts import Problem


class LinkUnknown(NotFound):
    def __init__(self) -> None:
        super().__init__("link_unknown", "This link leads nowhere.")


class LinkGone(NotFound):
    """We signed this link, and its message is not there any more: erased with its school, or by
    age.
    """

    def __init__(self) -> None:
        super().__init__("link_gone", "The message behind this link is erased.")


class LinkExpired(Refused):
    def __init__(self) -> None:
        super().__init__("link_expired", "This link has had its time.")


class LinkRevoked(Refused):
    """None of the children of this link is its reader's any more."""

    def __init__(self) -> None:
        super().__init__("link_revoked", "This link confirms for nobody any more.")


class NotConfirmable(Refused):
    def __init__(self) -> None:
        super().__init__("not_confirmable", "This message asks for no confirmation.")


class UrgentNotAllowed(NotAllowed):
    def __init__(self) -> None:
        super().__init__("urgent_not_allowed", "You may not send urgent messages.")


class OutOfScope(NotAllowed):
    def __init__(self) -> None:
        super().__init__(
            "audience_out_of_scope", "You may send to your own classes and groups only."
        )


class NotOwn(NotAllowed):
    def __init__(self) -> None:
        super().__init__("not_own_message", "You may change your own messages only.")


class NotADraft(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(
            "not_a_draft", "This message is no draft any more.", fields={"state": state}
        )


class ChangedElsewhere(Refused):
    def __init__(self, version: int) -> None:
        super().__init__(
            "changed_elsewhere",
            "This message was changed in another window.",
            fields={"version": version},
        )


class AlreadyReleased(Refused):
    def __init__(self, state: str) -> None:
        super().__init__("already_released", "This message is on its way.", fields={"state": state})


class NotBeingSent(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(
            "not_being_sent", "This message is not being sent.", fields={"state": state}
        )


class NoMember(Refused):
    def __init__(self) -> None:
        super().__init__(
            "no_own_contact_point",
            "Your account stands in no roster, so nothing can be sent to you.",
        )


class SchoolEnded(Refused):
    def __init__(self) -> None:
        super().__init__("contract_ended", "This school's contract has ended: nothing can be sent.")


class KeyReused(Refused):
    def __init__(self) -> None:
        super().__init__(
            "idempotency_key_reused", "This key belongs to the release of another message."
        )


class NotSendable(Invalid):
    """The texts stand against it: `subject_invalid`, `body_empty` or `blanks_left`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            problem.code,
            "This message can't be sent as it is.",
            fields={problem.field: problem.detail},
        )


class SnapshotStale(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "snapshot_stale", "The audience was confirmed too long ago: look at it again."
        )


class AudienceEmpty(Invalid):
    def __init__(self) -> None:
        super().__init__("audience_empty", "There is nobody in this audience.")


class CategoryUnknown(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "category_unknown", "There is no such category.", fields={"category_id": "unknown"}
        )


class NoCategory(NotFound):
    def __init__(self) -> None:
        super().__init__("category_not_found", "There is no such category.")


class CategoryTaken(Refused):
    """Another category of the school is called so. `retired`: one that is not used any more."""

    def __init__(self, name: str, *, retired: bool = False) -> None:
        code = "category_retired" if retired else "category_taken"
        super().__init__(code, "Another category is called so.", fields={"name": name})


class TooManyCategories(Refused):
    def __init__(self, limit: int) -> None:
        super().__init__(
            "categories_too_many", "There are too many categories.", fields={"limit": limit}
        )


class CategoryChanged(Refused):
    def __init__(self) -> None:
        super().__init__("changed_meanwhile", "Somebody else has changed this since it was read.")


class NotYetSent(Refused):
    def __init__(self) -> None:
        super().__init__("not_sent_yet", "This message is still a draft.")


class NoChannelLeft(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "no_channel_left",
            "A message goes by one channel at least.",
            fields={"without_channels": "all"},
        )


class PlaceUnreadable(Invalid):
    """Where a list is to go on: this is no place that we gave."""

    def __init__(self) -> None:
        super().__init__("invalid", "This is no place of a list.", fields={"after": "invalid"})
