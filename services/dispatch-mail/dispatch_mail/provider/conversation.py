"""What is said to a relay for some mails, and what its answers mean: a conversation without a socket.

The content of one mail goes out together with the envelope of the next (RFC 2920), which makes one round trip a mail instead of
four. A relay without PIPELINING is told the same one command at a time.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from aiosmtplib import SMTPResponse

from common import clock
from common.delivery.outcomes import Deferred, NotSent, Outcome, Unknown
from dispatch_mail.provider.mails import Mail
from dispatch_mail.provider.replies import Step, clean_text, outcome_of
from dispatch_mail.provider.smtp import Exchange, PipelinedProtocol, Words

Asking = Generator[Words, Exchange, Exchange]
Envelope = tuple[bytes, ...]  # MAIL, RCPT and DATA, or nothing behind the last mail

_RSET = b"RSET\r\n"
_DOT = b".\r\n"
_OPENED = (2, 2, 3)  # first digits of the answers that let MAIL, RCPT and DATA pass
_OPENED_CODES = (250, 250, 354)
_ENDED = (2,)


@dataclass(slots=True)
class Conversation:
    """One connection's way of talking: with groups when the server offers PIPELINING, else one command at a time.

    `trouble`: why the relay left before it took the sender of a mail, which had no part in it.
    `is_called_back`: set by who wants the connection back; no further mail is begun on it.
    """

    protocol: PipelinedProtocol
    pipelining: bool
    reply_timeout: float
    trouble: str | None = None
    is_called_back: bool = False

    async def deliver(self, mails: Sequence[Mail], deadline: float = float("inf")) -> list[Outcome]:
        """Hand over the mails in order and return their outcomes, as many and in the same order.

        No mail is begun after `deadline` (of clock.monotonic): a domain that takes 20 s a mail would otherwise outlive
        the lease of its batch. Never raises for what a server says or does: after a break all mails not begun are
        NotSent, and one whose content went out without an answer is Unknown.
        """
        return await self.protocol.follow(self._hand_over(mails, deadline), self.reply_timeout) if mails else []

    def _hand_over(self, mails: Sequence[Mail], deadline: float) -> Generator[Words, Exchange, list[Outcome]]:
        outcomes: list[Outcome] = []
        opening = yield from self._ask(b"", _envelope(mails[0]))
        last = len(mails) - 1
        for number, mail in enumerate(mails):
            refusal, takes_content = _judge_opening(opening)
            if opening.broken is not None:
                if _has_left(opening) and not _may_have_ended_it(outcomes):
                    self.trouble, refusal = opening.broken, None
                outcomes.append(refusal or NotSent(opening.broken))
                break
            goes_on = number < last and not self.is_called_back and clock.monotonic() < deadline
            ending = _ending(mail, refused=refusal is not None, takes_content=takes_content)
            exchange = yield from self._ask(ending, _envelope(mails[number + 1]) if goes_on else ())
            outcomes.append(refusal or _judge_content(exchange))
            opening = Exchange(exchange.answers[1:], exchange.broken)
            if not goes_on:
                break
        why = opening.broken or "not begun in time"
        outcomes += [NotSent(why)] * (len(mails) - len(outcomes))
        return outcomes

    def _ask(self, ending: bytes, envelope: Envelope) -> Asking:
        """Say what ends one mail and what opens the next."""
        if not self.pipelining:
            return (yield from self._ask_one_by_one(ending, envelope))
        wanted = len(envelope) + bool(ending)
        exchange = yield Words(b"".join((ending, *envelope)), wanted)
        return self._sensible(exchange, (*_ENDED, *_OPENED) if ending else _OPENED)

    def _ask_one_by_one(self, ending: bytes, envelope: Envelope) -> Asking:
        answers: list[SMTPResponse] = []
        if ending:
            exchange = self._sensible((yield Words(ending, 1)), _ENDED)
            if exchange.broken is not None:
                return exchange
            answers += exchange.answers
        for command, family in zip(envelope, _OPENED, strict=False):
            exchange = self._sensible((yield Words(command, 1)), (family,))
            answers += exchange.answers
            if exchange.broken is not None:
                return Exchange(answers, exchange.broken, exchange.written or bool(answers))
            if answers[-1].code >= 400:
                break  # the commands behind a refusal are pointless
        return Exchange(answers)

    def _sensible(self, exchange: Exchange, families: Sequence[int]) -> Exchange:
        """Cut the answers where the server stops making sense or says goodbye (421): the connection ends there."""
        for position, (family, (code, message)) in enumerate(zip(families, exchange.answers, strict=False)):
            if code // 100 == family:
                continue
            if code // 100 not in (4, 5):
                self.protocol.abort()
                return Exchange(exchange.answers[:position], f"answer {code} makes no sense here")
            if code == 421:
                self.protocol.abort()
                return Exchange(exchange.answers[: position + 1], clean_text(f"421 {message}"))
        return exchange


def _envelope(mail: Mail) -> Envelope:
    return b"MAIL FROM:<%b>\r\n" % mail.sender, b"RCPT TO:<%b>\r\n" % mail.recipient, b"DATA\r\n"


def _ending(mail: Mail, *, refused: bool, takes_content: bool) -> bytes:
    """Return what closes the transaction. RFC 2920, 3.1: a 354 in spite of refused recipients still wants its dot."""
    if not takes_content:
        return _RSET
    return _DOT if refused else mail.content + _DOT


def _judge_opening(opening: Exchange) -> tuple[Outcome | None, bool]:
    """Return the first refusal among the answers to MAIL, RCPT and DATA, and whether the server now waits for content."""
    codes = tuple([code for code, _ in opening.answers])
    if codes == _OPENED_CODES:
        return None, True
    refusal: Outcome | None = None
    for step, answer in zip((Step.MAIL, Step.RCPT, Step.DATA), opening.answers, strict=False):
        if answer.code >= 400:
            refusal = outcome_of(step, answer.code, answer.message)
            break
    return refusal, len(codes) == 3 and codes[2] // 100 == 3


def _has_left(opening: Exchange) -> bool:
    """Tell whether the relay left instead of answering MAIL: without a word, or with 421."""
    return not opening.answers or opening.answers[0].code == 421


def _may_have_ended_it(outcomes: list[Outcome]) -> bool:
    """Tell whether the mail before got no answer, or a good-bye: it may have ended the connection."""
    before = outcomes[-1] if outcomes else None
    return isinstance(before, Unknown) or (isinstance(before, Deferred) and before.code == 421)


def _judge_content(exchange: Exchange) -> Outcome:
    if exchange.answers:
        return outcome_of(Step.CONTENT, exchange.answers[0].code, exchange.answers[0].message)
    why = exchange.broken or "no answer"
    return Unknown(why) if exchange.written else NotSent(why)
