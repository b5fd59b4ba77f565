"""What happens in the talk: LINE tells by webhook, taps are confirmed and answered, blocks become
known.

A webhook is only stored and answered at once; a loop of the worker role deals with it, in the order
in which things occurred.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy.orm import Session

from common.bus import outbox
from common.crypto import make_link
from common.db import Database
from common.db.listen import wake
from common.delivery.channel import GONE
from common.errors import NotFound, Refused, Unauthenticated
from dispatch_line.actions.accounts import AccountBook, AccountUnknown, OpenAccount
from dispatch_line.actions.heard import (
    Dealt,
    HealthChange,
    Heard,
    Offer,
    Proof,
    demand_word,
    word_of,
)
from dispatch_line.actions.own_page import OwnPage
from dispatch_line.actions.talk_registering import TalkRegistering
from dispatch_line.clients import Clients, Owner
from dispatch_line.domain import words
from dispatch_line.domain.content import (
    CONFIRM,
    MY_PAGE,
    MY_POINTS,
    REGISTER,
    agreement_of,
    read_button,
    school_of_nonce,
)
from dispatch_line.domain.events import (
    TalkEvent,
    WebhookKind,
    looks_signed,
    read_events,
    signature_holds,
)
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.domain.talk_state import Command
from dispatch_line.store import accounts as account_store
from dispatch_line.store import talks

HEALTH = {WebhookKind.FOLLOW: "ok", WebhookKind.UNFOLLOW: "blocked"}
DECLINED = {
    "link_expired": words.EXPIRED,
    "link_revoked": words.REVOKED,
    "not_confirmable": words.NOT_CONFIRMABLE,
}
LINK_DECLINED = {
    "line_link_over": words.LINK_OVER,
    "registration_over": words.LINK_OVER,
    "line_link_used": words.LINK_USED,
    "sheet_replaced": words.SHEET_REPLACED,
    "sheet_needed": words.SHEET_NEEDED,
    "contact_points_too_many": words.TOO_MANY,
}
# What tells whoever answers in the talks that LINE has told something.
TOLD = "renraku_talks"
# What the menu's buttons ask for → where My Page leads on to.
PAGES = {MY_PAGE: "", MY_POINTS: "family"}
SAID = GONE | {"link_unknown", *DECLINED}


class BadSignature(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("bad_signature", "The signature is not valid.")


def find_signer(book: AccountBook, account_id: UUID, signature: str) -> OpenAccount:
    """Return the account that a webhook claims to be for, before its body is read.

    Raises BadSignature for a header that can't be a signature, before the database is asked;
    AccountUnknown where there is none.
    """
    if not looks_signed(signature):
        raise BadSignature()
    account = book.find_for_stranger(account_id)
    if account is None:
        raise AccountUnknown()
    return account


def check_signature(account: OpenAccount, body: bytes, signature: str) -> None:
    """Raise BadSignature unless LINE signed the raw body for this account."""
    if not signature_holds(account.channel_secret, body, signature):
        raise BadSignature()


def store_webhook(
    session: Session, key: OwnKey, account_id: UUID, body: bytes, *, now: datetime
) -> int:
    """Store the events of a checked webhook, each once however often it comes.

    Return how many are new.

    Raises NotFound `account_unknown`: a process knows an account for a minute after it went with
    its last school.
    """
    if not account_store.hold_account(session, account_id):
        raise AccountUnknown()
    rows: list[dict[str, Any]] = [
        {
            "id": event.id,
            "account_id": account_id,
            "received_at": now,
            "occurred_at": event.occurred_at,
            "body": key.seal(account_id, "webhook", event.dump(), event.id),
            "handled_at": None,
        }
        for event in read_events(body)
    ]
    count = talks.insert_events(session, rows)
    if count:
        wake(session, TOLD)
    return count


@dataclass(frozen=True)
class Talks:
    """What is needed to deal with an event.

    `secret` signs buttons; `base_url` is where guardians read.
    """

    database: Database
    clients: Clients
    key: OwnKey
    secret: bytes
    base_url: str

    @property
    def registering(self) -> TalkRegistering:
        return TalkRegistering(self.database, self.clients, self.key)

    def list_waiting(self, limit: int) -> list[Heard]:
        """Return events in the order in which they occurred."""
        with self.database.for_system(read_only=True) as session:
            rows = [
                (row.account_id, row.id, row.body) for row in talks.list_waiting(session, limit)
            ]
        return [
            Heard(
                account_id,
                TalkEvent.load(self.key.open(account_id, "webhook", body, event_id)),
            )
            for account_id, event_id, body in rows
            if body is not None
        ]

    def deal_with(self, heard: Heard) -> Dealt:
        """Do what an event asks for, again without harm.

        Raises Unavailable while another house is away.
        """
        match heard.event.kind:
            case WebhookKind.POSTBACK:
                return self._answer_tap(heard)
            case WebhookKind.MESSAGE:
                return self._answer_words(heard)
            case WebhookKind.ACCOUNT_LINK:
                return Dealt(self._link(heard))
        changes = tuple(self._changes(heard))
        if heard.event.kind is WebhookKind.UNFOLLOW:
            return Dealt(changes=changes)
        if changes:
            return Dealt(words.WELL_AGAIN, changes=changes)
        if self.registering.is_allowed(heard):
            return Dealt(words.TERMS, Offer.TERMS)
        return Dealt(words.WELCOME, Offer.LINK)

    def _answer_words(self, heard: Heard) -> Dealt:
        if heard.event.data == Command.REGISTER:
            return self._offer(heard)
        if heard.event.data == Command.MY_PAGE:
            return self._lead_to_page(heard)
        return self.registering.answer(heard) or Dealt(words.WRONG_WORDS, Offer.BUTTON)

    def _lead_to_page(self, heard: Heard, to: str = "") -> Dealt:
        with self.database.for_system(read_only=True) as session:
            schools = list(account_store.list_schools(session, heard.account_id))
        page = OwnPage(self.clients, self.base_url)
        found = page.answer(heard, schools, to)
        if found is not None:
            return found
        offered = self._offer(heard)
        return replace(offered, reply=f"{words.NOT_YET}{offered.reply}")

    def _offer(self, heard: Heard) -> Dealt:
        """Offer the ways to register: by our page, and in the talk where a school allows it."""
        if self.registering.is_allowed(heard):
            return Dealt(words.TERMS, Offer.TERMS)
        return Dealt(words.OFFER, Offer.LINK)

    def link_of(self, link_token: str) -> str:
        """Return our page that links a LINE user.

        It opens in the browser of the phone and not in LINE's own, where nobody is known.
        """
        return f"{self.base_url}/t/line?linkToken={quote(link_token)}&openExternalBrowser=1"

    def terms_link(self) -> str:
        """Return where our words on the use of addresses are read."""
        return f"{self.base_url}/p"

    def close(self, heard: Heard, dealt: Dealt, now: datetime) -> None:
        """Note that an event is dealt with, together with what directory has to know."""
        with self.database.for_system() as session:
            if not talks.mark_handled(session, heard.event.id, now):
                return
            if dealt.change is not None:
                self.registering.keep(session, heard, dealt.change, now)
            for change in dealt.changes:
                payload = {
                    "contact_point_id": change.contact_point_id,
                    "health": change.health,
                    "since": heard.event.occurred_at,
                }
                outbox.put(session, "contact_point.changed", payload, school_id=change.school_id)
            for proof in dealt.proofs:
                proved = {
                    "contact_point_id": proof.contact_point_id,
                    "proved_at": heard.event.occurred_at,
                }
                outbox.put(session, "contact_point.proved", proved, school_id=proof.school_id)

    def _answer_tap(self, heard: Heard) -> Dealt:
        data = heard.event.data or ""
        if data == REGISTER:
            return self._offer(heard)
        if data in PAGES:
            return self._lead_to_page(heard, PAGES[data])
        agreed = agreement_of(data)
        if agreed is not None:
            return self.registering.agree(heard, agreed)
        button = read_button(self.secret, data)
        if button is None:
            return Dealt(words.NOT_OURS)
        action, message_id = button
        with self.database.for_system(read_only=True) as session:
            school_id = talks.find_school_of(session, message_id)
            account_id = account_store.find_account_of(session, school_id) if school_id else None
        if school_id is None or account_id != heard.account_id:
            return Dealt(words.NOT_OURS)
        try:
            owners = self.clients.owners(school_id, heard.event.user_id)
            if not owners:
                return Dealt(words.NOT_REGISTERED)
            if action == CONFIRM:
                return Dealt(self._confirm(school_id, message_id, owners))
            return self._open(school_id, message_id, owners)
        except (NotFound, Refused) as error:
            demand_word(error, SAID)
            return Dealt(DECLINED.get(error.code, words.NOT_ADDRESSED))

    def _link(self, heard: Heard) -> str | None:
        """Link a LINE user who pressed in LINE's dialog; the nonce names the school.

        None where LINE refused itself: such an event can't be answered.
        """
        nonce = heard.event.data
        if nonce is None:
            return None
        school_id = school_of_nonce(nonce)
        if school_id is None:
            return words.LINK_OVER
        with self.database.for_system(read_only=True) as session:
            account_id = account_store.find_account_of(session, school_id)
        if account_id != heard.account_id:
            return words.OTHER_ACCOUNT
        try:
            user_id = heard.event.user_id
            linked = self.clients.link(school_id, user_id, nonce)
        except (NotFound, Refused) as error:
            demand_word(error, GONE | LINK_DECLINED.keys())
            return LINK_DECLINED.get(word_of(error), words.LINK_OVER)
        return words.HELD if linked["is_held"] else words.registered(linked["children"])

    def _confirm(self, school_id: UUID, message_id: UUID, owners: Sequence[Owner]) -> str:
        """Confirm for whomever this LINE user stands.

        A guardian who was not addressed, or is none any more, is passed over, unless all are.
        """
        confirmed = []
        declined = None
        for owner in owners:
            try:
                done = self.clients.confirm(school_id, message_id, owner)
                confirmed.append((owner, done))
            except (NotFound, Refused) as error:
                demand_word(error, SAID)
                declined = error
        if declined is not None and not confirmed:
            raise declined
        moments = [done.confirmed_at for _, done in confirmed]
        last_at = max(moments)
        children: set[UUID] = set()
        for owner, done in confirmed:
            if owner.guardian_id:
                children.update(done.children)
        count = len(children)
        return words.confirmed(last_at, count)

    def _open(self, school_id: UUID, message_id: UUID, owners: Sequence[Owner]) -> Dealt:
        """Answer with the reader's own signed link.

        It opens nothing for somebody who was not addressed.
        """
        link_key = self.clients.content(school_id, message_id).link_key
        points = [owner.contact_point_id for owner in owners]
        with self.database.for_school(school_id, read_only=True) as session:
            addressed = talks.list_readers(session, message_id, points)
        owner = _find_addressed(owners, addressed)
        if owner is None:
            return Dealt(words.NOT_ADDRESSED)
        token = make_link(link_key, "r", message_id, owner.reader_id, owner.contact_point_id)
        proof = Proof(school_id, owner.contact_point_id)
        is_staff = owner.guardian_id is None
        link = f"{self.base_url}/r/{token}"
        reply = words.full_text(link, is_staff=is_staff)
        return Dealt(reply, proofs=(proof,))

    def _changes(self, heard: Heard) -> list[HealthChange]:
        event = heard.event
        with self.database.for_system(read_only=True) as session:
            schools = account_store.list_schools(session, heard.account_id)
        changes: list[HealthChange] = []
        for school_id in schools:
            try:
                owners = self.clients.owners(school_id, event.user_id)
            except (NotFound, Refused) as error:
                demand_word(error, GONE)
                continue
            for owner in owners:
                health = HEALTH[event.kind]
                changes.append(HealthChange(school_id, owner.contact_point_id, health))
        return changes


def _find_addressed(owners: Sequence[Owner], addressed: Collection[UUID]) -> Owner | None:
    for owner in owners:
        if owner.contact_point_id in addressed:
            return owner
    return None
