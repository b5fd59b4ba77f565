"""The words of the product's own mails to families, in Japanese and English (DIR-8, MY-1, MY-7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.words import Language
from dispatch_mail.domain.notices import FRAMES, NoticeLetter, NoticeSchool, school_line
from dispatch_mail.domain.words import SEPARATOR

# Nobody sits before a screen and waits for these.
NEWS = (
    "added",
    "stopped",
    "password_chosen",
    "password_removed",
    "staff_added",
    "staff_stopped",
)
STAFF_PAGE = "/own/contact-points"


@dataclass(frozen=True, slots=True)
class FamilyMail:
    """A mail to a family, or to one of the staff, as directory tells it.

    `address`: sealed; `token`: of the link in it; `code`: six digits. Each may be empty.
    """

    id: UUID
    kind: str
    contact_point_id: UUID
    guardian_id: UUID
    address: bytes = field(repr=False)
    language: Language
    token: str = field(repr=False)
    code: str = field(repr=False, default="")

    @property
    def is_awaited(self) -> bool:
        """Return whether somebody sits before a screen and waits for it."""
        return self.kind not in NEWS

    @property
    def code_in_halves(self) -> str:
        """Return the six digits as they are read and typed: 482 913."""
        return f"{self.code[:3]} {self.code[3:]}"


@dataclass(frozen=True, slots=True)
class ToldFamilyMail:
    """A mail with all that its words need; `base_url` has no slash at its end."""

    mail: FamilyMail
    school: NoticeSchool
    base_url: str
    sent_at: datetime


class _Words(NamedTuple):
    """What a mail says: its subject, why it comes, what to do on which page, and what follows.

    `without_link`: in the place of what to do, for an address that takes no links.
    """

    subject: str
    why: str
    what_to_do: str
    page: str
    after: str
    without_link: str


def family_letter_of(told: ToldFamilyMail, *, with_link: bool = True) -> NoticeLetter:
    """Return the mail; for an address that takes no links it says so in the link's place."""
    school, language = told.school, told.mail.language
    write = WORDS[language][told.mail.kind]
    words = write(told)
    frame = FRAMES[language]
    link = f"{told.base_url}{words.page}"
    where = f"▼ {words.what_to_do}\n{link}" if with_link else words.without_link
    no_reply = school.words.say(frame.no_reply)
    signature = school_line(school, frame)
    parts = (
        words.why,
        where,
        words.after,
        f"{SEPARATOR}\n{signature}\n{no_reply}",
    )
    text = "\n\n".join(parts)
    return NoticeLetter(
        notice_id=told.mail.id,
        school_name=school.name,
        mail_local=school.mail_local,
        subject=words.subject,
        text=f"{text}\n",
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


def _sign_in(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：マイページに入るためのリンク",
        why=f"{school.name}のマイページに入るためのリンクです。",
        what_to_do="15分以内に、次のリンクを開いてください（使えるのは1回だけです）",
        page=f"/m/links/{told.mail.token}",
        after=(
            "開いた画面で「マイページを開く」を押すと、その端末では次からリンクなしで開けます。\n"
            "心当たりがないときは、何もしないでください。だれもマイページに入れません。\n"
            "このリンクをほかの人に送らないでください。"
        ),
        without_link=WITHOUT_LINK[Language.JA],
    )


def _sign_in_in_english(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}: Your link to My Page",
        why=f"This is your link to My Page of {school.name}.",
        what_to_do="Open it within 15 minutes; it works once",
        page=f"/m/links/{told.mail.token}",
        after=(
            "Press “Open My Page” on the page that opens. From then on this device needs no link.\n"
            "If you did not ask for it, do nothing: nobody gets in.\n"
            "Please send this link to nobody."
        ),
        without_link=WITHOUT_LINK[Language.EN],
    )


def _test(told: ToldFamilyMail) -> _Words:
    return _test_asked_at("マイページ", told)


def _staff_test(told: ToldFamilyMail) -> _Words:
    return _test_asked_at("「わたしの受信先」", told)


def _test_asked_at(page: str, told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：届くかどうかのお試し",
        why=f"{page}の「届くか試す」からお送りしました。このアドレスに届いています。",
        what_to_do="次のリンクを開いて「届きました」を押してください（24時間以内）",
        page=f"/m/links/{told.mail.token}",
        after="押していただくと、このアドレスに届くことが確かめられます。",
        without_link=WITHOUT_LINK[Language.JA],
    )


def _test_in_english(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}: A test of your address",
        why="You asked on My Page whether mails arrive here. This one did.",
        what_to_do="Open the link within 24 hours and press “It has arrived”",
        page=f"/m/links/{told.mail.token}",
        after="Your press shows that mails reach you here.",
        without_link=WITHOUT_LINK[Language.EN],
    )


def _confirmation(told: ToldFamilyMail) -> _Words:
    school, code = told.school, told.mail.code_in_halves
    return _Words(
        subject=f"{school.short_name}：受信登録の確認（6けたの番号 {code}）",
        why=(
            f"{school.name}からの連絡を、このアドレスで受け取るための確認です。\n"
            f"6けたの番号　{code}"
        ),
        what_to_do="24時間以内に、登録画面へこの番号を入れるか、次のリンクを押してください",
        page=f"/t/c/{told.mail.token}",
        after="心当たりがないときは、何もしなければ登録されません。",
        without_link="24時間以内に、登録画面へこの番号を入れてください。",
    )


def _confirmation_in_english(told: ToldFamilyMail) -> _Words:
    school, code = told.school, told.mail.code_in_halves
    return _Words(
        subject=f"{school.short_name}: Confirm your address (code {code})",
        why=f"You are about to receive the messages of {school.name} here.\nYour code: {code}",
        what_to_do="Within 24 hours, type this code on the registration page, or open this link",
        page=f"/t/c/{told.mail.token}",
        after="If you did not ask for this, do nothing: the address will not be registered.",
        without_link="Within 24 hours, type this code on the registration page.",
    )


def _added(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：ご家族の受信登録が増えました",
        why=(
            f"登録手順書を使って、{school.name}からの連絡を受け取る受信先が、"
            "ご家族に新しく登録されました。\n"
            "ご家族の方が登録されたときは、何もする必要はありません。"
        ),
        what_to_do="ご自分の受信先は、マイページで確かめられます",
        page="/m",
        after=f"心当たりがないときは、{school.words.school}へお知らせください。",
        without_link="ご自分の受信先は、マイページで確かめられます。",
    )


def _added_in_english(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}: A new address of your family was registered",
        why=(
            f"With a registration sheet of your family, a new address was registered for the "
            f"messages of {school.name}.\n"
            "If somebody of your family did this, there is nothing to do."
        ),
        what_to_do="On My Page you see your own addresses",
        page="/m",
        after="If nobody of your family did this, please tell the school.",
        without_link="On My Page you see your own addresses.",
    )


def _stopped(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：別のアドレスの受信が止められました",
        why=(
            f"登録されている別のメールアドレスで、{school.name}からのふだんの連絡の受信が"
            "止められました（緊急の連絡は届きます）。\n"
            "このアドレスには、これまでどおり届きます。"
        ),
        what_to_do="ご自分の受信先は、マイページで確かめられます",
        page="/m",
        after=f"心当たりがないときは、{school.words.school}へお知らせください。",
        without_link="ご自分の受信先は、マイページで確かめられます。",
    )


def _stopped_in_english(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}: Mails to another address of yours were stopped",
        why=(
            f"At another address of yours the ordinary messages of {school.name} were stopped; "
            "urgent ones still arrive there.\n"
            "Nothing changes for this address."
        ),
        what_to_do="On My Page you see your own addresses",
        page="/m",
        after="If you did not do this, please tell the school.",
        without_link="On My Page you see your own addresses.",
    )


def _password_chosen(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：マイページのパスワードが決まりました",
        why=(
            f"{school.name}のマイページに入るためのパスワードが、決められたか、変えられました。"
            "ほかの端末からは、すべて出ています。\n"
            "ご自分でしたときは、何もする必要はありません。"
        ),
        what_to_do="心当たりがないときは、マイページの「家族と受信先」でパスワードをなくせます",
        page="/m",
        after=f"だれがしたか分からないときは、{school.words.school}へお知らせください。",
        without_link=(
            "心当たりがないときは、マイページの「家族と受信先」でパスワードをなくせます。"
        ),
    )


def _password_chosen_in_english(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}: A password was chosen for My Page",
        why=(
            f"A password for your My Page of {school.name} was chosen or changed. "
            "All other devices were signed out.\n"
            "If you did this, there is nothing to do."
        ),
        what_to_do="If you did not, remove it on My Page, under “Family and contact points”",
        page="/m",
        after="If you do not know who did this, please tell the school.",
        without_link="If you did not, remove it on My Page, under “Family and contact points”.",
    )


def _password_removed(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：マイページのパスワードがなくなりました",
        why=(
            f"{school.name}のマイページに入るためのパスワードがなくなりました。"
            "次からは、メールで届くリンクで入ります。\n"
            "ご自分でしたときは、何もする必要はありません。"
        ),
        what_to_do="マイページはこちらです",
        page="/m",
        after=f"心当たりがないときは、{school.words.school}へお知らせください。",
        without_link="マイページには、メールで届くリンクで入れます。",
    )


def _password_removed_in_english(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}: The password of My Page was removed",
        why=(
            f"The password for your My Page of {school.name} was removed. "
            "From now on you come in by a link that is mailed to you.\n"
            "If you did this, there is nothing to do."
        ),
        what_to_do="This is My Page",
        page="/m",
        after="If you did not do this, please tell the school.",
        without_link="You come to My Page by a link that is mailed to you.",
    )


def _staff_added(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：あなたの受信先が増えました",
        why=(
            f"{school.name}の教職員として連絡を受け取る受信先が、新しく登録されました。\n"
            "ご自分で登録したときは、何もする必要はありません。"
        ),
        what_to_do="ご自分の受信先は、「わたしの受信先」で確かめられます",
        page=STAFF_PAGE,
        after=(
            "心当たりがないときは、パスワードを変え、"
            f"{school.words.school}の管理者にお知らせください。"
        ),
        without_link="ご自分の受信先は、ログインして「わたしの受信先」で確かめられます。",
    )


def _staff_stopped(told: ToldFamilyMail) -> _Words:
    school = told.school
    return _Words(
        subject=f"{school.short_name}：別のアドレスの受信が止められました",
        why=(
            f"登録されている別のメールアドレスで、{school.name}からのふだんの連絡の受信が"
            "止められました（緊急の連絡は届きます）。\n"
            "このアドレスには、これまでどおり届きます。"
        ),
        what_to_do="ご自分の受信先は、「わたしの受信先」で確かめられます",
        page=STAFF_PAGE,
        after=f"心当たりがないときは、{school.words.school}の管理者にお知らせください。",
        without_link="ご自分の受信先は、ログインして「わたしの受信先」で確かめられます。",
    )


WORDS: Mapping[Language, Mapping[str, Callable[[ToldFamilyMail], _Words]]] = {
    Language.JA: {
        "confirmation": _confirmation,
        "added": _added,
        "stopped": _stopped,
        "password_chosen": _password_chosen,
        "password_removed": _password_removed,
        "sign_in": _sign_in,
        "test": _test,
        # Staff are written to in Japanese, as their pages are.
        "staff_added": _staff_added,
        "staff_stopped": _staff_stopped,
        "staff_test": _staff_test,
    },
    Language.EN: {
        "confirmation": _confirmation_in_english,
        "added": _added_in_english,
        "stopped": _stopped_in_english,
        "password_chosen": _password_chosen_in_english,
        "password_removed": _password_removed_in_english,
        "sign_in": _sign_in_in_english,
        "test": _test_in_english,
    },
}
