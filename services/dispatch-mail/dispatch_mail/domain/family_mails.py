"""The words of the product's own mails to families, in Japanese and English (MY-1, MY-7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.words import Language
from dispatch_mail.domain.notices import FRAMES, NoticeLetter, NoticeSchool, school_line
from dispatch_mail.domain.words import SEPARATOR


@dataclass(frozen=True, slots=True)
class FamilyMail:
    """A mail to a family, as directory tells it. `address`: sealed; `token`: of the link in it."""

    id: UUID
    kind: str
    contact_point_id: UUID
    guardian_id: UUID
    address: bytes = field(repr=False)
    language: Language
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToldFamilyMail:
    """A mail with all that its words need; `base_url` has no slash at its end."""

    mail: FamilyMail
    school: NoticeSchool
    base_url: str
    sent_at: datetime


class _Words(NamedTuple):
    """What a mail says: its subject, why it comes, what to do, the link, and what follows."""

    subject: str
    why: str
    what_to_do: str
    after: str


def family_letter_of(told: ToldFamilyMail, *, with_link: bool = True) -> NoticeLetter:
    """Return the mail; for an address that takes no links it says so in the link's place."""
    school, language = told.school, told.mail.language
    words = WORDS[language][told.mail.kind](school)
    frame = FRAMES[language]
    link = f"{told.base_url}/m/links/{told.mail.token}"
    where = f"▼ {words.what_to_do}\n{link}" if with_link else WITHOUT_LINK[language]
    no_reply = school.words.say(frame.no_reply)
    parts = (
        words.why,
        where,
        words.after,
        f"{SEPARATOR}\n{school_line(school, frame)}\n{no_reply}",
    )
    return NoticeLetter(
        notice_id=told.mail.id,
        school_name=school.name,
        mail_local=school.mail_local,
        subject=words.subject,
        text="\n\n".join(parts) + "\n",
        sent_at=told.sent_at,
    )


WITHOUT_LINK: Mapping[Language, str] = {
    Language.JA: (
        "リンク付きのメールを受け取らない設定のため、リンクを付けられませんでした。"
        "携帯電話会社の設定で「リンク付きメールを受け取る」に変えてから、もう一度お試しください。"
    ),
    Language.EN: (
        "Your address takes no mails with links, so there is none here. "
        "Please change this setting at your carrier and try again."
    ),
}


def _sign_in(school: NoticeSchool) -> _Words:
    return _Words(
        subject=f"{school.short_name}：マイページに入るためのリンク",
        why=f"{school.name}のマイページに入るためのリンクです。",
        what_to_do="15分以内に、次のリンクを開いてください（使えるのは1回だけです）",
        after=(
            "開いた画面で「マイページを開く」を押すと、その端末では次からリンクなしで開けます。\n"
            "心当たりがないときは、何もしないでください。だれもマイページに入れません。\n"
            "このリンクをほかの人に送らないでください。"
        ),
    )


def _sign_in_in_english(school: NoticeSchool) -> _Words:
    return _Words(
        subject=f"{school.short_name}: Your link to My Page",
        why=f"This is your link to My Page of {school.name}.",
        what_to_do="Open it within 15 minutes; it works once",
        after=(
            "Press “Open My Page” on the page that opens. From then on this device needs no link.\n"
            "If you did not ask for it, do nothing: nobody gets in.\n"
            "Please send this link to nobody."
        ),
    )


def _test(school: NoticeSchool) -> _Words:
    return _Words(
        subject=f"{school.short_name}：届くかどうかのお試し",
        why="マイページの「届くか試す」からお送りしました。このアドレスに届いています。",
        what_to_do="次のリンクを開いて「届きました」を押してください（24時間以内）",
        after="押していただくと、このアドレスに届くことが確かめられます。",
    )


def _test_in_english(school: NoticeSchool) -> _Words:
    return _Words(
        subject=f"{school.short_name}: A test of your address",
        why="You asked on My Page whether mails arrive here. This one did.",
        what_to_do="Open the link within 24 hours and press “It has arrived”",
        after="Your press shows that mails reach you here.",
    )


WORDS: Mapping[Language, Mapping[str, Callable[[NoticeSchool], _Words]]] = {
    Language.JA: {"sign_in": _sign_in, "test": _test},
    Language.EN: {"sign_in": _sign_in_in_english, "test": _test_in_english},
}
