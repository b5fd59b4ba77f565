"""What the school's account answers in a talk: no child's name, no answer text (japan.md, rule of
2021-04-30), and no word that depends on the kind of school: one account may speak for several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from common.clock import to_jst
from common.words import ANY_SCHOOL
from dispatch_line.domain.talk_state import TalkStep

WRONG_WORDS = "文字でのご連絡は届きません。お休みの連絡やお急ぎのご用件は、お電話でお願いします。"
NOT_OURS = "このボタンは使えません。新しい連絡のボタンを押してください。"
NOT_REGISTERED = (
    "このLINEは受信登録がされていないため、確認できませんでした。登録手順書をご覧ください。"
)
NOT_ADDRESSED = "この連絡は、いまは開けません。お心当たりのないときは、お電話でお知らせください。"
# A follow begins the talk with these; LINE's token in the link lives for ten minutes.
WELCOME = (
    "友だち追加ありがとうございます。次のボタンから、このLINEでの受信登録をしてください"
    "（10分以内）。登録が済むまで、連絡は届きません。"
)
OFFER = "次のボタンから、このLINEでの受信登録をしてください（10分以内）。"
WELL_AGAIN = "ふたたび、このLINEに連絡が届きます。"
LINK_OVER = "登録の画面が古くなったため、まだ登録していません。もう一度はじめからお願いします。"
LINK_USED = "この登録は、ほかのLINEで済んでいるため、使えません。もう一度はじめからお願いします。"
SHEET_REPLACED = (
    "登録手順書が使えなくなったため、まだ登録していません。新しい用紙で、はじめからお願いします。"
)
SHEET_NEEDED = "まだ登録していません。登録手順書のQRコードから、はじめからお願いします。"
TOO_MANY = (
    "登録できる受信先は、お1人につき10件までです。マイページで、使わないものを外してから"
    "登録してください。"
)
OTHER_ACCOUNT = (
    "まだ登録していません。このLINEアカウントは、登録の画面のものと違います。登録の画面の"
    "「友だち追加」から、はじめからお願いします。"
)
LINK_WAITS = (
    "受け付けました。ただいま混み合っているため、登録は少しあとになります。"
    "登録できたかは、登録の画面かマイページでご覧ください。"
)
HELD = (
    "受け付けました。確かめてから登録します。確かめが終わると、このLINEに連絡が届くようになります。"
)
TERMS = (
    "このトークに登録手順書の番号を送って、受信登録ができます。はじめに「個人情報の扱い」を読み、"
    "よければ「同意する」を押してください。"
)
# Of the steps of a registration in the talk (screens.md 3.5).
QUESTIONS: Mapping[TalkStep, str] = {
    TalkStep.SCHOOL: "学校コード（9けた）を送ってください",
    TalkStep.LOGIN_ID: "登録用IDを送ってください",
    TalkStep.PASSCODE: "パスコードを送ってください",
    TalkStep.MORE: "きょうだいがいるときは、続けて、その用紙の登録用IDを送ってください",
}
STOPPED = "登録をやめました。送った番号は残していません。"
LOCKED = (
    "続けて番号が合わなかったため、しばらく受け付けません。登録手順書のQRコードから登録するか、"
    "お電話でお知らせください。"
)
SLOWED = "ただいま混み合っています。1分ほど待って、もう一度送ってください。"
TYPE_AGAIN = "ただいま混み合っています。少し待って、もう一度送ってください。"
TALK_OFF = "トークでの登録は受け付けていません。次のボタンから登録してください（10分以内）。"
TALK_OVER = "登録できませんでした。登録手順書のQRコードから、はじめからお願いします。"
NOT_YET = "このLINEは、まだ受信登録がされていません。"
LINKS_SLOWED = (
    "続けて押されたため、まだお送りしていません。1時間ほど待って、もう一度お試しください。"
)
BUSY = "ただいま混み合っています。もう一度押してください。"
EXPIRED = "この連絡は期限を過ぎたため、確認できません。ご用件は、お電話でお願いします。"
REVOKED = "登録が変わったため、この連絡の確認はできなくなりました。ご用件は、お電話でお願いします。"
NOT_CONFIRMABLE = "この連絡に、確認のボタンは要りません。お読みいただければ結構です。"


def confirmed(moment: datetime, children: int) -> str:
    """Return the answer to a confirmation.

    `children` 0 for a member of staff, who confirms for themselves.
    """
    local = to_jst(moment)
    families = f"{children}人分です。" if children else ""
    return f"確認を受け付けました（{local.hour}:{local.minute:02}）。{families}"


def registered(children: int) -> str:
    """Return the answer to a registration; whoever else is told is told by mail.

    `children` 0 for one of the staff.
    """
    if not children:
        return "受信登録ができました。ほかの受信先にもお知らせしました。"
    count = f"{ANY_SCHOOL.child}{children}人"
    return f"受信登録ができました（{count}）。ご家族のほかの受信先にもお知らせしました。"


def ask_again(step: TalkStep) -> str:
    """Return what is said to words that are no number of a sheet."""
    return f"{QUESTIONS[step]}\n（やめるときは「やめる」と送ってください）"


def wrong_number(left: int, step: TalkStep) -> str:
    """Return what is said to a number that is none; `left`: how many more may be."""
    return (
        f"番号が合いません（あと{left}回）。登録手順書をご確認ください。\n"
        f"もう一度、{QUESTIONS[step]}"
    )


def my_page(links: Sequence[str]) -> str:
    """Return the answer that leads a family to its own page: one link for each of its schools."""
    lines = "\n".join(links)
    return (
        "マイページはこちらです（15分以内に1回だけ使えます）。ご本人のリンクですので、"
        f"ほかの方へは送らないでください。\n{lines}"
    )


def staffs_page(link: str) -> str:
    """Return what is said to one of the staff, who has no page of a family."""
    return (
        "このLINEは、教職員の受信先として登録されています。マイページは、ご家庭のためのページです。"
        f"ご自分の受信先は、ログインして「わたしの受信先」でご覧ください。\n{link}"
    )


def full_text(link: str, *, is_staff: bool = False) -> str:
    """Return the answer that opens the whole message."""
    whose = "ご本人のリンク" if is_staff else "ご家庭ごとのリンク"
    return f"全文はこちらです。{whose}ですので、ほかの方へは送らないでください。\n{link}"
