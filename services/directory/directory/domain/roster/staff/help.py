"""How each column of a file of staff is filled in, and examples: the empty file carries both."""

from __future__ import annotations

from collections.abc import Mapping

from directory.domain.roster.staff.columns import ROLE_WORDS

HELP: Mapping[str, str] = {
    "management_number": "学校で決めた番号（任意）。職員番号など。"
    "同じ番号は同じ人として見分けます。空欄でもかまいません。",
    "display_name": "必ず入力します。ふだん使う字のまま（髙・﨑・𠮷 なども、そのまま）。",
    "kana": "並べ替えとさがすときに使います。カタカナ・ひらがな・半角カナのどれでもかまいません。",
    "mail": "半角で、1つだけ。連絡が届くアドレスで、ログインするときのアドレスにもなります。"
    "ログインする人には必ず要ります。",
    "role": "管理者・限定管理者・送信者・ログインなし のどれか。空欄なら、いまのままです"
    "（新しい人は「ログインなし」）。「ログインなし」は、連絡を受け取るだけの人です。"
    "権限を変えられるのは管理者だけです。送信者の担当は、読み込んだあとに画面で決めます。",
    "groups": "教職員のグループ（学年部・委員会など）。2つ以上は「、」で区切ります。"
    "書いたグループが、その人のすべてのグループになります。",
    "note": "学校の覚え（任意）。「記入例」で始まる行は登録されません。",
}
_EXAMPLE = "記入例（この行は登録されません）"
EXAMPLES: tuple[Mapping[str, str], ...] = (
    {
        "management_number": "T-012",
        "display_name": "山田 恵",
        "kana": "ヤマダ メグミ",
        "mail": "megumi@example.jp",
        "role": ROLE_WORDS["sender"],
        "groups": "4学年部、生活指導部",
        "note": _EXAMPLE,
    },
    {
        "display_name": "山田 健",
        "kana": "ヤマダ ケン",
        "role": ROLE_WORDS["no_login"],
        "note": _EXAMPLE,
    },
)
