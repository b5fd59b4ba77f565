"""One connection to RabbitMQ, from open to lost.

It has channels, questions with answers, and confirmed publishes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import takewhile
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel
from pika.exceptions import AMQPError

from common.bus.topology import EXCHANGE
from common.bus.transport import NotConfirmed, Outgoing, Unroutable

OPEN_SECONDS = 15.0
ANSWER_SECONDS = 10.0
CLOSE_SECONDS = 5.0


class LinkLost(Exception):
    """The connection, or a channel of it, is gone; the next one begins anew."""


class Link:
    """A connection.

    A channel that the broker closes (404, 406 …) costs the whole connection: simple, and rare.
    """

    def __init__(self) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection: AsyncioConnection | None = None
        self._publishing: Channel | None = None
        self._asked: set[asyncio.Future[Any]] = set()
        self._unconfirmed: dict[int, tuple[str, asyncio.Future[None]]] = {}
        self._returned: set[str] = set()
        self._last_tag = 0
        self.reason = "closed"
        # By the broker's memory or disk alarm: it reads nothing that we would publish.
        self.is_blocked = False

    async def open(self, parameters: pika.URLParameters) -> None:
        """Connect and prepare to publish; raise LinkLost."""

        def connect(answered: Callable[[Any], None]) -> None:
            self._connection = AsyncioConnection(
                parameters,
                on_open_callback=answered,
                on_open_error_callback=self._on_lost,
                # The connection's, not a channel's: begun earlier, the next connection would leave
                # this one's socket behind.
                on_close_callback=self._on_lost,
                custom_ioloop=asyncio.get_running_loop(),
            )

        await self.ask(connect, OPEN_SECONDS)
        connection = self._connection
        assert connection is not None
        connection.add_on_connection_blocked_callback(lambda *_: self._set_blocked(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._set_blocked(False))
        channel = await self.channel()
        channel.add_on_return_callback(
            lambda _channel, _method, properties, _body: self._returned.add(properties.message_id)
        )
        await self.ask(
            lambda answered: channel.confirm_delivery(self._on_confirm, callback=answered)
        )
        self._publishing = channel

    @property
    def publishing(self) -> Channel:
        """The channel on which everything is published and declared."""
        assert self._publishing is not None
        return self._publishing

    async def channel(self) -> Channel:
        """Open a channel whose end is the connection's end."""
        connection = self._connection
        assert connection is not None
        channel: Channel = await self.ask(
            lambda answered: connection.channel(on_open_callback=answered)
        )
        channel.add_on_close_callback(self._on_channel_closed)
        return channel

    async def ask(
        self, question: Callable[[Callable[[Any], None]], object], seconds: float = ANSWER_SECONDS
    ) -> Any:
        """Send a question with its callback and return the answer; raise LinkLost if none comes."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self.lost.done():
            raise LinkLost(self.reason)
        self._asked.add(answer)
        try:
            question(lambda said: None if answer.done() else answer.set_result(said))
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            self.abandon("no answer")
            raise LinkLost("no answer") from None
        except AMQPError as error:
            self.abandon(repr(error))
            raise LinkLost(repr(error)) from error
        finally:
            self._asked.discard(answer)

    def publish(self, message: Outgoing) -> asyncio.Future[None]:
        """Send an event; the future ends when the broker has answered.

        It ends with NotConfirmed or with Unroutable where the broker did not take it.
        """
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        event_id = str(message.event_id)
        channel = self._publishing
        if channel is None or not channel.is_open or self.is_blocked:
            confirmed.set_exception(NotConfirmed(event_id))
            return confirmed
        self._last_tag += 1
        self._unconfirmed[self._last_tag] = (event_id, confirmed)
        properties = pika.BasicProperties(
            message_id=event_id,
            delivery_mode=pika.DeliveryMode.Persistent.value,
            content_type="application/json",
            headers=message.headers,
        )
        body = message.body.encode()
        channel.basic_publish(EXCHANGE, message.routing_key, body, properties, mandatory=True)
        return confirmed

    def abandon(self, reason: str) -> None:
        """Begin to close; `lost` is set when it is done."""
        if not self.lost.done():
            self.reason = reason
        connection = self._connection
        if connection is None or connection.is_closed or connection.is_closing:
            return
        with suppress(AMQPError):
            connection.close()

    async def close(self) -> None:
        """Close and wait until the socket is gone."""
        self.abandon("closed")
        if self._connection is not None and not self._connection.is_closed:
            await asyncio.wait([self.lost], timeout=CLOSE_SECONDS)
        self._on_lost(None, self.reason)

    def _set_blocked(self, blocked: bool) -> None:
        self.is_blocked = blocked

    def _on_channel_closed(self, _channel: Channel, reason: object) -> None:
        if self._connection is not None and self._connection.is_open:
            self.abandon(repr(reason))

    def _on_lost(self, _connection: object, reason: object) -> None:
        if not self.lost.done():
            if self.reason == "closed":
                self.reason = repr(reason)
            self.lost.set_result(None)
        for answer in self._asked:
            if not answer.done():
                answer.set_exception(LinkLost(self.reason))
        unconfirmed, self._unconfirmed = self._unconfirmed, {}
        for event_id, confirmed in unconfirmed.values():
            if not confirmed.done():
                confirmed.set_exception(NotConfirmed(event_id))

    def _on_confirm(self, frame: Any) -> None:
        said = frame.method
        tags = [said.delivery_tag]
        if said.multiple:
            tags = list(takewhile(lambda tag: tag <= said.delivery_tag, self._unconfirmed))
        for tag in tags:
            event_id, confirmed = self._unconfirmed.pop(tag, ("", None))
            # A basic.return always comes before its ack.
            was_returned = event_id in self._returned
            self._returned.discard(event_id)
            if confirmed is None or confirmed.done():
                # Who waited has given up.
                continue
            if was_returned:
                confirmed.set_exception(Unroutable(event_id))
            elif isinstance(said, pika.spec.Basic.Ack):
                confirmed.set_result(None)
            else:
                confirmed.set_exception(NotConfirmed(event_id))
