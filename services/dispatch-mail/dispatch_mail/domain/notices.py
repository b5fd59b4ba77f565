"""The words of notices, the product's own mails to staff, in Japanese and English (ID-8).

A new kind is a line in each of the two tables at the end, and a function for each language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from common.clock import to_jst
from common.notices import NoticeKind
from common.words import Language, SchoolWords
from dispatch_mail.domain.words import NO_REPLY, SEPARATOR

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class StaffNotice:
    """What is told; `params`: as `common.notices` declares them for its kind."""

    id: UUID
    kind: NoticeKind
    params: Mapping[str, Any]
    requested_at: datetime

    @property
    def happened_at(self) -> datetime:
        """Return when it happened, in Japan's time."""
        return to_jst(datetime.fromisoformat(self.params["at"]))


@dataclass(frozen=True, slots=True)
class NoticeSchool:
    """The school in whose name a notice goes; `phone`, `hours` may be empty."""

    name: str
    short_name: str
    phone: str
    hours: str
    mail_local: str
    words: SchoolWords


class NoticeReader(NamedTuple):
    """A member of staff who gets a notice."""

    account_id: UUID
    mail: str
    display_name: str
    language: Language


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """A notice with all that its words need.

    `names`: account → how it is called. `base_url` has no slash at its end.
    """

    notice: StaffNotice
    school: NoticeSchool
    names: Mapping[UUID, str]
    base_url: str


class NoticeWords(NamedTuple):
    """What a notice says: its subject, what happened and what to do, and the page for that."""

    subject: str
    body: str
    page: str
    link: str


@dataclass(frozen=True, slots=True)
class NoticeLetter:
    """A notice as one reader gets it; `is_answer`: to a mail that the reader wrote."""

    notice_id: UUID
    school_name: str
    mail_local: str
    subject: str
    text: str
    sent_at: datetime
    is_answer: bool = False


def letter_of(told: ToldNotice, reader: NoticeReader, *, with_link: bool = True) -> NoticeLetter:
    """Return what a reader gets; without links there is none of ours at all."""
    school = told.school
    notice = told.notice
    words = WORDS[reader.language][notice.kind](told)
    frame = FRAMES[reader.language]
    salutation = frame.salutation.format(name=reader.display_name)
    where = f"▼ {words.page}\n{words.link}" if with_link else frame.without_link
    no_reply = school.words.say(frame.no_reply)
    parts = (
        salutation,
        words.body,
        where,
        f"{SEPARATOR}\n{school_line(school, frame)}\n{no_reply}",
    )
    return NoticeLetter(
        notice_id=notice.id,
        school_name=school.name,
        mail_local=school.mail_local,
        subject=words.subject,
        text="\n\n".join(parts) + "\n",
        sent_at=notice.requested_at,
    )


def named_in(notice: StaffNotice) -> list[UUID]:
    """Return the accounts that a notice calls by their names."""
    acted = notice.params.get("account_id")
    return [UUID(acted)] if acted else []


class NoticeFrame(NamedTuple):
    """What all notices of one language have around them."""

    salutation: str
    phone: str
    hours: str
    no_reply: str
    without_link: str


FRAMES: Mapping[Language, NoticeFrame] = {
    Language.JA: NoticeFrame(
        salutation="{name} 様",
        phone="　電話 {phone}",
        hours="（{hours}）",
        no_reply=NO_REPLY,
        without_link=(
            "リンク付きのメールを受け取らない設定のため、リンクは付けていません。"
            "ログインして操作してください。"
        ),
    ),
    Language.EN: NoticeFrame(
        salutation="Dear {name},",
        phone=", telephone {phone}",
        hours=" ({hours})",
        no_reply="Replies to this mail do not reach the school.",
        without_link=(
            "Your address takes no mails with links, so there is none here. "
            "Please sign in and act there."
        ),
    ),
}


def school_line(school: NoticeSchool, frame: NoticeFrame) -> str:
    """Return the line that says whose mail it is, and how the school is called by telephone."""
    if not school.phone:
        return school.name
    phone = frame.phone.format(phone=school.phone)
    hours = frame.hours.format(hours=school.hours) if school.hours else ""
    return f"{school.name}{phone}{hours}"


# What left the product by an act of the operation log.
TAKEN: Mapping[str, str] = {
    "roster.exported": "「{pupil}の名簿」のExcelへの書き出し",
    "staff.exported": "「教職員の名簿」のExcelへの書き出し",
    "phones.viewed": "「緊急連絡先の一覧」の表示",
    "year.lists_exported": "「年度更新の下書き」のExcelへの書き出し",
    "passwords.exported": "「一時パスワード」の表示か書き出し",
    "log.exported": "「操作ログ」のExcelへの書き出し",
    "list.printed": "一覧の印刷",
    "sheets.printed": "「登録手順書」の印刷",
}
# Of an act that a newer identity knows and we do not.
OTHER = "個人の記録の書き出し"
TAKEN_IN_ENGLISH: Mapping[str, str] = {
    "roster.exported": "an export of the roster to Excel",
    "staff.exported": "an export of the staff to Excel",
    "phones.viewed": "a look at the list of emergency telephone numbers",
    "year.lists_exported": "an export of the next year's class lists to Excel",
    "passwords.exported": "a look at temporary passwords, or an export",
    "log.exported": "an export of the operation log to Excel",
    "list.printed": "the printing of a list",
    "sheets.printed": "the printing of registration sheets",
}
OTHER_IN_ENGLISH = "an export of personal records"


def _download_alarm(told: ToldNotice) -> NoticeWords:
    """Tell the sum of an hour: it may be of several acts, of which the last is named."""
    params = told.notice.params
    count = params["count"]
    who = _actor(told) or "名前の残っていない利用者"
    last = told.school.words.say(TAKEN.get(params["action"], OTHER))
    return NoticeWords(
        subject=f"【確認】個人の記録の持ち出しがありました（1時間に{count}件）",
        body=(
            f"{who} さんの持ち出しが、この1時間に合わせて{count}件になりました。\n"
            f"最後は、{_say_moment(told.notice)}、{last}です。\n"
            "心当たりがないときは、すぐに利用を止めてください。"
        ),
        page="利用を止める画面はこちら",
        link=_account_page(told),
    )


def _download_alarm_in_english(told: ToldNotice) -> NoticeWords:
    params = told.notice.params
    count = params["count"]
    who = _actor(told) or "Somebody whose name is no longer kept"
    last = TAKEN_IN_ENGLISH.get(params["action"], OTHER_IN_ENGLISH)
    moment = _say_moment_in_english(told.notice)
    return NoticeWords(
        subject=f"[Please check] Personal records were taken out ({count} within an hour)",
        body=(
            f"{who} has taken out {count} records within this hour, all told.\n"
            f"{moment} the last of it was {last}.\n"
            "If you do not know of this, stop the account at once."
        ),
        page="The page where you can stop it",
        link=_account_page(told),
    )


def _new_device(told: ToldNotice) -> NoticeWords:
    browser = told.notice.params["browser"]
    by = f"（{browser}）" if browser else ""
    return NoticeWords(
        subject="【確認】新しい端末からのログインがありました",
        body=(
            f"{_say_moment(told.notice)}、はじめての端末{by}から、"
            "あなたのアカウントへのログインがありました。\n"
            "ご自分のログインでしたら、何もする必要はありません。"
            "心当たりがないときは、すぐにパスワードを変えてください。"
            "ほかの端末のログインは、それで終わります。"
        ),
        page="パスワードを変える画面はこちら",
        link=f"{told.base_url}/own",
    )


def _new_device_in_english(told: ToldNotice) -> NoticeWords:
    browser = told.notice.params["browser"]
    by = f" ({browser})" if browser else ""
    return NoticeWords(
        subject="[Please check] Somebody signed in from a new device",
        body=(
            f"{_say_moment_in_english(told.notice)}, "
            f"your account was signed in to from a new device{by}.\n"
            "If it was you, there is nothing to do. If not, change your password at once: "
            "that ends the sign-in of every other device."
        ),
        page="The page where you can change it",
        link=f"{told.base_url}/own",
    )


def _week(told: ToldNotice) -> NoticeWords:
    """Tell how families are reached, and what is new since last Monday."""
    params = told.notice.params
    unreachable, new, registered = params["unreachable"], params["new"], params["registered"]
    say = told.school.words.say
    pupils = params["pupils"]
    whole = f"いま緊急連絡を送れば、{{pupil}} {pupils}人の全員に届く見込みです。"
    missed = f"いま緊急連絡を送ると、{{pupil}} {unreachable}人には届きません（全{pupils}人）。"
    lines = [say(missed if unreachable else whole)]
    if new:
        lines.append(f"このうち{new}人は、この1週間に届かなくなりました。")
    lines.append(say(f"この1週間に、{{guardian}} {registered}人が受信登録をしました。"))
    subject = say(f"【確認】登録の状況（届かない見込み　{{pupil}} {unreachable}人）")
    if unreachable:
        lines.append("名前と理由、ご家庭にお願いすることは、次の画面にあります。")
    return NoticeWords(
        subject=subject,
        body="\n".join(lines),
        page=say("登録の状況はこちら（このお知らせは、{school}の設定で止められます）"),
        link=f"{told.base_url}/reachability",
    )


def _week_in_english(told: ToldNotice) -> NoticeWords:
    params = told.notice.params
    unreachable, new = params["unreachable"], params["new"]
    lines = [
        f"An urgent message now would not reach {unreachable} of {params['pupils']} pupils.",
        f"Guardians who registered within this week: {params['registered']}.",
    ]
    if new:
        lines.insert(1, f"New among them since last Monday: {new}.")
    return NoticeWords(
        subject=f"[Please check] State of registration (pupils not reached: {unreachable})",
        body="\n".join(lines),
        page="Names and reasons (the school's settings can stop this mail)",
        link=f"{told.base_url}/reachability",
    )


def _actor(told: ToldNotice) -> str | None:
    """Return how the account is called that acted; None where nobody remembers it."""
    return told.names.get(UUID(told.notice.params["account_id"]))


def _account_page(told: ToldNotice) -> str:
    return f"{told.base_url}/accounts/{told.notice.params['account_id']}"


def _say_moment(notice: StaffNotice) -> str:
    at = notice.happened_at
    return f"{at.month}月{at.day}日 {at.hour}:{at.minute:02}"


def _say_moment_in_english(notice: StaffNotice) -> str:
    at = notice.happened_at
    return f"On {at.day} {MONTHS[at.month - 1]} at {at.hour}:{at.minute:02} (Japan time)"


Write = Callable[[ToldNotice], NoticeWords]
WORDS: Mapping[Language, Mapping[NoticeKind, Write]] = {
    Language.JA: {
        NoticeKind.DOWNLOAD_ALARM: _download_alarm,
        NoticeKind.NEW_DEVICE: _new_device,
        NoticeKind.WEEK_OF_REGISTRATIONS: _week,
    },
    Language.EN: {
        NoticeKind.DOWNLOAD_ALARM: _download_alarm_in_english,
        NoticeKind.NEW_DEVICE: _new_device_in_english,
        NoticeKind.WEEK_OF_REGISTRATIONS: _week_in_english,
    },
}
