"""LINE accounts: kept sealed, opened where they are used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.cache import Bounded
from common.db import Database
from common.errors import NotFound
from dispatch_line.domain.menu import LABELS, menu_of
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.provider import (
    LineAccess,
    Quota,
    draw_menu,
    put_menu,
    read_basic_id,
    read_quota,
)
from dispatch_line.store import accounts, talk_registrations, talks
from dispatch_line.store.models import AccountSchool, LineAccount

HELD_SECONDS = 60.0
# LINE changes a basic id when its owner buys another one.
BASIC_ID_SECONDS = 3600.0
# LINE may be told for so long that an account is unknown which another process has just made.
# Shorter, strangers who invent ids could cause queries more often.
READ_AGAIN_SECONDS = 5.0
NEVER_READ = float("-inf")


class AccountUnknown(NotFound):
    def __init__(self) -> None:
        super().__init__("account_unknown", "There is no such LINE account.")


@dataclass(frozen=True, slots=True)
class AccountIn:
    """A LINE account as an operator gives it."""

    name: str
    channel_secret: str = field(repr=False)
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """An account with its secrets in plain, for the moment of use."""

    id: UUID
    name: str
    channel_secret: str = field(repr=False)
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PublicAccount:
    """What families are told of an account; `basic_id`: by which LINE finds it."""

    name: str
    basic_id: str


def put_account(
    session: Session, key: OwnKey, account_id: UUID, given: AccountIn, *, now: datetime
) -> LineAccount:
    """Make or replace an account."""
    account = accounts.find_account(session, account_id)
    sealed = {
        "channel_secret": key.seal(account_id, "channel_secret", given.channel_secret),
        "access_token": key.seal(account_id, "access_token", given.access_token),
    }
    if account is None:
        account = LineAccount(id=account_id, name=given.name, created_at=now, **sealed)
        session.add(account)
    else:
        account.name, account.channel_secret, account.access_token = (
            given.name,
            sealed["channel_secret"],
            sealed["access_token"],
        )
    session.flush()
    return account


def link_school(session: Session, school_id: UUID, account_id: UUID) -> None:
    """Let a school speak through an account; raises AccountUnknown."""
    if accounts.find_account(session, account_id) is None:
        raise AccountUnknown()
    link = accounts.find_link(session, school_id)
    if link is None:
        link = AccountSchool(school_id=school_id, account_id=account_id)
        session.add(link)
    else:
        link.account_id = account_id
    session.flush()


def erase_own_account(session: Session, school_id: UUID, limit: int) -> dict[str, int]:
    """Delete what LINE told to the account of a school that has gone, then the account.

    Return the counts by table.

    An account that other schools share stays, and so does one that was never this school's: it may
    wait for its own.
    """
    leaving = accounts.lock_leaving(session, school_id)
    if told := talks.delete_events(session, leaving, limit):
        return {"webhook_events": told}
    talk_registrations.delete_all(session, leaving)
    gone = accounts.delete_accounts(session, leaving)
    accounts.forget_leaving(session, school_id)
    return {"accounts": gone} if gone else {}


class AccountBook:
    """The accounts, sealed, and their quotas, held for a minute; safe among threads."""

    def __init__(self, database: Database, key: OwnKey, line: LineAccess) -> None:
        self._database = database
        self._key = key
        self._line = line
        self._sealed = Bounded[UUID, LineAccount](seconds=HELD_SECONDS)
        self._quotas = Bounded[UUID, Quota](seconds=HELD_SECONDS)
        self._basic_ids = Bounded[UUID, str](seconds=BASIC_ID_SECONDS)
        self._read_again_at = NEVER_READ

    def find(self, account_id: UUID) -> OpenAccount | None:
        """Return an account with its secrets, or None; raises Undecipherable.

        For ids out of our own tables: one that is not held is always looked for, because a delivery
        whose account is unknown is refused for good.
        """
        sealed = self._sealed.get(account_id)
        if sealed is None:
            self._read_all()
            sealed = self._sealed.get(account_id)
        return None if sealed is None else self._opened(sealed)

    def find_for_stranger(self, account_id: UUID) -> OpenAccount | None:
        """Do as `find` for an id that anybody may have invented.

        Such ids are never held, and all of them together cause a query once in a few seconds.
        """
        is_held = self._sealed.get(account_id) is not None
        if not is_held and clock.monotonic() < self._read_again_at:
            return None
        return self.find(account_id)

    def drop(self, account_id: UUID) -> None:
        """Forget what is held of an account: it was replaced."""
        self._sealed.drop(account_id)
        self._quotas.drop(account_id)
        self._basic_ids.drop(account_id)
        self._read_again_at = NEVER_READ

    def _read_all(self) -> None:
        """Read every account: they are few, and strangers could else cause a query for each id."""
        began = clock.monotonic()
        with self._database.for_system(read_only=True) as session:
            found = accounts.list_accounts(session)
        for account in found:
            self._sealed.put(account.id, account, since=began)
        self._read_again_at = began + READ_AGAIN_SECONDS

    def _opened(self, account: LineAccount) -> OpenAccount:
        channel_secret = self._key.open(account.id, "channel_secret", account.channel_secret)
        access_token = self._key.open(account.id, "access_token", account.access_token)
        return OpenAccount(account.id, account.name, channel_secret, access_token)

    def quota_of(self, school_id: UUID) -> Quota:
        """Return the quota of a school's account, at most a minute old.

        Raises NotFound `no_line_account`, Unavailable.
        """
        account = self._account_of(school_id)
        held = self._quotas.get(account.id)
        if held is not None:
            return held
        quota = read_quota(self._line, account.access_token)
        self._quotas.put(account.id, quota)
        return quota

    def public_account_of(self, school_id: UUID) -> PublicAccount:
        """Return by what families find a school's account.

        Raises NotFound `no_line_account`, Unavailable.
        """
        account = self._account_of(school_id)
        basic_id = self._basic_ids.get(account.id)
        if basic_id is None:
            basic_id = read_basic_id(self._line, account.access_token)
            self._basic_ids.put(account.id, basic_id)
        return PublicAccount(account.name, basic_id)

    def show_menu(self, school_id: UUID, base_url: str) -> None:
        """Show our menu below the talks of a school's account, and of all who share it.

        Raises NotFound `no_line_account`, Unavailable.
        """
        account = self._account_of(school_id)
        picture = draw_menu(LABELS)
        put_menu(
            self._line,
            account.access_token,
            menu_of(base_url),
            picture,
        )

    def _account_of(self, school_id: UUID) -> OpenAccount:
        with self._database.for_school(school_id, read_only=True) as session:
            account_id = accounts.find_account_of(session, school_id)
        account = self.find(account_id) if account_id else None
        if account is None:
            raise NotFound(
                "no_line_account",
                "This school has no LINE account.",
            )
        return account
