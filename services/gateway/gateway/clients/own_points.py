"""What the gateway asks directory for who of the staff is signed in: where they are reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.directory import OwnContactPoints
from gateway.clients import calls
from gateway.clients.asking import Asker


@dataclass(frozen=True)
class OwnPoints:
    """Directory, as it knows who is signed in; each raises Refused `not_on_roster`."""

    asker: Asker

    def show(self) -> OwnContactPoints:
        """Return one's own contact points, and the addresses that wait for their proof."""
        return self.asker.ask(calls.OWN_POINTS)

    def ask_proof(self, address: str, terms_version: str, *, is_sure: bool) -> str:
        """Send a confirmation mail; return by which id its code is given. Raise Invalid, Busy."""
        asked = {"address": address, "terms_version": terms_version, "is_sure": is_sure}
        return self.asker.ask(calls.ASK_STAFF_PROOF, json=asked)["mail_id"]

    def prove(self, mail_id: UUID, code: str) -> None:
        """Give the six digits of a mail; raise Invalid `mail_code_wrong`, Refused."""
        path = {"mail_id": mail_id}
        self.asker.ask(calls.PROVE_STAFF_MAIL, path=path, json={"code": code})

    def link_line(self, terms_version: str) -> str:
        """Return the nonce with which one goes over to LINE; raise Invalid, Busy."""
        asked = {"terms_version": terms_version}
        return self.asker.ask(calls.LINK_STAFF_LINE, json=asked)["nonce"]

    def add_app(self, app: Mapping[str, Any], terms_version: str) -> None:
        """Make this phone a contact point; raise Invalid."""
        body = {"terms_version": terms_version, **app}
        self.asker.ask(calls.ADD_STAFF_APP, json=body)

    def test(self, contact_point_id: UUID) -> None:
        """Send a test to one of one's own; raise Busy `links_slowed`."""
        path = {"contact_point_id": contact_point_id}
        self.asker.ask(calls.TEST_STAFF_POINT, path=path, json={})

    def end(self, contact_point_id: UUID, *, even_last: bool) -> None:
        """Take one of one's own away; raise Refused `last_contact_point`."""
        path = {"contact_point_id": contact_point_id}
        self.asker.ask(calls.END_STAFF_POINT, path=path, json={"even_last": even_last})
