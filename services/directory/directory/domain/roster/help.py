"""How each column of a roster file is filled in, and examples: the empty file carries both."""

from __future__ import annotations

from collections.abc import Mapping

from directory.domain.roster.columns import GUARDIANS, PHONES

_PHONE = "かける順に。090-1234-5678 など。番号だけを書きます。"
_LABEL = "母・父・祖母・祖父・その他 など（任意）。"
_GUARDIAN = "保護者の氏名（任意）。3人目からは、次の行に、同じ人の氏名と組を書いて続けます。"
HELP: Mapping[str, str] = {
    "management_number": "学校で決めた番号（任意）。"
    "同じ番号は同じ人として見分けます。空欄でもかまいません。",
    "display_name": "必ず入力します。ふだん使う字のまま（髙・﨑・𠮷 なども、そのまま）。",
    "formal_name": "戸籍などの氏名が違うときだけ（任意）。",
    "kana": "並べ替えとさがすときに使います。カタカナ・ひらがな・半角カナのどれでもかまいません。",
    "grade": "4、4年、小4、中1、年長 など。",
    "room": "2、2組、A、ひまわり など。1学年に1学級の学校では空欄にします。",
    "number": "出席番号（任意）。",
    "groups": "登校班・委員会・クラブなど。2つ以上は「、」で区切ります。"
    "書いたグループが、その人のすべてのグループになります。",
    "birth_date": "2016/4/1、平成28年4月1日、H28.4.1 のどれでもかまいません（任意）。",
    "status": "入学予定・在籍・休学等・転出・卒業のどれか。"
    "「削除」と書くと、確かめたあとに名簿から削除します（30日の間は元に戻せます）。",
    "status_since": "在籍状況が変わった日（任意）。空欄なら、反映した日になります。"
    "これからの日付なら、その日の午前0時に変わります。",
    **{each.name.field: _GUARDIAN for each in GUARDIANS},
    **{each.label.field: _LABEL for each in GUARDIANS},
    **{
        each.mail.field: "半角で。1つのセルに1つ。2つ目からは、次の行に続けます。"
        for each in GUARDIANS
    },
    **{each.number.field: _PHONE for each in PHONES},
    **{each.label.field: _LABEL for each in PHONES},
    "note": "学校の覚え（任意）。「記入例」で始まる行は登録されません。",
}
_EXAMPLE = "記入例（この行は登録されません）"
_CHILD = {
    "display_name": "山田 花子",
    "kana": "ヤマダ ハナコ",
    "grade": "4",
    "room": "2",
    "number": "14",
}
EXAMPLES: tuple[Mapping[str, str], ...] = (
    {
        **_CHILD,
        "groups": "東町1班",
        "birth_date": "2016/5/10",
        "status": "在籍",
        "guardian_1_name": "山田 恵",
        "guardian_1_label": "母",
        "guardian_1_mail": "megumi@example.jp",
        "guardian_2_name": "山田 健",
        "guardian_2_label": "父",
        "guardian_2_mail": "ken@example.jp",
        "phone_1": "090-0000-0000",
        "phone_1_label": "母",
        "note": _EXAMPLE,
    },
    {
        "display_name": "山田 太郎",
        "kana": "ヤマダ タロウ",
        "grade": "1",
        "status": "入学予定",
        "note": _EXAMPLE,
    },
)
