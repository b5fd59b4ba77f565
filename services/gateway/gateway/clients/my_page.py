"""What the gateway asks directory for families at their own page, in its own name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.directory import (
    FamilyOut,
    LinkOut,
    OpenedPageOut,
    OwnAppOut,
    OwnPasswordStandOut,
    PressedLinkOut,
)
from gateway.clients import calls
from gateway.clients.asking import Asker


@dataclass(frozen=True)
class MyPage:
    """Directory, as it knows families by what their browser holds."""

    asker: Asker

    def resolve(self, school_id: UUID, token: str) -> FamilyOut:
        """Return who holds a token at a school; raise Unauthenticated `family_session_over`."""
        return self.asker.ask(calls.RESOLVE_FAMILY, school_id=school_id, json={"token": token})

    def end(self, school_id: UUID, token: str) -> None:
        """Forget a browser."""
        self.asker.ask(calls.END_FAMILY_SESSION, school_id=school_id, json={"token": token})

    def end_others(self, school_id: UUID, token: str) -> None:
        """Forget all other browsers of a family."""
        asked = {"token": token}
        self.asker.ask(calls.END_OTHER_FAMILY_SESSIONS, school_id=school_id, json=asked)

    def ask_link(self, school_id: UUID, mail: str, remote_address: str) -> None:
        """Ask for a link to whoever is registered with an address.

        Raise Invalid for what is no address, Busy `links_slowed`.
        """
        asked = {"mail": mail, "remote_address": remote_address}
        self.asker.ask(calls.ASK_FAMILY_LINK, school_id=school_id, json=asked)

    def sign_in(self, typed: Mapping[str, str]) -> Sequence[OpenedPageOut]:
        """Return at which schools an address and a password let in, and what is kept for each.

        `typed`: mail, password and remote_address. Raise Unauthenticated `family_sign_in_refused`,
        Invalid for what is no address, Busy `locked`, `slowed`, `sign_in_busy`.
        """
        return self.asker.ask(calls.FAMILY_SIGN_IN, json=dict(typed))["items"]

    def password(self, school_id: UUID, token: str) -> OwnPasswordStandOut:
        """Return how it stands with the own password of who is at the browser."""
        asked = {"token": token}
        return self.asker.ask(calls.OWN_PASSWORD_OF_FAMILY, school_id=school_id, json=asked)

    def choose_password(self, school_id: UUID, given: Mapping[str, str]) -> None:
        """Choose an own password. `given`: token, password, current and remote_address.

        Raise NotAllowed `current_wrong`, `fresh_sign_in_needed`, Refused, Invalid `password_weak`,
        Busy as at the sign-in.
        """
        self.asker.ask(calls.CHOOSE_FAMILY_PASSWORD, school_id=school_id, json=dict(given))

    def end_password(self, school_id: UUID, given: Mapping[str, str]) -> None:
        """Forget the own password; `given` and raised as by `choose_password`, but `password`."""
        self.asker.ask(calls.END_FAMILY_PASSWORD, school_id=school_id, json=dict(given))

    def link(self, token: str) -> LinkOut:
        """Return what a press on a link would do.

        Raise NotFound, Refused `family_link_used`, `family_link_over`; `family_test_used`,
        `family_test_over` for a test's.
        """
        return self.asker.ask(calls.FAMILY_LINK, path={"token": token})

    def press(self, token: str) -> PressedLinkOut:
        """Use a link, once; raise as `link`."""
        return self.asker.ask(calls.PRESS_FAMILY_LINK, path={"token": token})

    def test_point(self, school_id: UUID, token: str, contact_point_id: UUID) -> None:
        """Send a test to one of the family's contact points; raise Busy `links_slowed`."""
        path = {"contact_point_id": contact_point_id}
        asked = {"token": token}
        self.asker.ask(calls.TEST_OWN_POINT, path=path, school_id=school_id, json=asked)

    def look_up_app(self, school_id: UUID, token: str, app: Mapping[str, Any]) -> OwnAppOut:
        """Return which of the family's contact points a phone is; raise Invalid."""
        body = {"token": token, **app}
        return self.asker.ask(calls.LOOK_UP_OWN_APP, school_id=school_id, json=body)

    def renew_app(
        self, school_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> None:
        """Let contact points follow their phone to its new address; raise Invalid, NotFound."""
        body = {"before": dict(before), "after": dict(after)}
        self.asker.ask(calls.RENEW_APP, school_id=school_id, json=body)

    def add_app(
        self, school_id: UUID, token: str, app: Mapping[str, Any], terms_version: str
    ) -> None:
        """Make a family's phone a contact point; raise Invalid."""
        body = {"token": token, "terms_version": terms_version, **app}
        self.asker.ask(calls.ADD_OWN_APP, school_id=school_id, json=body)

    def link_line(self, school_id: UUID, token: str, terms_version: str) -> str:
        """Return the nonce with which a family goes over to LINE from its own page.

        Raise Refused `sheet_needed`, Busy `line_links_too_many`.
        """
        asked = {"token": token, "terms_version": terms_version}
        return self.asker.ask(calls.LINK_OWN_LINE, school_id=school_id, json=asked)["nonce"]

    def end_point(
        self, school_id: UUID, token: str, contact_point_id: UUID, *, even_last: bool
    ) -> None:
        """Take one of the family's contact points away; raise Refused `last_contact_point`."""
        path = {"contact_point_id": contact_point_id}
        asked = {"token": token, "even_last": even_last}
        self.asker.ask(calls.END_OWN_POINT, path=path, school_id=school_id, json=asked)

    def choose_language(self, school_id: UUID, token: str, language: str) -> None:
        """Write to this family in another language from now on."""
        asked = {"token": token, "language": language}
        self.asker.ask(calls.FAMILY_LANGUAGE, school_id=school_id, json=asked)
