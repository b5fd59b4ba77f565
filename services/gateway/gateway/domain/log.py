"""The operation log in words: who did what (ID-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ACTION_WORDS: Mapping[str, str] = {
    "account.signed_in": "ログインしました",
    "account.sign_in_failed": "ログインに失敗しました",
    "account.signed_out": "ログアウトしました",
    "account.created": "アカウントを作りました",
    "account.changed": "アカウントを変更しました",
    "account.password_replaced": "パスワードを設定し直しました",
    "school.created": "学校を登録しました",
    "school.ended": "学校の契約を終了にしました",
    "school.erased": "学校のデータをすべて消去しました",
    "key.destroyed": "学校の暗号鍵を廃棄しました",
    "contract.ended": "契約の終わりを決めました",
    "operator.signed_in": "運営者がログインしました",
    "operator.sign_in_failed": "運営者のログインに失敗しました",
    "operator.signed_out": "運営者がログアウトしました",
    "operator.added": "運営者を加えました",
    "operator.removed": "運営者を外しました",
    "roster.imported": "名簿を読み込みました",
    "roster.exported": "名簿をExcelで書き出しました",
    "phones.viewed": "電話番号の一覧を見ました",
    "member.created": "名簿に登録しました",
    "member.changed": "名簿を変更しました",
    "member.viewed": "名簿の1人分を見ました",
    "group.created": "グループを作りました",
    "group.changed": "グループを変更しました",
    "message.drafted": "連絡の下書きを作りました",
    "message.released": "連絡を送信しました",
    "message.withdrawn": "送信を取りやめました",
    "message.sent_now": "取りやめの時間を待たずに送信しました",
    "message.stopped": "残りの送信を止めました",
    "message.test_sent": "自分あてに試しに送りました",
    "message.draft_deleted": "下書きを削除しました",
    "message.draft_restored": "下書きを元に戻しました",
    "message.told": "電話・紙で伝えたことにしました",
    "message.told_withdrawn": "「伝えた」の印を取り消しました",
    "message.confirmed": "連絡を確認しました",
    "contact_point.stopped": "メールの受信を止めました",
    "contact_point.stop_skipped": "メールの停止を受け付けました（すでに使われていない受信先でした）",
}
ACTOR_WORDS: Mapping[str, str] = {"staff": "教職員", "guardian": "保護者", "operator": "運営者", "system": "自動"}
LANE_WORDS: Mapping[str, str] = {"urgent": "緊急", "normal": "通常"}


def action_words(action: str) -> str:
    """Return an action in words; one without words is shown by its name, because a log hides nothing."""
    return ACTION_WORDS.get(action, action)


def detail_words(details: Mapping[str, Any]) -> str:
    """Return what a person can use of an operation's details: heads, lane, counts."""
    parts = []
    if details.get("lane") in LANE_WORDS:
        parts.append(LANE_WORDS[details["lane"]])
    for name, words in (("heads", "対象 {}人"), ("children", "お子様 {}人分"), ("pupils", "{}人"), ("count", "{}件")):
        value = details.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            parts.append(words.format(value))
    return "・".join(parts)
