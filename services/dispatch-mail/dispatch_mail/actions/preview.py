"""How a mail will look, before it is sent: the same words and the same code as the real one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dispatch_mail.domain.compose import Content, Sender, letter_of
from dispatch_mail.domain.letters import Letter
from dispatch_mail.domain.words import Slot, fill, html_pieces, subject_line, text_pieces

FAMILY_LINK = "（ご家庭ごとのリンク）"
STAFF_LINK = "（ご本人のリンク）"


@dataclass(frozen=True, slots=True)
class Preview:
    """What phones show: `text` a family's, `staff_text` a member of staff's, each None where nobody
    of them is addressed.

    `text_without_link`: what a family reads whose address takes no mail with a link. `html` is the
    family's, if there is one.
    """

    subject: str
    sender: str
    text: str | None
    html: str
    text_without_link: str | None
    staff_text: str | None


def preview_mail(content: Content, sender: Sender, now: datetime) -> Preview:
    """Return the mails of a message, with a placeholder for each recipient's own link."""
    family = letter_of(content, sender, now)
    staff = letter_of(content, sender, now, for_staff=True)
    to_families = content.pupil_heads > 0
    to_staff = content.staff_heads > 0
    return Preview(
        subject=subject_line(family),
        sender=f"{family.school_name} <{family.from_address}>",
        text=_text(family) if to_families else None,
        html=_html(staff if to_staff and not to_families else family),
        text_without_link=fill(text_pieces(family, with_link=False), {}) if to_families else None,
        staff_text=_text(staff) if to_staff else None,
    )


def _text(letter: Letter) -> str:
    return fill(text_pieces(letter), _placeholders(letter))


def _html(letter: Letter) -> str:
    return fill(html_pieces(letter), _placeholders(letter))


def _placeholders(letter: Letter) -> dict[Slot, str]:
    return dict.fromkeys(Slot, STAFF_LINK if letter.is_for_staff else FAMILY_LINK)
