"""What the gateway asks identity for operators who give an administrator a way in again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.answers.identity import RecoveryOut, RecoveryPasswordOut
from gateway.clients import calls
from gateway.clients.asking import Asker


@dataclass(frozen=True)
class Recoveries:
    """Identity, as an operator may ask it."""

    asker: Asker

    def of_school(self, school_id: UUID) -> list[RecoveryOut]:
        """Return what waits for a second operator."""
        return self.asker.ask(calls.RECOVERIES, path={"school_id": school_id})["items"]

    def ask(self, school_id: UUID, account_id: str, called: str) -> None:
        """Ask for a way in; raise Invalid `called_too_short`, Refused, NotFound."""
        body = {"account_id": account_id, "called": called}
        self.asker.ask(calls.ASK_RECOVERY, path={"school_id": school_id}, json=body)

    def agree(self, school_id: UUID, recovery_id: UUID) -> RecoveryPasswordOut:
        """Agree and return the temporary password.

        Raise Refused `same_operator`, `operator_too_new`, `recovery_over`, `managed_elsewhere`.
        """
        path = {"school_id": school_id, "recovery_id": recovery_id}
        return self.asker.ask(calls.AGREE_TO_RECOVERY, path=path)
