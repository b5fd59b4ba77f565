"""Why something has not arrived, in words a school office can pass on (screens.md 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from common.answers.messaging import ReasonOut
from gateway.domain.people import CHANNEL_WORDS

REASON_WORDS: Mapping[str, str] = {
    # Known before the send: no contact point takes it.
    "none": "受信登録がありません",
    "no_contact_point": "受信登録がありません",
    "other_channel": "この届け方の受信先がありません",
    "stopped": "ご家庭がメールの受信を止めています（緊急連絡は届きます）",
    "unsubscribed": "ご家庭がメールの受信を止めています（緊急連絡は届きます）",
    # Told by the company that was to take it.
    "user_unknown": "この宛先はもう使われていません",
    "mailbox_full": "受信箱がいっぱいです",
    "returned": "最近のメールが届かずに戻りました",
    "blocked": "相手の会社か受信設定で、受け取りが断られています",
    "content_refused": "内容が迷惑メールと見なされ、断られました",
    "link_refused": "リンク付きメールを拒否する設定のようです",
    "address_bad": "アドレスの形が正しくないと断られました",
    "too_large": "大きすぎると断られました",
    "rate_limited": "相手の会社が一時的に受け取りを止めています",
    "greylisted": "相手の会社が一時的に受け取りを止めています",
    "relay_down": "送信の出口が止まっていました",
    "time_out": "相手の会社から時間内に返事がありませんでした",
    "given_up": "何度も試しましたが、期限までに渡せませんでした",
    "cancelled": "渡す前に止めました",
    "blocked_by_user": "LINEでブロックされています",
    "no_buttons": "ボタンの出ない古いLINEです（文字は届きます）",
    "token_dead": "アプリの通知が切られています",
    "no_push": "この機種では通知を受け取れません",
    "auto_reply": "自動の返事が返ってきます（読んでいるかは分かりません）",
    "quota_reached": "LINEの今月の送信数を使い切りました",
    "other": "相手の会社に断られました",
}
# What a family can do about its contact point, by the reason; of others nobody knows anything.
MENDING_WORDS: Mapping[str, str] = {
    "none": "登録手順書をお渡しして、登録をお願いしてください",
    "no_contact_point": "登録手順書をお渡しして、登録をお願いしてください",
    "returned": "アドレスと受信の設定を、ご家庭に確かめてもらってください",
    "user_unknown": "新しい受信先の登録を、ご家庭にお願いしてください",
    "address_bad": "アドレスの書きまちがいがないか、ご家庭に確かめてください",
    "mailbox_full": "受信箱の空きを作ってもらうよう、ご家庭に伝えてください",
    "blocked": "迷惑メールの設定で差出人のメールを受け取れるように、ご家庭にお願いしてください",
    "blocked_by_user": "LINEでブロックを解いてもらうか、ほかの受信先の登録をお願いしてください",
    "token_dead": "アプリを開いて通知を許可し直してもらうよう、ご家庭にお願いしてください",
    "no_push": "メールかLINEの登録を、ご家庭にお願いしてください",
    "stopped": "ふだんの連絡も届くように、受信を再開してもらってください",
}
STATE_WORDS: Mapping[str, str] = {
    "accepted": "配信済み（送り出しました）",
    "refused": "相手の会社に断られました",
    "expired": "何度も試しましたが、期限までに渡せませんでした",
    "unknown": "結果が確かめられません（もう一度送りました）",
    "cancelled": "渡す前に止めました",
    "bounced": "送り出したあとに、戻ってきました",
}
RECIPIENT_WORDS: Mapping[str, str] = {
    "waiting": "配信中",
    "reached": "配信済み",
    "unreached": "届いていません",
    "cancelled": "止めました",
}


def reason_words(reason: str | None, state: str = "") -> str:
    """Return why, from a reason's code, else from the delivery's final state."""
    if reason and reason in REASON_WORDS:
        return REASON_WORDS[reason]
    return STATE_WORDS.get(state, "くわしい理由は分かりません")


def point_reason_words(kind: str, code: str) -> str:
    """Return why nothing arrives at a contact point.

    The sentence is the one that stands beside the child everywhere else.
    """
    return reason_words(_reason_of(kind, code))


def mending_words(reason: str, kind: str = "") -> str:
    """Return what to ask a family for; empty where nobody knows."""
    return MENDING_WORDS.get(_reason_of(kind, reason), "")


def _reason_of(kind: str, code: str) -> str:
    is_block = kind == "line" and code == "blocked"
    return "blocked_by_user" if is_block else code


def why_not_reached(answers: Iterable[ReasonOut]) -> list[str]:
    """Return the distinct reasons among a child's answers, in their order.

    What was accepted is no reason. A channel on which a family has nothing is worth a word only
    when it is the only one that was tried.
    """
    tried, missing = [], []
    for answer in answers:
        if answer["state"] == "nothing":
            missing.append(answer)
        elif answer["state"] != "accepted":
            tried.append(reason_words(answer.get("reason"), answer["state"]))
    if tried:
        return list(dict.fromkeys(tried))
    if len(missing) > 1:
        return [REASON_WORDS["none"]]
    return [_missing_words(answer["channel"]) for answer in missing]


def _missing_words(channel: str) -> str:
    return f"{CHANNEL_WORDS.get(channel, channel)}の受信先がありません"
