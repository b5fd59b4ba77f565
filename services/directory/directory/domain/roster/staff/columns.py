"""What a file of staff can hold: one table, as for children (`directory.domain.roster.columns`)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from directory.domain.names import fold_for_search
from directory.domain.roster import cells
from directory.domain.roster.columns import (
    GROUPS,
    KANA,
    MANAGEMENT_NUMBER,
    NAME,
    NOTE,
    Column,
    Subject,
    by_heading,
)

# Who does not sign in, and only receives.
NO_LOGIN = "no_login"
# As identity calls the roles, and as people do.
ROLE_WORDS: Mapping[str, str] = {
    "administrator": "管理者",
    "limited_administrator": "限定管理者",
    "sender": "送信者",
    NO_LOGIN: "ログインなし",
}
_ROLES: Mapping[str, str] = {
    **{word: role for role, word in ROLE_WORDS.items()},
    **dict.fromkeys(("学校管理者", "全体管理者"), "administrator"),
    **dict.fromkeys(("限定", "副管理者", "一部管理者"), "limited_administrator"),
    **dict.fromkeys(("送信", "送信のみ", "送信だけ"), "sender"),
    **dict.fromkeys(("なし", "無し", "無", "ログイン無し", "ログインしない"), NO_LOGIN),
    **dict.fromkeys(("受信のみ", "受信だけ"), NO_LOGIN),
}


def read_role(text: str) -> str:
    """Return the role of 「管理者」「受信のみ」."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    role = _ROLES.get(plain)
    if role is None:
        raise cells.Unreadable("role_unreadable", value=text)
    return role


STAFF_NUMBER = replace(
    MANAGEMENT_NUMBER,
    aliases=("職員番号", "教職員番号", "職員ID", "番号"),
)
STAFF_NAME = replace(
    NAME,
    aliases=("名前", "職員氏名", "教職員氏名", "職員名", "教職員名", "先生"),
)
STAFF_KANA = replace(
    KANA,
    aliases=("ふりがな", "よみがな", "よみ", "氏名フリガナ", "氏名カナ", "カナ", "カナ氏名"),
)
MAIL = Column(
    heading="メールアドレス",
    field="mail",
    about=Subject.GUARDIAN,
    read=cells.read_mail,
    width=34,
    aliases=("メール", "Eメール", "E-mail", "email", "mail", "アドレス", "ログインID"),
)
ROLE = Column(
    heading="権限",
    field="role",
    about=Subject.STANDING,
    read=read_role,
    width=14,
    aliases=("役割", "ロール", "権限区分", "アカウント権限", "アカウントの権限", "利用権限"),
    takes_dashes=True,
)
STAFF_GROUPS = replace(
    GROUPS,
    aliases=("所属グループ", "教職員グループ", "所属"),
)
STAFF_NOTE = replace(NOTE, aliases=("メモ", "特記事項"))
# In the order of the template and the export.
COLUMNS: tuple[Column, ...] = (
    STAFF_NUMBER,
    STAFF_NAME,
    STAFF_KANA,
    MAIL,
    ROLE,
    STAFF_GROUPS,
    STAFF_NOTE,
)
HEADINGS = tuple(column.heading for column in COLUMNS)
# Columns of `members`.
KEPT_COLUMNS = (STAFF_NUMBER, STAFF_NAME, STAFF_KANA, STAFF_NOTE)


_BY_HEADING = by_heading(COLUMNS)


def find_column(heading: str) -> Column | None:
    """Return the column that a school calls so, whatever its spaces, width and kind of kana."""
    return _BY_HEADING.get(fold_for_search(heading))
