"""The addresses of a message's pages, one for each guardian who got its mail.

They are made as dispatch-mail makes them, from the house's own key and the deliveries that went
out: the sink, which costs little, keeps no mail to read them from. So each names the contact
point too, and a press has to note that mails arrive there.
"""

from __future__ import annotations

from uuid import UUID

from bench.school import Draft
from common.crypto import LinkMaker
from common.keys import Keys
from messaging.domain.links import PURPOSE, link_key

DELIVERED = "SELECT guardian_id, contact_point_id FROM deliveries WHERE message_id = :id"


def paths_of(message: Draft) -> list[str]:
    """Return the path of each mail's personal link."""
    maker = _maker_of(message)
    paths = []
    for guardian, contact_point in message.school.rows("dispatch-mail", DELIVERED, id=message.id):
        token = maker.link(_uuid(guardian), _uuid(contact_point))
        paths.append(f"/r/{token}")
    assert len(paths) == message.heads, f"{len(paths)} mails went to {message.heads} families"
    return paths


def _maker_of(message: Draft) -> LinkMaker:
    keys = Keys(message.school.at.keys_dir, "messaging")
    key = link_key(keys.secret("links"), message.id)
    return LinkMaker(key, PURPOSE, message.id)


def _uuid(value: UUID | str) -> UUID:
    """Return an id as PostgreSQL's driver gives it, or as SQLite keeps it."""
    return UUID(str(value))
