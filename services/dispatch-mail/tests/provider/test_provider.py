"""A batch over a pool of connections: no domain delays another, no connection grows old (MSG-9)."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from common import clock
from common.delivery.outcomes import Accepted, Deferred, NotSent, Reason, Unknown
from dispatch_mail.provider import MailProvider, Pool, RelaySettings, Tls
from dispatch_mail.provider.limits import Limit, Limits


@pytest.fixture
async def providers():
    """Make providers; they are closed with the test."""
    pools = []

    def make(relay, limits=None, **settings):
        pools.append(Pool(relay.settings(**settings)))
        return MailProvider(pools[-1], limits or Limits(), "normal")

    yield make
    for pool in pools:
        await pool.close()


def mails_to(mail, count, domain="example.jp"):
    return [mail(f"a-{number}", domain) for number in range(count)]


async def test_every_mail_of_a_batch_gets_exactly_one_outcome(start_relay, providers, mail):
    relay = await start_relay()
    batch = [
        *mails_to(mail, 35),
        *mails_to(mail, 7, "docomo.ne.jp"),
        mail("unknown"),
        mail("spam", "au.com"),
    ]
    settled = await providers(relay).send(batch)
    assert Counter(delivery for delivery, _ in settled) == Counter(one.delivery_id for one in batch)
    assert sum(isinstance(outcome, Accepted) for _, outcome in settled) == 42
    assert len(relay.contents) == 42


async def test_a_connection_carries_its_messages_and_says_goodbye(start_relay, providers, mail):
    relay = await start_relay()
    provider = providers(relay, connections=1, messages_per_connection=4)
    settled = await provider.send(mails_to(mail, 10))
    assert all(isinstance(outcome, Accepted) for _, outcome in settled)
    await relay.until(lambda seen: seen.commands.count("QUIT") == 2)
    assert relay.connections == 3


async def test_a_connection_is_kept_from_one_batch_to_the_next(start_relay, providers, mail):
    relay = await start_relay()
    provider = providers(relay)
    for _ in range(3):
        await provider.send([mail("a")])
    assert relay.connections == 1
    assert "RSET" not in relay.commands


async def test_an_idle_connection_is_closed_with_a_goodbye(start_relay, providers, mail):
    relay = await start_relay()
    await providers(relay, idle_timeout=0.05).send([mail("a")])
    await relay.until(lambda seen: seen.open_now == 0)
    assert relay.commands[-1] == "QUIT"


async def test_a_connection_that_the_relay_closed_meanwhile_costs_no_mail(
    start_relay, providers, mail
):
    relay = await start_relay()
    provider = providers(relay)
    await provider.send([mail("dropafter"), mail("x", "other.jp")])
    settled = await provider.send([mail("b"), mail("c"), mail("d", "other.jp")])
    assert [type(outcome) for _, outcome in settled] == [Accepted] * 3


async def test_no_more_connections_are_open_than_the_setting_says(start_relay, providers, mail):
    relay = await start_relay()
    provider = providers(relay, connections=4)
    await provider.send(
        [one for number in range(12) for one in mails_to(mail, 10, f"d{number}.jp")]
    )
    assert relay.most_open == 3, "the fourth is left to urgent mails"


async def test_both_lanes_together_open_no_more_at_a_domain_than_it_takes(
    start_relay, providers, mail
):
    relay, limits = (
        await start_relay(),
        Limits({"slow.jp": Limit(concurrency=4, per_second=1000.0, burst=1000)}),
    )
    pool = Pool(relay.settings())
    lanes = [MailProvider(pool, limits, lane) for lane in ("urgent", "normal")]
    sending = [
        asyncio.create_task(lane.send([mail(f"slow-{n}", "slow.jp") for n in range(100)]))
        for lane in lanes
    ]
    await relay.until(lambda seen: seen.open_now == 4)
    relay.released.set()
    assert {
        type(outcome) for settled in await asyncio.gather(*sending) for _, outcome in settled
    } == {Accepted}
    assert relay.most_open == 4
    await pool.close()


async def test_a_slow_domain_holds_up_nobody_else(start_relay, providers, mail):
    relay = await start_relay()
    provider = providers(relay, connections=4)
    slow = [mail(f"slow-{number}", "slow.jp") for number in range(40)]
    waiting = asyncio.create_task(provider.send(slow))
    await relay.until(lambda seen: seen.open_now == 2)
    settled = await provider.send([*mails_to(mail, 30), *mails_to(mail, 30, "docomo.ne.jp")])
    assert all(isinstance(outcome, Accepted) for _, outcome in settled)
    assert not waiting.done()
    relay.released.set()
    assert all(isinstance(outcome, Accepted) for _, outcome in await waiting)


async def test_outcomes_of_the_quick_come_before_those_of_the_slow(start_relay, providers, mail):
    relay = await start_relay()
    quick, slow = mail("a"), mail("slow", "slow.jp")
    parts = providers(relay).outcomes([slow, quick])
    assert [delivery for delivery, _ in await anext(parts)] == [quick.delivery_id]
    relay.released.set()
    assert [delivery for delivery, _ in await anext(parts)] == [slow.delivery_id]
    await parts.aclose()


async def test_a_domain_that_takes_too_long_gives_the_rest_back_in_time(
    start_relay, providers, mail
):
    relay = await start_relay()
    settled = await providers(relay, patience=0.0).send([mail("a"), mail("b")])
    assert {outcome for _, outcome in settled} == {NotSent("not begun in time")}


async def test_a_domain_that_says_421_is_paused_and_nobody_else(start_relay, providers, mail):
    relay = await start_relay()
    limits = Limits()
    provider = providers(relay, limits)
    settled = dict(await provider.send([mail("busy", "busy.jp"), mail("b", "busy.jp"), mail("c")]))
    until = limits.paused_until("busy.jp", clock.now())
    assert limits.closed_domains(clock.now()) == ["busy.jp"]
    deferred = next(outcome for outcome in settled.values() if isinstance(outcome, Deferred))
    assert deferred.reason is Reason.RATE_LIMITED
    assert deferred.until == until
    assert Counter(type(outcome) for outcome in settled.values()) == {
        Deferred: 1,
        NotSent: 1,
        Accepted: 1,
    }


async def test_after_421_the_next_batch_opens_a_new_connection(start_relay, providers, mail):
    relay = await start_relay()
    provider = providers(relay)
    await provider.send([mail("busy")])
    settled = await provider.send([mail("a")])
    assert isinstance(settled[0][1], Accepted)
    assert relay.connections == 2


async def test_content_without_an_answer_is_unknown_and_slows_the_domain(
    start_relay, providers, mail
):
    relay = await start_relay()
    limits = Limits()
    settled = await providers(relay, limits).send([mail("dropafter")])
    assert isinstance(settled[0][1], Unknown)
    assert limits.paused_until("example.jp", clock.now()) is not None


def test_only_a_relay_on_this_machine_goes_without_tls_by_itself():
    assert RelaySettings("relay.minamo.example").security is Tls.STARTTLS
    assert {RelaySettings(host).security for host in ("localhost", "127.0.0.1", "::1")} == {
        Tls.NONE
    }
    assert RelaySettings("10.0.0.5", tls=Tls.NONE).security is Tls.NONE
    with pytest.raises(ValueError, match="off"):
        _ = RelaySettings("10.0.0.5", tls="off").security


def test_a_relays_password_is_not_printed():
    assert "geheim" not in repr(RelaySettings("relay.example", password="geheim"))


@pytest.mark.parametrize("recipient", [b"a@b>\r\nRCPT TO:<c@d", b"a\x00@b", "あ@b.jp".encode()])
def test_no_recipient_can_become_a_second_command(mail, recipient):
    good = mail("a")
    with pytest.raises(ValueError, match="SMTP address"):
        type(good)(good.delivery_id, good.sender, recipient, "b", good.content)
