"""What the pages say by which a family registers (DIR-8, DIR-16; japan.md)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

# What a family may be to a child, as the office reads it. (value, English)
LABELS: Mapping[str, str] = {
    "母": "Mother",
    "父": "Father",
    "祖母": "Grandmother",
    "祖父": "Grandfather",
    "その他": "Other",
}
# Subject and text of the mail by which a family registers.
EMPTY_MAIL = "受信登録", "このまま送信してください。"
EMPTY_MAIL_ENGLISH = "Registration", "Please send this mail as it is."
# How far a child's registration is, as the office reads it.
STATE_WORDS: Mapping[str, str] = {
    "linked": "登録済み",
    "held": "承認待ち",
    "refused": "お断り済み",
}


@dataclass(frozen=True, slots=True)
class Carrier:
    """A company whose mailboxes refuse much, and where its 指定受信 is set."""

    name: str
    where: str
    where_in_english: str


_DOCOMO = Carrier(
    "ドコモ",
    "「My docomo」→「設定」→「メール・各種設定」→「迷惑メール対策」→「受信リスト・拒否リスト設定」",
    "My docomo → Settings → Mail → Spam protection → Receive list",
)
_AU = Carrier(
    "au・UQ mobile",
    "「迷惑メールフィルター」→「受信リストに登録する」",
    "Spam mail filter → Receive list",
)
_SOFTBANK = Carrier(
    "ソフトバンク・ワイモバイル",
    "「My SoftBank」「My Y!mobile」→「メール設定」→「迷惑メール対策」→「許可するメールの登録」",
    "My SoftBank or My Y!mobile → Mail → Spam protection → Allowed senders",
)
CARRIERS: Mapping[str, Carrier] = {
    "docomo.ne.jp": _DOCOMO,
    "ezweb.ne.jp": _AU,
    "au.com": _AU,
    "uqmobile.jp": _AU,
    "softbank.ne.jp": _SOFTBANK,
    "i.softbank.jp": _SOFTBANK,
    "ymobile.ne.jp": _SOFTBANK,
}


# As the help names them, each once.
COMPANIES = (_DOCOMO, _AU, _SOFTBANK)


def carrier_of(address: str) -> Carrier | None:
    """Return the company of an address that keeps mails out by its own settings, if it is one."""
    domain = address.rpartition("@")[2].lower()
    return CARRIERS.get(domain)


def empty_mail_link(address: str, language: str) -> str:
    """Return what opens a phone's mail program with a mail to our address (RFC 6068).

    Some programs send no mail that is empty, so there is something in it, which nobody reads.
    """
    subject, body = EMPTY_MAIL_ENGLISH if language == "en" else EMPTY_MAIL
    recipient = quote(address, safe="@")
    return f"mailto:{recipient}?subject={quote(subject)}&body={quote(body)}"


def typed_digits(text: str) -> str:
    """Return the digits of what was typed, in whatever width and parts."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if letter.isdigit())
