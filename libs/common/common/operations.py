"""What the operation log keeps: each act that a house records, with the details that go with it.

An act is here because a house records it, and the gateway has words for it (ID-9). What is one act
to a reader may be recorded with different details: it then stands here once for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

Party = tuple[str, UUID | None]


class WrongDetails(Exception):
    """An operation's details lack a key, or have one that it does not declare."""

    def __init__(self, operation: Operation, details: Mapping[str, Any]) -> None:
        declared, given = sorted(operation.keys), sorted(details)
        super().__init__(
            f"{operation.name} has the details {declared} and was given {given}: give what it has,"
            " or declare what is new in common.operations."
        )


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """An act of the operation log. `keys`: the names of its details, all of them required.

    `taken`: the detail that says how many personal records left the product by it; "" for none.
    `whose`: the detail that lists whose they were, where the same ones are shown again and again.
    """

    name: str
    keys: Set[str] = frozenset()
    taken: str = ""
    whose: str = ""

    def payload(self, actor: Party, target: Party, details: Mapping[str, Any]) -> dict[str, Any]:
        """Return the payload of `operation.recorded`.

        `actor`: ("staff", its id); `target`: ("message", its id). Raise WrongDetails for a key too
        many or too few: a detail under another name would never be shown.
        """
        if details.keys() != self.keys:
            raise WrongDetails(self, details)
        actor_kind, actor_id = actor
        target_kind, target_id = target
        return {
            "action": self.name,
            "actor_kind": actor_kind,
            "actor_id": actor_id,
            "target_kind": target_kind,
            "target_id": target_id,
            "details": dict(details),
        }


# Of identity: who signs in, as what, and schools with their contracts and keys.
ACCOUNT_SIGNED_IN = Operation("account.signed_in")
ACCOUNT_SIGNED_IN_BY_CITY = Operation("account.signed_in", keys={"by"})
ACCOUNT_SIGN_IN_FAILED = Operation("account.sign_in_failed")
ACCOUNT_SIGNED_OUT = Operation("account.signed_out")
ACCOUNT_CREATED = Operation("account.created", keys={"role"})
ACCOUNT_CHANGED = Operation("account.changed", keys={"changed"})
ACCOUNT_DELETED = Operation("account.deleted")
ACCOUNT_RESTORED = Operation("account.restored")
ACCOUNT_PASSWORD_REPLACED = Operation("account.password_replaced")
ACCOUNT_PASSWORD_CHOSEN = Operation("account.password_chosen")
ACCOUNT_SESSIONS_ENDED = Operation("account.sessions_ended", keys={"count"})
ACCOUNT_FACTOR_FAILED = Operation("account.factor_failed")
ACCOUNT_FACTOR_ADDED = Operation("account.factor_added", keys={"kind"})
ACCOUNT_FACTOR_REMOVED = Operation("account.factor_removed", keys={"kind"})
ACCOUNT_FACTORS_RESET = Operation("account.factors_reset", keys={"count"})
ACCOUNT_RECOVERY_CODE_USED = Operation("account.recovery_code_used", keys={"left"})
ACCOUNT_RECOVERY_CODES_MADE = Operation("account.recovery_codes_made")
PASSWORDS_EXPORTED = Operation("passwords.exported", keys={"count"}, taken="count")
DOWNLOAD_ALARM_RAISED = Operation("download_alarm.raised", keys={"count"})
DOWNLOAD_ALARM_SEEN = Operation("download_alarm.seen")
ACCOUNTS_REVIEWED = Operation("accounts.reviewed", keys={"kept", "stopped"})
SETTINGS_CHANGED = Operation("settings.changed", keys={"changed"})
OPERATOR_SIGNED_IN = Operation("operator.signed_in")
OPERATOR_SIGN_IN_FAILED = Operation("operator.sign_in_failed")
OPERATOR_SIGNED_OUT = Operation("operator.signed_out")
OPERATOR_ADDED = Operation("operator.added")
OPERATOR_REMOVED = Operation("operator.removed")
OPERATOR_FACTOR_REPLACED = Operation("operator.factor_replaced")
SCHOOL_CREATED = Operation("school.created", keys={"kind"})
SCHOOL_CHANGED = Operation("school.changed", keys={"fields"})
SCHOOL_LETTER_PRINTED = Operation("school.letter_printed")
SCHOOL_ENDED = Operation("school.ended", keys={"ended_on", "grace_days"})
KEY_DESTROYED = Operation("key.destroyed", keys={"fingerprint"})
RECOVERY_ASKED = Operation("recovery.asked")
RECOVERY_DONE = Operation("recovery.done")
KEYS_ROTATED = Operation("keys.rotated", keys={"what"})
LIST_PRINTED = Operation("list.printed", keys={"list", "count"}, taken="count")
LOG_EXPORTED = Operation("log.exported", keys={"count"}, taken="count")
ACCESS_BEGUN = Operation("access.begun", keys={"minutes"})
ACCESS_USED = Operation("access.used", keys={"part"})
ACCESS_ENDED = Operation("access.ended")

# Of retention.
SCHOOL_ERASED = Operation("school.erased", keys={"certificate_id"})
CERTIFICATE_HANDED_OVER = Operation("certificate.handed_over")

# Of directory.
ROSTER_IMPORTED = Operation(
    "roster.imported", keys={"pupils", "new", "changed", "deleted", "ended_contact_points"}
)
ROSTER_LOADED = Operation(
    "roster.imported",
    keys={
        "groups",
        "members",
        "guardians",
        "guardianships",
        "contact_points",
        "memberships",
        "phone_numbers",
    },
)
ROSTER_EXPORTED = Operation("roster.exported", keys={"pupils"}, taken="pupils")
STAFF_IMPORTED = Operation("staff.imported", keys={"staff", "new", "changed", "deleted"})
STAFF_EXPORTED = Operation("staff.exported", keys={"staff"}, taken="staff")
MEMBER_CREATED = Operation("member.created")
MEMBER_CHANGED = Operation("member.changed", keys={"fields"})
MEMBER_DELETED = Operation("member.deleted")
MEMBER_RESTORED = Operation("member.restored")
MEMBERS_ERASED = Operation(
    "members.erased", keys={"members", "guardians", "contact_points", "phone_numbers"}
)
GROUP_CREATED = Operation("group.created")
GROUP_CHANGED = Operation("group.changed", keys={"fields"})
GROUP_DELETED = Operation("group.deleted", keys={"below", "removed"})
GROUP_RESTORED = Operation("group.restored")
GROUP_FILLED = Operation("group.changed", keys={"added", "removed"})
YEAR_PLANNED = Operation("year.planned", keys={"year"})
YEAR_DROPPED = Operation("year.dropped", keys={"year"})
YEAR_PLACE_DECIDED = Operation("year.place_decided")
YEAR_CLASS_NUMBERED = Operation("year.class_numbered", keys={"pupils"})
YEAR_CLASS_ADDED = Operation("year.class_added")
YEAR_CLASS_REMOVED = Operation("year.class_removed")
YEAR_LISTS_READ = Operation("year.lists_read", keys={"year", "pupils", "classes"})
YEAR_LISTS_EXPORTED = Operation("year.lists_exported", keys={"pupils"}, taken="pupils")
YEAR_SCHEDULED = Operation("year.scheduled", keys={"year", "starts_at"})
YEAR_SCHEDULE_DROPPED = Operation("year.schedule_dropped", keys={"year"})
YEAR_TURNED = Operation("year.turned", keys={"year", "moves", "enters", "graduates", "open"})
YEAR_UNDONE = Operation("year.undone", keys={"year"})
PHONES_VIEWED = Operation(
    "phones.viewed", keys={"pupils", "pupil_ids"}, taken="pupils", whose="pupil_ids"
)
PHONES_CHANGED = Operation("phones.changed", keys={"count"})
SHEETS_PRINTED = Operation(
    "sheets.printed", keys={"pupils", "pupil_ids"}, taken="pupils", whose="pupil_ids"
)
SHEET_VOIDED = Operation("sheets.voided")
SHEET_ID_CHANGED = Operation("sheets.id_changed")
SHEET_TEXT_CHANGED = Operation("sheets.text_changed")
SHEET_PERIOD_CHANGED = Operation("sheets.period_changed", keys={"days"})
GUARDIANSHIP_ENDED = Operation("guardianship.ended", keys={"guardian_id", "reason"})
GUARDIANSHIP_CREATED = Operation("guardianship.created", keys={"guardian_id"})
GUARDIANSHIP_CHANGED = Operation("guardianship.changed", keys={"guardian_id", "fields"})
GUARDIANS_JOINED = Operation(
    "guardianship.joined", keys={"guardian_id", "joined_id", "pupil_ids", "contact_points"}
)
GUARDIAN_LANGUAGE_CHANGED = Operation("guardian.language_changed", keys={"guardian_id"})
FAMILY_SESSIONS_ENDED = Operation("family.sessions_ended", keys={"guardian_id"})
FAMILY_SIGNED_IN = Operation("family.signed_in", keys={"member_ids"})
FAMILY_SIGNED_IN_BY_PASSWORD = Operation("family.signed_in_by_password", keys={"member_ids"})
FAMILY_PASSWORD_CHOSEN = Operation("family.password_chosen", keys={"guardian_id"})
FAMILY_PASSWORD_REMOVED = Operation("family.password_removed", keys={"guardian_id"})
FAMILY_PASSWORD_GUESSED = Operation("family.password_guessed", keys={"guardian_id"})
GUARDIANSHIP_PROTECTED = Operation("guardianship.protected", keys={"guardian_id"})
GUARDIANSHIP_UNPROTECTED = Operation("guardianship.unprotected", keys={"guardian_id"})
CONTACT_POINT_CREATED = Operation("contact_point.created", keys={"member_ids"})
# By one of the staff, with its consent (DIR-16).
CONTACT_POINT_REGISTERED = Operation(
    "contact_point.registered", keys={"member_ids", "channel", "terms_version", "agreed_at"}
)
CONTACT_POINT_ENDED = Operation("contact_point.ended", keys={"member_ids"})
CONTACT_POINT_LAST_ENDED = Operation("contact_point.last_ended", keys={"member_ids"})
CONTACT_POINT_STOPPED = Operation("contact_point.stopped", keys={"member_ids"})
CONTACT_POINT_RESUMED = Operation("contact_point.resumed", keys={"member_ids"})
# With its consent: the registration itself is erased after some days (DIR-16).
FAMILY_REGISTERED = Operation(
    "family.registered",
    keys={"guardian_id", "pupil_ids", "contact_points", "terms_version", "agreed_at"},
)
FAMILY_APP_ADDED = Operation("family.app_added", keys={"member_ids", "terms_version"})
# By the browser itself: the same phone under another address.
FAMILY_APP_RENEWED = Operation("family.app_renewed", keys={"member_ids"})
REGISTRATION_HELD = Operation("registration.held", keys={"pupil_ids"})
REGISTRATION_ACCEPTED = Operation("registration.accepted", keys={"pupil_ids"})
REGISTRATION_REFUSED = Operation("registration.refused", keys={"pupil_ids"})
REGISTRATION_GUESSED = Operation("registration.guessed")
TALK_REGISTRATION_ALLOWED = Operation("registration.talk_allowed")
TALK_REGISTRATION_ENDED = Operation("registration.talk_ended")

# Of messaging.
MESSAGE_DRAFTED = Operation("message.drafted")
MESSAGE_DRAFT_DELETED = Operation("message.draft_deleted")
MESSAGE_DRAFT_RESTORED = Operation("message.draft_restored")
MESSAGE_TEST_SENT = Operation("message.test_sent")
MESSAGE_RELEASED = Operation("message.released", keys={"heads", "lane", "undo_seconds"})
MESSAGE_WITHDRAWN = Operation("message.withdrawn")
MESSAGE_SENT_NOW = Operation("message.sent_now")
MESSAGE_STOPPED = Operation("message.stopped")
MESSAGE_FILED = Operation("message.filed", keys={"category_id", "former_id"})
MESSAGE_CONFIRMED = Operation("message.confirmed", keys={"children"})
MESSAGE_TOLD = Operation("message.told", keys={"children", "member_ids"})
MESSAGE_TOLD_WITHDRAWN = Operation("message.told_withdrawn", keys={"children", "member_ids"})
CATEGORY_CREATED = Operation("category.created")
CATEGORY_CHANGED = Operation("category.changed", keys={"fields"})
CATEGORY_MOVED = Operation("category.moved")
CATEGORY_RETIRED = Operation("category.retired")
CATEGORY_RESTORED = Operation("category.restored")

# What takes personal records out, by name: whoever takes many is reported (ID-8).
TAKING: Mapping[str, Operation] = {
    operation.name: operation
    for operation in list(globals().values())
    if isinstance(operation, Operation) and operation.taken
}
