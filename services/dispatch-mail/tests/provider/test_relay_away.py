"""A relay that is away, or that takes no more of us: nothing is put off, and it goes on when it can
(MSG-9).
"""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from common import clock
from common.delivery.outcomes import Accepted, NotSent
from common.testing.waiting import until
from dispatch_mail.provider import MailProvider, Pool, Tls
from dispatch_mail.provider.limits import Limits


@pytest.fixture
async def open_pool():
    """Open pools towards a relay; they are closed with the test."""
    pools = []

    def make(relay, **settings):
        pools.append(Pool(relay.settings(**settings)))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.close()


def provider_of(pool, lane="normal", limits=None):
    return MailProvider(pool, limits or Limits(), lane)


def kinds(settled):
    return {type(outcome) for _, outcome in settled}


def away_seconds():
    return REGISTRY.get_sample_value("renraku_relay_away_seconds")


async def test_a_relay_that_nobody_hears_at_is_away_until_it_is_there(start_relay, open_pool, mail):
    relay = await start_relay()
    relay.go_away()
    pool, limits = open_pool(relay), Limits()
    provider = provider_of(pool, limits=limits)
    with capture_logs() as logged:
        assert kinds(await provider.send([mail("a"), mail("b", "other.jp")])) == {NotSent}
        assert pool.is_away
        await until(lambda: away_seconds() > 0)
        await relay.come_back()
        await until(lambda: not pool.is_away)
    assert [line["event"] for line in logged] == ["relay.away", "relay.back"]
    assert away_seconds() == 0
    assert limits.closed_domains(clock.now()) == []
    assert kinds(await provider.send([mail("a")])) == {Accepted}
    assert relay.connections == 1, "the connection that found it is used"


@pytest.mark.parametrize("greeting", ["421 4.3.2 not now", "554 5.3.2 go away", "hello"])
async def test_a_relay_that_greets_with_anything_but_220_is_away(
    start_relay, open_pool, mail, greeting
):
    pool = open_pool(await start_relay(greeting=greeting))
    assert kinds(await provider_of(pool).send([mail("a")])) == {NotSent}
    assert pool.is_away


async def test_tls_that_cannot_be_had_sends_nothing_in_the_clear(start_relay, open_pool, mail):
    relay = await start_relay()
    pool = open_pool(relay, tls=Tls.STARTTLS)
    assert kinds(await provider_of(pool).send([mail("a")])) == {NotSent}
    assert pool.is_away
    assert relay.contents == {}


async def test_a_relay_that_is_away_is_asked_by_one_connection_and_no_mail(
    start_relay, open_pool, mail
):
    relay = await start_relay(greeting="421 4.3.2 not now")
    pool = open_pool(relay)
    await provider_of(pool).send([mail("a")])
    asked = relay.connections
    assert kinds(await provider_of(pool, "urgent").send([mail("b")])) == {NotSent}
    assert relay.connections == asked
    await relay.until(lambda seen: seen.connections > asked)
    assert relay.most_open == 1


async def test_a_relay_that_says_421_to_a_sender_gets_the_rest_over_another_connection(
    start_relay, open_pool, mail
):
    relay, limits = await start_relay(mails_per_connection=4), Limits()
    settled = await provider_of(open_pool(relay), limits=limits).send(
        [mail(f"a-{number}") for number in range(10)]
    )
    assert kinds(settled) == {Accepted}
    assert relay.connections == 3
    assert limits.closed_domains(clock.now()) == []


async def test_a_relay_that_takes_no_sender_at_all_is_away_and_no_domain_is_blamed(
    start_relay, open_pool, mail
):
    relay, limits = await start_relay(mails_per_connection=0), Limits()
    pool = open_pool(relay)
    assert kinds(await provider_of(pool, limits=limits).send([mail("a"), mail("b")])) == {NotSent}
    assert pool.is_away
    assert limits.closed_domains(clock.now()) == []


async def test_a_relay_that_greets_and_takes_nothing_is_away_for_longer_and_longer(
    start_relay, open_pool, mail
):
    relay = await start_relay(mails_per_connection=0)
    pool = open_pool(relay)
    provider = provider_of(pool)
    for _ in range(2):
        await until(lambda: not pool.is_away)
        assert kinds(await provider.send([mail("a")])) == {NotSent}
    assert away_seconds() >= 1
    relay.mails_per_connection = None
    await until(lambda: not pool.is_away)
    assert away_seconds() == 0
    assert kinds(await provider.send([mail("a")])) == {Accepted}


async def test_a_connection_that_a_mail_broke_is_no_sign_that_the_relay_is_away(
    start_relay, open_pool, mail
):
    pool = open_pool(await start_relay())
    await provider_of(pool).send(
        [
            mail("dropafter"),
            mail("a"),
            mail("dropbefore", "b.jp"),
            mail("leave", "c.jp"),
            mail("d", "c.jp"),
        ]
    )
    assert not pool.is_away


async def test_a_limit_of_the_relay_is_learnt_and_both_lanes_go_within_it(
    start_relay, open_pool, mail
):
    relay = await start_relay(limit=4, seconds_a_mail=0.002)
    pool = open_pool(relay)
    lanes = [provider_of(pool, lane) for lane in ("normal", "urgent")]
    batches = [[mail(f"a-{n}", f"d{n % 5}.jp") for n in range(300)] for _ in lanes]
    settled = await asyncio.gather(
        *(lane.send(batch) for lane, batch in zip(lanes, batches, strict=True))
    )
    assert [kinds(some) for some in settled] == [{Accepted}, {Accepted}]
    assert not pool.is_away


async def test_an_urgent_mail_gets_a_connection_back_from_normal_ones_that_have_all_the_relay_gives(
    start_relay, open_pool, mail
):
    relay = await start_relay(limit=2, seconds_a_mail=0.01)
    pool = open_pool(relay)
    normal = [mail(f"a-{n}", f"d{n % 2}.jp") for n in range(80)]
    sending = asyncio.create_task(provider_of(pool).send(normal))
    await relay.until(lambda seen: len(seen.contents) >= 4)
    assert kinds(await provider_of(pool, "urgent").send([mail("urgent")])) == {Accepted}
    assert len(relay.contents) < 40
    assert kinds(await sending) == {Accepted}
