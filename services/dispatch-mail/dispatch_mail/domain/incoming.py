"""What is read of a mail that comes in: its headers, and who says to have written it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header

# Bytes: the headers stand in front.
MOST_READ = 64 * 1024
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")


def read_headers(raw: bytes) -> Mapping[str, str]:
    """Return the headers of a mail by name in lower case; of several alike the first."""
    headers: dict[str, str] = {}
    for name, value in message_from_bytes(raw[:MOST_READ]).items():
        headers.setdefault(name.lower(), str(value))
    subject = headers.get("subject")
    if subject is not None:
        headers["subject"] = _in_words(subject)
    return headers


def _in_words(subject: str) -> str:
    """Return a subject as people read it; what can't be read stays as it came."""
    try:
        return str(make_header(decode_header(subject)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return subject


def unquoted(address: str) -> str:
    """Return an address as families type it: "a..b"@docomo.ne.jp is a..b@docomo.ne.jp."""
    local_part, _, domain = address.rpartition("@")
    is_quoted = len(local_part) > 2 and local_part[0] == local_part[-1] == '"'
    return f"{local_part[1:-1]}@{domain}" if is_quoted else address


def is_written_by(sender: str, headers: Mapping[str, str]) -> bool:
    """Return whether a mail says to be from its envelope's sender; one that says nothing does.

    Carriers write their old addresses with and without quotes, so no parser of RFC 5322 reads it.
    """
    said = headers.get("from", "").strip()
    if not said:
        return True
    found = _IN_BRACKETS.search(said)
    address = found[1].strip() if found else said
    return unquoted(address).lower() == unquoted(sender).lower()
