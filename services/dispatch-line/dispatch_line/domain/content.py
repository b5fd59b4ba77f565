"""How a message looks in a talk (screens.md 3.5).

The same for all its recipients, without a child's name or a personal link.

What a button carries is opaque: who may read or confirm is decided by the user who taps, never by
the button.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.crypto import link_holds, make_link, parse_link
from common.web_addresses import cut_position, split

PURPOSE = "line"
# What a button carries that asks for a link to our page.
REGISTER = "register"
REGISTER_LABEL = "受信登録をする"
# What agrees to the use of addresses carries the version of its words behind it.
AGREE = "agree"
AGREE_LABEL = "同意する"
TERMS_LABEL = "個人情報の扱いを読む"
ON_PAGE_LABEL = "受信登録をする（画面で）"
# What the menu of a talk asks for: the family's own page, and its contact points there.
MY_PAGE, MY_POINTS = "my-page", "my-points"
READ, CONFIRM = "r", "c"
READ_LABEL = "全文を読む"
CONFIRM_LABEL = "確認しました"
INSTEAD_OF_ADDRESS = "（リンクは「全文を読む」にあります）"
PERSONAL_SUBJECT = "個別の連絡が1件あります"
PERSONAL_TEXT = "「全文を読む」を押してご覧ください。"
# UTF-16 units, as LINE counts.
ALT_TEXT_LIMIT = 400
# What a talk shows without scrolling; the rest is behind the button.
TEXT_LIMIT = 300
SHORT_NAME_LIMIT = 8
MARKS = {"urgent": "【緊急】"}


@dataclass(frozen=True, slots=True)
class Content:
    """What messaging says of a message.

    `link_key` signs the guardians' links; `names_people`: they were chosen one by one.
    """

    message_id: UUID
    school_name: str
    school_short_name: str
    mark: str | None
    subject: str
    body: str
    short_text: str
    names_people: bool
    confirmable: bool
    link_key: bytes
    released_at: datetime | None
    pupil_heads: int = 1

    @property
    def is_personal(self) -> bool:
        """Return whether its text may speak of one child: then it is not for LINE to keep.

        A message to staff alone speaks to all.
        """
        return self.names_people and self.pupil_heads > 0


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    data: str


@dataclass(frozen=True, slots=True)
class TalkMessage:
    """`alt_text` stands in the list of talks and in notifications."""

    alt_text: str
    school: str
    title: str
    text: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class TalkReply:
    """An answer in a talk: words, with a button that asks for a link to our page, or the link.

    `terms`: our words on the use of addresses, which the next button agrees to.
    """

    text: str
    button: bool = False
    link: str | None = None
    terms: str | None = None


def talk_message(content: Content, secret: bytes) -> TalkMessage:
    """Return the message as all its recipients get it; `secret` signs what the buttons carry."""
    mark = MARKS.get(content.mark or "", "")
    if content.is_personal:
        subject = PERSONAL_SUBJECT
        text = PERSONAL_TEXT
    else:
        subject = content.subject
        text = shorten(content.short_text or content.body, TEXT_LIMIT)
    title = f"{mark}{subject}"
    token = make_link(secret, PURPOSE, content.message_id)
    buttons = [Button(READ_LABEL, f"{READ}:{token}")]
    if content.confirmable:
        buttons.append(Button(CONFIRM_LABEL, f"{CONFIRM}:{token}"))
    name = shorten(content.school_short_name, SHORT_NAME_LIMIT)
    alt_text = shorten(f"{mark}{name}：{subject}", ALT_TEXT_LIMIT)
    return TalkMessage(alt_text, content.school_name, title, text, tuple(buttons))


def read_button(secret: bytes, data: str) -> tuple[str, UUID] | None:
    """Return what a button asks for (READ, CONFIRM) and of which message; None: it is not ours."""
    action, separator, token = data.partition(":")
    if not separator or action not in (READ, CONFIRM) or not token.isascii():
        return None
    parsed = parse_link(token, 1)
    if parsed is None or not link_holds(secret, PURPOSE, *parsed):
        return None
    return action, parsed[0][0]


def agreement_of(data: str) -> str | None:
    """Return to which version of our words a button agrees; None where it is another one."""
    action, _, version = data.partition(":")
    return version if action == AGREE and version else None


def school_of_nonce(nonce: str) -> UUID | None:
    """Return the school that a nonce of directory's claims, unchecked; None: it is not one."""
    parsed = parse_link(nonce, 2) if nonce.isascii() else None
    if parsed is None:
        return None
    ids, _ = parsed
    return ids[0]


def shorten(text: str, limit: int) -> str:
    """Return the text in at most `limit` UTF-16 units, ended by an ellipsis where it is cut.

    It is cut between characters as people see them, and never inside a web address or right behind
    one. An address with which it begins and that is too long gives way to words.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _units(text) <= limit:
        return text
    kept = _count_fitting(text, limit - 1)
    end = cut_position(text, kept)
    if kept and not end:
        # It begins with an address that alone is too long.
        address = next(split(text)).text
        behind = text[len(address) :]
        return shorten(INSTEAD_OF_ADDRESS + behind, limit)
    return text[:end] + "…"


def _count_fitting(text: str, room: int) -> int:
    """Return how much of a text that is too long fits into so many UTF-16 units.

    It ends between characters as people see them.
    """
    kept = 0
    for character in text:
        room -= _units(character)
        if room < 0:
            break
        kept += 1
    while kept and _joins(text[kept - 1], text[kept]):
        kept -= 1
    return kept


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _joins(before: str, character: str) -> bool:
    """Return whether a character continues the one before: marks, variation selectors, half-width
    voicing, emoji parts.
    """
    joiner = "\u200d"
    is_mark = (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
    return is_mark or character in (joiner, "\uff9e", "\uff9f") or before == joiner
