"""How a mail will look, before it is sent: the same words and the same code as the real one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch_mail.domain.compose import Content, Sender, letter_of
from dispatch_mail.domain.words import Slot, fill, html_pieces, subject_line, text_pieces

PLACEHOLDER = "（ご家庭ごとのリンク）"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a family's phone shows."""

    subject: str
    sender: str
    text: str
    html: str


def preview_mail(content: Content, sender: Sender, now: datetime) -> Preview:
    """Return the mail of a message with a placeholder where each family's own link will stand."""
    letter = letter_of(content, sender, now)
    links = dict.fromkeys(Slot, PLACEHOLDER)
    return Preview(
        subject_line(letter),
        f"{letter.school_name} <{letter.from_address}>",
        fill(text_pieces(letter), links),
        fill(html_pieces(letter), links),
    )
