"""The mail door of dispatch-mail: what comes back, what families answer, and by what they register.

A role of its own, because the world reaches it: whatever comes in, no mail that goes out waits
behind it. Imports no Flask.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog

from common import clock, metrics
from common.cache import Bounded
from common.db import Database
from common.errors import Unavailable
from common.keys import Keys
from dispatch_mail.actions.take_empty_mail import take_empty_mail
from dispatch_mail.actions.take_reply import read_reply, take_reply
from dispatch_mail.actions.take_return import Arrival, take_return
from dispatch_mail.clients import Clients
from dispatch_mail.config import Settings, policy_of
from dispatch_mail.domain.compose import Sender
from dispatch_mail.provider.bounces import read_return
from dispatch_mail.provider.listener import (
    AGAIN,
    NOT_OURS,
    TAKEN,
    Bounds,
    IncomingMail,
    Listener,
)

log = structlog.get_logger()

# Mails that are read at once: a flood holds these threads, and no other.
THREADS = 2
OK = "250 2.1.5 Ok"
# A school's own local part, and nothing that anybody may make up for us to ask about.
MAIL_LOCAL = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", re.IGNORECASE)
# The form of a family's address for registering; whether it is one, directory says.
REGISTRATION_LOCAL = re.compile(r"t\+[0-9a-f]{48}", re.IGNORECASE)
# How long it is remembered whose an address is, and of how many.
KEPT_SECONDS = 300
KEPT_SCHOOLS = 2000
Given = TypeVar("Given")
Result = TypeVar("Result")
FORGED = "forged"
HELD = "held"


class InboundRole:
    """Listens until it is asked to leave."""

    def __init__(
        self, settings: Settings, database: Database, sender: Sender, clients: Clients
    ) -> None:
        self._settings = settings
        self._database = database
        self._sender = sender
        self._clients = clients
        self._policy = policy_of(settings)
        self._schools = Bounded[str, list[UUID]](most=KEPT_SCHOOLS, seconds=KEPT_SECONDS)
        bounds = Bounds(
            settings.inbound_connections,
            settings.inbound_max_bytes,
            settings.inbound_mails_a_minute,
        )
        self.listener = Listener(bounds, settings.mail_domain, self._may_come, self._take)
        self._threads = ThreadPoolExecutor(THREADS, "inbound")
        metrics.expect_inbound([*(taken.value for taken in Arrival), FORGED, HELD])

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`, then finish what is in hand."""
        port = await self.listener.start(self._settings.inbound_host, self._settings.inbound_port)
        log.info("inbound.listening", port=port)
        await stop.wait()
        await self.listener.stop()
        self._threads.shutdown()

    async def _may_come(self, address: str) -> str:
        """Return what is answered to an address, before its mail is read."""
        local_part, _, domain = address.rpartition("@")
        ours = self._settings.mail_domain.lower()
        if domain.lower() != ours:
            return NOT_OURS
        if self._sender.delivery_of(local_part) is not None:
            return OK
        is_registrations = REGISTRATION_LOCAL.fullmatch(local_part) is not None
        if not is_registrations and not MAIL_LOCAL.fullmatch(local_part):
            metrics.record_inbound(FORGED)
            return NOT_OURS
        ask = self._clients.is_registrations if is_registrations else self._is_a_schools
        try:
            is_ours = await self._run(ask, local_part)
        except Unavailable:
            metrics.record_inbound(HELD)
            return AGAIN
        if is_registrations and not is_ours:
            metrics.record_inbound(FORGED)
        return OK if is_ours else NOT_OURS

    def _is_a_schools(self, local_part: str) -> bool:
        return bool(self._schools_at(local_part))

    def _schools_at(self, local_part: str) -> list[UUID]:
        """Return the schools that send from an address of ours, remembered for some minutes."""
        wanted = local_part.lower()
        known = self._schools.get(wanted)
        if known is None:
            known = self._clients.schools_at(wanted)
            self._schools.put(wanted, known)
        return known

    async def _run(self, work: Callable[[Given], Result], given: Given) -> Result:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(work, given))

    async def _take(self, mail: IncomingMail) -> str:
        try:
            taken = await self._run(self._deal_with, mail)
        except Unavailable as error:
            metrics.record_inbound(HELD)
            log.warning("inbound.held", code=error.code)
            return AGAIN
        metrics.record_inbound(taken.value)
        return TAKEN

    def _deal_with(self, mail: IncomingMail) -> Arrival:
        local_part = mail.recipient.rpartition("@")[0]
        delivery_id = self._sender.delivery_of(local_part)
        if REGISTRATION_LOCAL.fullmatch(local_part):
            return self._register(mail)
        if delivery_id is None:
            return self._answer(mail, local_part)
        returned = read_return(mail.raw)
        with self._database.for_system() as session:
            taken = take_return(session, delivery_id, returned, now=clock.now())
        log.info(
            "inbound.return",
            delivery_id=str(delivery_id),
            taken=taken.value,
            reason=returned.reason.value,
        )
        return taken

    def _register(self, mail: IncomingMail) -> Arrival:
        """Deal with an empty mail of a family that registers."""
        taken = take_empty_mail(self._clients, mail, self._settings.mail_domain)
        log.info("inbound.empty_mail", taken=taken.value)
        return taken

    def _answer(self, mail: IncomingMail, local_part: str) -> Arrival:
        """Deal with a mail to a school's own address."""
        schools = self._schools_at(local_part)
        domain = self._settings.mail_domain
        reply = read_reply(self._clients, mail.sender, mail.raw, schools, domain)
        with self._database.for_system() as session:
            taken = take_reply(session, reply, self._policy, now=clock.now())
        log.info("inbound.reply", taken=taken.value)
        return taken


def create_inbound(settings: Settings, database: Database) -> InboundRole:
    """Return the role."""
    secret = Keys(settings.keys_dir, settings.service).secret("links")
    sender = Sender(settings.base_url.rstrip("/"), settings.mail_domain, secret)
    return InboundRole(settings, database, sender, Clients.of(settings))
