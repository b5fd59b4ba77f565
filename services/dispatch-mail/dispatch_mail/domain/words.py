"""The words of a mail to a guardian or a member of staff: subject, text part and a calm HTML part
(MSG-1, DLV-1).

A body is a list of pieces: fixed text, and slots for the links that differ between recipients. So a
message is rendered once, and a letter for addresses that refuse mails with links simply has no
slots.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from html import escape

from common.clock import to_jst
from common.web_addresses import set_apart, split
from dispatch_mail.domain.letters import Letter

# Graphemes; a longer name would push the subject off a phone's list.
SHORT_NAME_LIMIT = 8
SEPARATOR = "――――――――――"
PRESS_HERE = "開いて「確認しました」を押してください。"
SIBLINGS = "きょうだい分もまとめて確認になります。"
NO_REPLY = "このメールに返信しても{school}には届きません。"
WITHOUT_BUTTON = "リンク付きのメールを受け取らない設定のため、確認ボタンは付けていません。内容をお読みいただければ結構です。"
WITHOUT_LINK = "リンク付きのメールを受け取らない設定のため、リンクは付けていません。内容をお読みいただければ結構です。"
CONFIRM_BUTTON = "確認ボタンを開く"
CONTENT_BUTTON = "内容を開く"
UNSUBSCRIBE = "お心当たりのない方"
MY_PAGE = "これまでの連絡・受信先の変更（マイページ）"

# A phone that shows 14 characters of a subject still says it.
MARKS = {"urgent": "【緊急】"}


class Slot(StrEnum):
    """A place that each recipient's own link fills."""

    PERSONAL_LINK = "personal_link"
    UNSUBSCRIBE_LINK = "unsubscribe_link"


Piece = str | Slot


def subject_line(letter: Letter) -> str:
    """Return mark, school and subject."""
    mark = MARKS.get(letter.mark or "", "")
    school = first_graphemes(letter.school_short_name, SHORT_NAME_LIMIT)
    return f"{mark}{school}：{letter.subject}"


def text_pieces(letter: Letter, *, with_link: bool = True) -> list[Piece]:
    """Return the text part, lines ended by LF.

    Without links there is none of ours at all, in the footer neither.

    The moment of sending stands beside the link: Gmail folds what two mails of a thread have in
    common, and with it the button.
    """
    opening = f"{letter.addressing}\n\n{set_apart(_body(letter))}\n\n{SEPARATOR}\n"
    sent = _sent_line(letter)
    footer = f"{_school_line(letter)}\n{letter.words.say(NO_REPLY)}\n"
    if not with_link:
        return [f"{opening}{_without_link(letter)}\n{sent}\n\n{footer}"]
    what_to_do = _what_to_do(letter)
    hint = f"  {what_to_do}\n" if what_to_do else ""
    return [
        f"{opening}▼ {_link_title(letter)}はこちら\n",
        Slot.PERSONAL_LINK,
        f"\n{hint}{sent}\n\n{footer}{_my_page_line(letter)}{UNSUBSCRIBE}：",
        Slot.UNSUBSCRIBE_LINK,
        "\n",
    ]


def html_pieces(letter: Letter, *, with_link: bool = True) -> list[Piece]:
    """Return the HTML part.

    Everything that people typed is escaped, links stand in quoted attributes.
    """
    text = _body(letter)
    body = _html_with_links(text) if with_link else _html(text)
    title = escape(subject_line(letter))
    head = (
        '<!DOCTYPE html>\n<html lang="ja"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title></head>\n"
        '<body style="margin:0;padding:16px;background:#ffffff;color:#222222;font-family:sans-serif;'
        'font-size:16px;line-height:1.7"><div style="max-width:36em;margin:0 auto">\n'
        f'<p style="margin:0 0 1.2em">{_html(letter.addressing)}</p>\n'
        f'<p style="margin:0 0 1.6em">{body}</p>\n'
        '<hr style="border:0;border-top:1px solid #cccccc;margin:0 0 1.2em">\n'
    )
    sent = _sent_line(letter)
    school_line = _html(_school_line(letter))
    no_reply = letter.words.say(NO_REPLY)
    footer = _html_footer([school_line, no_reply])
    my_page = _my_page_html(letter)
    if not with_link:
        instead = _html_block(f"{_without_link(letter)}\n{sent}")
        return [f"{head}{instead}{footer}{_HTML_END}"]
    beside = sent
    what_to_do = _what_to_do(letter)
    if what_to_do:
        beside = f"{what_to_do}\n{sent}"
    button = CONFIRM_BUTTON if letter.is_confirmable else CONTENT_BUTTON
    return [
        f'{head}<p style="margin:0 0 .6em">▼ {_link_title(letter)}はこちら</p>\n<p style="margin:0 0 .8em"><a href="',
        Slot.PERSONAL_LINK,
        f'" style="{_BUTTON_STYLE}">{button}</a></p>\n{_html_block(beside)}{footer}{my_page}<a href="',
        Slot.UNSUBSCRIBE_LINK,
        f'" style="{_LINK_STYLE}">{UNSUBSCRIBE}</a><br>\n{_HTML_END}',
    ]


def fill(pieces: Iterable[Piece], links: Mapping[Slot, str]) -> str:
    """Return the pieces as one text with each slot filled: how one recipient reads it."""
    return "".join(links[piece] if isinstance(piece, Slot) else piece for piece in pieces)


def first_graphemes(text: str, limit: int) -> str:
    """Return the first `limit` characters as a reader counts them: 葛 U+845B U+E0100 is one."""
    count = 0
    for position, character in enumerate(text):
        if position == 0 or not _joins(text[position - 1], character):
            count += 1
            if count > limit:
                return text[:position]
    return text


_HTML_END = "</p></div></body></html>\n"
_LINK_STYLE = "color:#1d5a96"
_BUTTON_STYLE = "display:inline-block;padding:12px 24px;background:#1d5a96;color:#ffffff;border-radius:6px;text-decoration:none"
_JOINER = "\u200d"


def _joins(before: str, character: str) -> bool:
    """Return whether a character continues the one before: marks, variation selectors, half-width
    voicing, emoji parts.
    """
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or character in (_JOINER, "\uff9e", "\uff9f")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or before == _JOINER
    )


def _body(letter: Letter) -> str:
    return _lines(letter.body).rstrip("\n")


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _link_title(letter: Letter) -> str:
    return "確認ボタン" if letter.is_confirmable else "内容"


def _what_to_do(letter: Letter) -> str:
    """Return what the reader is asked to do behind the link; nothing where there is no button."""
    if not letter.is_confirmable:
        return ""
    return PRESS_HERE if letter.is_for_staff else PRESS_HERE + SIBLINGS


def _without_link(letter: Letter) -> str:
    return WITHOUT_BUTTON if letter.is_confirmable else WITHOUT_LINK


def _school_line(letter: Letter) -> str:
    phone = f"　電話 {letter.footer.phone}" if letter.footer.phone else ""
    hours = f"（{letter.footer.hours}）" if phone and letter.footer.hours else ""
    return f"{letter.school_name}{phone}{hours}"


def _my_page_line(letter: Letter) -> str:
    """Return where a family sees all of it; nothing for staff, who have another place."""
    return "" if letter.is_for_staff else f"{MY_PAGE}：{letter.footer.my_page}\n"


def _my_page_html(letter: Letter) -> str:
    if letter.is_for_staff:
        return ""
    address = escape(letter.footer.my_page)
    return f'<a href="{address}" style="{_LINK_STYLE}">{MY_PAGE}</a><br>\n'


def _sent_line(letter: Letter) -> str:
    moment = to_jst(letter.sent_at)
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment.hour}:{moment.minute:02} 送信"


def _html(text: str) -> str:
    return escape(_lines(text)).replace("\n", "<br>\n")


def _html_with_links(text: str) -> str:
    """Return the text with its web addresses as links: what they end with is ours to say, not the
    mail program's.
    """
    pieces = []
    for piece in split(_lines(text)):
        shown = _html(piece.text)
        pieces.append(
            f'<a href="{escape(piece.href)}" style="{_LINK_STYLE}">{shown}</a>'
            if piece.is_web
            else shown
        )
    return "".join(pieces)


def _html_block(text: str) -> str:
    return f'<p style="margin:0 0 1.6em">{_html(text)}</p>\n'


def _html_footer(lines: list[str]) -> str:
    """Return the opening of the footer in small print, one HTML line each; `_HTML_END` closes it."""
    return '<p style="margin:0;font-size:14px;color:#555555">' + "".join(
        f"{line}<br>\n" for line in lines
    )
