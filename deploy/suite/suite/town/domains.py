"""How each domain of the town answers: one table, read by the relay, the page and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .dialects import DIALECTS


class Kind(StrEnum):
    """What a domain does with a mail.

    UNKNOWN to FEW_AT_ONCE answer to RCPT already, SLOW to NO_LINKS to the content. FEW_AT_ONCE: one
    provider with several domains, which counts the mails that come side by side over all of
    them. BOUNCE: it takes every mail, and sends it back a moment later in a dialect of its own
    (`postman`).
    """

    ACCEPT = "accept"
    UNKNOWN = "unknown"
    FULL = "full"
    GREYLIST = "greylist"
    BUSY = "busy"
    NONSENSE = "nonsense"
    FEW_AT_ONCE = "few_at_once"
    SLOW = "slow"
    DROP = "drop"
    NO_LINKS = "no_links"
    BOUNCE = "bounce"


@dataclass(frozen=True)
class Domain:
    """One domain of the town; `note` is what the page says about it."""

    name: str
    kind: Kind
    note: str


FEW = "同時に4通まで受け取り、それを超えると切ります（421）"
DOMAINS = (
    Domain("docomo.town.test", Kind.ACCEPT, "携帯会社。受け取ります"),
    Domain("ezweb.town.test", Kind.ACCEPT, "携帯会社。受け取ります"),
    Domain("au.town.test", Kind.ACCEPT, "携帯会社。受け取ります"),
    Domain("softbank.town.test", Kind.ACCEPT, "携帯会社。受け取ります"),
    Domain("rakuten.town.test", Kind.ACCEPT, "携帯会社。受け取ります"),
    Domain("gmail.town.test", Kind.ACCEPT, "メールサービス。受け取ります"),
    Domain("yahoo.town.test", Kind.ACCEPT, "メールサービス。受け取ります"),
    Domain("icloud.town.test", Kind.ACCEPT, "メールサービス。受け取ります"),
    Domain("me.town.test", Kind.ACCEPT, "icloudと同じ会社。受け取ります"),
    Domain("outlook.town.test", Kind.FEW_AT_ONCE, FEW),
    Domain("hotmail.town.test", Kind.FEW_AT_ONCE, f"outlookと同じ会社。{FEW}"),
    Domain("live.town.test", Kind.FEW_AT_ONCE, f"outlookと同じ会社。{FEW}"),
    Domain("mail.town.test", Kind.ACCEPT, "メールサービス。受け取ります"),
    Domain("unknown.town.test", Kind.UNKNOWN, "宛先がありません（550 5.1.1）"),
    Domain("full.town.test", Kind.FULL, "受信箱がいっぱいです（452 4.2.2）。何度か送ると空きます"),
    Domain("greylist.town.test", Kind.GREYLIST, "最初の1回は断り（451 4.7.1）、次に受け取ります"),
    Domain("busy.town.test", Kind.BUSY, "混み合っていて、接続を切ります（421）"),
    Domain("nonsense.town.test", Kind.NONSENSE, "意味の通らない返事をします"),
    Domain("slow.town.test", Kind.SLOW, "1通に20秒ほどかかります"),
    Domain("drop.town.test", Kind.DROP, "受け取りますが、返事をせずに接続を切ります"),
    Domain("nolinks.town.test", Kind.NO_LINKS, "リンクのあるメールを断ります（550 5.7.1）"),
    *(
        Domain(name, Kind.BOUNCE, f"受け取ってから送り返します：{dialect.note}")
        for name, dialect in DIALECTS.items()
    ),
)
_KINDS = {domain.name: domain.kind for domain in DOMAINS}


def kind_of(local_part: str, domain: str) -> Kind:
    """Return how a recipient answers: by its domain, except that `nobody…` lives nowhere.

    Unlisted domains accept.
    """
    if local_part.lower().startswith("nobody"):
        return Kind.UNKNOWN
    return _KINDS.get(domain.lower(), Kind.ACCEPT)
