"""The sentences in which a school office reads what is wrong in its roster file (screens.md 3.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from common.words import SchoolWords

# What directory takes at once is 8 MB: so many sentences, each of so many characters.
MOST_MARKED = 5_000
LONGEST_MARK = 500

# What identity refuses of the account of one of the staff.
ACCOUNT_WORDS: Mapping[str, str] = {
    "account_accounts_not_yours": "「{name}」さんの権限・ログインは、管理者だけが変えられます。権限とメールアドレスを空欄にするか、管理者に読み込みを頼んでください。",
    "account_last_administrator": "「{name}」さんはこの{school}の最後の管理者です。管理者でなくすことも、削除することもできません。先に、ほかの人を管理者にしてください。",
    "account_mail_needed": "ログインする人には、メールアドレスが要ります。入力するか、権限を「ログインなし」にしてください。",
    "account_mail_taken": "「{name}」さんのメールアドレスは、ほかの人がログインに使っています。別のアドレスを入力してください。",
    "account_managed_elsewhere": "「{name}」さんのログインのアドレスは、前からの勤め先の{school}が管理しています。メールアドレスを、いまのものに戻してください。",
    "account_serves_elsewhere": "「{name}」さんはほかの{school}でも働いているため、ログインのアドレスを変えられません。いまのアドレスに戻してください。",
    "account_member_taken": "「{name}」さんには、もうアカウントがあります。「教職員のアカウントと権限」で確かめてください。",
    "account_password_not_chosen": "「{name}」さんは、ほかの{school}のアカウントで、まだ自分のパスワードを決めていません。本人が決めてから、もう一度読み込んでください。",
    "account_refused": "「{name}」さんのアカウントは、このようには変えられません。「教職員のアカウントと権限」で変更してください。",
}
CELL_WORDS: Mapping[str, str] = {
    "header_missing": "見出しの行が見つかりません。"
    "はじめの20行のどこかの1行に「学年」「組」「出席番号」「氏名」「フリガナ」などを並べてください。",
    "column_missing": "この列がありません。見出しに加えてください。",
    "column_twice": "「{column}」の列が{count}つあります（{columns}）。使わない列の見出しを変えてください。"
    "保護者の列は「保護者氏名」のように書くと見分けられます。",
    "no_rows": "見出しの下に{pupil}の行がありません。",
    "sheet_too_long": "{limit}行を超えています。使わない行を消すか、学年ごとに分けてください。",
    "value_missing": "空欄です。入力してください。",
    "cell_error": "Excelのエラー（{value}）になっています。正しい値を入れ直してください。",
    "cell_uncalculated": "値のない数式です。Excelで開いて保存し直してください。",
    "cell_date": "Excelが日付に変えました（{value}）。セルの書式を「文字列」にして、入れ直してください。例：2",
    "cell_ditto": "「{value}」ではなく、上と同じ内容をそのまま入力してください。",
    "grade_missing": "学年が空欄です。入力してください。",
    "grade_unreadable": "「{value}」は学年として読めません。例：4、4年、年長",
    "class_unreadable": "「{value}」は組として読めません。例：2、2組、ひまわり",
    "class_disagrees": "「{value}」は、学年の列の「{grade}」と合いません。どちらかを直してください。",
    "class_needed": "新しく登録する{pupil}には、学年と組が必要です。入学前なら、在籍状況に「入学予定」と入力してください。",
    "room_missing": "組が空欄です。{grade}にはほかの組があるため、入力してください。",
    "number_unreadable": "「{value}」は出席番号として読めません。例：12、12番",
    "number_shortened": "「{value}」は、Excelが番号を短くしたものです。セルの書式を「文字列」にして、番号を入れ直してください。",
    "kana_unreadable": "「{value}」はフリガナとして読めません。カタカナかひらがなで入力してください。例：タカハシ ヒナ",
    "date_unreadable": "「{value}」は日付として読めません。例：2016/4/1、平成28年4月1日、H28.4.1",
    "status_unreadable": "「{value}」は在籍状況として読めません。入学予定・在籍・休学等・転出・卒業・削除のどれかを入力してください。",
    "planned_status_same": "これからの日付ですが、在籍状況はいまと同じです。その日からの在籍状況を入力するか、日付を直してください。",
    "unknown_to_delete": "削除する{pupil}が名簿に見つかりません。管理番号か、学年・組・番号・氏名を確かめてください。",
    "character_unreadable": "画面に出せない文字が含まれています。入力し直してください。",
    "character_private": "この{school}のパソコンでしか表示できない文字（外字、{value}）があります。ほかの字で入力し直してください。",
    "text_too_long": "長すぎます。{limit}文字までにしてください。",
    "number_twice": "{value}番は{row}行目の「{name}」さんと同じです。どちらかの番号か氏名を直してください。",
    "value_differs": "{row}行目と同じ{pupil}ですが、{column}が違います。",
    "kana_differs": "{row}行目と同じ{pupil}ですが、フリガナが違います（{row}行目は「{value}」）。",
    "mail_full_width": "「{value}」に全角の文字があります。「＠」も含めて、半角で入力してください。",
    "mail_several": "「{value}」に2つ以上のメールアドレスがあります。1つのセルに1つずつ入力してください。",
    "mail_space": "「{value}」の途中に空白があります。空白を消してください。",
    "mail_not_ascii": "「{value}」に、メールアドレスに使えない文字があります。半角の英数字で入力してください。",
    "mail_at_sign": "「{value}」はメールアドレスとして読めません。「@」は1つだけ必要です。例：hanako@example.jp",
    "mail_local": "「{value}」の「@」の前に使えない文字があるか、長すぎます。",
    "mail_domain": "「{value}」の「@」の後ろが正しくありません。例：hanako@example.jp",
    "mail_of_another": "{row}行目の{guardian}「{name}」さんと同じメールアドレスですが、{guardian}の氏名が違います。"
    "同じ方なら氏名をそろえ、別の方ならメールアドレスを直してください。",
    "phone_unreadable": "「{value}」は電話番号として読めません。番号だけを入力してください。例：090-1234-5678",
    "phones_hidden": "この{pupil}の緊急連絡先を見る権限がないため、ファイルから変更できません。空欄にするか、管理者に頼んでください。",
    "phones_too_many": "1人の{pupil}に登録できる緊急連絡先は{limit}件までです。",
    "management_number_known": "管理番号「{value}」は、名簿の「{name}」さんの番号です。どちらかを直してください。",
    "management_number_twice": "管理番号「{value}」は{row}行目の「{name}」さんと同じです。どちらかを直してください。",
    "list_pupil_unknown": "「{name}」さんが名簿に見つかりません。氏名か管理番号を直すか、先に「名簿」へ登録してください"
    "（新しく入る{pupil}は「入学予定」で）。",
    "list_pupil_ambiguous": "「{name}」さんは名簿に2人以上います。管理番号かフリガナを入れて、見分けられるようにしてください。",
    "list_status": "ここには書けない在籍状況です。転出・休学などは「名簿」で変えてください。",
    "list_class_missing": "学年・組が空欄です。入力してください。",
    "list_hidden_rows": "隠れた行が{count}行あります（{rows}行目）。表示するか、消してから、読み込んでください。",
    "list_struck_rows": "取り消し線のある行が{count}行あります（{rows}行目）。線か行を消してから、読み込んでください。",
    "pupil_ambiguous": "「{name}」さんは名簿かファイルに2人以上いて、だれの変更か決められません。"
    "管理番号の列を加えて番号を入れるか、この{pupil}の{class}と番号を名簿のとおりにしてください。",
    "mail_known": "いまの名簿では、{guardian}「{name}」さんのメールアドレスです。"
    "同じ方なら氏名をそろえ、別の方ならメールアドレスを直してください。",
    "mail_known_protected": "このメールアドレスは、いまの名簿でほかの{guardian}のものです。氏名とメールアドレスを確かめてください。",
    "guardian_differs": "{row}行目と同じ{guardian}ですが、氏名が違います（{row}行目は「{name}」）。どちらかにそろえてください。",
    "mails_too_many_known": "この{guardian}には、名簿にあるものと合わせて{limit}件を超えるメールアドレスを登録できません。",
    "file_of_pupils": "{pupil}の名簿のようです。上の「{pupil}」を選んでから、読み込んでください。",
    "role_unreadable": "「{value}」は権限として読めません。管理者・限定管理者・送信者・ログインなし のどれかを入力してください。",
    "staff_twice": "{row}行目の「{name}」さんと同じ人のようです。どちらかの行を消すか、別の人なら管理番号かメールアドレスを入れて見分けられるようにしてください。",
    "staff_ambiguous": "「{name}」さんは名簿かファイルに2人以上いて、だれの変更か決められません。管理番号かメールアドレスを入れてください。",
    **ACCOUNT_WORDS,
    "mails_too_many": "1人の{guardian}に登録できるメールアドレスは{limit}件までです。",
}


# What is worth knowing of a cell that is taken as it is.
NOTE_WORDS: Mapping[str, str] = {
    **ACCOUNT_WORDS,
    "mail_invisible": "見えない文字が入っています。取り除いて「{value}」として読みました。",
    "mail_typo": "「{value}」は、{meant} の打ち間違いではありませんか。このまま登録します。",
    "radical_read": "「{value}」に、部首の文字など見た目だけ同じ字があります。「{meant}」として読みました。",
    "zero_blank": "0 を空欄として読みました（この列に{count}か所）。",
    "zeros_kept": "名簿の管理番号「{value}」と、はじめの0だけが違います。名簿の番号を残します。",
    "seat_taken": "同じ{class}・番号に「{name}」さんがいます。ファイルにないため、そのまま残ります。",
    "seat_twice": "{row}行目の「{name}」さんと、{class}・番号が同じです。このまま反映できます。",
    "kana_missing": "フリガナがありません。一覧では、はじめに並びます。",
}
UNUSED_WORDS: Mapping[str, str] = {
    "sheet_hidden": "シート「{where}」：隠れているため",
    "sheet_without_header": "シート「{where}」：名簿の見出しがないため",
    "sheet_of_examples": "シート「{where}」：記入例のため",
    "column_unknown": "{where}列「{text}」：使わない見出しのため",
    "row_of_example": "{where}行目：記入例のため",
}


def explain_cell(error: Mapping[str, Any], school: SchoolWords) -> str:
    """Say one error, as directory tells it, as 「14行目「フリガナ」(E14)：…」."""
    return _say_at(error, CELL_WORDS, school)


def explain_faults(
    errors: Sequence[Mapping[str, Any]], school: SchoolWords
) -> list[dict[str, Any]]:
    """Return what to write beside which cell of the file that is given back.

    Of more than MOST_MARKED the first: whoever has corrected those reads the file in again.
    """
    return [
        {
            "sheet": error["sheet"],
            "row": error["row"],
            "cell": error["cell"],
            "text": explain_cell(error, school)[:LONGEST_MARK],
        }
        for error in errors[:MOST_MARKED]
        if error["row"]
    ]


def explain_note(note: Mapping[str, Any], school: SchoolWords) -> str:
    """Say what is worth knowing of a cell."""
    return _say_at(note, NOTE_WORDS, school)


def explain_unused(unused: Mapping[str, Any]) -> str:
    """Say what of a file was not read, and why."""
    sheet = f"「{unused['sheet']}」の" if unused["sheet"] and unused["kind"] != "sheet" else ""
    words = UNUSED_WORDS[unused["code"]].format(where=unused["where"], text=unused["text"])
    return f"{sheet}{words}"


def _say_at(remark: Mapping[str, Any], words: Mapping[str, str], school: SchoolWords) -> str:
    blanks = {**remark["params"], "column": remark["column"]}
    sentence = school.say(words[remark["code"]]).format(**blanks)
    if not remark["row"]:
        # Somebody who does not stand in the file.
        return sentence
    return f"{_say_place(remark)}：{sentence}"


def _say_place(remark: Mapping[str, Any]) -> str:
    sheet = f"「{remark['sheet']}」" if remark["sheet"] else ""
    column = f"「{remark['column']}」" if remark["column"] else ""
    cell = f"({remark['cell']})" if remark["cell"] else ""
    return f"{sheet}{remark['row']}行目{column}{cell}"


def explain_nothing_registered(count: int) -> str:
    """Say that no row was registered, because all or nothing is."""
    return f"{count}か所に直すところがあるため、まだ1件も登録していません。Excelを直し、もう一度読み込んでください。"
