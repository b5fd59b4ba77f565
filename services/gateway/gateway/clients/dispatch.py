"""What the gateway asks the dispatchers: previews, LINE's quota, answers to mails, the key by which
phones register, and links that stop mails."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.answers.dispatch_line import PublicAccountOut, QuotaOut
from common.answers.dispatch_mail import RepliesOut
from common.errors import ServiceError, Unauthenticated
from gateway.clients import calls
from gateway.clients.asking import Answer, Asker
from gateway.clients.calls import Call

# A person waits for the confirm screen, and a preview that is missing holds up nothing.
PREVIEW_SECONDS = 3
# A person waits for the confirm screen; LINE itself may take ten.
QUOTA_SECONDS = 3


@dataclass(frozen=True)
class Dispatch:
    """The dispatchers, as `asker` may ask them."""

    asker: Asker

    def find_preview(self, call: Call[Answer], message_id: UUID, snapshot_id: str) -> Answer | None:
        """Return a message exactly as one channel will bring it to that audience.

        `call`: MAIL_PREVIEW, LINE_PREVIEW or PUSH_PREVIEW. None while nobody can say.
        """
        path = {"message_id": message_id}
        wanted = {"snapshot_id": snapshot_id}
        try:
            return self.asker.ask(call, path=path, params=wanted, timeout=PREVIEW_SECONDS)
        except Unauthenticated:
            raise
        except ServiceError:
            return None

    def find_line_quota(self) -> QuotaOut | None:
        """Return the month's LINE quota.

        None while nobody can say, or where the school has no account.
        """
        try:
            return self.asker.ask(calls.QUOTA, timeout=QUOTA_SECONDS)
        except Unauthenticated:
            raise
        except ServiceError:
            return None

    def find_line_account(self, school_id: UUID) -> PublicAccountOut | None:
        """Return where families add the school's LINE account as a friend.

        None where it has none, or nobody can say.
        """
        try:
            return self.asker.ask(calls.LINE_ACCOUNT, school_id=school_id, timeout=QUOTA_SECONDS)
        except ServiceError:
            return None

    def show_line_menu(self) -> None:
        """Show our menu below the talks of the school's LINE account.

        Raise NotFound `no_line_account`, Unavailable.
        """
        self.asker.ask(calls.SHOW_LINE_MENU)

    def find_replies(self) -> RepliesOut | None:
        """Return how many families answered mails these days; None while nobody can say."""
        try:
            return self.asker.ask(calls.REPLIES, timeout=PREVIEW_SECONDS)
        except Unauthenticated:
            raise
        except ServiceError:
            return None

    def find_web_push_key(self) -> str | None:
        """Return by which key a phone subscribes to notifications.

        None where the operator has none, and while nobody can say: the app is not offered then.
        """
        try:
            return self.asker.ask(calls.WEB_PUSH, timeout=PREVIEW_SECONDS)["public_key"]
        except ServiceError:
            return None

    def unsubscribe_school(self, token: str) -> str:
        """Return the school whose mails a link stops, changing nothing; raise NotFound."""
        return self.asker.ask(calls.UNSUBSCRIBE, path={"token": token})["school_id"]

    def stop_mails(self, token: str) -> str:
        """Stop ordinary mails to the address that a link was sent to; return the school."""
        return self.asker.ask(calls.STOP_MAILS, path={"token": token})["school_id"]

    def resume_mails(self, token: str) -> str:
        """Take back that mails to the address stop which a link was sent to; return the school."""
        return self.asker.ask(calls.RESUME_MAILS, path={"token": token})["school_id"]
