"""LINE accounts: kept sealed, opened for a minute where they are used."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.db import Database
from common.errors import NotFound
from dispatch_line.domain.sealing import OwnKey
from dispatch_line.provider import Line, Quota, read_quota
from dispatch_line.store import accounts, talks
from dispatch_line.store.models import Account, AccountSchool

HELD_SECONDS = 60.0


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
    channel_secret: str = field(repr=False)
    access_token: str = field(repr=False)


def put_account(session: Session, key: OwnKey, account_id: UUID, given: AccountIn, *, now: datetime) -> Account:
    """Make or replace an account."""
    account = accounts.find_account(session, account_id)
    sealed = {
        "channel_secret": key.seal(account_id, "channel_secret", given.channel_secret),
        "access_token": key.seal(account_id, "access_token", given.access_token),
    }
    if account is None:
        account = Account(id=account_id, name=given.name, created_at=now, **sealed)
        session.add(account)
    else:
        account.name, account.channel_secret, account.access_token = given.name, sealed["channel_secret"], sealed["access_token"]
    session.flush()
    return account


def link_school(session: Session, school_id: UUID, account_id: UUID) -> None:
    """Let a school speak through an account; raises AccountUnknown."""
    if accounts.find_account(session, account_id) is None:
        raise AccountUnknown()
    link = accounts.find_link(session, school_id)
    if link is None:
        session.add(AccountSchool(school_id=school_id, account_id=account_id))
    else:
        link.account_id = account_id
    session.flush()


def erase_own_account(session: Session, school_id: UUID, limit: int) -> dict[str, int]:
    """Delete what LINE told to the account of a school that has gone, then the account; return the counts by table.

    An account that other schools share stays, and so does one that was never this school's: it may wait for its own.
    """
    leaving = accounts.lock_leaving(session, school_id)
    if told := talks.delete_events(session, leaving, limit):
        return {"webhook_events": told}
    gone = accounts.delete_accounts(session, leaving)
    accounts.forget_leaving(session, school_id)
    return {"accounts": gone} if gone else {}


class AccountBook:
    """Opened accounts and their quotas, held for a minute; safe to share between threads."""

    def __init__(self, database: Database, key: OwnKey, line: Line) -> None:
        self._database = database
        self._key = key
        self._line = line
        self._guard = threading.Lock()
        self._open: dict[UUID, tuple[float, OpenAccount | None]] = {}
        self._quotas: dict[UUID, tuple[float, Quota]] = {}

    def find(self, account_id: UUID) -> OpenAccount | None:
        """Return an account with its secrets, or None."""
        with self._guard:
            until, held = self._open.get(account_id, (0.0, None))
        if held is not None and clock.monotonic() < until:
            return held
        found = self._read(account_id)
        with self._guard:
            self._open[account_id] = (clock.monotonic() + HELD_SECONDS, found)
        return found

    def drop(self, account_id: UUID) -> None:
        """Forget what is held of an account: it was replaced."""
        with self._guard:
            self._open.pop(account_id, None)
            self._quotas.pop(account_id, None)

    def _read(self, account_id: UUID) -> OpenAccount | None:
        with self._database.for_system(read_only=True) as session:
            account = accounts.find_account(session, account_id)
            if account is None:
                return None
            sealed = (account.channel_secret, account.access_token)
        secret, token = (
            self._key.open(account_id, column, text)
            for column, text in zip(("channel_secret", "access_token"), sealed, strict=True)
        )
        return OpenAccount(account_id, secret, token)

    def quota_of(self, school_id: UUID) -> Quota:
        """Return the quota of a school's account, at most a minute old; raises NotFound `no_line_account`, Unavailable."""
        with self._database.for_school(school_id, read_only=True) as session:
            account_id = accounts.find_account_of(session, school_id)
        account = self.find(account_id) if account_id else None
        if account is None:
            raise NotFound("no_line_account", "This school has no LINE account.")
        with self._guard:
            until, held = self._quotas.get(account.id, (0.0, None))
        if held is not None and clock.monotonic() < until:
            return held
        quota = read_quota(self._line, account.access_token)
        with self._guard:
            self._quotas[account.id] = (clock.monotonic() + HELD_SECONDS, quota)
        return quota
