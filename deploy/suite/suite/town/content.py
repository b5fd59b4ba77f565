"""What a strict relay looks at in a mail's content: line ends, lengths, the header section."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from email import header, message_from_bytes, policy, utils
from email.errors import HeaderParseError
from functools import lru_cache

MAX_LINE = 998  # octets without CRLF, RFC 5322 §2.1.1
REQUIRED = ("from", "to", "subject", "date", "message-id")
_AT_MOST_ONCE = (
    *REQUIRED,
    "sender",
    "reply-to",
    "cc",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-id",
)
_FIELD = re.compile(r"([!-9;-~]+):(.*)", re.DOTALL)
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
_LINK = re.compile(rb"https?://", re.IGNORECASE)


class ContentRefused(Exception):
    """The content can't be taken; the message is the whole SMTP answer."""


@dataclass(frozen=True)
class ContentFacts:
    """What the mailbox keeps beside the raw mail."""

    message_id: str
    subject: str


def unstuff(content: bytes) -> bytes:
    """Remove the dot that SMTP puts before a line that begins with one (RFC 5321 §4.5.2)."""
    if content.startswith(b"."):
        content = content[1:]
    return content.replace(b"\r\n.", b"\r\n")


def check_content(content: bytes) -> ContentFacts:
    """Return the facts of an unstuffed mail.

    Raise ContentRefused as 554 (line rules) or 550 5.6.0 (header section).
    """
    _check_lines(content)
    section = content.partition(b"\r\n\r\n")[0]
    return _check_header(section.removesuffix(b"\r\n"))


def has_link(content: bytes) -> bool:
    """Return whether any text part, decoded, holds an http(s) link."""
    for part in message_from_bytes(content, policy=policy.default).walk():
        if part.get_content_maintype() != "text":
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and _LINK.search(payload):
            return True
    return False


def _check_lines(content: bytes) -> None:
    pairs = content.count(b"\r\n")
    if content.count(b"\n") != pairs:
        raise ContentRefused("554 5.6.0 Bare LF in the content")
    if content.count(b"\r") != pairs:
        raise ContentRefused("554 5.6.0 Bare CR in the content")
    if b"\0" in content:
        raise ContentRefused("554 5.6.0 NUL in the content")
    if max(map(len, content.split(b"\r\n"))) > MAX_LINE:
        raise ContentRefused(f"554 5.6.0 A line is longer than {MAX_LINE} octets")


def _check_header(section: bytes) -> ContentFacts:
    if not section.isascii():
        raise _header_refused("the header section holds bytes beyond ASCII")
    fields = _split_fields(section.decode("ascii"))
    counts = Counter(name for name, _ in fields)
    for name in _AT_MOST_ONCE:
        if counts[name] > 1:
            raise _header_refused(f"{name} stands {counts[name]} times")
    for name in REQUIRED:
        if not counts[name]:
            raise _header_refused(f"{name} is missing")
    values = dict(fields)
    if _MESSAGE_ID.fullmatch(values["message-id"]) is None:
        raise _header_refused("message-id is not <left@right>")
    if not _is_date(values["date"]):
        raise _header_refused("date can't be read")
    if "@" not in values["from"] or not values["to"]:
        raise _header_refused("from or to holds no address")
    return ContentFacts(values["message-id"], decode_words(values["subject"]))


def _split_fields(section: str) -> list[tuple[str, str]]:
    """Return (lower-case name, unfolded value) of every field, in order."""
    unfolded: list[str] = []
    lines = section.split("\r\n")
    for line in lines:
        is_folded = line[:1] in (" ", "\t")
        if is_folded and unfolded:
            if not line.strip():
                raise _header_refused("a folded line is empty")
            unfolded[-1] += line
        else:
            unfolded.append(line)
    fields = []
    for line in unfolded:
        match = _FIELD.fullmatch(line)
        if match is None:
            raise _header_refused("a line of the header section is not a field")
        name = match[1].lower()
        value = match[2].strip()
        fields.append((name, value))
    return fields


# One message goes to many recipients: the same date and subject come again and again.
@lru_cache(maxsize=512)
def _is_date(value: str) -> bool:
    try:
        utils.parsedate_to_datetime(value)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=512)
def decode_words(value: str) -> str:
    """Return a header value with its encoded words (RFC 2047) decoded.

    It is returned as it came when they can't be.
    """
    try:
        return printable(str(header.make_header(header.decode_header(value))))
    except (HeaderParseError, LookupError, ValueError):
        return printable(value)


def printable(text: str) -> str:
    """Return `text` without lone surrogates, which neither SQLite nor a page can hold.

    A broken charset makes them.
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def _header_refused(reason: str) -> ContentRefused:
    return ContentRefused(f"550 5.6.0 Header section refused: {reason}")
