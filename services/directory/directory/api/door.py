"""What every view needs: the database, what identity was asked for, and who is at the door."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, current_app, send_file

from common import clock
from common.crypto import SchoolKey
from common.db import Database
from common.errors import NotAllowed
from common.hashing import Hasher
from common.rights import Right
from common.web import auth
from common.web.auth import Service, Staff
from common.web_push import (
    PushServices,
    Subscription,
    SubscriptionRefused,
    is_firebase_token,
    make_subscription,
)
from directory.actions.members import Terms
from directory.clients import AccountSource, Clients, SchoolSource
from directory.domain.errors import InvalidField
from directory.domain.protection import Sight
from directory.domain.scope import WHOLE_SCHOOL, Actor, Scope

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Who has one of these reads names: in the roster, in an audience, in the lists of a message.
NAMES = (Right.ROSTER_SEE, Right.MESSAGES_READ, Right.MESSAGES_SEND)


def database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def link_secret() -> bytes:
    """Return the secret under which the links are signed that families are mailed."""
    found: bytes = current_app.extensions["link_secret"]
    return found


def hasher() -> Hasher:
    """Return what checks and makes the hashes of own passwords."""
    found: Hasher = current_app.extensions["hasher"]
    return found


def app_address_of(given: Mapping[str, Any]) -> str:
    """Return the address of an app, as it is sealed.

    Raise Invalid `firebase_token_refused` for what is no token, and what `_subscription_of` raises.
    """
    subscription = given["subscription"]
    if subscription is not None:
        return _subscription_of(subscription).as_address()
    token: str = given["firebase_token"]
    if not is_firebase_token(token):
        raise InvalidField("firebase_token", "firebase_token_refused", "This is no token.")
    return token


def _subscription_of(given: Mapping[str, str]) -> Subscription:
    """Return the subscription that a browser gave.

    Raise Invalid `push_service_unknown` for one that leads to no push service that is called,
    `subscription_refused` for what is none.
    """
    services: PushServices = current_app.extensions["push_services"]
    endpoint = given["endpoint"]
    if not services.permits(endpoint):
        raise InvalidField("endpoint", "push_service_unknown", "This push service is not known.")
    try:
        return make_subscription(endpoint, given["p256dh"], given["auth"])
    except SubscriptionRefused:
        raise InvalidField("endpoint", "subscription_refused", "This is no subscription.") from None


def school_key() -> SchoolKey:
    """Return the school's data key, asked before any transaction."""
    return key_of(auth.school_id())


def key_of(school_id: UUID) -> SchoolKey:
    """Return the data key of a school that no token names, asked before any transaction."""
    clients: Clients = current_app.extensions["clients"]
    return clients.school_keys.get(school_id)


def schools() -> SchoolSource:
    """Return whom to ask which schools are in use, before any transaction."""
    clients: Clients = current_app.extensions["clients"]
    return clients.schools


def tries_secret() -> bytes:
    """Return the secret under which tries to guess a sheet's codes are counted."""
    found: bytes = current_app.extensions["tries_secret"]
    return found


def member_limit() -> int | None:
    """Return the contract's member limit, asked before any transaction."""
    clients: Clients = current_app.extensions["clients"]
    return clients.member_limit(auth.school_id())


def accounts() -> AccountSource:
    """Return whom to ask who of the staff signs in, before any transaction."""
    clients: Clients = current_app.extensions["clients"]
    return clients.accounts


def sees_accounts() -> bool:
    """Return whether the caller may see by which address the others sign in, and as what."""
    who = auth.caller()
    return isinstance(who, Staff) and who.may(Right.ACCOUNTS_MANAGE)


def terms() -> Terms:
    """Return what a change is held to that may add people."""
    limit = member_limit()
    return Terms(limit, clock.now(), sees_protected())


def scope_of(*rights: Right) -> Scope:
    """Return the widest scope in which the caller has one of these rights.

    Houses see the whole school.
    """
    if isinstance(auth.caller(), Service):
        return WHOLE_SCHOOL
    who = auth.current_staff()
    limits = [who.limit_of(right) for right in rights if who.may(right)]
    if any(limit is None for limit in limits):
        return WHOLE_SCHOOL
    return Scope(frozenset(group for limit in limits for group in limit or ()))


def actor(*rights: Right) -> Actor:
    """Return who is calling, with the widest scope in which they have one of these rights."""
    who, school_id = auth.caller(), auth.school_id()
    if isinstance(who, Service):
        return Actor(school_id, "operator" if who.name == "operator" else "system", None)
    return Actor(school_id, "staff", auth.current_staff().account_id, scope_of(*rights))


def office() -> Actor:
    """Return who may change the roster of the whole school; raise NotAllowed for who may not.

    A whole roster, and the turn of the year, touch every class.
    """
    caller = actor(Right.ROSTER_CHANGE)
    if caller.scope.limit is not None:
        raise NotAllowed("out_of_scope", "This needs the right for the whole school.")
    return caller


def as_workbook(content: bytes, name: str) -> Response:
    """Return the answer that gives a workbook."""
    return send_file(io.BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


def sees_protected() -> bool:
    """Return whether the caller may see protected families."""
    who = auth.caller()
    return isinstance(who, Staff) and who.may(Right.PROTECTED_SEE)


def check_sees_protected() -> None:
    """Raise NotAllowed for who may not see protected families."""
    if not sees_protected():
        raise NotAllowed()


def may_call() -> bool:
    """Return whether the caller may see telephone numbers."""
    who = auth.caller()
    return isinstance(who, Staff) and who.may(Right.PHONES_SEE)


def sight() -> Sight:
    """Return what the caller may see of families in what holds the whole roster."""
    phones = may_call() and scope_of(Right.PHONES_SEE).limit is None
    return Sight(protected=sees_protected(), phones=phones)
