"""What the gateway asks messaging: drafts, messages, how they stand, and readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.messaging import (
    CategoryOut,
    ChecksOut,
    FamilyMessagePage,
    MessageBoard,
    MessageOut,
    MessagePage,
    NamedMessage,
    ProgressOut,
    ReadingOut,
    ReceivedPage,
    RecipientPage,
    ReleasedOut,
    SentMessagePage,
    TemplateOut,
    ToldChild,
    UnreachedChild,
)
from gateway.clients import calls
from gateway.clients.asking import Answer, Asker, in_calls, page_params
from gateway.clients.calls import Call


@dataclass(frozen=True)
class Messaging:
    """Messaging, as `asker` may ask it."""

    asker: Asker

    def reading(self, token: str) -> ReadingOut:
        """Return what a guardian's link shows; in the gateway's own name.

        Raise NotFound `link_unknown`, Refused `link_expired`.
        """
        return self.asker.ask(calls.READING, path={"token": token})

    def confirm_reading(self, token: str) -> None:
        """Confirm for whom a link is; in the gateway's own name."""
        self.asker.ask(calls.CONFIRM_READING, path={"token": token})

    def family_messages(self, school_id: UUID, wanted: Mapping[str, Any]) -> FamilyMessagePage:
        """Return a page of what guardians were sent, what waits for their press first."""
        return self.asker.ask(calls.FAMILY_MESSAGES, school_id=school_id, params=dict(wanted))

    def family_reading(
        self, school_id: UUID, guardian_ids: Sequence[str], message_id: UUID
    ) -> ReadingOut:
        """Return a message as these guardians read it; raise NotFound `link_unknown`."""
        path, params = {"message_id": message_id}, {"guardian_id": list(guardian_ids)}
        return self.asker.ask(calls.FAMILY_READING, path=path, school_id=school_id, params=params)

    def confirm_as_family(
        self, school_id: UUID, guardian_ids: Sequence[str], message_id: UUID
    ) -> None:
        """Confirm for all of these guardians' children in a message; raise Refused."""
        path, params = {"message_id": message_id}, {"guardian_id": list(guardian_ids)}
        self.asker.ask(calls.CONFIRM_AS_FAMILY, path=path, school_id=school_id, params=params)

    def messages(self, wanted: Mapping[str, Any]) -> MessagePage:
        """Return a page of messages, newest first.

        `wanted`: what messaging filters by; empty values ask for nothing.
        """
        params = {name: value for name, value in wanted.items() if value}
        return self.asker.ask(calls.MESSAGES, params=params)

    def sent_messages(self, *, after: str | None, limit: int) -> SentMessagePage:
        """Return a page of what was sent, newest first, without texts (for operators who look)."""
        return self.asker.ask(calls.SENT_MESSAGES, params=page_params(after, limit))

    def board(self) -> MessageBoard:
        """Return what waits for this person: what was sent, own drafts, whom none reached."""
        return self.asker.ask(calls.MESSAGE_BOARD)

    def name_messages(self, ids: Iterable[str]) -> dict[str, NamedMessage]:
        """Return id → subject, kind and state of messages that this person may see."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, NamedMessage] = {}
        for some in in_calls(wanted):
            answer = self.asker.ask(calls.NAME_MESSAGES, json={"ids": some})
            found.update({message["id"]: message for message in answer["items"]})
        return found

    def received(self, member_id: UUID, *, after: str | None, limit: int) -> ReceivedPage:
        """Return a page of what one person was sent, as far as who asks may see messages."""
        wanted = {"member_id": str(member_id), **page_params(after, limit)}
        return self.asker.ask(calls.RECEIVED_MESSAGES, params=wanted)

    def unreached(self) -> list[UnreachedChild]:
        """Return children whom messages of the last days did not reach and nobody told otherwise.

        Each with the messages.
        """
        return self.asker.ask(calls.UNREACHED)["items"]

    def tell(
        self, message_id: UUID, member_ids: Sequence[str], *, how: str, by: str
    ) -> list[ToldChild]:
        """Note that families were told by phone or on paper.

        Return each child with who was first to note it.
        """
        body = {"member_ids": list(member_ids), "told_how": how, "told_by_name": by}
        return self._of_message(calls.TELL, message_id, json=body)["items"]

    def take_back(self, message_id: UUID, member_ids: Sequence[str]) -> None:
        """Take such notes back."""
        self._of_message(calls.TAKE_BACK, message_id, json={"member_ids": list(member_ids)})

    def begin_draft(self, content: Mapping[str, Any]) -> MessageOut:
        return self.asker.ask(calls.BEGIN_DRAFT, json=dict(content))

    def save_draft(self, message_id: UUID, content: Mapping[str, Any]) -> MessageOut:
        """Save what was typed.

        Raise Refused `changed_elsewhere` when the draft is not the one that was read.
        """
        return self._of_message(calls.SAVE_DRAFT, message_id, json=dict(content))

    def message(self, message_id: UUID) -> MessageOut:
        return self._of_message(calls.MESSAGE, message_id)

    def discard_draft(self, message_id: UUID) -> None:
        self._of_message(calls.DISCARD_DRAFT, message_id)

    def restore_draft(self, message_id: UUID) -> None:
        self._of_message(calls.RESTORE_DRAFT, message_id)

    def templates(self) -> list[TemplateOut]:
        return self.asker.ask(calls.TEMPLATES)["items"]

    def categories(self) -> list[CategoryOut]:
        """Return the school's categories in order, those that are used no more among them."""
        return self.asker.ask(calls.CATEGORIES)["items"]

    def add_category(self, content: Mapping[str, Any]) -> CategoryOut:
        """Add a category. Raise Refused `category_taken`, `category_retired`."""
        return self.asker.ask(calls.ADD_CATEGORY, json=dict(content))

    def change_category(self, category_id: UUID, content: Mapping[str, Any]) -> CategoryOut:
        """Change a category. Raise Refused `changed_meanwhile`, `category_taken`."""
        path = {"category_id": category_id}
        return self.asker.ask(calls.CHANGE_CATEGORY, path=path, json=dict(content))

    def move_category(self, category_id: UUID, *, up: bool) -> None:
        self.asker.ask(calls.MOVE_CATEGORY, path={"category_id": category_id}, json={"up": up})

    def retire_category(self, category_id: UUID) -> CategoryOut:
        return self.asker.ask(calls.RETIRE_CATEGORY, path={"category_id": category_id})

    def restore_category(self, category_id: UUID) -> CategoryOut:
        return self.asker.ask(calls.RESTORE_CATEGORY, path={"category_id": category_id})

    def file_message(
        self, message_id: UUID, category_id: str | None, *, instead_of: str | None
    ) -> MessageOut:
        """File a sent message under another category. Raise Refused `changed_meanwhile`."""
        body = {"category_id": category_id, "instead_of": instead_of}
        return self._of_message(calls.FILE_MESSAGE, message_id, json=body)

    def check(self, message_id: UUID) -> ChecksOut:
        return self._of_message(calls.CHECKS, message_id)

    def release(self, message_id: UUID, body: Mapping[str, Any], *, key: str) -> ReleasedOut:
        """Send; a second press answers `already` and changes nothing."""
        headers = {"Idempotency-Key": key}
        return self._of_message(calls.RELEASE, message_id, json=dict(body), headers=headers)

    def act(self, call: Call[Answer], message_id: UUID) -> Answer:
        """Do one of WITHDRAW, SEND_NOW, STOP, TEST_SEND."""
        return self._of_message(call, message_id)

    def progress(self, message_id: UUID) -> ProgressOut:
        return self._of_message(calls.PROGRESS, message_id)

    def recipients(self, message_id: UUID, wanted: Mapping[str, Any]) -> RecipientPage:
        """Return a page of a message's children.

        `wanted`: state, class_id, after, limit; empty values ask for nothing.
        """
        params = {name: value for name, value in wanted.items() if value}
        return self._of_message(calls.RECIPIENTS, message_id, params=params)

    def _of_message(self, call: Call[Answer], message_id: UUID, **request: Any) -> Answer:
        return self.asker.ask(call, path={"message_id": message_id}, **request)
