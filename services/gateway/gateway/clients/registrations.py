"""What the gateway asks directory for families that register, and for the office that looks on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common.answers.directory import (
    ConfirmationLinkOut,
    PressedConfirmation,
    RecentRegistration,
    RegistrationBegun,
    RegistrationOut,
)
from gateway.clients import calls
from gateway.clients.asking import Asker
from gateway.domain.tickets import WrittenTicket


@dataclass(frozen=True, slots=True)
class HeldRegistration:
    """A registration as a browser holds it."""

    school_id: UUID
    token: str


@dataclass(frozen=True)
class Registrations:
    """Directory, as families come in there."""

    asker: Asker

    def begin(self, codes: Mapping[str, str]) -> RegistrationBegun:
        """Begin by the codes of a sheet; raise Invalid `registration_codes_wrong`, Busy."""
        return self.asker.ask(calls.BEGIN_REGISTRATION, json=dict(codes))

    def show(self, held: HeldRegistration) -> RegistrationOut:
        """Return how far a registration is; raise NotFound `registration_over`."""
        body = {"token": held.token}
        return self.asker.ask(calls.REGISTRATION, school_id=held.school_id, json=body)

    def agree(self, held: HeldRegistration, about: Mapping[str, str]) -> None:
        """Agree to the use of addresses; `about`: {terms_version, label, language}."""
        body = {"token": held.token, **about}
        self.asker.ask(calls.AGREE_REGISTRATION, school_id=held.school_id, json=body)

    def add_sibling(self, held: HeldRegistration, codes: Mapping[str, str]) -> None:
        """Add the child of another sheet; raise as `begin`, and NotFound, Refused."""
        body = {"token": held.token, **codes}
        self.asker.ask(calls.ADD_SIBLING, school_id=held.school_id, json=body)

    def ask_proof(self, held: HeldRegistration, address: str, *, is_sure: bool) -> str:
        """Send a confirmation mail; return by which id its code is given. Raise Invalid, Busy."""
        body = {"token": held.token, "address": address, "is_sure": is_sure}
        answer = self.asker.ask(calls.ASK_PROOF, school_id=held.school_id, json=body)
        return answer["mail_id"]

    def empty_mail_address(self, held: HeldRegistration) -> str:
        """Return to which address of ours a registration is written: what stands before the @.

        Raise Refused `terms_not_agreed`, NotFound.
        """
        body = {"token": held.token}
        answer = self.asker.ask(calls.EMPTY_MAIL_ADDRESS, school_id=held.school_id, json=body)
        return answer["local_part"]

    def prove(self, held: HeldRegistration, mail_id: UUID, code: str) -> str | None:
        """Give the six digits of a mail; return what lets the browser in at My Page, if anything.

        Raise Invalid `mail_code_wrong`, Refused `confirmation_over`, `sheet_replaced`.
        """
        body = {"token": held.token, "mail_id": str(mail_id), "code": code}
        answer = self.asker.ask(calls.PROVE_MAIL, school_id=held.school_id, json=body)
        return answer["session_token"]

    def register_app(self, held: HeldRegistration, app: Mapping[str, Any]) -> str | None:
        """Make a phone a contact point; return what lets the browser in at My Page, if anything.

        Raise Invalid `push_service_unknown`, `subscription_refused`, `firebase_token_refused`,
        Refused `sheet_replaced`.
        """
        body = {"token": held.token, **app}
        answer = self.asker.ask(calls.REGISTER_APP, school_id=held.school_id, json=body)
        return answer["session_token"]

    def give_ticket(self, held: HeldRegistration) -> WrittenTicket:
        """Return what takes a registration over into an installed page; raise NotFound."""
        body = {"token": held.token}
        given = self.asker.ask(calls.GIVE_TICKET, school_id=held.school_id, json=body)
        expires_at = datetime.fromisoformat(given["expires_at"])
        return WrittenTicket(held.school_id, expires_at, given["ticket"])

    def use_ticket(self, ticket: WrittenTicket) -> HeldRegistration:
        """Take a registration over, once; raise NotFound."""
        body = {"ticket": ticket.text}
        given = self.asker.ask(calls.USE_TICKET, school_id=ticket.school_id, json=body)
        return HeldRegistration(ticket.school_id, given["token"])

    def link_line(self, held: HeldRegistration) -> str:
        """Return the nonce with which the browser goes over to LINE.

        Raise NotFound, Refused `terms_not_agreed`, Busy `line_links_too_many`.
        """
        body = {"token": held.token}
        return self.asker.ask(calls.LINK_LINE, school_id=held.school_id, json=body)["nonce"]

    def enter_by_line(self, held: HeldRegistration) -> str:
        """Return what lets the browser in at My Page; raise NotFound where nobody pressed yet."""
        body = {"token": held.token}
        answer = self.asker.ask(calls.ENTER_BY_LINE, school_id=held.school_id, json=body)
        return answer["session_token"]

    def link(self, link: str) -> ConfirmationLinkOut:
        """Return what a confirmation link is for; raise Refused `confirmation_over`."""
        return self.asker.ask(calls.CONFIRMATION_LINK, json={"link": link})

    def press(self, link: str, held: HeldRegistration | None) -> PressedConfirmation:
        """Prove an address by its link; raise Refused."""
        body = {"link": link, "token": held.token if held else None}
        return self.asker.ask(calls.PRESS_CONFIRMATION, json=body)

    def recent(self) -> Sequence[RecentRegistration]:
        """Return what was registered within 14 days, as the signed-in person may see it."""
        return self.asker.ask(calls.RECENT_REGISTRATIONS)["items"]

    def is_talk_allowed(self) -> bool:
        """Return whether families may register in the LINE talk."""
        return self.asker.ask(calls.TALK_SETTING)["is_allowed"]

    def allow_talk(self, *, is_allowed: bool) -> None:
        """Let families register in the LINE talk, or only by a link."""
        self.asker.ask(calls.CHANGE_TALK_SETTING, json={"is_allowed": is_allowed})

    def accept(self, registration_id: UUID) -> None:
        """Let a protected family in; raise Refused `registration_decided`."""
        path = {"registration_id": registration_id}
        self.asker.ask(calls.ACCEPT_REGISTRATION, path=path, json={})

    def refuse(self, registration_id: UUID) -> None:
        """Turn a protected family down; raise Refused `registration_decided`."""
        path = {"registration_id": registration_id}
        self.asker.ask(calls.REFUSE_REGISTRATION, path=path, json={})
