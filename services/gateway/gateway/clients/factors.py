"""What the gateway asks identity about second factors, by a session that may have no token yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.identity import AppOfferOut, OwnFactorsOut
from gateway.clients import calls
from gateway.clients.asking import Asker


@dataclass(frozen=True)
class Factors:
    """Identity, as who gave the password may ask it about their second factors."""

    asker: Asker

    def kinds(self, session_id: str) -> list[str]:
        """Return by what a session's owner may go on; raise Refused `factor_proved`."""
        return self.asker.ask(calls.FACTOR_KINDS, json={"session_id": session_id})["kinds"]

    def prove_by_code(self, session_id: str, code: str) -> int | None:
        """Prove the factor by a code; return how many recovery codes are left if it was one.

        Raise NotAllowed `factor_wrong`, Busy `locked`, Refused `factor_proved`.
        """
        body = {"session_id": session_id, "code": code}
        return self.asker.ask(calls.PROVE_BY_CODE, json=body)["recovery_codes_left"]

    def challenge(self, session_id: str) -> dict[str, Any]:
        """Return what a browser asks of a passkey; raise Refused `factor_proved`."""
        answer = self.asker.ask(calls.PASSKEY_CHALLENGE, json={"session_id": session_id})
        return answer["options"]

    def prove_by_passkey(self, session_id: str, credential: str) -> None:
        """Prove the factor by what a passkey has signed; raise as `prove_by_code`."""
        body = {"session_id": session_id, "credential": credential}
        self.asker.ask(calls.PROVE_BY_PASSKEY, json=body)

    def own(self, session_id: str) -> OwnFactorsOut:
        """Return the factors of a session's owner; raise Unauthenticated."""
        return self.asker.ask(calls.OWN_FACTORS, json={"session_id": session_id})

    def confirm(self, given: Mapping[str, Any]) -> None:
        """Let factors be changed for a while.

        `given`: {session_id, password, remote_address, device}. Raise NotAllowed `current_wrong`,
        Busy as at the sign-in.
        """
        self.asker.ask(calls.CONFIRM_PASSWORD, json=dict(given))

    def offer_app(self, session_id: str) -> AppOfferOut:
        """Return a secret for an authenticator app; raise NotAllowed `password_needed`."""
        return self.asker.ask(calls.OFFER_APP, json={"session_id": session_id})

    def add_app(self, session_id: str, name: str, code: str) -> list[str]:
        """Register the app that shows this code; return recovery codes with the first factor.

        Raise NotAllowed `factor_wrong`, Refused `offer_gone`.
        """
        body = {"session_id": session_id, "name": name, "code": code}
        return self.asker.ask(calls.ADD_APP, json=body)["recovery_codes"]

    def offer_passkey(self, session_id: str) -> dict[str, Any]:
        """Return what a browser needs to make a passkey; raise NotAllowed `password_needed`."""
        return self.asker.ask(calls.OFFER_PASSKEY, json={"session_id": session_id})["options"]

    def add_passkey(self, session_id: str, name: str, credential: str) -> list[str]:
        """Register a passkey; return recovery codes with the first factor.

        Raise Invalid `passkey_refused`, Refused `offer_gone`.
        """
        body = {"session_id": session_id, "name": name, "credential": credential}
        return self.asker.ask(calls.ADD_PASSKEY, json=body)["recovery_codes"]

    def end(self, session_id: str, factor_id: UUID) -> None:
        """Remove a factor; raise Refused `factor_demanded`, NotAllowed `password_needed`."""
        path = {"factor_id": factor_id}
        self.asker.ask(calls.END_FACTOR, path=path, json={"session_id": session_id})

    def renew_codes(self, session_id: str) -> list[str]:
        """Return new recovery codes; raise NotAllowed `password_needed`."""
        body = {"session_id": session_id}
        return self.asker.ask(calls.RENEW_CODES, json=body)["recovery_codes"]
