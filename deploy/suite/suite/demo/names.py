"""The thirty names of the demo school that break careless software, each at its class and number.

The code points are part of the data: 髙 is U+9AD9, 神 of 神谷 is U+FA19, 葛 carries U+E0100. Never
retype or normalise them; `tests/test_demo_names.py` holds the code points.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlacedName:
    """A pupil's name as typed, its reading in katakana, and the place that the school gave.

    4-2-14 is 4年2組14番.
    """

    grade: int
    room: int
    number: int
    name: str
    kana: str


DIFFICULT_NAMES: tuple[PlacedName, ...] = (
    PlacedName(4, 2, 14, "髙橋 陽菜", "タカハシ ヒナ"),
    PlacedName(1, 1, 13, "髙橋 蓮", "タカハシ レン"),
    PlacedName(4, 1, 15, "高橋 陽菜", "タカハシ ヒナ"),
    PlacedName(3, 1, 24, "𠮷田 結衣", "ヨシダ ユイ"),
    PlacedName(5, 1, 22, "山﨑 大和", "ヤマザキ ヤマト"),
    PlacedName(5, 1, 21, "山崎 樹", "ヤマサキ イツキ"),
    PlacedName(6, 2, 23, "渡邉 咲良", "ワタナベ サクラ"),
    PlacedName(2, 1, 25, "渡邊 悠真", "ワタナベ ユウマ"),
    PlacedName(1, 2, 11, "齋藤 湊", "サイトウ ミナト"),
    PlacedName(2, 2, 10, "齊藤 莉子", "サイトウ リコ"),
    PlacedName(3, 2, 6, "葛󠄀西 蒼", "カサイ アオイ"),
    PlacedName(6, 1, 15, "辻󠄁 美月", "ツジ ミヅキ"),
    PlacedName(5, 2, 17, "神谷 新", "カミヤ アラタ"),
    PlacedName(4, 1, 20, "福田 渚", "フクダ ナギサ"),
    PlacedName(2, 1, 19, "𣘺本 杏", "ハシモト アン"),
    PlacedName(6, 2, 18, "濵田 颯太", "ハマダ ソウタ"),
    PlacedName(3, 1, 22, "栁澤 芽依", "ヤナギサワ メイ"),
    PlacedName(1, 2, 8, "桒原 律", "クワバラ リツ"),
    PlacedName(5, 2, 14, "德永 紬", "トクナガ ツムギ"),
    PlacedName(2, 2, 7, "草彅 快", "クサナギ カイ"),
    PlacedName(4, 2, 25, "森 鷗介", "モリ オウスケ"),
    PlacedName(3, 1, 10, "佐藤 陽菜", "サトウ ハルナ"),
    PlacedName(3, 2, 9, "佐藤 陽菜", "サトウ ヒナ"),
    PlacedName(6, 1, 2, "五十嵐 勇輝", "イガラシ ユウキ"),
    PlacedName(4, 2, 13, "小鳥遊 心", "タカナシ ココロ"),
    PlacedName(1, 1, 17, "一 翼", "ニノマエ ツバサ"),
    PlacedName(5, 1, 10, "〆木 希", "シメキ ノゾミ"),
    PlacedName(2, 2, 20, "三ヶ田 凜", "ミカダ リン"),
    PlacedName(6, 2, 10, "グエン ティ ミン アン", "グエン ティ ミン アン"),
    PlacedName(3, 2, 10, "サントス・デ・オリベイラ 真理亜", "サントスデオリベイラ マリア"),
)

COMPANION_NAMES: tuple[PlacedName, ...] = (
    PlacedName(6, 2, 1, "五十嵐 勇真", "イガラシ ユウマ"),  # twin of 6-1-2
    # Never registered: the child named on the confirm screen.
    PlacedName(4, 2, 12, "高木 さくら", "タカギ サクラ"),
)
