"""The operation log in words: who did what (ID-9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.words import SchoolWords
from gateway.domain import dates
from gateway.domain.people import CHANNEL_WORDS

ACTION_WORDS: Mapping[str, str] = {
    "account.signed_in": "ログインしました",
    "account.sign_in_failed": "ログインに失敗しました",
    "account.signed_out": "ログアウトしました",
    "account.created": "アカウントを作りました",
    "account.changed": "アカウントを変更しました",
    "account.deleted": "アカウントを削除しました",
    "account.restored": "アカウントの削除を取り消しました",
    "account.password_replaced": "一時パスワードを発行しました",
    "account.password_chosen": "自分のパスワードを決めました",
    "account.sessions_ended": "ほかの端末のログインを終わりにしました",
    "account.factor_added": "多要素認証を登録しました",
    "account.factor_removed": "多要素認証を外しました",
    "account.factors_reset": "多要素認証をリセットしました",
    "account.factor_failed": "多要素認証で確認できませんでした",
    "account.recovery_code_used": "回復コードでログインしました",
    "account.recovery_codes_made": "回復コードを作りました",
    "passwords.exported": "一時パスワードを見ました・書き出しました",
    "download_alarm.raised": "持ち出しの見張りが知らせました",
    "download_alarm.seen": "持ち出しの知らせを確かめました",
    "accounts.reviewed": "アカウントの棚卸しをしました",
    "settings.changed": "{school}の設定を変更しました",
    "school.created": "{school}を登録しました",
    "school.changed": "{school}・契約の内容を変更しました",
    "school.letter_printed": "最初の管理者への案内を印刷しました",
    "school.ended": "{school}の契約を終了にしました",
    "school.erased": "{school}のデータをすべて消去しました",
    "certificate.handed_over": "消去の証明書を{school}に渡しました",
    "key.destroyed": "{school}の暗号鍵を廃棄しました",
    "recovery.asked": "管理者の回復を申し込みました",
    "recovery.done": "管理者の回復をしました（一時パスワードの発行）",
    "keys.rotated": "鍵を取り替えました",
    "operator.signed_in": "運営者がログインしました",
    "operator.sign_in_failed": "運営者のログインに失敗しました",
    "operator.signed_out": "運営者がログアウトしました",
    "operator.added": "運営者を加えました",
    "operator.removed": "運営者を外しました",
    "operator.factor_replaced": "運営者の認証アプリを登録し直しました",
    "access.begun": "{school}のデータの閲覧を始めました",
    "access.used": "{school}のデータを見ました",
    "access.ended": "{school}のデータの閲覧を終えました",
    "roster.imported": "名簿を読み込みました",
    "roster.exported": "名簿をExcelで書き出しました",
    "staff.imported": "教職員をExcelで読み込みました",
    "staff.exported": "教職員をExcelで書き出しました",
    "phones.viewed": "電話番号の一覧を見ました",
    "member.created": "名簿に登録しました",
    "member.changed": "名簿を変更しました",
    "member.deleted": "名簿から削除しました",
    "member.restored": "名簿からの削除を取り消しました",
    "members.erased": "削除から30日たった人を消去しました",
    "group.created": "グループを作りました",
    "group.changed": "グループを変更しました",
    "group.deleted": "グループを削除しました",
    "group.restored": "グループの削除を取り消しました",
    "phones.changed": "緊急連絡先を変更しました",
    "sheets.printed": "登録手順書を印刷しました",
    "sheets.voided": "前の登録手順書を使えなくしました",
    "sheets.id_changed": "登録用IDを変えました",
    "sheets.text_changed": "登録手順書にのせる文を変えました",
    "sheets.period_changed": "登録手順書の登録できる期間を変えました",
    "year.planned": "年度更新の下書きを作りました",
    "year.dropped": "年度更新の下書きを捨てました",
    "year.place_decided": "来年度の{class}を決めました",
    "year.class_numbered": "来年度の番号をつけ直しました",
    "year.class_added": "来年度の{class}を加えました",
    "year.class_removed": "来年度の{class}を外しました",
    "year.lists_read": "{class}編制のExcelを読み込みました",
    "year.lists_exported": "{class}編制をExcelで書き出しました",
    "year.scheduled": "年度更新の日時を決めました",
    "year.schedule_dropped": "年度更新の予約を取り消しました",
    "year.turned": "新しい年度に切り替えました",
    "year.undone": "年度の切り替えを元に戻しました",
    "message.drafted": "下書きを作りました",
    "message.draft_deleted": "下書きを削除しました",
    "message.draft_restored": "下書きを元に戻しました",
    "message.released": "連絡を送信しました",
    "message.withdrawn": "送信を取りやめました",
    "message.sent_now": "取りやめの時間を待たずに送信しました",
    "message.stopped": "残りの送信を止めました",
    "message.filed": "連絡のカテゴリを変えました",
    "category.created": "カテゴリを加えました",
    "category.changed": "カテゴリを変更しました",
    "category.moved": "カテゴリを並べ替えました",
    "category.retired": "カテゴリを使うのをやめました",
    "category.restored": "カテゴリをまた使えるようにしました",
    "message.test_sent": "自分あてに試しに送りました",
    "message.told": "電話・紙で伝えたことにしました",
    "message.told_withdrawn": "「伝えた」の印を取り消しました",
    "message.confirmed": "連絡を確認しました",
    "family.registered": "家庭が登録手順書で受信登録しました",
    "family.app_renewed": "家庭の電話の通知の宛先が、新しいものに替わりました（同じ電話です）",
    "family.app_added": "家庭がマイページでアプリ（電話の通知）を登録しました",
    "registration.held": "「配慮あり」の家庭の受信登録が承認を待っています",
    "registration.accepted": "受信登録を承認しました",
    "registration.refused": "受信登録を断りました",
    "registration.guessed": "登録手順書の番号が続けて違ったため、しばらく止めました",
    "registration.talk_allowed": "LINEのトークでの受信登録を許しました",
    "registration.talk_ended": "LINEのトークでの受信登録をやめました",
    "guardianship.created": "{guardian}を登録しました",
    "guardianship.changed": "{guardian}の登録を変更しました",
    "guardianship.ended": "{guardian}から外しました",
    "guardianship.joined": "2人の{guardian}を1人にまとめました",
    "guardian.language_changed": "マイページの言語を変えました",
    "family.sessions_ended": "マイページから端末をすべて出しました",
    "family.signed_in": "マイページに入りました",
    "family.signed_in_by_password": "マイページに自分のパスワードで入りました",
    "family.password_chosen": "マイページのパスワードを決めました",
    "family.password_removed": "マイページのパスワードをなくしました",
    "family.password_guessed": "マイページのパスワードが続けて違ったため、しばらく止めました",
    "guardianship.protected": "「配慮あり」の印を付けました",
    "guardianship.unprotected": "「配慮あり」の印を外しました",
    "contact_point.created": "メールアドレスを登録しました",
    "contact_point.registered": "教職員が自分の受信先を登録しました",
    "contact_point.ended": "受信先を外しました",
    "contact_point.last_ended": "最後の受信先を外しました（もうどこにも届きません）",
    "contact_point.stopped": "メールの受信を止めました",
    "contact_point.resumed": "メールの受信を再開しました",
    "log.exported": "操作ログをExcelで書き出しました",
    "list.printed": "一覧を印刷しました",
}
# What the log may be narrowed to. An action belongs to a kind by its own name, or by the word
# before its point.
KIND_WORDS: Mapping[str, str] = {
    "sign_in": "ログイン",
    "message": "連絡の送信",
    "confirmed": "連絡の確認",
    "draft": "下書き",
    "roster": "名簿",
    "point": "受信先",
    "account": "アカウント",
    "viewed": "閲覧",
    "exported": "書き出し",
    "school": "{school}・契約",
}
_KIND_OF_ACTION: Mapping[str, str] = {
    "account.signed_in": "sign_in",
    "account.sign_in_failed": "sign_in",
    "account.signed_out": "sign_in",
    "account.factor_failed": "sign_in",
    "account.recovery_code_used": "sign_in",
    "message.confirmed": "confirmed",
    "message.told": "confirmed",
    "message.told_withdrawn": "confirmed",
    "message.drafted": "draft",
    "message.draft_deleted": "draft",
    "message.draft_restored": "draft",
    "phones.viewed": "viewed",
    "roster.exported": "exported",
    "year.lists_exported": "exported",
    "staff.exported": "exported",
    "log.exported": "exported",
    "passwords.exported": "exported",
    "list.printed": "exported",
    "sheets.printed": "exported",
}
_KIND_OF_SUBJECT: Mapping[str, str] = {
    "account": "account",
    "accounts": "account",
    "download_alarm": "exported",
    "passwords": "account",
    "message": "message",
    "roster": "roster",
    "staff": "roster",
    "member": "roster",
    "members": "roster",
    "group": "roster",
    "phones": "roster",
    "year": "roster",
    "contact_point": "point",
    "family": "point",
    "registration": "point",
    "guardianship": "roster",
    "sheets": "point",
    "guardian": "roster",
    "access": "viewed",
}
ACTOR_WORDS: Mapping[str, str] = {
    "staff": "教職員",
    "guardian": "{guardian}",
    "operator": "運営者",
    "system": "自動",
}
FIELD_WORDS: Mapping[str, str] = {
    "display_name": "氏名",
    "formal_name": "正式な氏名",
    "kana": "フリガナ",
    "number": "番号",
    "management_number": "管理番号",
    "birth_date": "生年月日",
    "note": "備考",
    "status": "状態",
    "status_since": "状態の日付",
    "planned_status": "状態の予定",
    "class_id": "{class}",
    "group_ids": "グループ",
    "name": "名前",
    "label": "続柄",
    "mark": "印",
    "colour": "色",
    "parent_id": "置き場所",
    "position": "並び順",
    "post": "職名",
    "member_limit": "契約の人数",
    "first_day": "契約の始まり",
    "reseller": "販売店",
    "individual_agreement": "個別契約",
    "agreement_number": "個別契約",
    "contacts": "契約のご担当者",
    "role": "権限の種類",
    "functions_on": "権限",
    "functions_off": "権限",
    "scope": "権限の範囲",
    "member_id": "名簿との結び付き",
    "starts_on": "使い始める日",
    "ends_on": "使い終わる日",
    "mail": "メールアドレス",
    "short_name": "短い名前",
    "phone": "電話番号",
    "phone_hours": "電話の時間",
    "pupil_word": "子どもの呼び方",
    "guardian_names": "{guardian}の呼び方",
    "language": "お知らせのメールの言葉",
    "undo_seconds": "取りやめの時間",
    "urgent_undo_seconds": "緊急の取りやめの時間",
    "password_length": "パスワードの長さ",
    "temporary_days": "一時パスワードの期限",
    "idle_minutes": "自動ログアウトまでの時間",
    "session_hours": "ログインを保つ時間",
    "networks": "{school}の回線",
    "alarm_records": "持ち出しの見張り",
    "weekly_summary": "登録の状況の週のお知らせ",
    "factor_for": "多要素認証",
    "own_messages_only": "自分の連絡だけを見る設定",
    "sign_in_by": "ログインの方法",
    "networks_only": "{school}の回線だけにする設定",
}
_NUMBER_WORDS: Mapping[str, str] = {
    "heads": "対象 {}人",
    "children": "{pupil} {}人分",
    "pupils": "{pupil} {}人",
    "staff": "教職員 {}人",
    "new": "新しく {}人",
    "moves": "進級 {}人",
    "enters": "新入学 {}人",
    "graduates": "卒業 {}人",
    "open": "{class}未定 {}人",
    "classes": "新しい{class} {}件",
    "changed": "変更 {}人",
    "added": "加えた人 {}人",
    "removed": "外した人 {}人",
    "below": "その下 {}件",
    "count": "{}件",
    "kept": "続ける人 {}人",
    "stopped": "止めた人 {}人",
    "members": "名簿 {}人",
    "guardians": "{guardian} {}人",
    "contact_points": "受信先 {}件",
    "phone_numbers": "電話番号 {}件",
    "minutes": "{}分まで",
    "left": "残り {}個",
    "days": "{}日",
}
_TEXT_WORDS: Mapping[str, str] = {
    "reason": "理由：{}",
    "terms_version": "個人情報の扱い（{}の版）に同意",
}
PART_WORDS: Mapping[str, str] = {
    "accounts": "職員のアカウント",
    "operation_log": "操作ログ",
    "messages": "送った連絡の一覧（本文なし）",
}
LIST_WORDS: Mapping[str, str] = {
    "pupils": "{pupil}の名簿",
    "staff": "教職員の名簿",
    "recipients": "連絡の対象",
    "unreachable": "届かない見込み",
    "import_plan": "名簿の読み込みの差分",
    "operation_log": "操作ログ",
    "accounts": "アカウントの棚卸し",
    "year_change": "年度更新の差分",
    "sheet_covers": "登録手順書の配付一覧",
}
FACTOR_WORDS: Mapping[str, str] = {"totp": "認証アプリ", "passkey": "パスキー"}
LANE_WORDS: Mapping[str, str] = {"urgent": "緊急", "normal": "通常"}
_CHOICE_WORDS: Mapping[str, Mapping[str, str]] = {
    "lane": LANE_WORDS,
    "part": PART_WORDS,
    "list": LIST_WORDS,
    "kind": FACTOR_WORDS,
    "channel": CHANNEL_WORDS,
}


def action_words(action: str) -> str:
    """Return an action in words; one without any keeps its name, because a log hides nothing."""
    return ACTION_WORDS.get(action, action)


def kind_of(action: str) -> str:
    """Return the kind that an action belongs to."""
    subject = action.partition(".")[0]
    return _KIND_OF_ACTION.get(action) or _KIND_OF_SUBJECT.get(subject, "school")


def actions_of(kind: str) -> tuple[str, ...]:
    """Return the actions of a kind."""
    return tuple(action for action in ACTION_WORDS if kind_of(action) == kind)


def detail_words(details: Mapping[str, Any], words: SchoolWords) -> str:
    """Return what a person can use of an operation's details: lane, heads, counts, and changes.

    `words`: what the school calls its own.
    """
    parts = []
    for name, choices in _CHOICE_WORDS.items():
        chosen = details.get(name, "")
        if chosen in choices:
            parts.append(words.say(choices[chosen]))
    if details.get("by") == "city":
        parts.append("市などのアカウントで")
    if details.get("deleted") is True:
        parts.append("名簿から外しました")
    for name, counted in _NUMBER_WORDS.items():
        value = details.get(name)
        # True and False are numbers to Python, and none to a reader.
        if isinstance(value, int) and not isinstance(value, bool):
            parts.append(words.say(counted).format(value))
    ended_on = details.get("ended_on")
    if isinstance(ended_on, str):
        last_day = dates.say_date(dates.as_day(ended_on))
        parts.append(f"最後の日 {last_day}")
    parts += _text_words(details)
    fields = words.say(_field_words(details))
    if fields:
        parts.append(f"{fields}を変更")
    return "・".join(parts)


def _text_words(details: Mapping[str, Any]) -> list[str]:
    """Return what an operation keeps as a text, said."""
    texts = {name: details.get(name) for name in _TEXT_WORDS}
    return [_TEXT_WORDS[name].format(text) for name, text in texts.items() if isinstance(text, str)]


def _field_words(details: Mapping[str, Any]) -> str:
    """Return the names of the fields that were changed; one without a word is left out."""
    named = details.get("fields") or details.get("changed")
    if not isinstance(named, list):
        return ""
    words = [FIELD_WORDS[name] for name in named if name in FIELD_WORDS]
    return "、".join(dict.fromkeys(words))
