"""Notifications at FCM: what each answer means for a family, and what FCM may do to us (DLV-4).

Against the town's FCM, which checks as the real one does; the stubborn server does what FCM should
not.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from common import clock
from common.delivery.outcomes import Accepted, Deferred, NotSent, Reason, Rejected, Unknown
from dispatch_push.provider.pause import LONGEST_PAUSE
from dispatch_push.provider.settings import FcmSettings, ServiceAccountRefused, is_loopback

TAKEN = json.dumps({"name": "projects/renraku-town/messages/1"}).encode()


async def test_every_notification_of_a_batch_gets_exactly_one_outcome(
    town, providers, notification
):
    batch = [
        *(notification() for _ in range(40)),
        notification("gone"),
        notification("other"),
        notification("quota"),
    ]
    settled = await providers(town.settings()).send(batch)
    assert Counter(row for row, _ in settled) == Counter(one.delivery_id for one in batch)
    assert Counter(type(outcome) for _, outcome in settled) == {
        Accepted: 40,
        Rejected: 2,
        Deferred: 1,
    }
    assert town.fcm.phones.count() == 40


async def test_a_phone_shows_title_and_body_and_opens_its_own_link(town, providers, notification):
    one = notification()
    await providers(town.settings()).send([one])
    assert town.screen(one.token) == [(one.title, one.body, one.link)]


async def test_only_urgent_notifications_have_high_priority(town, providers, notification):
    batch = [notification(is_urgent=True), notification()]
    await providers(town.settings()).send(batch)
    urgent, normal = (json.loads(town.fcm.phones.list_arrived(one.token)[0].raw) for one in batch)
    assert (urgent["android"]["priority"], normal["android"]["priority"]) == ("HIGH", "NORMAL")
    assert (urgent["webpush"]["headers"]["Urgency"], normal["webpush"]["headers"]["Urgency"]) == (
        "high",
        "normal",
    )
    assert (
        urgent["apns"]["headers"]["apns-priority"],
        normal["apns"]["headers"]["apns-priority"],
    ) == ("10", "5")


async def test_a_second_one_of_the_same_message_takes_the_place_of_the_first(
    town, providers, notification
):
    one = notification()
    provider = providers(town.settings())
    for _ in range(2):
        await provider.send([one])
    assert town.fcm.phones.count() == 2
    assert len(town.screen(one.token)) == 1


@pytest.mark.parametrize(
    ("prefix", "kind", "reason", "code"),
    [
        ("gone", Rejected, Reason.TOKEN_DEAD, 404),
        ("other", Deferred, Reason.RELAY_DOWN, 403),
        ("quota", Deferred, Reason.RATE_LIMITED, 429),
        ("busy", Deferred, Reason.RELAY_DOWN, 503),
    ],
)
async def test_what_a_phone_answers_is_told_in_the_words_of_delivery(
    town, providers, notification, prefix, kind, reason, code
):
    ((_, outcome),) = await providers(town.settings()).send([notification(prefix)])
    assert (type(outcome), outcome.reason, outcome.code) == (kind, reason, code)


@pytest.mark.parametrize("prefix", ["quota", "busy"])
async def test_retry_after_is_honoured_and_then_the_phone_is_reached(
    town, providers, notification, prefix
):
    town.fcm.retry_seconds = 40
    one, provider = notification(prefix), providers(town.settings())
    before = clock.now()
    ((_, outcome),) = await provider.send([one])
    assert before + timedelta(seconds=40) <= outcome.until <= clock.now() + timedelta(seconds=50)
    ((_, outcome),) = await provider.send([one])
    assert isinstance(outcome, Accepted)


async def test_a_token_that_is_none_is_dead_others_are_untouched_and_no_operator_is_called(
    town, providers, notification, capsys
):
    """B02: FCM names no field; the town says it in the same words."""
    bad = notification(token="no token")
    settled = dict(
        await providers(town.settings()).send([bad, *(notification() for _ in range(29))])
    )
    outcome = settled.pop(bad.delivery_id)
    assert (type(outcome), outcome.reason) == (Rejected, Reason.TOKEN_DEAD)
    assert {type(outcome) for outcome in settled.values()} == {Accepted}
    assert "push.refused_by_fcm" not in capsys.readouterr().out


async def test_one_token_of_another_sender_among_good_ones_is_dead_and_no_operator_is_called(
    town, providers, notification, capsys
):
    """B12: it was tried for 24 hours each time, with an alarm a minute."""
    provider, other = providers(town.settings()), notification("other")
    settled = dict(await provider.send([other, *(notification() for _ in range(50))]))
    assert settled.pop(other.delivery_id) == Rejected(Reason.TOKEN_DEAD, 403, "SENDER_ID_MISMATCH")
    assert {type(outcome) for outcome in settled.values()} == {Accepted}
    alone = notification("other")
    assert await provider.send([alone]) == [
        (alone.delivery_id, Rejected(Reason.TOKEN_DEAD, 403, "SENDER_ID_MISMATCH"))
    ]
    assert "push.refused_by_fcm" not in capsys.readouterr().out


@pytest.mark.parametrize(("phones", "worked_before"), [(1, False), (20, False), (20, True)])
async def test_a_whole_batch_of_another_sender_is_the_projects_fault(
    town, providers, notification, capsys, phones, worked_before
):
    """B12: what no phone is reached by is our key, and no family loses its phone for it."""
    provider = providers(town.settings())
    if worked_before:
        await provider.send([notification()])
    settled = await provider.send([notification("other") for _ in range(phones)])
    assert {(type(outcome), outcome.reason, outcome.code) for _, outcome in settled} == {
        (Deferred, Reason.RELAY_DOWN, 403)
    }
    assert capsys.readouterr().out.count("push.refused_by_fcm") == 1


async def test_a_message_that_fcm_finds_wrong_costs_no_phone_and_calls_the_operator(
    town, providers, notification, capsys
):
    ((_, outcome),) = await providers(town.settings()).send([notification(body="長" * 2000)])
    assert (type(outcome), outcome.reason) == (Rejected, Reason.CONTENT_REFUSED)
    assert "push.refused_by_fcm" in capsys.readouterr().out


async def test_a_wrong_project_defers_costs_no_phone_and_calls_the_operator_once(
    town, providers, notification, capsys
):
    town.fcm.project = "another"
    batch = [notification() for _ in range(4)]
    settled = await providers(town.settings()).send(batch)
    assert {(type(outcome), outcome.reason, outcome.code) for _, outcome in settled} == {
        (Deferred, Reason.RELAY_DOWN, 403)
    }
    assert capsys.readouterr().out.count("push.refused_by_fcm") == 1


async def test_a_token_endpoint_that_is_down_defers_and_nothing_more_is_begun(
    town, providers, notification
):
    town.fcm.is_token_down = True
    provider = providers(town.settings(token_timeout=1.0))
    began = clock.monotonic()
    first = await provider.send([notification() for _ in range(60)])
    assert {
        (type(outcome), outcome.reason) for _, outcome in first if not isinstance(outcome, NotSent)
    } == {(Deferred, Reason.RELAY_DOWN)}
    assert clock.monotonic() - began < 15, (
        "all share one fetch; sixty of 3 s would outlast the lease"
    )
    assert [type(outcome) for _, outcome in await provider.send([notification()])] == [NotSent]
    assert town.fcm.phones.count() == 0


async def test_a_key_that_google_does_not_know_defers(town, providers, notification, tmp_path):
    account = json.loads(town.service_account.read_text())
    stolen = tmp_path / "stolen.json"
    stolen.write_text(
        json.dumps(account | {"client_email": "somebody@else.iam.gserviceaccount.com"})
    )
    ((_, outcome),) = await providers(town.settings(service_account_file=stolen)).send(
        [notification()]
    )
    assert (type(outcome), outcome.reason) == (Deferred, Reason.RELAY_DOWN)


async def test_a_token_that_google_revoked_is_fetched_anew_at_once(town, providers, notification):
    provider = providers(town.settings())
    await provider.send([notification()])
    town.fcm.forget_tokens()
    settled = await provider.send([notification() for _ in range(5)])
    assert {type(outcome) for _, outcome in settled} == {Accepted}


async def test_one_access_token_serves_a_whole_batch(stubborn, providers, notification, answer):
    odd, settings = await stubborn(answer(200, TAKEN))
    await providers(settings).send([notification() for _ in range(30)])
    assert (odd.tokens, odd.asked) == (1, 30)


async def test_no_more_requests_are_open_than_the_setting_says(
    stubborn, providers, notification, answer
):
    odd, settings = await stubborn(answer(200, TAKEN), connections=3)
    await providers(settings).send([notification() for _ in range(30)])
    assert odd.most_at_once <= 3


@pytest.mark.parametrize(
    "body", [b"<html>Please sign in to the hotel's network</html>", b"{}", b"[]", b""]
)
async def test_a_200_that_is_not_fcms_is_no_success(
    stubborn, providers, notification, answer, body
):
    _, settings = await stubborn(answer(200, body))
    ((_, outcome),) = await providers(settings).send([notification()])
    assert (type(outcome), outcome.reason) == (Deferred, Reason.RELAY_DOWN)


async def test_a_404_without_fcms_own_word_deletes_no_token(
    stubborn, providers, notification, answer
):
    _, settings = await stubborn(answer(404, b'{"error": {"code": 404, "status": "NOT_FOUND"}}'))
    ((_, outcome),) = await providers(settings).send([notification()])
    assert isinstance(outcome, Deferred)


async def test_a_redirect_is_not_followed(stubborn, providers, notification, answer):
    odd, settings = await stubborn(answer(302, b"", "Location: http://127.0.0.1:9/"))
    ((_, outcome),) = await providers(settings).send([notification()])
    assert isinstance(outcome, Deferred)
    assert odd.asked == 1


async def test_no_answer_in_time_is_unknown(stubborn, providers, notification):
    _, settings = await stubborn(None, reply_timeout=0.2)
    ((_, outcome),) = await providers(settings).send([notification()])
    assert isinstance(outcome, Unknown)


async def test_a_connection_that_breaks_after_the_request_is_unknown(
    stubborn, providers, notification
):
    _, settings = await stubborn(b"")
    ((_, outcome),) = await providers(settings).send([notification()])
    assert isinstance(outcome, Unknown)


async def test_fcm_that_cannot_be_reached_defers(town, providers, notification, unused_port):
    provider = providers(town.settings(url=f"http://127.0.0.1:{unused_port}"))
    ((_, outcome),) = await provider.send([notification()])
    assert (type(outcome), outcome.reason) == (Deferred, Reason.RELAY_DOWN)
    assert clock.now() < outcome.until <= clock.now() + LONGEST_PAUSE
    assert [type(outcome) for _, outcome in await provider.send([notification()])] == [NotSent], (
        "the door is left alone until then"
    )


async def test_five_busy_answers_in_a_row_leave_the_rest_unsent(
    stubborn, providers, notification, answer
):
    body = (
        b'{"error": {"code": 503, "status": "UNAVAILABLE", '
        b'"details": [{"errorCode": "UNAVAILABLE"}]}}'
    )
    odd, settings = await stubborn(answer(503, body, "Retry-After: 30"), connections=1)
    settled = await providers(settings).send([notification() for _ in range(12)])
    assert Counter(type(outcome) for _, outcome in settled) == {Deferred: 5, NotSent: 7}
    assert odd.asked == 5


async def test_what_is_not_begun_in_time_goes_back_unsent(
    stubborn, providers, notification, answer
):
    odd, settings = await stubborn(answer(200, TAKEN), patience=0.0)
    settled = await providers(settings).send([notification(), notification()])
    assert {outcome for _, outcome in settled} == {NotSent("not begun in time")}
    assert odd.asked == 0


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"project_id": "x", "token_uri": 1}'])
def test_a_service_account_that_is_none_is_refused_in_words(tmp_path: Path, text: str):
    file = tmp_path / "account.json"
    file.write_text(text)
    with pytest.raises(ServiceAccountRefused, match="RENRAKU_FCM_SERVICE_ACCOUNT_FILE"):
        FcmSettings("http://localhost", file).hosts()
    with pytest.raises(ServiceAccountRefused, match="can't be read"):
        FcmSettings("http://localhost", tmp_path / "none.json").hosts()


def test_this_machine_is_known_by_name_and_address():
    assert [
        is_loopback(host)
        for host in ("localhost", "127.0.0.1", "::1", "fcm.googleapis.com", "10.0.0.1", "")
    ] == [True] * 3 + [False] * 3
