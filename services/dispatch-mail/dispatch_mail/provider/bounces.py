"""What a mail says that came back to the address of its delivery.

Whose delivery it was says the address, so a returned mail is asked three things only: is it the
news of a failure, is that final, and why? Reports are read by RFC 3464; plain text of the many
programs that never learned it by flufl.bounce, which knows their words, and by the answer of the
last server, which most of them quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from enum import StrEnum
from html import unescape

from flufl.bounce import all_failures

from common.delivery.outcomes import Deferred, Reason, Rejected
from dispatch_mail.provider.replies import SmtpStep, outcome_of

# Bytes. What matters comes first; behind it hangs the mail that we had sent.
MOST_READ = 256 * 1024
MOST_TEXT = 20_000


class ReturnKind(StrEnum):
    """`delayed`: the relay still tries. `other`: an automatic answer, or somebody's own words."""

    BOUNCED = "bounced"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back. `reason`: why nobody got the mail, where it `BOUNCED`."""

    kind: ReturnKind
    reason: Reason = Reason.OTHER


_DELAYED = Returned(ReturnKind.DELAYED)
_DELIVERED = Returned(ReturnKind.DELIVERED)
_OTHER = Returned(ReturnKind.OTHER)

# RFC 3464, and RFC 6533 for addresses in other alphabets.
_REPORTS = ("message/delivery-status", "message/global-delivery-status")
_REPLY = re.compile(r"(?<![\d.-])([45]\d\d)(?:[ \t-]+#?|(?=\s*$))([^\r\n]*)", re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_TAG = re.compile(r"<(?:style|script).*?</(?:style|script)>|<[^>]{0,2000}>", re.DOTALL)
# What stands between the program's words and the mail that it sends back.
_ORIGINAL = re.compile(
    r"^(?:-+ ?(?:original message|below this line|this is a copy|the header|the body)"
    r"|-+ ?(?:original|returned|unsent) (?:message|mail)"
    r"|received: from|message-id: <)",
    re.IGNORECASE | re.MULTILINE,
)
_SENDERS = re.compile(r"mailer-?daemon|postmaster|mail delivery|mail administrator", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|returned mail|delivery (?:status|failure|has failed)|failure notice|mail failure"
    r"|could ?n[o']t be delivered|配信(?:不能|エラー|できません)|不達",
    re.IGNORECASE,
)
_FAILED_WORDS = re.compile(
    r"^ *could not be delivered to:|^ *rejected by a remote mail server|送信できませんでした"
    r"|each of the following recipients was rejected|メールアドレスへの送信に失敗しました",
    re.IGNORECASE | re.MULTILINE,
)
_UNKNOWN_WORDS = re.compile(
    r"no mailbox here by that name|does(?:n't| not) have an? [\w.]+ account|user unknown"
    r"|unknown (?:user|recipient|local)|no such (?:user|recipient|address|mailbox)"
    r"|not listed in|not found in|(?:is|been) (?:disabled|discontinued)|account that you tried"
    r"|mailbox (?:not found|unavailable)|(?:address|recipient|user|mailbox) does not exist"
    r"|宛先[^。\n]{0,20}(?:存在しません|不明|見つかりません)|ユーザ[^。\n]{0,20}存在しません",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"quota|mailbox (?:is )?full|exceeded the local limit|ボックスが(?:一杯|いっぱい)|容量",
    re.IGNORECASE,
)
# au tells so, and by nothing else, that a filter of the family refuses our domain.
_FILTER_WORDS = re.compile(r"following recipients was rejected by a remote", re.IGNORECASE)
_WAITED_WORDS = re.compile(
    r"time(?:d)? ?out|retry time|queue too long|expired|could not connect|couldn't establish",
    re.IGNORECASE,
)


def read_return(raw: bytes) -> Returned:
    """Return what a mail says that came to a delivery's own address, however broken it is."""
    message = message_from_bytes(raw[:MOST_READ])
    reported = _read_report(message)
    if reported is not None:
        return reported
    text = _words_of(message)
    temporary, permanent = _known_words(message)
    if temporary and not permanent:
        return _DELAYED
    if permanent or _is_about_failure(message):
        return Returned(ReturnKind.BOUNCED, _reason_of_text(text))
    return _OTHER


def _read_report(message: Message) -> Returned | None:
    """Return what the report of RFC 3464 says, None where there is none.

    A mail has one recipient; where it was passed on to several, a failure speaks loudest.
    """
    actions: dict[str, Message] = {}
    for part in message.walk():
        if part.get_content_type() not in (
            "message/delivery-status",
            "message/global-delivery-status",
        ):
            continue
        for block in _blocks_of(part):
            action = str(block.get("Action", "")).strip().lower()
            if action:
                actions.setdefault(action.split()[0], block)
    failed = actions.get("failed")
    if failed is not None:
        return Returned(ReturnKind.BOUNCED, _reason_of_report(failed, message))
    if "delayed" in actions:
        return _DELAYED
    return _DELIVERED if actions else None


def _blocks_of(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _reason_of_report(block: Message, message: Message) -> Reason:
    status = _STATUS.search(str(block.get("Status", "")))
    diagnostic = str(block.get("Diagnostic-Code", ""))
    answer = _REPLY.search(diagnostic)
    if answer is None and status is None:
        return _reason_of_text(diagnostic or _words_of(message))
    if answer is None:
        assert status is not None
        return _reason_of_status(status, diagnostic)
    text = answer[2].strip()
    is_told_twice = _STATUS.match(text) is not None
    if status is not None and not is_told_twice and status[1] == answer[1][0]:
        text = f"{status[0]} {text}"
    return _reason_of_answer(int(answer[1]), text)


def _reason_of_text(text: str) -> Reason:
    """Return why, from the words of a program: the server's answer where it quotes one."""
    if _UNKNOWN_WORDS.search(text):
        return Reason.USER_UNKNOWN
    answer = _REPLY.search(text)
    if answer is not None:
        return _reason_of_answer(int(answer[1]), answer[2].strip())
    status = _STATUS.search(text)
    if status is not None and status[1] != "2":
        return _reason_of_status(status, text)
    return _reason_of_words(text)


def _reason_of_status(status: re.Match[str], text: str) -> Reason:
    """Return why, from the enhanced code (RFC 3463) of a server whose basic code nobody knows."""
    usual_code = 450 if status[1] == "4" else 554
    found = _reason_of_answer(usual_code, f"{status[0]} {text}")
    is_bare = status[2] in ("0", "3") and found in (Reason.RATE_LIMITED, Reason.OTHER)
    return _reason_of_words(text) if is_bare else found


def _reason_of_words(text: str) -> Reason:
    if _UNKNOWN_WORDS.search(text):
        return Reason.USER_UNKNOWN
    if _FULL_WORDS.search(text):
        return Reason.MAILBOX_FULL
    if _WAITED_WORDS.search(text):
        return Reason.TIME_OUT
    return Reason.BLOCKED if _FILTER_WORDS.search(text) else Reason.OTHER


def _reason_of_answer(code: int, text: str) -> Reason:
    """Return why, as if the server had answered our own relay at RCPT.

    What is trouble of the relay there is nobody's fault here: the mail was given up.
    """
    outcome = outcome_of(SmtpStep.RCPT, code, text)
    assert isinstance(outcome, Rejected | Deferred)
    return Reason.GIVEN_UP if outcome.reason is Reason.RELAY_DOWN else outcome.reason


def _known_words(message: Message) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Return the addresses of temporary and of final failures in words that flufl.bounce knows."""
    try:
        temporary, permanent = all_failures(message)
    # It reads strangers' mails line by line; what it trips over it does not know.
    except Exception:
        return frozenset(), frozenset()
    return frozenset(temporary), frozenset(permanent)


def _is_about_failure(message: Message) -> bool:
    """Return whether a mail without a known form is the news of a failure.

    Programs write as nobody (`MAIL FROM:<>`), or under the names of RFC 5321, 4.5.1 and their kin;
    holiday answers come by the same way and don't speak of failures.
    """
    words = _words_of(message)
    if _FAILED_WORDS.search(words):
        return True
    sender = str(message.get("From", ""))
    subject = str(message.get("Subject", ""))
    is_daemon = _SENDERS.search(sender) is not None
    has_failed = "X-Failed-Recipients" in message or _FAILED.search(subject) is not None
    return is_daemon and (has_failed or _REPLY.search(words) is not None)


def _words_of(message: Message) -> str:
    """Return what the program wrote, without the mail that it sends back."""
    texts = []
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            break
        if part.get_content_maintype() == "text":
            texts.append(_text_of(part))
    whole = "\n".join(texts)[:MOST_TEXT]
    original = _ORIGINAL.search(whole)
    has_words_before = original is not None and whole[: original.start()].strip()
    return whole[: original.start()] if original is not None and has_words_before else whole


def _text_of(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("utf-8")
    try:
        text = raw.decode(charset, "replace")
    except LookupError:
        text = raw.decode("utf-8", "replace")
    if part.get_content_subtype() == "html":
        return unescape(_TAG.sub(" ", text))
    return text
