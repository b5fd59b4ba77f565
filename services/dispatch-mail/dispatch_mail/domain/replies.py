"""Mails that come to a school's own address, which nobody reads (DLV-10).

What a program sent is never answered (RFC 3834, 2): two machines would write to one another for
ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from common.words import SchoolWords

SUBJECT = "【自動応答】このアドレスは{school}では読めません / Not read by the school"
TEXT = """このアドレスは送信専用で、{school}では読んでいません。
お休みの連絡やお急ぎのときは、電話でお願いします。
"""
TEXT_IN_ENGLISH = """This address only sends; nobody at the school reads what comes to it.
To report an absence, or if it is urgent, please telephone the school.
"""
# Of what a message says it is; each alone means a program.
_LISTS = ("list-id", "list-unsubscribe", "list-post", "x-autoreply", "x-autorespond")
_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply"})
_PROGRAMS = re.compile(
    r"mailer-?daemon|postmaster|(?:no|do-?not)-?reply|bounces?|root|owner-.*|.*-(?:request|owner)"
    r"|listserv|majordomo",
    re.IGNORECASE,
)
# Telephones and offices that answer without saying so in a header.
_ABSENT = re.compile(
    r"^(?:auto(?:matic|-)? ?(?:reply|response)|out of (?:the )?office"
    r"|vacation|\W*自動(?:返信|応答|配信)|\W*不在)",
    re.IGNORECASE,
)
_OUR_MAIL = re.compile(r"<([0-9a-f]{32})@")
MOST_REFERENCES = 20


def is_by_a_program(sender: str, headers: Mapping[str, str], own_domain: str) -> bool:
    """Return whether nobody wrote this mail.

    `sender`: the envelope's, empty for what programs return; `headers`: by name in lower case.
    """
    local_part, _, domain = sender.rpartition("@")
    if not local_part or domain.lower() == own_domain.lower():
        return True
    if _PROGRAMS.fullmatch(local_part):
        return True
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = headers.get("precedence", "").strip().lower()
    says_so = submitted != "no" or precedence in _PRECEDENCES
    if says_so or any(name in headers for name in _LISTS):
        return True
    if headers.get("return-path", "").strip() == "<>":
        return True
    return _ABSENT.match(headers.get("subject", "").strip()) is not None


def named_deliveries(headers: Mapping[str, str]) -> list[UUID]:
    """Return which of our mails a mail says that it answers; whoever has not got it knows no id."""
    said = f"{headers.get('in-reply-to', '')} {headers.get('references', '')}"
    return [UUID(hex=found) for found in _OUR_MAIL.findall(said.lower())[-MOST_REFERENCES:]]


def subject_of(words: SchoolWords) -> str:
    return words.say(SUBJECT)


def text_of(school_line: str, words: SchoolWords) -> str:
    """Return the answer, in both languages: by whom it is read, nobody knows."""
    return f"{words.say(TEXT)}\n{TEXT_IN_ENGLISH}\n――――――――――\n{school_line}\n"
