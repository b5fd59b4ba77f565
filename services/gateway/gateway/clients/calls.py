"""Every call that the gateway makes, as its owner's OpenAPI names it."""

from __future__ import annotations

from typing import NamedTuple


class Call(NamedTuple):
    """A call as its owner's OpenAPI names it."""

    service: str
    method: str
    template: str


SIGN_IN = Call("identity", "POST", "/sessions")
RESOLVE = Call("identity", "POST", "/sessions/resolve")
END_SESSION = Call("identity", "POST", "/sessions/end")
CURRENT_SCHOOL = Call("identity", "GET", "/schools/current")
ACCOUNTS = Call("identity", "GET", "/accounts")
OPERATION_LOG = Call("identity", "GET", "/operation-log")
EXPORT_OPERATION_LOG = Call("identity", "POST", "/operation-log/exports")
GROUPS = Call("directory", "GET", "/groups")
GROUP = Call("directory", "GET", "/groups/{group_id}")
MEMBERS = Call("directory", "GET", "/members")
MEMBER = Call("directory", "GET", "/members/{member_id}")
CHANGE_PHONES = Call("directory", "PUT", "/members/{member_id}/phone-numbers")
RESUME_POINT = Call("directory", "POST", "/contact-points/{contact_point_id}/resume")
LOOK_UP = Call("directory", "POST", "/members/look-up")
PHONE_NUMBERS = Call("directory", "POST", "/phone-numbers/look-up")
PLAN_IMPORT = Call("directory", "POST", "/imports/plans")
IMPORT_PLAN = Call("directory", "GET", "/imports/plans/{plan_id}")
IMPORT_ERRORS = Call("directory", "GET", "/imports/plans/{plan_id}/error-workbook")
APPLY_IMPORT = Call("directory", "POST", "/imports/plans/{plan_id}/apply")
EXPORT_ROSTER = Call("directory", "GET", "/exports/roster.xlsx")
ROSTER_TEMPLATE = Call("directory", "GET", "/exports/roster-template.xlsx")
MAKE_SNAPSHOT = Call("directory", "POST", "/snapshots")
SNAPSHOT = Call("directory", "GET", "/snapshots/{snapshot_id}")
UNREACHABLE = Call("directory", "GET", "/unreachable")
STOPPED_POINTS = Call("directory", "GET", "/contact-points/stopped")
MESSAGES = Call("messaging", "GET", "/messages")
BEGIN_DRAFT = Call("messaging", "POST", "/messages")
MESSAGE = Call("messaging", "GET", "/messages/{message_id}")
SAVE_DRAFT = Call("messaging", "PATCH", "/messages/{message_id}")
DISCARD_DRAFT = Call("messaging", "DELETE", "/messages/{message_id}")
RESTORE_DRAFT = Call("messaging", "POST", "/messages/{message_id}/restore")
NAME_MESSAGES = Call("messaging", "POST", "/messages/look-up")
UNREACHED = Call("messaging", "GET", "/messages/unreached")
TELL = Call("messaging", "POST", "/messages/{message_id}/told")
TAKE_BACK = Call("messaging", "POST", "/messages/{message_id}/told/withdraw")
TEMPLATES = Call("messaging", "GET", "/templates")
CATEGORIES = Call("messaging", "GET", "/categories")
CHECKS = Call("messaging", "POST", "/messages/{message_id}/checks")
RELEASE = Call("messaging", "POST", "/messages/{message_id}/release")
WITHDRAW = Call("messaging", "POST", "/messages/{message_id}/withdraw")
SEND_NOW = Call("messaging", "POST", "/messages/{message_id}/send-now")
STOP = Call("messaging", "POST", "/messages/{message_id}/stop")
TEST_SEND = Call("messaging", "POST", "/messages/{message_id}/test-send")
PROGRESS = Call("messaging", "GET", "/messages/{message_id}/progress")
RECIPIENTS = Call("messaging", "GET", "/messages/{message_id}/recipients")
READING = Call("messaging", "GET", "/readings/{token}")
CONFIRM_READING = Call("messaging", "POST", "/readings/{token}/confirm")
MAIL_PREVIEW = Call("dispatch-mail", "GET", "/previews/{message_id}")
LINE_PREVIEW = Call("dispatch-line", "GET", "/previews/{message_id}")
PUSH_PREVIEW = Call("dispatch-push", "GET", "/previews/{message_id}")
QUOTA = Call("dispatch-line", "GET", "/quota")
UNSUBSCRIBE = Call("dispatch-mail", "GET", "/unsubscribes/{token}")
STOP_MAILS = Call("dispatch-mail", "POST", "/unsubscribes/{token}")
RESUME_MAILS = Call("dispatch-mail", "DELETE", "/unsubscribes/{token}")
ERASURE = Call("retention", "GET", "/erasures/{school_id}")
OPERATOR_SIGN_IN = Call("identity", "POST", "/operator-sessions")
RESOLVE_OPERATOR = Call("identity", "POST", "/operator-sessions/resolve")
END_OPERATOR_SESSION = Call("identity", "POST", "/operator-sessions/end")
SCHOOLS = Call("identity", "GET", "/schools")
SCHOOL = Call("identity", "GET", "/schools/{school_id}")
END_CONTRACT = Call("identity", "POST", "/schools/{school_id}/end")
CALENDAR = Call("retention", "GET", "/calendars")
ERASURES = Call("retention", "GET", "/erasures")
HAND_OVER = Call("retention", "POST", "/erasures/{school_id}/hand-over")
CERTIFICATE = Call("retention", "GET", "/erasures/{school_id}/certificate.pdf")
CERTIFICATE_TO_CHECK = Call("retention", "GET", "/erasures/{school_id}/certificate.json")

# Everything we ask: a test holds it against each owner's OpenAPI.
CALLS: tuple[Call, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Call)
)
