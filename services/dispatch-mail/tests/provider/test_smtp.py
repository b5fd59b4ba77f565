"""Every answer a relay can give, on real sockets, with and without PIPELINING (MSG-9)."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import aiosmtplib
import pytest
import uvloop
from aiosmtplib.protocol import SMTPProtocol

from common.delivery.outcomes import Accepted, Deferred, NotSent, Reason, Rejected, Unknown
from dispatch_mail.provider.pool import open_line

Ways = pytest.mark.parametrize(
    ("pipelining", "lenient"), [(True, False), (True, True), (False, False), (False, True)]
)


def spoken(outcome):
    """Name an outcome shortly: its reason, or its kind."""
    return (
        outcome.reason.value if isinstance(outcome, Rejected | Deferred) else type(outcome).__name__
    )


async def deliver(relay, mails, **settings):
    line = await open_line(relay.settings(**settings))
    try:
        assert line.talk.pipelining is relay.pipelining
        return [
            spoken(outcome) for outcome in await line.talk.deliver(mails)
        ], line.talk.protocol.is_clean
    finally:
        line.say_goodbye()
        await line.talk.protocol.is_gone.wait()


@Ways
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "b", "c"], ["Accepted", "Accepted", "Accepted"]),
        (["a", "unknown", "b"], ["Accepted", "user_unknown", "Accepted"]),
        (
            ["unknown", "a", "full", "grey", "b"],
            ["user_unknown", "Accepted", "mailbox_full", "greylisted", "Accepted"],
        ),
        (["later", "a"], ["rate_limited", "Accepted"]),
        (
            ["a", "spam", "link", "large", "b"],
            ["Accepted", "content_refused", "link_refused", "too_large", "Accepted"],
        ),
        (["unknown", "unknown"], ["user_unknown", "user_unknown"]),
    ],
)
async def test_each_mail_gets_its_own_answer_and_the_connection_lives_on(
    start_relay, mail, pipelining, lenient, names, expected
):
    relay = await start_relay(pipelining=pipelining, lenient=lenient)
    got, is_clean = await deliver(relay, [mail(name) for name in names])
    assert got == expected
    assert is_clean
    taken = [name for name, word in zip(names, expected, strict=True) if word == "Accepted"]
    assert list(relay.contents) == [f"{name}@example.jp" for name in taken]
    assert all(
        content == b"Subject: %b\r\n\r\nhello\r\n..dot\r\n" % recipient.split("@")[0].encode()
        for recipient, content in relay.contents.items()
    )


@Ways
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a", "dropafter", "b", "c"], ["Accepted", "Unknown", "NotSent", "NotSent"]),
        (["a", "dropbefore", "b"], ["Accepted", "NotSent", "NotSent"]),
        (["dropbefore"], ["NotSent"]),
        (["a", "busy", "b"], ["Accepted", "rate_limited", "NotSent"]),
        (["a", "leave", "b"], ["Accepted", "rate_limited", "NotSent"]),
        (["a", "garbage", "b"], ["Accepted", "NotSent", "NotSent"]),
        (["a", "riddle", "b"], ["Accepted", "NotSent", "NotSent"]),
        (["a", "riddleend", "b"], ["Accepted", "Unknown", "NotSent"]),
        (["a", "slow", "b"], ["Accepted", "Unknown", "NotSent"]),
    ],
)
async def test_after_a_break_nothing_is_guessed_and_the_connection_is_never_used_again(
    start_relay, mail, pipelining, lenient, names, expected
):
    relay = await start_relay(pipelining=pipelining, lenient=lenient)
    got, is_clean = await deliver(relay, [mail(name) for name in names], reply_timeout=0.3)
    assert got == expected
    assert not is_clean
    assert "b@example.jp" not in relay.contents


async def test_an_answer_too_many_is_never_paired_with_the_next_mail(start_relay, mail):
    relay = await start_relay()
    got, is_clean = await deliver(relay, [mail("twice"), mail("unknown"), mail("c")])
    assert got[0] == "Accepted"
    assert got[2] == "NotSent"
    assert not is_clean
    assert "c@example.jp" not in relay.contents


async def test_an_answer_too_many_at_the_end_ends_the_connection(start_relay, mail):
    relay = await start_relay()
    got, is_clean = await deliver(relay, [mail("twice")])
    assert (got, is_clean) == (["Accepted"], False)


async def test_a_refused_sender_is_our_trouble_and_not_the_familys(start_relay, mail):
    relay = await start_relay()
    got, _ = await deliver(relay, [mail("a", sender=b"badsender@example.jp"), mail("b")])
    assert got == ["relay_down", "Accepted"]


async def test_a_content_that_was_never_written_is_not_sent(start_relay, mail):
    relay = await start_relay()
    line = await open_line(relay.settings())
    line.talk.protocol.abort()
    outcomes = await line.talk.deliver([mail("a"), mail("b")])
    assert outcomes == [NotSent("connection lost"), NotSent("connection lost")]
    await line.talk.protocol.is_gone.wait()


async def test_no_mail_is_begun_after_the_deadline(start_relay, mail):
    relay = await start_relay()
    line = await open_line(relay.settings())
    outcomes = await line.talk.deliver([mail("a"), mail("b")], deadline=0.0)
    assert [spoken(outcome) for outcome in outcomes] == ["Accepted", "NotSent"]
    assert line.talk.protocol.is_clean
    line.say_goodbye()
    await line.talk.protocol.is_gone.wait()


async def test_content_and_the_next_envelope_go_out_together(start_relay, mail):
    relay = await start_relay()
    line = await open_line(relay.settings())
    writes = []
    write = line.talk.protocol.transport.write
    line.talk.protocol.write = lambda data: (writes.append(data), write(data))
    await line.talk.deliver([mail("a"), mail("b")])
    assert len(writes) == 3
    assert writes[1].startswith(b"Subject: a")
    assert writes[1].endswith(b"DATA\r\n")
    del line.talk.protocol.write
    line.say_goodbye()
    await line.talk.protocol.is_gone.wait()


@pytest.mark.parametrize("pipelining", [True, False])
async def test_over_starttls_the_server_is_greeted_again_and_mails_go(
    start_relay, mail, certificate, pipelining
):
    trusted, context = certificate
    relay = await start_relay(tls=context, pipelining=pipelining)
    got, is_clean = await deliver(
        relay, [mail("a"), mail("unknown"), mail("b")], tls="starttls", ca_file=str(trusted)
    )
    assert got == ["Accepted", "user_unknown", "Accepted"]
    assert is_clean
    assert relay.commands.count("EHLO school.test") == 2


async def test_a_relay_with_a_certificate_nobody_vouches_for_gets_nothing(start_relay, certificate):
    relay = await start_relay(tls=certificate[1])
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await open_line(relay.settings(tls="starttls"))
    assert not any(command.startswith("MAIL") for command in relay.commands)


async def test_a_relay_without_tls_gets_nothing_when_tls_is_required(start_relay):
    relay = await start_relay()
    with pytest.raises(aiosmtplib.SMTPException):
        await open_line(relay.settings(tls="starttls"))


async def test_a_relay_that_wants_a_login_gets_one(start_relay, mail):
    relay = await start_relay(login=True)
    got, _ = await deliver(relay, [mail("a")], username="renraku", password="secret")
    assert got == ["Accepted"]


async def test_without_its_login_the_mail_waits_for_the_operator(start_relay, mail):
    relay = await start_relay(login=True)
    got, _ = await deliver(relay, [mail("a")])
    assert got == ["relay_down"]


def test_the_same_under_uvloop(relay_type, mail):
    async def story():
        relay = relay_type()
        server = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
        relay.port = server.sockets[0].getsockname()[1]
        try:
            whole = await deliver(relay, [mail("a"), mail("unknown"), mail("b")])
            broken = await deliver(relay, [mail("c"), mail("slow"), mail("d")], reply_timeout=0.3)
            return whole, broken
        finally:
            server.close()
            relay.released.set()
            await relay.until(lambda seen: seen.open_now == 0)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        whole, broken = runner.run(story())
    assert whole == (["Accepted", "user_unknown", "Accepted"], True)
    assert broken == (["Accepted", "Unknown", "NotSent"], False)


def test_the_private_names_of_aiosmtplib_that_are_used_are_still_there():
    assert version("aiosmtplib") == "5.1.3"
    assert callable(aiosmtplib.SMTP._on_connection_lost)
    assert callable(SMTPProtocol._read_response_from_buffer)

    async def attributes():
        return vars(SMTPProtocol(loop=asyncio.get_running_loop()))

    assert {"_buffer", "_loop", "_response_pending", "transport"} <= set(asyncio.run(attributes()))


def test_outcomes_compare_by_value():
    assert Accepted(250, "ok") == Accepted(250, "ok")
    assert Unknown("lost") != NotSent("lost")
    assert Reason("greylisted") is Reason.GREYLISTED
