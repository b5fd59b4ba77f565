"""kill -9 of random roles at random moments while messages go out; then every promise (DLV-1).

`make chaos` runs it, `make test` does not: its name is no test's. CHAOS_KILLS (200), CHAOS_SECONDS
(3600, for all kills) and CHAOS_SEED (drawn and told) say how much, how long and which. The seed
gives the same order of roles and pauses; what the kills hit differs from run to run.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from arrivals import DISPATCHERS, Delivered
from hands import Sent, Suite, wait_until

from common import clock
from common.errors import Unavailable

KILLS = int(os.environ.get("CHAOS_KILLS", "200"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "3600"))
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
BETWEEN_KILLS = 3.0  # seconds at most: on a small machine a role needs about so long to start
AWAY = 1.5  # seconds at most until a killed role is started again
BETWEEN_SENDS = 1.0  # seconds; a message takes longer, so that always one is on its way
TO_SETTLE = 900.0  # seconds after the last kill; messaging asks again after two minutes
Answer = TypeVar("Answer")
Say = Callable[[str], None]

pytestmark = [pytest.mark.processes, pytest.mark.timeout(SECONDS + 2 * TO_SETTLE)]


@dataclass
class Sender:
    """The vice principal, who writes to the whole school again and again, the lanes in turn."""

    suite: Suite
    stop: threading.Event = field(default_factory=threading.Event)
    sent: list[Sent] = field(default_factory=list)
    failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.sent.append(self._send())
                self.stop.wait(BETWEEN_SENDS)
        except BaseException as failure:
            self.failure = failure

    def _send(self) -> Sent:
        """Send one message; each step is repeated until it is answered: a person presses again."""
        lane = "urgent" if len(self.sent) % 2 else "normal"
        # Signed in anew, because a token lives shorter than a run.
        office = until_answered(self.suite.office)
        message_id = until_answered(lambda: office.write("全校", lane=lane))
        snapshot = until_answered(lambda: office.snapshot(message_id))
        key = message_id.hex
        until_answered(lambda: office.press(message_id, snapshot, key))
        path = {"message_id": message_id}
        template = "/messages/{message_id}/send-now"
        until_answered(lambda: office.call("messaging", "POST", template, path=path))
        return Sent(self.suite, office, message_id, snapshot)


def until_answered(step: Callable[[], Answer]) -> Answer:
    """Return what a step answers, as soon as the houses that it needs are there."""

    def tried() -> tuple[Answer] | None:
        try:
            return (step(),)
        except Unavailable:
            return None

    (answer,) = wait_until(tried, 120, "a house to answer")
    return answer


@contextmanager
def sending(suite: Suite) -> Iterator[Sender]:
    """Let messages go out for the length of a block; the last one is finished."""
    sender = Sender(suite)
    thread = threading.Thread(target=sender.run, name="sender")
    thread.start()
    try:
        yield sender
    finally:
        sender.stop.set()
        thread.join()
    if sender.failure is not None:
        raise sender.failure


@dataclass
class Killer:
    """Kills roles and starts them again; the town is the outside world and lives on.

    `fallen`: roles that ended by themselves, as one may while another house is away; started again,
    too, as whoever supervises does.
    """

    suite: Suite
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)
    fallen: Counter[str] = field(default_factory=Counter)
    _back_at: dict[str, float] = field(default_factory=dict)

    def run(self, kills: int, until: float) -> None:
        """Kill so many times, or until a moment of the monotonic clock."""
        roles = sorted(name for name in self.suite.supervisor.roles if name != "town")
        pause = threading.Event()  # nobody sets it
        while self.killed.total() < kills and clock.monotonic() < until:
            pause.wait(self.chance.uniform(0, BETWEEN_KILLS))
            self._start_those_due()
            role = self.chance.choice(roles)
            away = self.chance.uniform(0, AWAY)
            if self.suite.supervisor.is_running(role):
                self.suite.supervisor.kill(role)
                self.killed[role] += 1
                self._back_at[role] = clock.monotonic() + away
        self._back_at = dict.fromkeys(self._back_at, 0.0)
        self._start_those_due()

    def _start_those_due(self) -> None:
        now = clock.monotonic()
        due = [role for role, back_at in self._back_at.items() if back_at <= now]
        fallen = list(self.suite.supervisor.ended())
        self.fallen.update(fallen)
        for role in (*due, *fallen):
            self._back_at.pop(role, None)
            self.suite.supervisor.start(role)


@dataclass(frozen=True)
class Figures:
    """What came of all messages on one channel; `may_double`: copies that the kills allow."""

    rows: int
    accepted: int
    copies: int
    doubled: int
    may_double: int
    lost: int
    astray: int

    @classmethod
    def of(cls, service: str, sent: Sequence[Sent]) -> Figures:
        found: list[Delivered] = [each.delivered(service) for each in sent]
        in_doubt = sum(each.in_doubt(service) for each in sent)
        return cls(
            rows=sum(each.rows for each in found),
            accepted=sum(each.accepted for each in found),
            copies=sum(each.copies for each in found),
            doubled=sum(each.doubled for each in found),
            may_double=0 if service == "dispatch-line" else in_doubt,
            lost=sum(len(each.lost) for each in found),
            astray=sum(len(each.astray) for each in found),
        )


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Give what prints a line at once."""

    def print_line(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)

    return print_line


def test_random_kills_lose_nothing_and_double_little(mended: Suite, say: Say) -> None:
    say(f"\nCHAOS_SEED={SEED} CHAOS_KILLS={KILLS} CHAOS_SECONDS={SECONDS:.0f}")
    killer = Killer(mended, random.Random(SEED))
    began = clock.monotonic()
    with sending(mended) as sender:
        killer.run(KILLS, began + SECONDS)
    seconds = clock.monotonic() - began
    say(f"{killer.killed.total()} kills in {seconds:.0f} s: {said(killer.killed)}")
    say(f"ended by themselves: {said(killer.fallen)}")
    for role in mended.supervisor.roles:
        mended.supervisor.wait_ready(role)
    incomplete = wait_complete(sender.sent)
    broken = [*incomplete, *broken_promises(sender.sent), *tell_figures(mended, sender.sent, say)]
    assert broken == []
    assert killer.killed.total() == KILLS, "the time was over before all kills"


def wait_complete(sent: Sequence[Sent]) -> list[str]:
    """Wait for all messages together; return what is said of those that did not become complete."""
    waiting = list(sent)
    deadline = clock.monotonic() + TO_SETTLE

    def all_are_complete() -> bool:
        waiting[:] = [each for each in waiting if not each.is_complete()]
        return not waiting or clock.monotonic() > deadline

    wait_until(all_are_complete, TO_SETTLE + 60, "the messages")
    return [
        f"message {each.message_id} never became complete: {each.summary()}" for each in waiting
    ]


def broken_promises(sent: Sequence[Sent]) -> list[str]:
    """Return what is said of each message that broke a promise."""
    broken = []
    for each in sent:
        doubling = [service for service in DISPATCHERS if service != "dispatch-line"]
        may_double = {service: each.in_doubt(service) for service in doubling}
        try:
            each.check_promises(may_double)
        except AssertionError as fault:
            broken.append(f"message {each.message_id}: {str(fault).splitlines()[0]}")
    return broken


def tell_figures(suite: Suite, sent: Sequence[Sent], say: Say) -> list[str]:
    """Print what came of everything; return what is left where nothing should be."""
    urgent = len(sent) // 2  # the lanes take turns
    heads = sum(each.heads for each in sent)
    say(f"{len(sent)} messages, {urgent} of them urgent, to {heads} children")
    for service in DISPATCHERS:
        say(f"{service}: {Figures.of(service, sent)}")
    parked = left_in(suite, "SELECT queue AS place FROM parked_events")
    outbox = left_in(suite, "SELECT type AS place FROM outbox WHERE published_at IS NULL")
    say(f"parked: {said(parked)}; left in outboxes: {said(outbox)}")
    return [f"parked: {said(parked)}"] if parked else []


def left_in(suite: Suite, statement: str) -> Counter[str]:
    """Count rows of all houses by the house and the place that a statement names."""
    found: Counter[str] = Counter()
    for house in suite.engines:
        found.update(f"{house} {row.place}" for row in suite.query(house, statement))
    return found


def said(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
