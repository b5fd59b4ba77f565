"""The sentences in which a school office reads what is wrong in its roster file (screens.md 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CELL_WORDS: Mapping[str, str] = {
    "header_missing": "見出しの行が見つかりません。"
    "1行に「学年」「組」「出席番号」「氏名」「フリガナ」「メールアドレス」を並べてください。",
    "column_missing": "この列がありません。見出しに加えてください。",
    "no_rows": "見出しの下に児童の行がありません。",
    "value_missing": "空欄です。入力してください。",
    "grade_unreadable": "「{value}」は学年として読めません。例：4、4年",
    "class_unreadable": "「{value}」は組として読めません。例：2、2組、ひまわり",
    "number_unreadable": "「{value}」は出席番号として読めません。例：12、12番",
    "kana_missing": "フリガナが空欄です。並べ替えに使うため、入力してください。例：タカハシ ヒナ",
    "kana_unreadable": "「{value}」はフリガナとして読めません。カタカナかひらがなで入力してください。例：タカハシ ヒナ",
    "character_unreadable": "画面に出せない文字が含まれています。入力し直してください。",
    "text_too_long": "長すぎます。{limit}文字までにしてください。",
    "number_twice": "{value}番は{row}行目の「{name}」さんと同じです。どちらかの番号か氏名を直してください。",
    "value_differs": "{row}行目と同じ児童ですが、{column}が違います。",
    "kana_differs": "{row}行目と同じ児童ですが、フリガナが違います（{row}行目は「{value}」）。",
    "mail_full_width": "「{value}」に全角の文字があります。「＠」も含めて、半角で入力してください。",
    "mail_several": "「{value}」に2つ以上のメールアドレスがあります。行を分けて、1行に1つずつ入力してください。",
    "mail_space": "「{value}」の途中に空白があります。空白を消してください。",
    "mail_not_ascii": "「{value}」に、メールアドレスに使えない文字があります。半角の英数字で入力してください。",
    "mail_at_sign": "「{value}」はメールアドレスとして読めません。「@」は1つだけ必要です。例：hanako@example.jp",
    "mail_local": "「{value}」の「@」の前に使えない文字があるか、長すぎます。",
    "mail_domain": "「{value}」の「@」の後ろが正しくありません。例：hanako@example.jp",
    "mail_of_another": "{row}行目の保護者「{name}」さんと同じメールアドレスですが、保護者の氏名が違います。"
    "同じ方なら氏名をそろえ、別の方ならメールアドレスを直してください。",
    "phone_unreadable": "「{value}」は電話番号として読めません。番号だけを入力してください。例：090-1234-5678",
    "phones_hidden": "この児童の緊急連絡先を見る権限がないため、ファイルから変更できません。空欄にするか、管理者に頼んでください。",
    "phones_too_many": "1人の児童に登録できる緊急連絡先は{limit}件までです。",
    "management_number_twice": "管理番号「{value}」は{row}行目の「{name}」さんと同じです。どちらかを直してください。",
    "pupil_ambiguous": "「{name}」さんは名簿かファイルに2人以上いて、だれの変更か決められません。"
    "管理番号の列を加えて番号を入れるか、この児童の学級と番号を名簿のとおりにしてください。",
    "mail_known": "いまの名簿では、保護者「{name}」さんのメールアドレスです。"
    "同じ方なら氏名をそろえ、別の方ならメールアドレスを直してください。",
    "mail_known_protected": "このメールアドレスは、いまの名簿でほかの保護者のものです。氏名とメールアドレスを確かめてください。",
    "guardian_differs": "{row}行目と同じ保護者ですが、氏名が違います（{row}行目は「{name}」）。どちらかにそろえてください。",
    "mails_too_many_known": "この保護者には、名簿にあるものと合わせて{limit}件を超えるメールアドレスを登録できません。",
    "mails_too_many": "1人の保護者に登録できるメールアドレスは{limit}件までです。",
}


def explain_cell(error: Mapping[str, Any]) -> str:
    """Say one error, as directory tells it, as 「14行目「フリガナ」(E14)：…」."""
    column = f"「{error['column']}」" if error["column"] else ""
    cell = f"({error['cell']})" if error["cell"] else ""
    sentence = CELL_WORDS[error["code"]].format(column=error["column"], **error["params"])
    return f"{error['row']}行目{column}{cell}：{sentence}"


def explain_nothing_registered(count: int) -> str:
    """Say that no row was registered, because all or nothing is."""
    return f"{count}か所に直すところがあるため、まだ1件も登録していません。Excelを直し、もう一度読み込んでください。"
