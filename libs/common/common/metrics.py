"""Prometheus metrics of every role (OPS-5).

One function per thing that is counted, so that names and labels stand in one place. A gauge tells
of the present, so whoever records one does so when it is zero, too: silence would leave the last
bad value standing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client import Gauge as AnyGauge
from prometheus_client.multiprocess import MultiProcessCollector

# Names the folder in which processes behind one port count together. prometheus_client reads it
# when it is loaded, so whoever sets it does so before.
MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
PAGES = ("/metrics", "/healthz", "/readyz")
# Of several processes the one that looked last tells of the present: a sum of ages means nothing.
Gauge = partial(AnyGauge, multiprocess_mode="livemostrecent")

# Between two looks whether the server shall end; a request comes through at once.
SHUTDOWN_LOOK_SECONDS = 5.0

_requests = Histogram(
    "renraku_http_request_seconds",
    "Time to answer an HTTP request",
    ["service", "endpoint", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
_published = Counter(
    "renraku_events_published_total", "Events confirmed by the broker", ["service"]
)
_handled = Counter("renraku_events_handled_total", "Events handled", ["service", "type", "result"])
_parked = Counter(
    "renraku_events_parked_total",
    "Events set aside because they can't be handled",
    ["service", "reason"],
)
_ready = Gauge("renraku_role_ready", "1 when this role can do its work", ["service"])
_outbox_age = Gauge(
    "renraku_outbox_oldest_seconds", "Age of the oldest event that waits in the outbox", ["service"]
)
_parked_now = Gauge(
    "renraku_events_set_aside", "Events that stand aside, waiting for a person", ["service"]
)
_held_age = Gauge(
    "renraku_events_held_oldest_seconds",
    "Age of the oldest event that waits for another house",
    ["service"],
)
_imports_age = Gauge(
    "renraku_imports_oldest_seconds",
    "Age of the oldest roster file that waits to be read or applied, or is",
)
_misanswered = Counter(
    "renraku_calls_misanswered_total",
    "Answers of another house that are not its own, or refuse our token",
    ["service", "status"],
)
_settled = Counter(
    "renraku_deliveries_settled_total", "Deliveries settled", ["channel", "lane", "state"]
)
_duplicates = Counter(
    "renraku_deliveries_retried_unknown_total", "Sent again after an unknown result", ["channel"]
)
_oldest = Gauge(
    "renraku_deliveries_oldest_unclaimed_seconds",
    "Age of the oldest unclaimed delivery",
    ["channel", "lane"],
)
_open = Gauge(
    "renraku_deliveries_open", "Deliveries that are not final yet", ["channel", "lane", "state"]
)
_oldest_open = Gauge(
    "renraku_deliveries_oldest_open_seconds",
    "Age of the oldest delivery that is not final",
    ["channel", "lane"],
)
_overdue = Gauge(
    "renraku_deliveries_claim_overdue_seconds",
    "How long the oldest claim has outlived its lease",
    ["channel", "lane"],
)
_not_prepared = Counter(
    "renraku_deliveries_not_prepared_total",
    "Times that what a message needs could not be had",
    ["channel", "why"],
)
_stuck = Gauge(
    "renraku_messages_stuck", "Messages that could not be prepared many times in a row", ["channel"]
)
_clock_off = Gauge(
    "renraku_clock_off_seconds", "How far this machine's clock is from the database's", ["service"]
)
_erasure = Gauge(
    "renraku_erasure_oldest_day",
    "Days since the end of the oldest contract in this state of erasure",
    ["state"],
)
_log_unsealed = Gauge(
    "renraku_operation_log_unsealed_seconds",
    "For how long lines of the operation log have waited for their seal; 0 when all are sealed",
    ["service"],
)
_alarm_unanswered = Gauge(
    "renraku_download_alarm_unanswered_seconds",
    "For how long the oldest download alarm has waited for an administrator; 0 when none waits",
    ["service"],
)
_relay_away = Gauge(
    "renraku_relay_away_seconds", "How long the mail relay has been away; 0 while it is there"
)
_relay_refusals = Counter(
    "renraku_relay_refusals_total",
    "What the mail relay refused for a reason that is no recipient's",
    ["code_class"],
)
_notices_left_out = Counter(
    "renraku_notices_left_out_total",
    "Notices of ours to one reader beyond what is sent within an hour",
    ["kind"],
)
_registration_tries = Counter(
    "renraku_registration_tries_total",
    "Tries for the codes of registration sheets",
    ["result"],
)
_inbound = Counter(
    "renraku_inbound_mails_total",
    "Mails that came in, by what they were: bounces, forged addresses, held for later, …",
    ["result"],
)
_provider = Histogram(
    "renraku_provider_seconds",
    "Time of one batch at the provider",
    ["channel"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def record_request(service: str, endpoint: str, status: int, seconds: float) -> None:
    _requests.labels(service, endpoint, str(status)).observe(seconds)


def record_misanswered(service: str, status: int) -> None:
    _misanswered.labels(service, str(status)).inc()


def record_published(service: str, count: int) -> None:
    _published.labels(service).inc(count)


def record_handled(service: str, event_type: str, result: str) -> None:
    _handled.labels(service, event_type, result).inc()


def record_parked(service: str, reason: str) -> None:
    _parked.labels(service, reason).inc()


def record_outbox_age(service: str, seconds: float) -> None:
    _outbox_age.labels(service).set(seconds)


def expect_deliveries(channel: str, lanes: Sequence[str], states: Sequence[str]) -> None:
    """Show a channel's counters at zero from the start.

    Prometheus sees no increase in a series that begins at 500.
    """
    _duplicates.labels(channel)
    for lane in lanes:
        for state in states:
            _settled.labels(channel, lane, state)


def record_settled(channel: str, lane: str, state: str, count: int) -> None:
    _settled.labels(channel, lane, state).inc(count)


def record_unknown_retried(channel: str, count: int) -> None:
    _duplicates.labels(channel).inc(count)


def record_oldest_unclaimed(channel: str, lane: str, seconds: float) -> None:
    _oldest.labels(channel, lane).set(seconds)


def record_open(channel: str, lane: str, state: str, count: int) -> None:
    _open.labels(channel, lane, state).set(count)


def record_oldest_open(channel: str, lane: str, seconds: float) -> None:
    _oldest_open.labels(channel, lane).set(seconds)


def record_claim_overdue(channel: str, lane: str, seconds: float) -> None:
    _overdue.labels(channel, lane).set(seconds)


def record_not_prepared(channel: str, why: str) -> None:
    _not_prepared.labels(channel, why).inc()


def record_messages_stuck(channel: str, count: int) -> None:
    _stuck.labels(channel).set(count)


def record_parked_now(service: str, count: int) -> None:
    _parked_now.labels(service).set(count)


def record_held_age(service: str, seconds: float) -> None:
    _held_age.labels(service).set(seconds)


def record_imports_age(seconds: float) -> None:
    _imports_age.set(seconds)


def record_clock_difference(service: str, seconds: float) -> None:
    _clock_off.labels(service).set(seconds)


def record_erasure_deadline(state: str, days: int) -> None:
    """Tell how many days ago the contract of the school that waits longest in `state` ended.

    0 when there is none. The states before the certificate are watched: alarms at 33 and 37, a hard
    error at 39 (trust: retention clocks).
    """
    _erasure.labels(state).set(days)


def record_log_unsealed(service: str, seconds: float) -> None:
    _log_unsealed.labels(service).set(seconds)


def record_alarm_unanswered(service: str, seconds: float) -> None:
    _alarm_unanswered.labels(service).set(seconds)


def record_relay_away(seconds: float) -> None:
    _relay_away.set(seconds)


def expect_relay_refusals() -> None:
    """Show the counters at zero from the start, as those of deliveries."""
    for code_class in ("4xx", "5xx"):
        _relay_refusals.labels(code_class)


def record_relay_refusal(code: int) -> None:
    """Count an SMTP code of 400 to 599 by its class."""
    _relay_refusals.labels(f"{code // 100}xx").inc()


def expect_notices(kinds: Sequence[str]) -> None:
    """Show the counters at zero from the start, as those of deliveries."""
    for kind in kinds:
        _notices_left_out.labels(kind)


def record_notices_left_out(kind: str, count: int) -> None:
    _notices_left_out.labels(kind).inc(count)


def expect_registration_tries(results: Sequence[str]) -> None:
    """Show the counters at zero from the start, as those of deliveries."""
    for result in results:
        _registration_tries.labels(result)


def record_registration_try(result: str) -> None:
    _registration_tries.labels(result).inc()


def expect_inbound(results: Sequence[str]) -> None:
    """Show the counters at zero from the start, as those of deliveries."""
    for result in results:
        _inbound.labels(result)


def record_inbound(result: str) -> None:
    _inbound.labels(result).inc()


def record_provider_time(channel: str, seconds: float) -> None:
    _provider.labels(channel).observe(seconds)


def forget_present() -> None:
    """Drop what the house's clock knows of the present.

    Called when another process has become that clock and tells it instead.
    """
    for gauge in (
        _outbox_age,
        _parked_now,
        _held_age,
        _oldest,
        _open,
        _oldest_open,
        _overdue,
        _erasure,
        _log_unsealed,
        _alarm_unanswered,
    ):
        gauge.clear()


@dataclass(frozen=True, slots=True)
class RoleHealth:
    """What a role is asked about itself: does it turn, and can it do its work now?

    `readiness`: by house, for each that this process serves.
    """

    is_alive: Callable[[], bool]
    readiness: Mapping[str, Callable[[], bool]]

    def is_ready(self) -> bool:
        """Return whether every house of the process can do its work."""
        return all(is_ready() for is_ready in self.readiness.values())


def page(health: RoleHealth) -> bytes:
    """Return the role's metrics in Prometheus's text format, readiness among them.

    Of several processes behind one port, their sums.
    """
    for service, is_ready in health.readiness.items():
        _ready.labels(service).set(is_ready())
    if MULTIPROCESS_FOLDER not in os.environ:
        return generate_latest()
    of_all = CollectorRegistry()
    MultiProcessCollector(of_all)
    return generate_latest(of_all)


def serve(host: str, port: int, health: RoleHealth) -> ThreadingHTTPServer:
    """Serve /metrics, /healthz and /readyz in threads of their own.

    For workers and clocks, which have no other HTTP. Port 0 takes a free one (`server_port` tells
    which). Raises OSError when the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            status, content_type, body = answer(path, health)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a line for each scrape would be most of the log."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    serve_forever = partial(server.serve_forever, SHUTDOWN_LOOK_SECONDS)
    thread = threading.Thread(
        target=serve_forever,
        name="metrics",
        daemon=True,
    )
    thread.start()
    return server


def answer(path: str, health: RoleHealth) -> tuple[int, str, bytes]:
    """Return (status, content type, body) of one of the three pages, as an API answers them too."""
    if path == "/metrics":
        return 200, CONTENT_TYPE_LATEST, page(health)
    if path == "/healthz":
        return _status(health.is_alive(), b"alive", b"stalled")
    if path == "/readyz":
        return _status(health.is_ready(), b"ready", b"not ready")
    return 404, "application/json", b"{}"


def _status(good: bool, yes: bytes, no: bytes) -> tuple[int, str, bytes]:
    return 200 if good else 503, "application/json", b'{"status": "' + (yes if good else no) + b'"}'
