"""The town's SMTP relay: strict, and fast enough to be measured against.

aiosmtpd announces no PIPELINING: this one does.
"""

from __future__ import annotations

import asyncio
import ssl

from .content import ContentRefused, check_content, has_link, unstuff
from .control import RelayControl
from .desk import Desk, Dropped
from .domains import Kind
from .envelope import Envelope
from .mailboxes import Mailboxes, NewMail
from .postman import Postman
from .session import Session


class Relay:
    """The SMTP server; `tls` makes it offer STARTTLS."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        control: RelayControl,
        postman: Postman,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._mailboxes = mailboxes
        self._postman = postman
        self._control = control
        self._desk = Desk(control, self.deliver, tls)
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen in the running event loop and return the port."""
        settings = self._control.settings
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Session(self._desk), settings.host, settings.port, backlog=1024
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and cut what is connected: a mail without its 250 is the client's."""
        if self._server is None:
            return
        self._server.close()
        tasks = [task for session in list(self._desk.sessions) for task in session.cut()]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        await self._postman.stop()
        self._server = None

    async def deliver(self, envelope: Envelope, stuffed: bytes) -> str:
        """Take one mail and return the answer to its content.

        Raise Dropped when there is to be none.
        """
        await asyncio.sleep(self._control.seconds_for(envelope.recipients))
        content = unstuff(stuffed)
        try:
            facts = check_content(content)
        except ContentRefused as refusal:
            return str(refusal)
        kinds = {recipient.kind for recipient in envelope.recipients}
        if Kind.NO_LINKS in kinds and has_link(content):
            return "550 5.7.1 Messages with links are refused"
        mails = [
            NewMail(
                envelope.sender,
                recipient.address,
                facts.message_id,
                facts.subject,
                content,
            )
            for recipient in envelope.recipients
            if recipient.kind is not Kind.BOUNCE
        ]
        for recipient in envelope.recipients:
            if recipient.kind is Kind.BOUNCE:
                self._postman.bounce(envelope.sender, recipient.address, facts.message_id)
        await asyncio.wrap_future(self._mailboxes.submit(mails))
        if Kind.DROP in kinds:
            raise Dropped
        return "250 2.0.0 Ok: taken"
