"""What the gateway asks identity about a school's accounts, their passwords, and its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.identity import (
    AlarmOut,
    CreatedAccountOut,
    FullAccountOut,
    ListedAccountOut,
    ListedReviewOut,
    PasswordRowOut,
    ReviewOut,
    SchoolSettingsOut,
    TemporaryPasswordOut,
)
from gateway.clients import calls
from gateway.clients.asking import LOOK_UP_LIMIT, Asker


@dataclass(frozen=True)
class Accounts:
    """Identity, as who manages a school's accounts may ask it."""

    asker: Asker

    def everybody(self, status: str | None = None) -> list[ListedAccountOut]:
        """Return the school's accounts, the first 500; `status`: those of one, else all."""
        params: dict[str, Any] = {"limit": LOOK_UP_LIMIT}
        if status:
            params["status"] = status
        return self.asker.ask(calls.ACCOUNTS, params=params)["items"]

    def get(self, account_id: UUID) -> FullAccountOut:
        """Return an account with its address and what it may do; raise NotFound."""
        return self.asker.ask(calls.ACCOUNT, path={"account_id": account_id})

    def add(self, new: Mapping[str, Any]) -> CreatedAccountOut:
        """Make an account; raise Refused `mail_taken`, `member_taken`, or Invalid."""
        return self.asker.ask(calls.ADD_ACCOUNT, json=dict(new))

    def change(self, account_id: UUID, changes: Mapping[str, Any]) -> None:
        """Change an account and its address, all or none.

        Raise Refused `last_administrator`, `mail_taken`, `managed_elsewhere`, or Invalid.
        """
        path = {"account_id": account_id}
        self.asker.ask(calls.CHANGE_ACCOUNT, path=path, json=dict(changes))

    def change_alike(self, account_ids: Sequence[str], changes: Mapping[str, Any]) -> int:
        """Change many accounts alike, all or none; return how many.

        Raise Invalid with the `account` that can't be changed so.
        """
        body = {"account_ids": list(account_ids), "changes": dict(changes)}
        return self.asker.ask(calls.CHANGE_ACCOUNTS, json=body)["changed"]

    def delete(self, account_id: UUID) -> None:
        """Delete an account; raise Refused `last_administrator`."""
        self.asker.ask(calls.DELETE_ACCOUNT, path={"account_id": account_id})

    def restore(self, account_id: UUID) -> None:
        """Take a deletion back; raise Refused `member_taken`."""
        self.asker.ask(calls.RESTORE_ACCOUNT, path={"account_id": account_id})

    def reset_factors(self, account_id: UUID) -> None:
        """Take somebody's second factors away; raise Refused `managed_elsewhere`."""
        self.asker.ask(calls.RESET_FACTORS, path={"account_id": account_id})

    def passwords(self) -> list[PasswordRowOut]:
        """Return how it stands with everybody's password."""
        return self.asker.ask(calls.PASSWORDS)["items"]

    def issue(self, account_ids: Sequence[str]) -> int:
        """Issue temporary passwords, all or none; return how many.

        Raise NotAllowed `own_password` or Refused `managed_elsewhere`, with the `account`.
        """
        body = {"account_ids": list(account_ids)}
        return self.asker.ask(calls.ISSUE_PASSWORDS, json=body)["issued"]

    def export(self, account_ids: Sequence[str]) -> list[TemporaryPasswordOut]:
        """Return the temporary passwords of some accounts that hold; the log keeps how many."""
        body = {"account_ids": list(account_ids)}
        return self.asker.ask(calls.EXPORT_PASSWORDS, json=body)["items"]

    def reviews(self) -> list[ListedReviewOut]:
        """Return the reviews of the accounts, the newest first."""
        return self.asker.ask(calls.REVIEWS)["items"]

    def review(self, review_id: UUID) -> ReviewOut:
        """Return a review with its list; raise NotFound."""
        return self.asker.ask(calls.REVIEW, path={"review_id": review_id})

    def add_review(self, kept: Sequence[str], stopped: Sequence[str]) -> ReviewOut:
        """Keep what was decided of all accounts.

        Raise Refused `review_incomplete`, `last_administrator`.
        """
        body = {"kept": list(kept), "stopped": list(stopped)}
        return self.asker.ask(calls.ADD_REVIEW, json=body)

    def alarms(self) -> list[AlarmOut]:
        """Return the download alarms, the newest first."""
        return self.asker.ask(calls.ALARMS)["items"]

    def see_alarm(self, alarm_id: UUID) -> None:
        """Note that an alarm was looked at; raise NotFound."""
        self.asker.ask(calls.SEE_ALARM, path={"alarm_id": alarm_id})

    def settings(self) -> SchoolSettingsOut:
        """Return what the school's administrators may set."""
        return self.asker.ask(calls.SCHOOL_SETTINGS)

    def change_settings(self, wanted: Mapping[str, Any]) -> None:
        """Change settings; raise Refused `changed_meanwhile`, or Invalid."""
        self.asker.ask(calls.CHANGE_SETTINGS, json=dict(wanted))
