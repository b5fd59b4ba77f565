"""A month of the demo school, as data: who sent what to whom, and how soon families answered.

Days are counted back in school days (Monday to Friday) from today, and dates in texts are written as «+2»: two school days after
the sending. So the history is of this month whenever it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from common import clock

SATURDAY = 5
# Holidays (month, day) that fall on the same date every year; the few that move are school days here.
HOLIDAYS = frozenset({(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)})
FIRST_SCHOOL_DAY = (4, 8)  # of a school year: nothing is sent before
_DATE = re.compile(r"«\+(\d+)»")


@dataclass(frozen=True)
class PastMessage:
    """A message that was sent. `days_ago`: school days; `at`: the time of the press; `sender`, `groups`, `members`: demo keys.

    `share`: the part of the families who confirm in the end, where the category brings a button; `told`: the office has called
    the families that were not reached.
    """

    days_ago: int
    at: str
    sender: str
    groups: tuple[str, ...]
    category: str
    subject: str
    body: str
    short: str
    share: float = 0.85
    lane: Literal["normal", "urgent"] = "normal"
    members: tuple[str, ...] = ()
    told: bool = False

    def pressed_on(self, today: date) -> datetime:
        """Return the moment of the press."""
        return moment(school_day(today, -self.days_ago), self.at)


@dataclass(frozen=True)
class PastDraft:
    """A message that somebody has begun."""

    days_ago: int
    at: str
    sender: str
    groups: tuple[str, ...]
    category: str
    subject: str
    body: str


def moment(day: date, at: str) -> datetime:
    """Return a moment of a day in Japan, in UTC."""
    return datetime.combine(day, time.fromisoformat(at), clock.JST).astimezone(UTC)


def school_day(day: date, steps: int) -> date:
    """Return the day so many school days after another, before it for a negative number; of a free day the next one."""
    step = timedelta(days=1 if steps >= 0 else -1)
    left = abs(steps)
    while left or is_free(day):
        day += step
        if left and not is_free(day):
            left -= 1
    return day


def is_free(day: date) -> bool:
    """Say whether there is no school on a day, as far as a demo needs to know."""
    return day.weekday() >= SATURDAY or (day.month, day.day) in HOLIDAYS


def dated(sent_on: date) -> Callable[[str], str]:
    """Return how a text reads that was sent on a day: «+2» becomes 11月26日（木）."""

    def write(found: re.Match[str]) -> str:
        day = school_day(sent_on, int(found[1]))
        return f"{day.month}月{day.day}日（{clock.WEEKDAYS[day.weekday()]}）"

    return lambda text: _DATE.sub(write, text)


def is_of_this_year(pressed_at: datetime, today: date) -> bool:
    """Say whether a moment is in the school year of today: a month that begins before has fewer messages."""
    return clock.to_jst(pressed_at).date() >= date(clock.fiscal_year(today), *FIRST_SCHOOL_DAY)


MESSAGES: tuple[PastMessage, ...] = (
    PastMessage(
        22,
        "15:30",
        "staff/yamashita",
        ("class/all",),
        "校外・地域",
        "PTA資源回収のお願い（«+4»）",
        "«+4»の朝8時から、PTAの資源回収を行います。新聞紙、段ボール、牛乳パックを、登校班の集合場所へお持ちください。\n"
        "雨のときは、次の週の同じ曜日に延期します。",
        "«+4»の朝8時から、PTAの資源回収を行います。",
        share=0.78,
    ),
    PastMessage(
        21,
        "16:10",
        "staff/noguchi",
        ("class/4-2",),
        "学年・学級だより",
        "4年2組 学級だより",
        "係活動が始まりました。「生き物係」はメダカの世話、「本の係」は読み聞かせの準備を進めています。\n"
        "来週は音読の発表があります。ご家庭でも、ぜひ聞いてあげてください。",
        "係活動の様子と、来週の音読発表についてお知らせします。",
        share=0.92,
    ),
    PastMessage(
        20,
        "16:00",
        "staff/kondou",
        ("class/4",),
        "学校行事",
        "社会科見学（«+6»）の持ち物について",
        "«+6»に、消防署と浄水場へ社会科見学に行きます。雨でも行います。\n\n"
        "登校　いつもどおり　　学校に戻る時刻　14時30分ごろ\n持ち物　お弁当、水筒、敷物、雨具、筆箱、しおり\n\n"
        "その日の給食はありません。乗り物酔いなど心配なことは、担任へ連絡帳でお知らせください。",
        "«+6»は社会科見学です。お弁当と水筒をご用意ください。",
        share=0.93,
    ),
    PastMessage(
        19,
        "10:20",
        "staff/aoki",
        ("class/all",),
        "保健",
        "歯みがき週間のお知らせ",
        "«+3»から1週間、歯みがき週間です。給食のあと、全校で歯をみがきます。\n"
        "歯ブラシとコップに名前を書いて、持たせてください。カードはご家庭で色をぬり、終わったら担任へ出してください。",
        "«+3»から歯みがき週間です。歯ブラシとコップを持たせてください。",
        share=0.8,
    ),
    PastMessage(
        18,
        "15:50",
        "staff/nakano",
        ("class/5",),
        "集金",
        "教材費の口座振替は«+5»です",
        "5年生の教材費（3,400円）を、«+5»に口座から振り替えます。前日までに残高をご確認ください。\n"
        "振り替えられなかったときは、事務室から個別にお知らせします。",
        "5年生の教材費の口座振替は«+5»です。残高をご確認ください。",
        share=0.83,
    ),
    PastMessage(
        17,
        "15:00",
        "staff/saeki",
        ("class/1", "class/2", "class/3"),
        "学校行事",
        "交通安全教室（«+2»）を行います",
        "«+2»の2・3時間目に、警察の方を招いて交通安全教室を行います。校庭で、横断歩道の渡り方と自転車の乗り方を学びます。\n"
        "ご家庭でも、通学路の危ない場所を話し合っておいてください。",
        "«+2»に1〜3年の交通安全教室を行います。",
        share=0.82,
    ),
    PastMessage(
        16,
        "16:20",
        "staff/yamashita",
        ("free/circle/brass-band",),
        "学校行事",
        "金管バンドの練習日について",
        "今月の朝練習は、火曜日と木曜日の7時50分からです。«+5»は体育館が使えないため、お休みにします。",
        "今月の朝練習は火曜日と木曜日です。«+5»はお休みです。",
        share=0.9,
    ),
    PastMessage(
        15,
        "06:40",
        "staff/morikawa",
        ("class/all",),
        "緊急・安全",
        "本日の登校を1時間遅らせます",
        "大雨のため、本日の登校を1時間遅らせます。登校班の集合も1時間遅らせてください。給食はあります。\n"
        "道路に水があふれているところには近づかないよう、お子様にお話しください。危険を感じるときは、登校を見合わせてください。",
        "大雨のため、本日の登校を1時間遅らせます。登校班の集合も1時間遅らせてください。",
        share=0.96,
        lane="urgent",
        told=True,
    ),
    PastMessage(
        15,
        "12:50",
        "staff/yamashita",
        ("staff-group/all",),
        "校外・地域",
        "放課後の打ち合わせについて",
        "本日16時から、通学路の見回りの分担を決めます。職員室にお集まりください。校区の地図をお持ちください。",
        "本日16時から、職員室で打ち合わせを行います。",
        share=0.95,
    ),
    PastMessage(
        14,
        "15:40",
        "staff/kobayashi",
        ("class/1",),
        "学年・学級だより",
        "生活科で使う空き箱のお願い",
        "生活科の「おもちゃづくり」で使います。«+4»までに、空き箱、ペットボトルのふた、毛糸などを持たせてください。",
        "«+4»までに、生活科で使う空き箱などを持たせてください。",
        share=0.9,
    ),
    PastMessage(
        13,
        "11:30",
        "staff/aoki",
        ("class/3-1",),
        "保健",
        "3年1組 学級閉鎖のお知らせ（«+1»から）",
        "発熱で欠席する児童が増えています。学校医と相談し、3年1組を«+1»と«+2»の2日間、学級閉鎖とします。\n"
        "本日は給食のあと13時30分に下校します。登校は«+3»からです。\n\n"
        "症状が出たときは、医療機関に相談し、結果を学校へ電話でお知らせください。",
        "3年1組は«+1»と«+2»、学級閉鎖です。本日は13時30分に下校します。",
        share=1.0,
        told=True,
    ),
    PastMessage(
        12,
        "15:30",
        "staff/yamashita",
        ("class/all",),
        "給食",
        "給食の献立の変更（«+1»）",
        "食材の都合により、«+1»の「さばのみそ煮」を「さけの塩焼き」に変更します。アレルギーの対応に変わりはありません。",
        "«+1»の給食の献立を変更します。",
        share=0.74,
    ),
    PastMessage(
        11,
        "16:10",
        "staff/harada",
        ("class/5",),
        "学校行事",
        "宿泊学習の保護者説明会（«+7»）",
        "«+7»の15時30分から、体育館で宿泊学習の説明会を行います。上ばきと、しおりをお持ちください。\n"
        "ご都合の悪い方には、資料をお子様にお渡しします。",
        "«+7»の15時30分から、宿泊学習の説明会を行います。",
        share=0.88,
    ),
    PastMessage(
        10,
        "15:20",
        "staff/oonishi",
        ("class/6",),
        "学校行事",
        "アルバムの写真撮影（«+4»）",
        "«+4»の2・3時間目に、クラスと委員会の写真を撮ります。服装は自由です。名札を忘れないようにしてください。",
        "«+4»にアルバムの写真を撮ります。名札を忘れないようにしてください。",
        share=0.9,
    ),
    PastMessage(
        9,
        "16:30",
        "staff/noguchi",
        ("class/4-2",),
        "学年・学級だより",
        "算数で使う分度器について",
        "«+3»から「角の大きさ」の学習に入ります。分度器に名前を書いて、持たせてください。",
        "«+3»から算数で分度器を使います。名前を書いて持たせてください。",
        share=0.92,
    ),
    PastMessage(
        8,
        "17:10",
        "staff/yamashita",
        ("class/all",),
        "緊急・安全",
        "不審者の情報（«+0» 東町2丁目付近）",
        "本日16時ごろ、東町2丁目の公園付近で、下校中の児童が知らない人に声をかけられました。けがはありません。\n"
        "警察に知らせ、見回りをお願いしました。明日の朝、全学級で話をします。\n\n"
        "登下校の時間に、家の前や通学路で見守っていただけると助かります。似た人を見かけたときは、ためらわず110番へ。",
        "東町2丁目付近で、児童が声をかけられました。登下校の見守りをお願いします。",
        share=0.93,
        told=True,
    ),
    PastMessage(
        7,
        "15:50",
        "staff/asano",
        ("class/himawari",),
        "学校行事",
        "ひまわり学級の校外学習（«+5»）",
        "«+5»に、バスに乗って図書館へ行きます。持ち物は水筒と、いつもの図書カードです。お昼までに学校へ戻ります。",
        "«+5»に図書館へ行きます。水筒と図書カードを持たせてください。",
        share=1.0,
    ),
    PastMessage(
        6,
        "16:00",
        "staff/ishibashi",
        ("class/2",),
        "学年・学級だより",
        "かけ算がんばり週間",
        "«+1»から、かけ算がんばり週間です。お家でも、お風呂や寝る前に九九を聞いてあげてください。カードを持ち帰ります。",
        "«+1»から、かけ算がんばり週間です。お家でも九九を聞いてあげてください。",
        share=0.88,
    ),
    PastMessage(
        5,
        "15:30",
        "staff/saeki",
        ("class/all",),
        "学校行事",
        "授業参観・学級懇談会のご案内（«+8»）",
        "子どもたちが学ぶ姿を、ぜひご覧ください。\n\n"
        "日時　«+8»　参観 13時50分〜14時35分　懇談会 14時50分〜15時30分（各教室）\n"
        "受付　13時30分から昇降口。名札と上ばき、外ぐつを入れる袋をお持ちください。\n"
        "お願い　参観中の会話と撮影はご遠慮ください。車では来られません。",
        "«+8»の授業参観・学級懇談会のご案内です。",
        share=0.87,
        told=True,
    ),
    PastMessage(
        4,
        "16:20",
        "staff/kondou",
        ("free/circle/run",),
        "学校行事",
        "持久走記録会の係の集まり（«+3»）",
        "«+3»の15時40分から、持久走記録会の係の集まりを家庭科室で行います。お子様の下校は16時20分ごろになります。",
        "«+3»に持久走記録会の係の集まりがあります。下校は16時20分ごろです。",
        share=0.92,
    ),
    PastMessage(
        4,
        "17:20",
        "staff/noguchi",
        (),
        "個別",
        "体操服のお忘れ物について",
        "本日、体操服が教室に残っていました。明日お渡しします。",
        "体操服が教室に残っていました。明日お渡しします。",
        share=1.0,
        members=("pupil/4-2-13",),
    ),
    PastMessage(
        3,
        "11:00",
        "staff/aoki",
        ("class/all",),
        "保健",
        "発熱で休む児童が増えています",
        "発熱やせきで休む児童が増えています。朝の体温を測り、熱があるときは無理をせずお休みください。\n"
        "医療機関で感染症と診断されたときは、学校へ電話でお知らせください。出席停止となり、欠席にはなりません。",
        "発熱で休む児童が増えています。熱があるときは無理をせずお休みください。",
        share=0.84,
        told=True,
    ),
    PastMessage(
        2,
        "15:40",
        "staff/noguchi",
        ("class/4-2",),
        "学年・学級だより",
        "図工で使う材料（«+2»）",
        "«+2»の図工で、木の枝や葉、木の実などを使います。集めたものを袋に入れて持たせてください。",
        "«+2»の図工で使う材料を持たせてください。",
        share=0.9,
    ),
    PastMessage(
        1,
        "15:50",
        "staff/yamashita",
        ("class/all",),
        "学校行事",
        "持久走記録会（«+4»）のお知らせ",
        "«+4»に持久走記録会を行います。1・2年は2時間目、3・4年は3時間目、5・6年は4時間目です。\n"
        "朝の体調を確かめ、体操服と水筒を持たせてください。ご覧になる方は、校庭の南側からお入りください。",
        "«+4»に持久走記録会を行います。体操服と水筒を持たせてください。",
        share=0.82,
    ),
)

DRAFTS: tuple[PastDraft, ...] = (
    PastDraft(
        1,
        "10:15",
        "staff/yamashita",
        ("class/all",),
        "校外・地域",
        "交通安全運動について",
        "登下校の見守りに、いつもご協力いただきありがとうございます。",
    ),
    PastDraft(
        1,
        "16:40",
        "staff/noguchi",
        ("class/4-2",),
        "学年・学級だより",
        "4年2組 学級だより",
        "二分の一成人式に向けて、準備を始めました。",
    ),
)
