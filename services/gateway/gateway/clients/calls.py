"""Every call that the gateway makes, as its owner's OpenAPI names it, with what it answers."""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from common.answers import (
    directory,
    dispatch_line,
    dispatch_mail,
    dispatch_push,
    identity,
    messaging,
    retention,
)

Answer = TypeVar("Answer")


class Call(NamedTuple, Generic[Answer]):
    """A call as its owner's OpenAPI names it. `Answer`: None for nothing, bytes for a file."""

    service: str
    method: str
    template: str


SIGN_IN = Call[identity.SessionOut]("identity", "POST", "/sessions")
RESOLVE = Call[identity.ResolvedOut]("identity", "POST", "/sessions/resolve")
CITY = Call[identity.CityOut]("identity", "GET", "/federated-sign-ins")
GO_OVER = Call[identity.WayOverOut]("identity", "POST", "/federated-sign-ins")
COME_BACK = Call[identity.FederatedSessionOut]("identity", "PUT", "/federated-sign-ins")
END_SESSION = Call[None]("identity", "POST", "/sessions/end")
CURRENT_SCHOOL = Call[identity.SchoolOut]("identity", "GET", "/schools/current")
SCHOOL_BY_CODE = Call[identity.SchoolOut]("identity", "GET", "/schools/codes/{code}")
ACCOUNTS = Call[identity.AccountPageOut]("identity", "GET", "/accounts")
ACCOUNT = Call[identity.FullAccountOut]("identity", "GET", "/accounts/{account_id}")
ADD_ACCOUNT = Call[identity.CreatedAccountOut]("identity", "POST", "/accounts")
CHANGE_ACCOUNT = Call[identity.AccountOut]("identity", "PATCH", "/accounts/{account_id}")
CHANGE_ACCOUNTS = Call[identity.ManyChangedOut]("identity", "POST", "/accounts/changes")
DELETE_ACCOUNT = Call[None]("identity", "DELETE", "/accounts/{account_id}")
RESTORE_ACCOUNT = Call[identity.AccountOut]("identity", "POST", "/accounts/{account_id}/restore")
PASSWORDS = Call[identity.PasswordListOut]("identity", "GET", "/temporary-passwords")
ISSUE_PASSWORDS = Call[identity.IssuedOut]("identity", "POST", "/temporary-passwords")
EXPORT_PASSWORDS = Call[identity.TemporaryPasswordsOut](
    "identity", "POST", "/temporary-passwords/exports"
)
REVIEWS = Call[identity.ReviewListOut]("identity", "GET", "/account-reviews")
ADD_REVIEW = Call[identity.ReviewOut]("identity", "POST", "/account-reviews")
REVIEW = Call[identity.ReviewOut]("identity", "GET", "/account-reviews/{review_id}")
ALARMS = Call[identity.AlarmListOut]("identity", "GET", "/download-alarms")
SEE_ALARM = Call[None]("identity", "PUT", "/download-alarms/{alarm_id}/seen")
RECOVERIES = Call[identity.RecoveriesOut]("identity", "GET", "/schools/{school_id}/recoveries")
ASK_RECOVERY = Call[identity.RecoveryOut]("identity", "POST", "/schools/{school_id}/recoveries")
AGREE_TO_RECOVERY = Call[identity.RecoveryPasswordOut](
    "identity", "POST", "/schools/{school_id}/recoveries/{recovery_id}/agree"
)
SCHOOL_SETTINGS = Call[identity.SchoolSettingsOut]("identity", "GET", "/schools/current/settings")
CHANGE_SETTINGS = Call[identity.SchoolSettingsOut]("identity", "PATCH", "/schools/current/settings")
SCHOOLS_TO_CHOOSE = Call[identity.SchoolChoicesOut]("identity", "POST", "/sessions/schools")
CHOOSE_SCHOOL = Call[None]("identity", "PUT", "/sessions/school")
FIRST_PASSWORD = Call[None]("identity", "PUT", "/sessions/password")
OWN_SESSIONS = Call[identity.OwnSessionsOut]("identity", "GET", "/own/sessions")
END_OWN_SESSIONS = Call[None]("identity", "POST", "/own/sessions/end")
OWN_LANGUAGE = Call[None]("identity", "PUT", "/own/language")
OWN_PASSWORD = Call[None]("identity", "PUT", "/own/password")
FACTOR_KINDS = Call[identity.FactorKindsOut]("identity", "POST", "/sessions/factor/kinds")
PROVE_BY_CODE = Call[identity.PassedOut]("identity", "PUT", "/sessions/factor/code")
PASSKEY_CHALLENGE = Call[identity.PasskeyOptionsOut](
    "identity", "POST", "/sessions/factor/challenges"
)
PROVE_BY_PASSKEY = Call[None]("identity", "PUT", "/sessions/factor/passkey")
OWN_FACTORS = Call[identity.OwnFactorsOut]("identity", "POST", "/own/factors/look-up")
CONFIRM_PASSWORD = Call[None]("identity", "POST", "/own/factors/confirmations")
OFFER_APP = Call[identity.AppOfferOut]("identity", "POST", "/own/factors/app-offers")
ADD_APP = Call[identity.RecoveryCodesOut]("identity", "POST", "/own/factors/apps")
OFFER_PASSKEY = Call[identity.PasskeyOptionsOut]("identity", "POST", "/own/factors/passkey-offers")
ADD_PASSKEY = Call[identity.RecoveryCodesOut]("identity", "POST", "/own/factors/passkeys")
END_FACTOR = Call[None]("identity", "POST", "/own/factors/{factor_id}/end")
RENEW_CODES = Call[identity.RecoveryCodesOut]("identity", "POST", "/own/factors/recovery-codes")
RESET_FACTORS = Call[None]("identity", "DELETE", "/accounts/{account_id}/factors")
OPERATION_LOG = Call[identity.OperationPageOut]("identity", "GET", "/operation-log")
EXPORT_OPERATION_LOG = Call[identity.LogExportOut]("identity", "POST", "/operation-log/exports")
NOTE_PRINTED = Call[None]("identity", "POST", "/operation-log/printed-lists")
BEGIN_REGISTRATION = Call[directory.RegistrationBegun]("directory", "POST", "/registrations")
REGISTRATION = Call[directory.RegistrationOut]("directory", "POST", "/registrations/look-up")
AGREE_REGISTRATION = Call[None]("directory", "PUT", "/registrations/agreement")
ADD_SIBLING = Call[None]("directory", "POST", "/registrations/siblings")
ASK_PROOF = Call[directory.RegistrationMailSent]("directory", "POST", "/registrations/mails")
EMPTY_MAIL_ADDRESS = Call[directory.EmptyMailAddress]("directory", "POST", "/empty-mails/address")
PROVE_MAIL = Call[directory.ProvedOut]("directory", "POST", "/registrations/mails/proof")
REGISTER_APP = Call[directory.ProvedOut]("directory", "POST", "/registrations/apps")
LOOK_UP_OWN_APP = Call[directory.OwnAppOut]("directory", "POST", "/family-sessions/apps/look-up")
RENEW_APP = Call[None]("directory", "POST", "/family-sessions/apps/renewals")
GIVE_TICKET = Call[directory.TicketOut]("directory", "POST", "/registrations/tickets")
USE_TICKET = Call[directory.TokenOut]("directory", "POST", "/registrations/tickets/use")
ADD_OWN_APP = Call[None]("directory", "POST", "/family-sessions/apps")
WEB_PUSH = Call[dispatch_push.WebPushOut]("dispatch-push", "GET", "/web-push")
LINK_LINE = Call[directory.NonceOut]("directory", "POST", "/line-links/of-registrations")
LINK_OWN_LINE = Call[directory.NonceOut]("directory", "POST", "/line-links/of-families")
ENTER_BY_LINE = Call[directory.SessionTokenOut]("directory", "POST", "/line-links/sessions")
OWN_POINTS = Call[directory.OwnContactPoints]("directory", "GET", "/own-contact-points")
ASK_STAFF_PROOF = Call[directory.RegistrationMailSent](
    "directory", "POST", "/own-contact-points/mails"
)
PROVE_STAFF_MAIL = Call[None]("directory", "POST", "/own-contact-points/mails/{mail_id}/proof")
LINK_STAFF_LINE = Call[directory.NonceOut]("directory", "POST", "/own-contact-points/line-links")
ADD_STAFF_APP = Call[None]("directory", "POST", "/own-contact-points/apps")
TEST_STAFF_POINT = Call[None]("directory", "POST", "/own-contact-points/{contact_point_id}/tests")
END_STAFF_POINT = Call[None]("directory", "POST", "/own-contact-points/{contact_point_id}/end")
CONFIRMATION_LINK = Call[directory.ConfirmationLinkOut](
    "directory", "POST", "/registration-links/look-up"
)
PRESS_CONFIRMATION = Call[directory.PressedConfirmation](
    "directory", "POST", "/registration-links/proof"
)
RECENT_REGISTRATIONS = Call[directory.RecentRegistrations]("directory", "GET", "/registrations")
TALK_SETTING = Call[directory.TalkSettingOut]("directory", "GET", "/talk-registrations/setting")
CHANGE_TALK_SETTING = Call[None]("directory", "PUT", "/talk-registrations/setting")
ACCEPT_REGISTRATION = Call[None]("directory", "POST", "/registrations/{registration_id}/accept")
REFUSE_REGISTRATION = Call[None]("directory", "POST", "/registrations/{registration_id}/refuse")
GROUPS = Call[directory.GroupsOut]("directory", "GET", "/groups")
GROUP = Call[directory.GroupWithMembers]("directory", "GET", "/groups/{group_id}")
ADD_GROUP = Call[directory.IdOut]("directory", "POST", "/groups")
CHANGE_GROUP = Call[None]("directory", "PATCH", "/groups/{group_id}")
MOVE_GROUP = Call[directory.GroupPlace]("directory", "POST", "/groups/{group_id}/move")
GROUP_DELETION = Call[directory.GroupDeletion]("directory", "GET", "/groups/{group_id}/deletion")
DELETE_GROUP = Call[None]("directory", "DELETE", "/groups/{group_id}")
RESTORE_GROUP = Call[None]("directory", "POST", "/groups/{group_id}/restore")
DELETED_GROUPS = Call[directory.DeletedGroups]("directory", "GET", "/groups/deleted")
FORMER_CLASSES = Call[directory.FormerClasses]("directory", "GET", "/groups/former")
YEAR_CHANGE = Call[directory.YearShown]("directory", "GET", "/year-change")
BEGIN_YEAR = Call[None]("directory", "POST", "/year-change")
DROP_YEAR = Call[None]("directory", "DELETE", "/year-change")
YEAR_LINES = Call[directory.YearLines]("directory", "GET", "/year-change/lines")
DECIDE_PLACE = Call[None]("directory", "PUT", "/year-change/places/{member_id}")
LEAVE_PLACE = Call[None]("directory", "DELETE", "/year-change/places/{member_id}")
ADD_CLASS = Call[directory.IdOut]("directory", "POST", "/year-change/classes")
REMOVE_CLASS = Call[None]("directory", "DELETE", "/year-change/classes/{group_id}")
NUMBER_CLASS = Call[directory.YearNumbered](
    "directory", "POST", "/year-change/classes/{group_id}/numbers"
)
TAKE_LISTS = Call[directory.YearListsTaken]("directory", "POST", "/year-change/class-lists")
CLASS_LISTS = Call[bytes]("directory", "POST", "/year-change/class-lists.xlsx")
REHEARSE_YEAR = Call[directory.YearRehearsed]("directory", "POST", "/year-change/rehearsal")
SCHEDULE_YEAR = Call[None]("directory", "PUT", "/year-change/schedule")
UNSCHEDULE_YEAR = Call[None]("directory", "DELETE", "/year-change/schedule")
TURN_YEAR = Call[directory.YearTurned]("directory", "POST", "/year-change/turn")
UNDO_YEAR = Call[None]("directory", "POST", "/year-change/undo")
MEMBERS_OF_GROUP = Call[directory.MembersOfGroup](
    "directory", "GET", "/groups/{group_id}/memberships"
)
FILL_GROUP = Call[directory.FillingOut]("directory", "POST", "/groups/{group_id}/memberships")
MOVE_MEMBER = Call[None]("directory", "POST", "/members/{member_id}/memberships")
GROUP_NAMES = Call[directory.GroupNames]("directory", "GET", "/groups/names")
MEMBERS = Call[directory.MembersPage]("directory", "GET", "/members")
MEMBER = Call[directory.MemberOut]("directory", "GET", "/members/{member_id}")
ADD_MEMBER = Call[directory.IdOut]("directory", "POST", "/members")
CHANGE_MEMBER = Call[None]("directory", "PATCH", "/members/{member_id}")
MOVES = Call[directory.Moves]("directory", "GET", "/moves")
NEXT_NUMBERS = Call[directory.NextNumbers]("directory", "GET", "/moves/next-numbers")
POSSIBLE_FAMILIES = Call[directory.PossibleFamilies]("directory", "POST", "/moves/families")
DROP_PLAN = Call[None]("directory", "DELETE", "/members/{member_id}/planned-status")
DELETE_MEMBERS = Call[directory.DeletedCount]("directory", "POST", "/members/deletions")
CHANGE_STATUSES = Call[directory.StatusesOut]("directory", "POST", "/members/statuses")
DELETED_MEMBERS = Call[directory.DeletedPage]("directory", "GET", "/members/deleted")
RESTORE_MEMBER = Call[None]("directory", "POST", "/members/{member_id}/restore")
CHANGE_PHONES = Call[None]("directory", "PUT", "/members/{member_id}/phone-numbers")
RESUME_POINT = Call[None]("directory", "POST", "/contact-points/{contact_point_id}/resume")
ADD_GUARDIAN = Call[directory.IdOut]("directory", "POST", "/members/{member_id}/guardians")
CHANGE_GUARDIAN = Call[None]("directory", "PATCH", "/members/{member_id}/guardians/{guardian_id}")
ADD_MAIL = Call[None]("directory", "POST", "/members/{member_id}/guardians/{guardian_id}/mails")
PROTECT_GUARDIAN = Call[None](
    "directory", "PUT", "/members/{member_id}/guardians/{guardian_id}/protection"
)
END_GUARDIANSHIP = Call[None]("directory", "DELETE", "/members/{member_id}/guardians/{guardian_id}")
END_GUARDIAN_SESSIONS = Call[None](
    "directory", "POST", "/members/{member_id}/guardians/{guardian_id}/sessions/end"
)
END_POINT = Call[None]("directory", "POST", "/contact-points/{contact_point_id}/end")
RESOLVE_FAMILY = Call[directory.FamilyOut]("directory", "POST", "/family-sessions/resolve")
END_FAMILY_SESSION = Call[None]("directory", "POST", "/family-sessions/end")
END_OTHER_FAMILY_SESSIONS = Call[None]("directory", "POST", "/family-sessions/end-others")
FAMILY_SIGN_IN = Call[directory.OpenedPagesOut]("directory", "POST", "/family-sign-ins")
OWN_PASSWORD_OF_FAMILY = Call[directory.OwnPasswordStandOut](
    "directory", "POST", "/family-sessions/password/look-up"
)
CHOOSE_FAMILY_PASSWORD = Call[None]("directory", "PUT", "/family-sessions/password")
END_FAMILY_PASSWORD = Call[None]("directory", "POST", "/family-sessions/password/end")
FAMILY_LANGUAGE = Call[None]("directory", "PUT", "/family-sessions/language")
TEST_OWN_POINT = Call[None](
    "directory", "POST", "/family-sessions/contact-points/{contact_point_id}/tests"
)
END_OWN_POINT = Call[None](
    "directory", "POST", "/family-sessions/contact-points/{contact_point_id}/end"
)
ASK_FAMILY_LINK = Call[None]("directory", "POST", "/family-links")
FAMILY_LINK = Call[directory.LinkOut]("directory", "GET", "/family-links/{token}")
PRESS_FAMILY_LINK = Call[directory.PressedLinkOut](
    "directory", "POST", "/family-links/{token}/press"
)
DOUBLES = Call[directory.Doubles]("directory", "GET", "/guardians/{guardian_id}/doubles")
JOINING = Call[directory.JoiningOut](
    "directory", "GET", "/guardians/{guardian_id}/joining/{other_guardian_id}"
)
JOIN_GUARDIANS = Call[None](
    "directory", "POST", "/guardians/{guardian_id}/joining/{other_guardian_id}"
)
LOOK_UP = Call[directory.NamedMembers]("directory", "POST", "/members/look-up")
PHONE_NUMBERS = Call[directory.CalledMembers]("directory", "POST", "/phone-numbers/look-up")
SHEETS = Call[directory.SheetChildren]("directory", "GET", "/registration-sheets")
PRINT_SHEETS = Call[directory.PrintedSheets]("directory", "POST", "/registration-sheets")
SHEET = Call[directory.SheetOut]("directory", "GET", "/registration-sheets/{member_id}")
VOID_SHEET = Call[None]("directory", "POST", "/registration-sheets/{member_id}/void")
CHANGE_LOGIN_ID = Call[None]("directory", "PUT", "/registration-sheets/{member_id}/login-id")
SHEET_TEXT = Call[directory.SheetTextOut]("directory", "GET", "/registration-sheets/text")
CHANGE_SHEET_TEXT = Call[None]("directory", "PUT", "/registration-sheets/text")
SHEET_PERIOD = Call[directory.SheetPeriod]("directory", "GET", "/registration-sheets/period")
CHANGE_SHEET_PERIOD = Call[None]("directory", "PUT", "/registration-sheets/period")
PLAN_IMPORT = Call[directory.ImportPlanOut]("directory", "POST", "/imports/plans")
IMPORT_PROGRESS = Call[directory.ImportPlanOut](
    "directory", "GET", "/imports/plans/{plan_id}/progress"
)
IMPORT_PLAN = Call[directory.ImportPlanShown]("directory", "GET", "/imports/plans/{plan_id}")
DECIDE_IMPORT = Call[directory.ImportPlanOut](
    "directory", "POST", "/imports/plans/{plan_id}/decisions"
)
IMPORT_ERRORS = Call[directory.ImportPlanErrors](
    "directory", "GET", "/imports/plans/{plan_id}/errors"
)
MARKED_IMPORT = Call[bytes]("directory", "POST", "/imports/plans/{plan_id}/marked.xlsx")
APPLY_IMPORT = Call[directory.ImportPlanApplied](
    "directory", "POST", "/imports/plans/{plan_id}/apply"
)
EXPORT_ROSTER = Call[bytes]("directory", "POST", "/exports/roster.xlsx")
ROSTER_TEMPLATE = Call[bytes]("directory", "GET", "/exports/roster-template.xlsx")
PLAN_STAFF = Call[directory.StaffImportOut]("directory", "POST", "/imports/staff-plans")
STAFF_PLAN = Call[directory.StaffImportShown](
    "directory", "GET", "/imports/staff-plans/{staff_plan_id}"
)
DECIDE_STAFF = Call[directory.StaffImportOut](
    "directory", "POST", "/imports/staff-plans/{staff_plan_id}/decisions"
)
STAFF_ERRORS = Call[directory.ImportPlanErrors](
    "directory", "GET", "/imports/staff-plans/{staff_plan_id}/errors"
)
MARKED_STAFF = Call[bytes]("directory", "POST", "/imports/staff-plans/{staff_plan_id}/marked.xlsx")
APPLY_STAFF = Call[directory.StaffImportApplied](
    "directory", "POST", "/imports/staff-plans/{staff_plan_id}/apply"
)
EXPORT_STAFF = Call[bytes]("directory", "POST", "/exports/staff.xlsx")
STAFF_TEMPLATE = Call[bytes]("directory", "GET", "/exports/staff-template.xlsx")
MAKE_SNAPSHOT = Call[directory.SnapshotOut]("directory", "POST", "/snapshots")
SNAPSHOT = Call[directory.SnapshotOut]("directory", "GET", "/snapshots/{snapshot_id}")
REACHABILITY = Call[directory.ReachOfClasses]("directory", "GET", "/reachability")
UNREACHABLE = Call[directory.UnreachableMembers]("directory", "GET", "/unreachable")
ROSTER_BOARD = Call[directory.RosterBoard]("directory", "GET", "/board")
MESSAGES = Call[messaging.MessagePage]("messaging", "GET", "/messages")
MESSAGE_BOARD = Call[messaging.MessageBoard]("messaging", "GET", "/messages/board")
BEGIN_DRAFT = Call[messaging.MessageOut]("messaging", "POST", "/messages")
MESSAGE = Call[messaging.MessageOut]("messaging", "GET", "/messages/{message_id}")
SAVE_DRAFT = Call[messaging.MessageOut]("messaging", "PATCH", "/messages/{message_id}")
DISCARD_DRAFT = Call[None]("messaging", "DELETE", "/messages/{message_id}")
RESTORE_DRAFT = Call[messaging.MessageOut]("messaging", "POST", "/messages/{message_id}/restore")
RECEIVED_MESSAGES = Call[messaging.ReceivedPage]("messaging", "GET", "/messages/received")
NAME_MESSAGES = Call[messaging.NamedMessages]("messaging", "POST", "/messages/look-up")
UNREACHED = Call[messaging.UnreachedList]("messaging", "GET", "/messages/unreached")
TELL = Call[messaging.ToldList]("messaging", "POST", "/messages/{message_id}/told")
TAKE_BACK = Call[messaging.TakenBack]("messaging", "POST", "/messages/{message_id}/told/withdraw")
TEMPLATES = Call[messaging.TemplateList]("messaging", "GET", "/templates")
CATEGORIES = Call[messaging.CategoryList]("messaging", "GET", "/categories")
ADD_CATEGORY = Call[messaging.CategoryOut]("messaging", "POST", "/categories")
CHANGE_CATEGORY = Call[messaging.CategoryOut]("messaging", "PATCH", "/categories/{category_id}")
MOVE_CATEGORY = Call[None]("messaging", "POST", "/categories/{category_id}/move")
RETIRE_CATEGORY = Call[messaging.CategoryOut](
    "messaging", "POST", "/categories/{category_id}/retire"
)
RESTORE_CATEGORY = Call[messaging.CategoryOut](
    "messaging", "POST", "/categories/{category_id}/restore"
)
FILE_MESSAGE = Call[messaging.MessageOut]("messaging", "PUT", "/messages/{message_id}/category")
CHECKS = Call[messaging.ChecksOut]("messaging", "POST", "/messages/{message_id}/checks")
RELEASE = Call[messaging.ReleasedOut]("messaging", "POST", "/messages/{message_id}/release")
WITHDRAW = Call[messaging.MessageOut]("messaging", "POST", "/messages/{message_id}/withdraw")
SEND_NOW = Call[messaging.ReleasedOut]("messaging", "POST", "/messages/{message_id}/send-now")
STOP = Call[messaging.ReleasedOut]("messaging", "POST", "/messages/{message_id}/stop")
TEST_SEND = Call[messaging.TestSent]("messaging", "POST", "/messages/{message_id}/test-send")
PROGRESS = Call[messaging.ProgressOut]("messaging", "GET", "/messages/{message_id}/progress")
RECIPIENTS = Call[messaging.RecipientPage]("messaging", "GET", "/messages/{message_id}/recipients")
FAMILY_MESSAGES = Call[messaging.FamilyMessagePage]("messaging", "GET", "/family-messages")
FAMILY_READING = Call[messaging.ReadingOut]("messaging", "GET", "/family-messages/{message_id}")
CONFIRM_AS_FAMILY = Call[messaging.ConfirmedOut](
    "messaging", "POST", "/family-messages/{message_id}/confirm"
)
READING = Call[messaging.ReadingOut]("messaging", "GET", "/readings/{token}")
CONFIRM_READING = Call[messaging.ConfirmedOut]("messaging", "POST", "/readings/{token}/confirm")
MAIL_PREVIEW = Call[dispatch_mail.PreviewOut]("dispatch-mail", "GET", "/previews/{message_id}")
LINE_PREVIEW = Call[dispatch_line.PreviewOut]("dispatch-line", "GET", "/previews/{message_id}")
PUSH_PREVIEW = Call[dispatch_push.PreviewOut]("dispatch-push", "GET", "/previews/{message_id}")
REPLIES = Call[dispatch_mail.RepliesOut]("dispatch-mail", "GET", "/replies")
SHOW_LINE_MENU = Call[None]("dispatch-line", "PUT", "/accounts/current/menu")
LINE_ACCOUNT = Call[dispatch_line.PublicAccountOut]("dispatch-line", "GET", "/accounts/current")
QUOTA = Call[dispatch_line.QuotaOut]("dispatch-line", "GET", "/quota")
UNSUBSCRIBE = Call[dispatch_mail.UnsubscribeOut]("dispatch-mail", "GET", "/unsubscribes/{token}")
STOP_MAILS = Call[dispatch_mail.UnsubscribeOut]("dispatch-mail", "POST", "/unsubscribes/{token}")
RESUME_MAILS = Call[dispatch_mail.UnsubscribeOut](
    "dispatch-mail", "DELETE", "/unsubscribes/{token}"
)
ERASURE = Call[retention.ErasureOut]("retention", "GET", "/erasures/{school_id}")
OPERATOR_SIGN_IN = Call[identity.SessionOut]("identity", "POST", "/operator-sessions")
RESOLVE_OPERATOR = Call[identity.ResolvedOperatorOut](
    "identity", "POST", "/operator-sessions/resolve"
)
END_OPERATOR_SESSION = Call[None]("identity", "POST", "/operator-sessions/end")
SCHOOLS = Call[identity.SchoolPageOut]("identity", "GET", "/schools")
SCHOOL = Call[identity.SchoolOfOperatorOut]("identity", "GET", "/schools/{school_id}")
END_CONTRACT = Call[identity.EndedSchoolOut]("identity", "POST", "/schools/{school_id}/end")
CREATE_SCHOOL = Call[identity.CreatedSchoolOut]("identity", "POST", "/schools")
CHANGE_SCHOOL = Call[identity.SchoolOfOperatorOut]("identity", "PUT", "/schools/{school_id}")
LETTER = Call[identity.LetterOut]("identity", "POST", "/schools/{school_id}/letters")
OPERATORS = Call[identity.OperatorListOut]("identity", "GET", "/operators")
ADD_OPERATOR = Call[identity.CreatedOperatorOut]("identity", "POST", "/operators")
REMOVE_OPERATOR = Call[None]("identity", "POST", "/operators/{operator_id}/remove")
REPLACE_FACTOR = Call[identity.FactorOut](
    "identity", "PUT", "/operators/{operator_id}/second-factor"
)
ACCESSES = Call[identity.AccessListOut]("identity", "GET", "/schools/{school_id}/accesses")
BEGIN_ACCESS = Call[identity.AccessOut]("identity", "POST", "/schools/{school_id}/accesses")
END_ACCESS = Call[None]("identity", "POST", "/schools/{school_id}/accesses/{access_id}/end")
LOOK = Call[identity.LookOut]("identity", "POST", "/schools/{school_id}/accesses/{access_id}/looks")
SENT_MESSAGES = Call[messaging.SentMessagePage]("messaging", "GET", "/messages/sent")
CALENDAR = Call[retention.CalendarOut]("retention", "GET", "/calendars")
ERASURES = Call[retention.ErasurePageOut]("retention", "GET", "/erasures")
HAND_OVER = Call[None]("retention", "POST", "/erasures/{school_id}/hand-over")
CERTIFICATE = Call[bytes]("retention", "GET", "/erasures/{school_id}/certificate.pdf")
CERTIFICATE_TO_CHECK = Call[bytes]("retention", "GET", "/erasures/{school_id}/certificate.json")

# Everything we ask: a test holds it and its answers against each owner's OpenAPI.
CALLS: tuple[Call[Any], ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Call)
)
