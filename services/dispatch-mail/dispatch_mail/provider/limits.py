"""How fast each destination domain may be served: token buckets that slow down by themselves
(DLV-7).

No carrier publishes numbers. Yahoo! JAPAN's are what mail operators found (two connections, 10
mails a second, suspended after two 421 in an hour); docomo, au and SoftBank ask for "slowly" and
for few sessions. The rest is conservative and all of it a setting. A domain here stands for all
domains of its provider (`domain.carriers`). Pure arithmetic: `now` is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from common.cache import Bounded
from common.delivery.outcomes import Accepted, Deferred, NotSent, Outcome, Reason, Rejected, Unknown

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
# Of the full rate: yahoo.co.jp goes down to one mail in 6 s.
SLOWEST = 1 / 64
# Of the full rate, for each accepted mail: from half to full in 25 mails.
RECOVERY = 1 / 50
# docomo answers 550 to a blocked sender: so many refusals in a row are about us, not about twenty
# families.
REFUSALS_IN_A_ROW = 20
REFUSALS_PAUSE = timedelta(minutes=5)
OPENS_WITH_SECONDS = 0.5
# Domains without a limit of their own; beyond that the one used longest ago begins anew.
MOST_OTHERS = 1000

_TROUBLE = frozenset({Reason.RATE_LIMITED, Reason.TIME_OUT, Reason.BLOCKED, Reason.OTHER})
_REFUSED_FOR_US = frozenset(
    {Reason.USER_UNKNOWN, Reason.BLOCKED, Reason.CONTENT_REFUSED, Reason.LINK_REFUSED}
)


@dataclass(frozen=True, slots=True)
class Limit:
    """Connections at once, mails a second over time, and mails that may go in one burst after a
    rest.
    """

    concurrency: int
    per_second: float
    burst: int


CARRIER = Limit(concurrency=5, per_second=30.0, burst=200)
YAHOO = Limit(concurrency=2, per_second=10.0, burst=60)
GMAIL = Limit(concurrency=8, per_second=60.0, burst=300)
ICLOUD = Limit(concurrency=5, per_second=30.0, burst=150)
OUTLOOK = Limit(concurrency=4, per_second=30.0, burst=150)
GENEROUS = Limit(concurrency=20, per_second=20_000.0, burst=20_000)

DEFAULTS: Mapping[str, Limit] = MappingProxyType(
    {
        "docomo.ne.jp": CARRIER,
        "ezweb.ne.jp": CARRIER,
        "softbank.ne.jp": CARRIER,
        "ymobile.ne.jp": CARRIER,
        "yahoo.co.jp": YAHOO,
        "gmail.com": GMAIL,
        "icloud.com": ICLOUD,
        "outlook.com": OUTLOOK,
        # the same houses in the simulated town
        "docomo.town.test": CARRIER,
        "ezweb.town.test": CARRIER,
        "softbank.town.test": CARRIER,
        "yahoo.town.test": YAHOO,
        "gmail.town.test": GMAIL,
        "icloud.town.test": ICLOUD,
        "outlook.town.test": OUTLOOK,
    }
)


@dataclass(slots=True)
class _Bucket:
    """What one domain may still take, its present rate, and the trouble it had since it last
    accepted a mail.

    `is_cautious`: it was paused, and nothing has been accepted since.
    """

    tokens: float
    rate: float
    filled_at: datetime
    paused_until: datetime | None = None
    troubles: int = 0
    refusals: int = 0
    is_cautious: bool = False

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until


class Limits:
    """Limits and present state of all destination domains in this process.

    Domains in lower case, `now` aware.
    """

    def __init__(self, limits: Mapping[str, Limit] = DEFAULTS, default: Limit = GENEROUS) -> None:
        self._limits = limits
        self._default = default
        # Domains come from rosters, where anybody may write any: only those with a limit of their
        # own are remembered for good.
        self._limited: dict[str, _Bucket] = {}
        self._others = Bounded[str, _Bucket](most=MOST_OTHERS)
        # Those of them that may be closed; one that is at rest is open. Each claim asks which are
        # closed: a roster of invented domains must not make it slow.
        self._astir = Bounded[str, _Bucket](most=MOST_OTHERS)

    def limit_of(self, domain: str) -> Limit:
        """Return the full limit of a domain."""
        return self._limits.get(domain, self._default)

    def take(self, domain: str, wanted: int, now: datetime) -> int:
        """Take up to `wanted` mails for a domain and return how many may go now: 0 while it is
        paused.
        """
        bucket = self._bucket(domain, now)
        if bucket.is_paused(now):
            return 0
        self._refill(bucket, self.limit_of(domain), now)
        allowed = max(0, min(wanted, int(bucket.tokens)))
        bucket.tokens -= allowed
        return allowed

    def report(self, domain: str, outcome: Outcome, now: datetime) -> None:
        """Learn from an outcome: trouble halves the rate and pauses the domain, each accepted mail
        gives a little back.

        A relay that is down, a full mailbox and greylisting say nothing about the domain's pace.
        NotSent is reported only for a connection that broke before it carried anything.
        """
        bucket = self._bucket(domain, now)
        match outcome:
            case Accepted():
                full = self.limit_of(domain).per_second
                bucket.rate = min(full, bucket.rate + full * RECOVERY)
                bucket.troubles = bucket.refusals = 0
                bucket.is_cautious = False
            case Rejected(reason=reason) if reason in _REFUSED_FOR_US:
                bucket.refusals += 1
                if bucket.refusals >= REFUSALS_IN_A_ROW:
                    bucket.refusals = 0
                    self._pause(bucket, now + REFUSALS_PAUSE)
            case Deferred(reason=reason) if reason in _TROUBLE:
                self._slow_down(bucket, domain, now)
            case Unknown() | NotSent():
                self._slow_down(bucket, domain, now)

    def paused_until(self, domain: str, now: datetime) -> datetime | None:
        """Return the moment a paused domain may be tried again, None when it isn't paused."""
        bucket = self._find(domain)
        return bucket.paused_until if bucket and bucket.is_paused(now) else None

    def closed_domains(self, now: datetime) -> list[str]:
        """Return the domains that must get nothing at this moment: paused, or their pace used up.

        One whose pace was used up opens again with what it gets in half a second: opened for each
        single mail, it had a hundred rows claimed and put back for one that went (120 row writes a
        mail while 5,000 waited for docomo, 12 so). After a pause a single mail goes first.
        """
        closed = []
        for domain, bucket in [*self._limited.items(), *self._astir.items()]:
            limit = self.limit_of(domain)
            if not bucket.is_paused(now):
                self._refill(bucket, limit, now)
            if _is_at_rest(bucket, limit, now):
                self._astir.drop(domain)
            elif bucket.is_paused(now) or bucket.tokens < _enough_to_open(bucket, limit):
                closed.append(domain)
        return closed

    def _bucket(self, domain: str, now: datetime) -> _Bucket:
        bucket = self._find(domain)
        if bucket is None:
            limit = self.limit_of(domain)
            bucket = _Bucket(
                float(limit.burst),
                limit.per_second,
                now,
            )
            self._keep(domain, bucket)
        if domain not in self._limits:
            self._astir.put(domain, bucket)
        return bucket

    def _find(self, domain: str) -> _Bucket | None:
        return self._limited.get(domain) if domain in self._limits else self._others.get(domain)

    def _keep(self, domain: str, bucket: _Bucket) -> None:
        if domain in self._limits:
            self._limited[domain] = bucket
        else:
            self._others.put(domain, bucket)

    def _all(self) -> list[tuple[str, _Bucket]]:
        return [*self._limited.items(), *self._others.items()]

    def _refill(self, bucket: _Bucket, limit: Limit, now: datetime) -> None:
        elapsed = max(0.0, (now - bucket.filled_at).total_seconds())
        bucket.tokens = min(_most_of(limit), bucket.tokens + elapsed * bucket.rate)
        bucket.filled_at = max(now, bucket.filled_at)

    def _slow_down(self, bucket: _Bucket, domain: str, now: datetime) -> None:
        """Halve the rate and pause, 5 s doubling to 10 min.

        Once a pause, not for every mail that was under way.
        """
        if bucket.is_paused(now):
            return
        slowest = self.limit_of(domain).per_second * SLOWEST
        bucket.rate = max(bucket.rate / 2, slowest)
        doublings = min(bucket.troubles, 10)
        pause = min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)
        self._pause(bucket, now + pause)
        bucket.troubles += 1

    def _pause(self, bucket: _Bucket, until: datetime) -> None:
        """Pause, then begin with a single mail: a burst after a pause would bring the next one."""
        bucket.paused_until = max(until, bucket.paused_until or until)
        bucket.is_cautious = True
        bucket.tokens = 1.0
        bucket.filled_at = bucket.paused_until


def _most_of(limit: Limit) -> float:
    """Return the mails that a domain can have saved up."""
    return float(max(limit.burst, 1))


def _is_at_rest(bucket: _Bucket, limit: Limit, now: datetime) -> bool:
    return not bucket.is_paused(now) and bucket.tokens >= _most_of(limit)


def _enough_to_open(bucket: _Bucket, limit: Limit) -> float:
    """Return the mails that a domain must be able to take before it opens again."""
    if bucket.is_cautious:
        return 1.0
    of_a_moment = bucket.rate * OPENS_WITH_SECONDS
    return max(1.0, min(of_a_moment, float(limit.burst)))
