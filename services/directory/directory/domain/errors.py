"""What the directory declines, and why.

ServiceError
├── NotFound    NoSuch
├── Unauthenticated FamilySessionOver
├── Busy        LinksSlowed
├── NotAllowed  AudienceOutOfScope · OutsideScope
└── Refused     MemberLimitReached · RosterNotEmpty · RosterConflict · ImportStale · ImportUndecided
    │           ImportChangedMeanwhile · ImportUnderWay · GroupInUse · GroupAboveGone
    │           MemberChangedMeanwhile · YearRefused · JoiningChangedMeanwhile · LoginIdTaken
    │           SheetTextChangedMeanwhile · LinkUsed · LinkOver
    │           TryLinkUsed · TryLinkOver · LastContactPoint · NoFamilyPage
    └── Invalid NobodyAddressed · AudienceGone · MemberAway · CellsRefused · InvalidField
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common.errors import Busy, Invalid, NotAllowed, NotFound, Refused, Unauthenticated


class NoSuch(NotFound):
    """An id that is not this school's. `what`: of what kind, as in `contact_point`."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}_not_found", f"There is no such {what.replace('_', ' ')}.")


class AudienceOutOfScope(NotAllowed):
    def __init__(self) -> None:
        super().__init__(
            "audience_out_of_scope", "You may send to your own classes and groups only."
        )


class OutsideScope(NotAllowed):
    def __init__(self) -> None:
        super().__init__("out_of_scope", "You may see and change your own classes and groups only.")


class MemberLimitReached(Refused):
    def __init__(self, limit: int) -> None:
        super().__init__(
            "member_limit", "The contract's member limit is reached.", fields={"limit": limit}
        )


class RosterNotEmpty(Refused):
    def __init__(self) -> None:
        super().__init__(
            "roster_not_empty", "The school has a roster already; nothing was changed."
        )


class RosterConflict(Refused):
    def __init__(self) -> None:
        message = (
            "A row of this roster is there already, or one address stands twice with one guardian; "
            "nothing was changed."
        )
        super().__init__("roster_conflict", message)


class ImportStale(Refused):
    def __init__(self) -> None:
        message = "The roster has changed since the file was checked; nothing was changed."
        super().__init__("import_stale", message)


class ImportChangedMeanwhile(Refused):
    """Somebody decided otherwise since the plan was looked at."""

    def __init__(self) -> None:
        message = "The plan has changed since it was looked at; nothing was changed."
        super().__init__("changed_meanwhile", message)


class ImportUnderWay(Refused):
    """The file is being read, compared or applied just now."""

    def __init__(self) -> None:
        super().__init__("import_under_way", "The file is being worked on; look again in a moment.")


class ImportUndecided(Refused):
    def __init__(self, count: int) -> None:
        message = "Some questions about the file are still open; nothing was changed."
        super().__init__("import_undecided", message, fields={"count": count})


class GroupInUse(Refused):
    """A class cannot be deleted while pupils are enrolled in it, or in one below it."""

    def __init__(self, enrolled: int) -> None:
        super().__init__(
            "group_in_use",
            "Pupils are enrolled here; they need another class first.",
            fields={"enrolled": enrolled},
        )


class GroupAboveGone(Refused):
    """A deleted group whose parent is not there any more cannot come back."""

    def __init__(self) -> None:
        super().__init__("group_above_gone", "The group above this one is not there any more.")


class MemberChangedMeanwhile(Refused):
    def __init__(self) -> None:
        super().__init__("changed_meanwhile", "Somebody else changed this meanwhile.")


class YearRefused(Refused):
    """The change of the year does not go on as asked; its code says why."""

    def __init__(self, code: str, message: str, **params: int) -> None:
        super().__init__(code, message, fields=params or None)


class JoiningChangedMeanwhile(Refused):
    def __init__(self) -> None:
        super().__init__("joining_changed", "These guardians have changed since they were shown.")


class LoginIdTaken(Refused):
    """Another child of the school has this ID on its registration sheet."""

    def __init__(self) -> None:
        super().__init__("login_id_taken", "Another child of this school has this ID.")


class SheetTextChangedMeanwhile(Refused):
    def __init__(self) -> None:
        super().__init__("changed_meanwhile", "Somebody else changed this text meanwhile.")


class FamilySessionOver(Unauthenticated):
    """The browser is not known, or not any more."""

    def __init__(self) -> None:
        super().__init__("family_session_over", "This family is not signed in any more.")


class LinksSlowed(Busy):
    """Too many links were asked for from here, or for this contact point."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "links_slowed", "Too many links were asked for.", fields={"retry_after": seconds}
        )


class NoFamilyPage(Refused):
    """The contact point is one of the staff's, and no family's too."""

    def __init__(self) -> None:
        super().__init__("no_family_page", "This is a contact point of one of the staff.")


class LinkUsed(Refused):
    def __init__(self) -> None:
        super().__init__("family_link_used", "This link was pressed before.")


class LinkOver(Refused):
    def __init__(self) -> None:
        super().__init__("family_link_over", "This link is too old.")


class TryLinkUsed(Refused):
    """The link of a test, which lets nobody in."""

    def __init__(self) -> None:
        super().__init__("family_test_used", "This test was pressed before.")


class TryLinkOver(Refused):
    """The link of a test, which is good for longer than one that lets in."""

    def __init__(self) -> None:
        super().__init__("family_test_over", "This test is too old.")


class LastContactPoint(Refused):
    """Nothing would reach this family any more: it has to say that it means it."""

    def __init__(self) -> None:
        super().__init__("last_contact_point", "This is the family's last contact point.")


class NotOnRoster(Refused):
    """The account of who is signed in is tied to nobody who works at the school."""

    def __init__(self) -> None:
        super().__init__("not_on_roster", "This account is tied to nobody on the roster.")


class NobodyAddressed(Invalid):
    def __init__(self) -> None:
        super().__init__("audience_empty", "Nobody who is at the school is in this audience.")


class AudienceGone(Invalid):
    """Groups or people of an audience that are not there any more. `what`: group or member."""

    def __init__(self, what: str, count: int) -> None:
        super().__init__(
            f"audience_{what}_gone",
            f"A {what} of this audience is not there any more.",
            fields={"count": count},
        )


class MemberAway(Invalid):
    """Somebody who was chosen by name is not at the school: no message goes there."""

    def __init__(self, name: str) -> None:
        message = "Somebody in this audience is not at the school."
        super().__init__("audience_member_away", message, fields={"name": name})


class CellsRefused(Invalid):
    """A file with cells to correct, each in `errors`."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            "import_refused",
            "Some cells need correction; nothing was changed.",
            fields={"errors": list(errors)},
        )


class InvalidField(Invalid):
    """The refusal of one field's content: its code, and what its words need (`limit`)."""

    def __init__(self, field: str, code: str, message: str, **params: Any) -> None:
        super().__init__(code, message, fields={field: {"code": code, **params}})
