"""Prometheus metrics of every role: one function per thing that is counted, so that names and labels stand in one place."""

from __future__ import annotations

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, start_http_server

_requests = Histogram(
    "renraku_http_request_seconds",
    "Time to answer an HTTP request",
    ["service", "endpoint", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
_published = Counter("renraku_events_published_total", "Events confirmed by the broker", ["service"])
_handled = Counter("renraku_events_handled_total", "Events handled", ["service", "type", "result"])
_parked = Counter("renraku_events_parked_total", "Events set aside because they can't be handled", ["service", "reason"])
_outbox_age = Gauge("renraku_outbox_oldest_seconds", "Age of the oldest event that waits in the outbox", ["service"])
_settled = Counter("renraku_deliveries_settled_total", "Deliveries settled", ["channel", "lane", "state"])
_duplicates = Counter("renraku_deliveries_retried_unknown_total", "Sent again after an unknown result", ["channel"])
_oldest = Gauge("renraku_deliveries_oldest_unclaimed_seconds", "Age of the oldest unclaimed delivery", ["channel", "lane"])
_provider = Histogram(
    "renraku_provider_seconds",
    "Time of one batch at the provider",
    ["channel"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def record_request(service: str, endpoint: str, status: int, seconds: float) -> None:
    _requests.labels(service, endpoint, str(status)).observe(seconds)


def record_published(service: str, count: int) -> None:
    _published.labels(service).inc(count)


def record_handled(service: str, event_type: str, result: str) -> None:
    _handled.labels(service, event_type, result).inc()


def record_parked(service: str, reason: str) -> None:
    _parked.labels(service, reason).inc()


def record_outbox_age(service: str, seconds: float) -> None:
    _outbox_age.labels(service).set(seconds)


def record_settled(channel: str, lane: str, state: str, count: int) -> None:
    _settled.labels(channel, lane, state).inc(count)


def record_unknown_retried(channel: str, count: int) -> None:
    _duplicates.labels(channel).inc(count)


def record_oldest_unclaimed(channel: str, lane: str, seconds: float) -> None:
    _oldest.labels(channel, lane).set(seconds)


def record_provider_time(channel: str, seconds: float) -> None:
    _provider.labels(channel).observe(seconds)


def serve(port: int) -> None:
    """Expose this process's metrics on its own port (workers and jobs, which have no HTTP of their own)."""
    start_http_server(port, registry=REGISTRY)
