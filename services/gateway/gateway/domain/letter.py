"""案内: the letter by which a school's first administrator signs in (OPS-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from common.answers.identity import LetterOut, SchoolOfOperatorOut
from common.clock import to_jst
from common.words import words_of
from gateway.domain import dates
from gateway.domain.qr import qr_drawing

STEPS = (
    "パソコンかスマートフォンで、右の印を読み取るか、ログイン画面のアドレスを開きます。",
    "ログイン用のメールアドレスと一時パスワードを入れて「ログイン」を押します。",
    "ご自分のパスワードを決めます（12文字以上）。一時パスワードは、もう使えなくなります。",
    "「名簿」の「Excelで登録・変更・削除」で、{pupil}の名簿を登録します。",
    "ログインできたら、この用紙は細かく切って捨ててください。",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people sign in, and whom they call; empty where the installation does not say."""

    address: str
    name: str
    phone: str


def say_until(until: str) -> str:
    """Say how long a temporary password may be used; nothing where there is none."""
    if not until:
        return ""
    moment = dates.as_moment(until)
    return f"{dates.say_date(to_jst(moment).date())} {dates.say_time(moment)}まで"


def letter_of(
    school: SchoolOfOperatorOut, letter: LetterOut, desk: Desk, today: date
) -> dict[str, Any]:
    """Return the letter's words as its template reads them."""
    code = school["code"]
    words = words_of(school["kind"])
    return {
        "school": school["name"],
        "code": f"{code[:3]} {code[3:6]} {code[6:]}",
        "to": f"{letter['post']} {letter['display_name']}".strip(),
        "mail": letter["mail"],
        "password": letter["password"],
        "until": say_until(letter["until"]),
        "address": desk.address,
        "qr": qr_drawing(desk.address),
        "steps": [words.say(step) for step in STEPS],
        "desk": desk.name,
        "phone": desk.phone,
        "written_on": dates.say_date(today),
    }
