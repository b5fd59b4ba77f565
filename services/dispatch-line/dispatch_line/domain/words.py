"""What the school's account answers in a talk: no child's name, no answer text (japan.md, rule of
2021-04-30), and no word that depends on the kind of school: one account may speak for several.
"""

from __future__ import annotations

from datetime import datetime

from common.clock import to_jst

WRONG_WORDS = "文字でのご連絡は届きません。お休みの連絡やお急ぎのご用件は、お電話でお願いします。"
NOT_OURS = "このボタンは使えません。新しい連絡のボタンを押してください。"
NOT_REGISTERED = (
    "このLINEは受信登録がされていないため、確認できませんでした。登録手順書をご覧ください。"
)
NOT_ADDRESSED = "この連絡は、いまは開けません。お心当たりのないときは、お電話でお知らせください。"
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


def full_text(link: str, *, is_staff: bool = False) -> str:
    """Return the answer that opens the whole message."""
    whose = "ご本人のリンク" if is_staff else "ご家庭ごとのリンク"
    return f"全文はこちらです。{whose}ですので、ほかの方へは送らないでください。\n{link}"
