"""The houses of the product by name: every list of them comes from here."""

from __future__ import annotations

from dataclasses import dataclass

from common.words import Channel


@dataclass(frozen=True, slots=True)
class House:
    """A service.

    `channel`: whose deliveries it hands over. `has_store`: it owns a database, hears queues and
    keeps a clock. `keeps`: what of schools lies in that database and is erased with them, in the
    words that stand on the certificate; empty where nothing does.
    """

    name: str
    channel: Channel | None = None
    keeps: str = ""
    has_store: bool = True

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")


HOUSES = (
    House("identity", keeps="契約・職員のアカウント・操作ログ"),
    House("directory", keeps="名簿・グループ・受信先・電話番号"),
    House("messaging", keeps="連絡・宛先・確認"),
    House("dispatch-mail", Channel.MAIL, keeps="メールの配信記録"),
    House("dispatch-line", Channel.LINE, keeps="LINEの配信記録"),
    House("dispatch-push", Channel.PUSH, keeps="アプリ通知の配信記録"),
    House("retention"),
    House("gateway", has_store=False),
)
NAMES = tuple(house.name for house in HOUSES)
STORED = tuple(house.name for house in HOUSES if house.has_store)
DISPATCHERS = tuple(house.name for house in HOUSES if house.channel is not None)
# What each house erases, by its name.
KEPT = {house.name: house.keeps for house in HOUSES if house.keeps}
ERASING = tuple(KEPT)
# Who signs tokens: each house, and the operator's command line.
SIGNERS = (*NAMES, "operator")
