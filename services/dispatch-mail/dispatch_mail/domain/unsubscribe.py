"""The one-click link of a mail: signed for one contact point and for a term (RFC 8058)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from common.crypto import LinkMaker, link_holds, parse_link

# A school year and a month: the last mail of March still stops mails when somebody finds it a year
# later.
DAYS = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """What a link stops. `until`: the last day, in Japan, on which it does."""

    school_id: UUID
    contact_point_id: UUID
    until: date


class TokenMaker:
    """Makes the tokens that go out on one day for one school: the last day of their term and the
    link, under one signature.
    """

    def __init__(self, secret: bytes, school_id: UUID, today: date) -> None:
        self._until = f"{(today + DAYS).toordinal():x}"
        self._links = LinkMaker(secret, _purpose(self._until), school_id)

    def token(self, contact_point_id: UUID) -> str:
        return f"{self._until}.{self._links.link(contact_point_id)}"


def read_token(secret: bytes, token: str) -> Unsubscribe | None:
    """Return what a token stops, in its term or after it; None when we didn't make it for this."""
    until, _, link = token.partition(".")
    parsed = parse_link(link, 2)
    if parsed is None or not link_holds(secret, _purpose(until), *parsed):
        return None
    school_id, contact_point_id = parsed[0]
    return Unsubscribe(school_id, contact_point_id, date.fromordinal(int(until, 16)))


def _purpose(until: str) -> str:
    return f"u.{until}"
