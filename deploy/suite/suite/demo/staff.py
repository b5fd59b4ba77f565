"""The 25 people who work at the demo school, their rights and their groups."""

from __future__ import annotations

from typing import Literal

from common.rights import Right
from suite.demo.model import Group, StaffMember
from suite.demo.name_pools import latin

Role = Literal["administrator", "limited_administrator", "sender"] | None
# What GRANTS gives no limited administrator by default.
LIMITED_OFF = (Right.MESSAGES_SEND_URGENT, Right.ROSTER_CHANGE, Right.PROTECTED_SEE)

# name, kana, post, role, class in charge
_STAFF: tuple[tuple[str, str, str, Role, str], ...] = (
    ("森川 敬一", "モリカワ ケイイチ", "校長", "administrator", ""),
    ("山下 明子", "ヤマシタ アキコ", "教頭", "administrator", ""),
    ("佐伯 隆", "サエキ タカシ", "主幹教諭", "administrator", ""),
    ("小林 美咲", "コバヤシ ミサキ", "1年1組担任・学年主任", "limited_administrator", "1-1"),
    ("藤井 翔", "フジイ ショウ", "1年2組担任", "sender", "1-2"),
    ("石橋 由香", "イシバシ ユカ", "2年1組担任・学年主任", "limited_administrator", "2-1"),
    ("内田 直樹", "ウチダ ナオキ", "2年2組担任", "sender", "2-2"),
    ("岡本 千尋", "オカモト チヒロ", "3年1組担任・学年主任", "limited_administrator", "3-1"),
    ("三浦 健", "ミウラ ケン", "3年2組担任", "sender", "3-2"),
    ("近藤 彩", "コンドウ アヤ", "4年1組担任・学年主任", "limited_administrator", "4-1"),
    ("野口 大輔", "ノグチ ダイスケ", "4年2組担任", "sender", "4-2"),
    ("原田 恵", "ハラダ メグミ", "5年1組担任・学年主任", "limited_administrator", "5-1"),
    ("平井 学", "ヒライ マナブ", "5年2組担任", "sender", "5-2"),
    ("大西 真理", "オオニシ マリ", "6年1組担任・学年主任", "limited_administrator", "6-1"),
    ("黒田 修", "クロダ オサム", "6年2組担任", "sender", "6-2"),
    ("浅野 久美", "アサノ クミ", "ひまわり学級担任", "sender", "himawari"),
    ("松尾 誠", "マツオ マコト", "たんぽぽ学級担任", "sender", "tanpopo"),
    ("西村 香織", "ニシムラ カオリ", "音楽専科", "sender", ""),
    ("上野 剛", "ウエノ ツヨシ", "理科専科", "sender", ""),
    ("青木 由美子", "アオキ ユミコ", "養護教諭", "limited_administrator", ""),
    ("水野 さゆり", "ミズノ サユリ", "栄養教諭", "sender", ""),
    ("中野 正", "ナカノ タダシ", "事務職員", "limited_administrator", ""),
    ("古川 茂", "フルカワ シゲル", "校務員", None, ""),
    ("関 智子", "セキ トモコ", "特別支援教育支援員", None, ""),
    ("Emily Carter", "エミリー カーター", "ALT", None, ""),
)
_FUNCTIONS_OFF: dict[str, tuple[Right, ...]] = {
    "中野 正": (Right.MESSAGES_SEND_URGENT, Right.PROTECTED_SEE),
}
_TWO_SCHOOLS = {"水野 さゆり", "Emily Carter"}
STAFF_GROUPS = (
    ("management", "管理職"),
    *((f"grade-{n}", f"{n}学年団") for n in range(1, 7)),
    ("special", "特別支援"),
    ("guidance", "生徒指導部"),
    ("health", "保健・給食"),
    ("all", "全教職員"),
)
_GUIDANCE = {"佐伯 隆", "三浦 健", "野口 大輔", "黒田 修", "青木 由美子"}
ACCOUNT_CASES = {
    "account_expired": ("staff/fujii",),
    "account_locked": ("staff/hirai",),
    "account_with_passkey": ("staff/yamashita",),
    "account_on_new_device": ("staff/nishimura",),
}


def staff_members() -> tuple[StaffMember, ...]:
    """List the staff from the head teacher down."""
    members = []
    for name, kana, post, role, room in _STAFF:
        # Her kana begin with the given name, unlike everybody else's.
        local = "carter" if name == "Emily Carter" else latin(kana.split()[0])
        default_off = LIMITED_OFF if role == "limited_administrator" else ()
        members.append(
            StaffMember(
                key=f"staff/{local}",
                display_name=name,
                kana=kana,
                post=post,
                role=role,
                functions_off=_FUNCTIONS_OFF.get(name, default_off),
                class_keys=(f"class/{room}",) if room else (),
                mail=f"{local}@school.town.test",
                language="en" if name == "Emily Carter" else "ja",
                schools=2 if name in _TWO_SCHOOLS else 1,
            )
        )
    return tuple(members)


def staff_groups() -> tuple[Group, ...]:
    """List the staff groups."""
    return tuple(
        Group(f"staff-group/{k}", name, "staff", None, n)
        for n, (k, name) in enumerate(STAFF_GROUPS, start=1)
    )


def staff_memberships() -> tuple[tuple[str, str], ...]:
    """Return (group key, staff key) pairs."""
    pairs = []
    for member in staff_members():
        groups = ["all"]
        if member.post.startswith(("校長", "教頭")):
            groups.append("management")
        for class_key in member.class_keys:
            room = class_key.removeprefix("class/")
            groups.append(f"grade-{room[0]}" if room[0].isdigit() else "special")
        if member.display_name == "関 智子":
            groups.append("special")
        if member.display_name in _GUIDANCE:
            groups.append("guidance")
        if member.post.startswith(("養護教諭", "栄養教諭")):
            groups.append("health")
        pairs += [(f"staff-group/{group}", member.key) for group in groups]
    return tuple(pairs)
