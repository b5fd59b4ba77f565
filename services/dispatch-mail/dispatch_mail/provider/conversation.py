"""What is said to a relay for some mails and what it answers: a conversation without a socket.

The content of one mail goes out together with the envelope of the next (RFC 2920), which makes one
round trip a mail instead of four. A relay without PIPELINING is told the same one command at a
time.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from aiosmtplib import SMTPResponse

from common import clock
from common.delivery.outcomes import Deferred, NotSent, Outcome, Unknown
from dispatch_mail.provider.mails import Mail
from dispatch_mail.provider.replies import SmtpStep, clean_text, outcome_of
from dispatch_mail.provider.smtp import Exchange, PipelinedProtocol, Words

Asking = Generator[Words, Exchange, Exchange]
# MAIL, RCPT and DATA, or nothing behind the last mail.
Envelope = tuple[bytes, ...]

_RSET = b"RSET\r\n"
_DOT = b".\r\n"
# First digits of the answers that let MAIL, RCPT and DATA pass.
_OPENED = (2, 2, 3)
_OPENED_CODES = (250, 250, 354)
_ENDED = (2,)


@dataclass(slots=True)
class Conversation:
    """One connection's way of talking.

    With groups when the server offers PIPELINING, else one command at a time.

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

        No mail is begun after `deadline` (of clock.monotonic): a domain that takes 20 s a mail
        would otherwise outlive the lease of its batch. Never raises for what a server says or does:
        after a break all mails not begun are NotSent, and one whose content went out without an
        answer is Unknown.
        """
        if not mails:
            return []
        return await self.protocol.follow(self._hand_over(mails, deadline), self.reply_timeout)

    def _hand_over(
        self, mails: Sequence[Mail], deadline: float
    ) -> Generator[Words, Exchange, list[Outcome]]:
        outcomes: list[Outcome] = []
        opening = yield from self._ask(b"", _envelope(mails[0]))
        last = len(mails) - 1
        for number, mail in enumerate(mails):
            refusal, takes_content = _judge_opening(opening)
            if opening.broken is not None:
                if _has_left(opening) and not _may_have_ended_it(outcomes):
                    self.trouble = opening.broken
                    refusal = None
                outcomes.append(refusal or NotSent(opening.broken))
                break
            goes_on = number < last and self._may_begin_another(deadline)
            ending = _ending(mail, refused=refusal is not None, takes_content=takes_content)
            next_envelope: Envelope = _envelope(mails[number + 1]) if goes_on else ()
            exchange = yield from self._ask(ending, next_envelope)
            outcomes.append(refusal or _judge_content(exchange))
            opening = Exchange(exchange.answers[1:], exchange.broken)
            if not goes_on:
                break
        why = opening.broken or "not begun in time"
        not_begun = len(mails) - len(outcomes)
        outcomes += [NotSent(why)] * not_begun
        return outcomes

    def _may_begin_another(self, deadline: float) -> bool:
        return not self.is_called_back and clock.monotonic() < deadline

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
            # The commands behind a refusal are pointless.
            if answers[-1].code >= 400:
                break
        return Exchange(answers)

    def _sensible(self, exchange: Exchange, families: Sequence[int]) -> Exchange:
        """Cut the answers where the server stops making sense or says goodbye (421).

        The connection ends there.
        """
        expected = zip(families, exchange.answers, strict=False)
        for position, (family, (code, message)) in enumerate(expected):
            first_digit = code // 100
            if first_digit == family:
                continue
            if first_digit not in (4, 5):
                self.protocol.abort()
                return Exchange(exchange.answers[:position], f"answer {code} makes no sense here")
            if code == 421:
                self.protocol.abort()
                return Exchange(exchange.answers[: position + 1], clean_text(f"421 {message}"))
        return exchange


def _envelope(mail: Mail) -> Envelope:
    return b"MAIL FROM:<%b>\r\n" % mail.sender, b"RCPT TO:<%b>\r\n" % mail.recipient, b"DATA\r\n"


def _ending(mail: Mail, *, refused: bool, takes_content: bool) -> bytes:
    """Return what closes the transaction.

    A 354 in spite of refused recipients still wants its dot: RFC 2920, 3.1.
    """
    if not takes_content:
        return _RSET
    return _DOT if refused else mail.content + _DOT


def _judge_opening(opening: Exchange) -> tuple[Outcome | None, bool]:
    """Return the first refusal among the answers to MAIL, RCPT and DATA.

    With it, whether the server now waits for content.
    """
    codes = tuple([code for code, _ in opening.answers])
    if codes == _OPENED_CODES:
        return None, True
    takes_content = len(codes) == 3 and codes[2] // 100 == 3
    return _find_refusal(opening), takes_content


def _find_refusal(opening: Exchange) -> Outcome | None:
    steps = (SmtpStep.MAIL, SmtpStep.RCPT, SmtpStep.DATA)
    for step, answer in zip(steps, opening.answers, strict=False):
        if answer.code >= 400:
            return outcome_of(step, answer.code, answer.message)
    return None


def _has_left(opening: Exchange) -> bool:
    """Return whether the relay left instead of answering MAIL: without a word, or with 421."""
    return not opening.answers or opening.answers[0].code == 421


def _may_have_ended_it(outcomes: list[Outcome]) -> bool:
    """Return whether the mail before may have ended the connection: no answer, or a good-bye."""
    before = outcomes[-1] if outcomes else None
    return isinstance(before, Unknown) or (isinstance(before, Deferred) and before.code == 421)


def _judge_content(exchange: Exchange) -> Outcome:
    if exchange.answers:
        answer = exchange.answers[0]
        return outcome_of(SmtpStep.CONTENT, answer.code, answer.message)
    why = exchange.broken or "no answer"
    return Unknown(why) if exchange.written else NotSent(why)
