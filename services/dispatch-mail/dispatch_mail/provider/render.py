"""Render a letter once, then splice each recipient's few bytes into it (MSG-9).

Built anew with EmailMessage, each mail would cost hundreds of times as much. The bodies are base64,
so a link inside them cannot simply be inserted: three bytes become four characters, and a link of
any length moves all that follows. A slot's own base64 therefore begins with the 0–2 bytes left over
before it and borrows 0–2 bytes from the text after it, which is kept encoded for all three cases.
The decoded text is exact, without padding, and a line that ends early is good base64 (RFC 2045,
6.8: line breaks are ignored, no line longer than 76).
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime

from common.clock import to_jst
from dispatch_mail.domain.addresses import quoted_address, split
from dispatch_mail.domain.letters import Letter, MailEnvelope
from dispatch_mail.domain.words import Piece, Slot, html_pieces, subject_line, text_pieces

_LINE_LENGTH = 76
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ALPHANUMERIC = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
OF_MESSAGE_IDS = _ALPHANUMERIC + b"<>@!#$%&'*+/=?^_`{|}~.-"
_OF_LINKS = _ALPHANUMERIC + b"!#$%&'()*+,./:;=?@_~-"
OF_ADDRESSES = bytes(range(0x20, 0x7F))
_ODD_CHARACTERS = "an address or a link holds characters that none has"


class HeaderRefused(ValueError):
    """A value would break out of its header, its SMTP command or its link; it is never quoted."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A slot and the fixed text behind it.

    Each tuple is by the number of bytes (0, 1, 2) that the slot borrows from the text.
    """

    slot: Slot
    borrowed: tuple[bytes, bytes, bytes]
    encoded: tuple[bytes, bytes, bytes]
    left_over: tuple[bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Part:
    """One body: the lines up to the first slot, 0–2 bytes not yet encoded there, what follows."""

    opening: bytes
    left_over: bytes
    stretches: tuple[_Stretch, ...]
    is_html: bool


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A mail without its recipient: header lines, bodies with slots, the closing boundary."""

    headers: bytes
    parts: tuple[_Part, ...]
    closing: bytes


def render(letter: Letter, *, with_link: bool = True) -> RenderedLetter:
    """Encode all that the recipients of a letter share.

    `with_link` False is for addresses that refuse links. Raises HeaderRefused when school, subject
    or address hold a control character, AddressRefused for a bad sender.
    """
    # "=_" cannot occur in base64.
    boundary = f"=_{letter.message_id.hex}"
    bodies = (
        ("plain", text_pieces(letter, with_link=with_link)),
        ("html", html_pieces(letter, with_link=with_link)),
    )
    parts = tuple(_encode_part(boundary, subtype, pieces) for subtype, pieces in bodies)
    return RenderedLetter(_common_headers(letter, boundary), parts, f"--{boundary}--\r\n".encode())


def splice(rendered: RenderedLetter, envelope: MailEnvelope) -> bytes:
    """Return the whole mail for one recipient.

    Its lines end with CRLF; none begins with a dot, so none needs stuffing. Raises HeaderRefused
    for anything that could end a header line (CR, LF, NUL and their kin).
    """
    address = only(OF_ADDRESSES, envelope.address)
    message_id = only(OF_MESSAGE_IDS, envelope.message_id)
    unsubscribe = _link(envelope.unsubscribe_link)
    personal = b""
    if rendered.parts[0].stretches:
        personal = _link(envelope.personal_link)
    own = b"To: <%b>\r\nMessage-ID: %b\r\nList-Unsubscribe: <%b>\r\n\r\n" % (
        address,
        message_id,
        unsubscribe,
    )
    pieces = [rendered.headers, own]
    for part in rendered.parts:
        _splice_part(part, personal, unsubscribe, pieces)
    pieces.append(rendered.closing)
    return b"".join(pieces)


def _splice_part(part: _Part, personal: bytes, unsubscribe: bytes, pieces: list[bytes]) -> None:
    pieces.append(part.opening)
    left_over = part.left_over
    for stretch in part.stretches:
        link = personal if stretch.slot is Slot.PERSONAL_LINK else unsubscribe
        if part.is_html:
            link = link.replace(b"&", b"&amp;")
        value = left_over + link
        borrow = -len(value) % 3
        borrowed = stretch.borrowed[borrow]
        pieces.append(base64_lines(value + borrowed))
        pieces.append(stretch.encoded[borrow])
        left_over = stretch.left_over[borrow]


def only(allowed: bytes, value: str) -> bytes:
    """Return the bytes of a value that holds nothing but what is allowed.

    To delete that is the quickest way to see whether more is there: every mail passes here.
    """
    if not value.isascii():
        raise HeaderRefused(_ODD_CHARACTERS)
    raw = value.encode()
    if raw.translate(None, allowed):
        raise HeaderRefused(_ODD_CHARACTERS)
    return raw


def _link(link: str) -> bytes:
    if not link.startswith(("https://", "http://")):
        raise HeaderRefused("a link is no web address")
    return only(_OF_LINKS, link)


def _encode_part(boundary: str, subtype: str, pieces: Sequence[Piece]) -> _Part:
    """Encode one body.

    Fixed texts and slots take turns, a text first and last, so only the last text gets `=`.
    """
    heading = (
        f"--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    texts = [text_bytes(piece) for piece in pieces[::2]]
    slots = [Slot(piece) for piece in pieces[1::2]]
    opening, left_over = _whole_groups(texts[0], is_last=not slots)
    stretches = []
    for number, (slot, text) in enumerate(zip(slots, texts[1:], strict=True), start=1):
        is_last = number == len(slots)
        stretches.append(_encode_stretch(slot, text, is_last=is_last))
    is_html = subtype == "html"
    return _Part(heading.encode() + opening, left_over, tuple(stretches), is_html)


def _encode_stretch(slot: Slot, text: bytes, *, is_last: bool) -> _Stretch:
    """Encode the text behind a slot, for each number of bytes that the slot can borrow from it."""
    whole, left_of_whole = _whole_groups(text, is_last=is_last)
    without_one, left_without_one = _whole_groups(text[1:], is_last=is_last)
    without_two, left_without_two = _whole_groups(text[2:], is_last=is_last)
    return _Stretch(
        slot,
        borrowed=(b"", text[:1], text[:2]),
        encoded=(whole, without_one, without_two),
        left_over=(left_of_whole, left_without_one, left_without_two),
    )


def text_bytes(text: str) -> bytes:
    # A lone surrogate from JSON would stop the letter of a whole school: it becomes "?".
    return text.replace("\n", "\r\n").encode("utf-8", "replace")


def _whole_groups(text: bytes, *, is_last: bool) -> tuple[bytes, bytes]:
    """Return the encoded groups of three bytes and what is left over: nothing of the last text."""
    whole = len(text) if is_last else len(text) - len(text) % 3
    return base64_lines(text[:whole]), text[whole:]


def base64_lines(value: bytes) -> bytes:
    encoded = b2a_base64(value, newline=False)
    return b"".join(
        [
            encoded[start : start + _LINE_LENGTH] + b"\r\n"
            for start in range(0, len(encoded), _LINE_LENGTH)
        ]
    )


def _common_headers(letter: Letter, boundary: str) -> bytes:
    """Return all header lines but the recipient's.

    List-Unsubscribe-Post: RFC 8058; List-Id: RFC 2919; Auto-Submitted keeps holiday answers away:
    RFC 3834; Feedback-ID is Gmail's: from the narrowest to the sender's own name, which comes last.
    """
    local, domain = split(letter.from_address)
    sent_at = to_jst(letter.sent_at)
    school_name = encoded_header("From", letter.school_name)
    lines = [
        f"From: {school_name} <{quoted_address(letter.from_address)}>",
        f"Reply-To: <{quoted_address(letter.reply_to)}>",
        f"Subject: {encoded_header('Subject', subject_line(letter))}",
        f"Date: {format_datetime(sent_at.replace(microsecond=0))}",
        "MIME-Version: 1.0",
        f"List-Id: <{local}.{domain}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
        f"Feedback-ID: {letter.message_id.hex}:{letter.lane}:{local}:renraku",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def encoded_header(name: str, value: str) -> str:
    """Return a header value as encoded words (RFC 2047).

    They are folded by CRLF and a space, never inside a character.
    """
    if _CONTROLS.search(value):
        raise HeaderRefused(f"control character in {name}")
    return Header(value, charset="utf-8", header_name=name, maxlinelen=75).encode(linesep="\r\n")
