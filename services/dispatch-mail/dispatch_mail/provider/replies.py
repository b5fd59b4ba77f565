"""What an SMTP answer means for one delivery.

Codes: RFC 5321, 4.2.3. Enhanced codes: RFC 3463, with 5.7.x of RFC 7372 and 5.1.10 of RFC 7505.
Where a server gives no enhanced code the basic code decides, with the step at which it came and a
few words that servers are known to use: Japanese carriers answer a bare 550 both to unknown users
and to blocked senders.
"""

from __future__ import annotations

import re
from enum import StrEnum

from common.delivery.outcomes import Accepted, Deferred, Outcome, Reason, Rejected

TEXT_LIMIT = 200


class SmtpStep(StrEnum):
    """The command that was answered; CONTENT is the lone dot."""

    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"


_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\d)")
_ADDRESS = re.compile(r"[^\s<>@:]+@[^\s<>@]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_LINK_WORDS = re.compile(r"\burls?\b|\buri\b|\blinks?\b|リンク", re.IGNORECASE)
_BLOCK_WORDS = re.compile(
    r"block|denied|spam|reject|policy|reputation|not allowed|prohibited", re.IGNORECASE
)
_UNKNOWN_WORDS = re.compile(
    r"unknown|no such|not exist|not found|invalid (user|recipient|mailbox)", re.IGNORECASE
)
_FULL_WORDS = re.compile(r"quota|full|over ?limit|storage", re.IGNORECASE)
_GREY_WORDS = re.compile(r"gr[ea]y-?list", re.IGNORECASE)
_RELAY_WORDS = re.compile(
    r"relay\w* (access )?(denied|not permitted|prohibited)|authentication required", re.IGNORECASE
)
_RATE_WORDS = re.compile(r"too many|\brate|throttl|limit|busy|congest", re.IGNORECASE)

# Commands unknown or out of order, and a sign-in that is wanted: the mail has no part in it.
_RELAY_CODES = (500, 502, 503, 504, 530)

# Enhanced codes of RFC 3463 without their class: "1.1" of 5.1.1.
_PERMANENT: dict[str, Reason] = {
    "1.1": Reason.USER_UNKNOWN,
    "1.6": Reason.USER_UNKNOWN,  # moved, no forwarding address
    "2.1": Reason.USER_UNKNOWN,  # mailbox disabled
    "1.2": Reason.ADDRESS_BAD,  # the domain takes no mail
    "1.3": Reason.ADDRESS_BAD,
    "1.10": Reason.ADDRESS_BAD,  # null MX
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_LARGE,
    "3.4": Reason.TOO_LARGE,
    "6.0": Reason.CONTENT_REFUSED,
}
_TRANSIENT: dict[str, Reason] = {
    "2.2": Reason.MAILBOX_FULL,
    "7.1": Reason.GREYLISTED,
    "4.1": Reason.TIME_OUT,  # no answer from the host
    "4.2": Reason.TIME_OUT,  # bad connection
    "4.7": Reason.TIME_OUT,  # delivery time expired
}


def outcome_of(step: SmtpStep, code: int, text: str) -> Outcome:
    """Return the outcome of a delivery whose `step` was answered with `code` 2xx, 4xx or 5xx.

    The sender is ours, so whatever is answered to MAIL, other than a size, is trouble of the relay
    and never the family's: it is put off, not refused. The same for commands out of order (500,
    502–504) and a relay that won't relay.
    """
    clean = clean_text(text)
    if 200 <= code < 300:
        return Accepted(code, clean)
    enhanced = _enhanced(text, code)
    if code >= 500:
        reason = _permanent_reason(step, code, enhanced, text)
        if reason is Reason.RELAY_DOWN:
            return Deferred(reason, code, clean, until=None)
        return Rejected(reason, code, clean)
    return Deferred(_transient_reason(step, code, enhanced, text), code, clean, until=None)


def clean_text(text: str) -> str:
    """Return a server's words on one line of at most 200 characters.

    They reach logs, so they hold no mail address.
    """
    # So is nearly every answer, and to search it costs more.
    if "@" not in text and text.isprintable():
        return text[:TEXT_LIMIT].strip()
    one_line = _UNPRINTABLE.sub(" ", text)
    return _ADDRESS.sub("…", one_line)[:TEXT_LIMIT].strip()


def _enhanced(text: str, code: int) -> str:
    """Return subject.detail of the enhanced code.

    It is "" when there is none or its class contradicts the code.
    """
    found = _ENHANCED.match(text)
    if found is None or found[1] != str(code)[0]:
        return ""
    return f"{found[2]}.{found[3]}"


def _permanent_reason(step: SmtpStep, code: int, enhanced: str, text: str) -> Reason:
    known = _PERMANENT.get(enhanced)
    # The sender is ours: of what is answered to MAIL, only a size is the mail's own fault.
    is_ours = step is SmtpStep.MAIL and known is not Reason.TOO_LARGE
    if known is not None and not is_ours:
        return known
    if step is SmtpStep.MAIL or code in _RELAY_CODES or _RELAY_WORDS.search(text):
        return Reason.RELAY_DOWN
    is_bare_554 = code == 554 and not enhanced
    is_policy = is_bare_554 or enhanced.startswith("7.")
    if is_policy:
        return _refusal_by_policy(step, text)
    return _permanent_by_code(step, code, text)


def _refusal_by_policy(step: SmtpStep, text: str) -> Reason:
    if _LINK_WORDS.search(text):
        return Reason.LINK_REFUSED
    return Reason.CONTENT_REFUSED if step is SmtpStep.CONTENT else Reason.BLOCKED


def _permanent_by_code(step: SmtpStep, code: int, text: str) -> Reason:
    if code == 552:
        is_full = step is SmtpStep.RCPT and _FULL_WORDS.search(text)
        return Reason.MAILBOX_FULL if is_full else Reason.TOO_LARGE
    if code in (501, 553):
        return Reason.ADDRESS_BAD
    if code in (550, 551):
        return _refusal_by_words(step, text)
    return Reason.OTHER


def _refusal_by_words(step: SmtpStep, text: str) -> Reason:
    if _UNKNOWN_WORDS.search(text):
        return Reason.USER_UNKNOWN
    if _LINK_WORDS.search(text) or _BLOCK_WORDS.search(text):
        return _refusal_by_policy(step, text)
    return Reason.CONTENT_REFUSED if step is SmtpStep.CONTENT else Reason.USER_UNKNOWN


def _transient_reason(step: SmtpStep, code: int, enhanced: str, text: str) -> Reason:
    if step is SmtpStep.MAIL:
        return Reason.RELAY_DOWN
    if _GREY_WORDS.search(text):
        return Reason.GREYLISTED
    if enhanced == "7.1" and _RATE_WORDS.search(text):
        return Reason.RATE_LIMITED
    known = _TRANSIENT.get(enhanced)
    if known is not None:
        return known
    if code in (421, 450, 451, 452):
        return Reason.RATE_LIMITED
    return Reason.OTHER
