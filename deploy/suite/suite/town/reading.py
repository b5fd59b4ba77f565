"""A stored mail as a phone shows it: decoded subject, names, text, links, some headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from .content import decode_words, printable

_LINK = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_NOT_THE_LINK = ".,;:!?)'"  # ends a sentence more often than an address
_BLOCKS = {"p", "br", "div", "tr", "li", "h1", "h2", "h3", "table"}
_HEADERS_OF_INTEREST = (
    "Reply-To",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "Feedback-ID",
    "Date",
    "Message-ID",
)


@dataclass(frozen=True)
class Link:
    """One piece of a text; `url` is empty for plain words."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Letter:
    """What a person sees of a mail.

    `text` is taken out of the HTML part when the mail has no plain one.
    """

    subject: str
    sender_name: str
    sender_address: str
    to: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    raw_header: str

    @property
    def links(self) -> list[str]:
        """Return the http(s) links of the text in order."""
        return [piece.url for piece in split_links(self.text) if piece.url]


def read_letter(raw: bytes) -> Letter:
    """Parse a mail for display; what can't be decoded is shown as it came, never an error."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    text = _body(mail, "plain")
    html = _body(mail, "html")
    sender_name, sender_address = _sender(mail)
    headers = []
    for name in _HEADERS_OF_INTEREST:
        value = _header(mail, name)
        if value:
            headers.append((name, value))
    raw_header = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return Letter(
        subject=_header(mail, "Subject"),
        sender_name=printable(sender_name),
        sender_address=printable(sender_address),
        to=_header(mail, "To"),
        text=(text or _words_of(html)).replace("\r\n", "\n"),
        html=html,
        headers=tuple(headers),
        raw_header=raw_header,
    )


def split_links(text: str) -> list[Link]:
    """Cut a text into plain pieces and http(s) links, in order."""
    pieces: list[Link] = []
    position = 0
    for match in _LINK.finditer(text):
        url = match[0].rstrip(_NOT_THE_LINK)
        if match.start() > position:
            pieces.append(Link(text[position : match.start()]))
        pieces.append(Link(url, url))
        position = match.start() + len(url)
    if position < len(text):
        pieces.append(Link(text[position:]))
    return pieces


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return printable(str(mail[name] or "")).strip()
    # The standard parser raises on some malformed structured fields.
    except (LookupError, ValueError):
        raw = dict(mail.raw_items()).get(name, "")
        return decode_words(str(raw)).strip()


def _sender(mail: EmailMessage) -> tuple[str, str]:
    try:
        address = mail["From"].addresses[0]
    except (AttributeError, LookupError, ValueError):
        return _header(mail, "From"), ""
    return address.display_name or address.addr_spec, address.addr_spec


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if not isinstance(part, EmailMessage):
        return ""
    try:
        return printable(str(part.get_content()))
    except (LookupError, ValueError):  # a charset that Python doesn't know
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return payload.decode("utf-8", "replace")
        return ""


class _Words(HTMLParser):
    """Collects the visible words of an HTML part, a line per block."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._hidden:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.split()))


def _words_of(html: str) -> str:
    words = _Words()
    words.feed(html)
    return "".join(words.pieces).strip()
