"""The certificate in the words that stand on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from common.clock import to_jst
from common.houses import KEPT

REIWA_BEGAN = date(2019, 5, 1)
EXCEPTIONS = {
    "relay_log": (
        "メール中継サーバーの送信記録（宛先のメールアドレスを含みます。記録から1年で消去します）"
    ),
    "certificate": "この証明書",
    "operator_log": "運営者の操作記録（契約の終了と消去を行った日時。個人情報を含みません）",
}


def say_day(day: date) -> str:
    """Say a day with its era: 令和9年3月31日; before that era 2018年4月1日."""
    if day < REIWA_BEGAN:
        return f"{day.year}年{day.month}月{day.day}日"
    year = "元" if day.year == 2019 else str(day.year - 2018)
    return f"令和{year}年{day.month}月{day.day}日"


def say_moment(moment: datetime) -> str:
    """Say when something happened, in Japan: 令和9年5月1日 0:01."""
    there = to_jst(moment)
    return f"{say_day(there.date())} {there.hour}:{there.minute:02}"


def paper_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template prints of a certificate: texts only, in the order of the page."""

    def moment(room: str, name: str) -> str:
        return say_moment(datetime.fromisoformat(document[room][name]))

    backups = date.fromisoformat(document["backups"]["last_leaves_on"])
    totals = {house: sum(tables.values()) for house, tables in document["counts"].items()}
    return {
        "number": document["id"],
        "issuer": document.get("issuer", ""),
        "issued_on": say_day(to_jst(datetime.fromisoformat(document["issued_at"])).date()),
        "facts": [
            ["学校", f"{document['school']['name']}（学校コード {document['school']['code']}）"],
            ["契約の終了日", say_day(date.fromisoformat(document["contract"]["ended_on"]))],
            ["消去の開始", moment("erasure", "started_at")],
            ["消去の完了", moment("erasure", "erased_at")],
            ["暗号鍵の廃棄", moment("key", "destroyed_at")],
            ["控え（バックアップ）", f"{say_day(backups)}までに、すべての控えからもなくなります"],
        ],
        "counts": [
            [KEPT.get(house, house), f"{totals[house]:,}件"] for house in sorted(totals, key=_rank)
        ],
        "total": f"{sum(totals.values()):,}件",
        "exceptions": [EXCEPTIONS.get(name, name) for name in document["exceptions"]],
        "fingerprint": in_groups(document["key"]["fingerprint_sha256"]),
        "signature": in_groups(document["signature"]),
    }


def in_groups(digits: str, size: int = 8) -> str:
    """Return a long number as people compare it, eight digits at a time.

    A line can break between them.
    """
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def _rank(house: str) -> tuple[int, str]:
    known = list(KEPT)
    return (known.index(house) if house in known else len(known), house)
