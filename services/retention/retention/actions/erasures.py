"""From the end of a contract to the last house's answer (RET-1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics
from common.db import Database
from common.errors import NotFound
from common.schemas import Envelope
from retention import events
from retention.clients import Clients, Profile
from retention.domain.calendar import Calendar, day_of
from retention.domain.words import NOT_BEGUN, UNDER_WAY, Alarm, ErasureState, StepState
from retention.store import erasures
from retention.store.models import Erasure, ErasureStep

log = structlog.get_logger()

# A large school takes a minute or two; asking twice does no harm.
ASKED_AGAIN_AFTER = timedelta(minutes=10)
LOOKED_AGAIN_AFTER = timedelta(hours=1)


def calendar_of(erasure: Erasure) -> Calendar:
    """Return the days of a school's end, from when it was heard of, or began to be erased."""
    heard_on = day_of(erasure.started_at or erasure.created_at)
    return Calendar(erasure.ended_on, erasure.grace_days, heard_on)


def find_profile(clients: Clients) -> Callable[[Envelope], Profile | None]:
    """Return the gathering half of `contract.ended`: what the school is called.

    The certificate needs it; None once the school is erased.
    """

    def gather(event: Envelope) -> Profile | None:
        assert event.school_id is not None
        try:
            return clients.profile(event.school_id)
        except NotFound:
            return None

    return gather


def note_end(houses: Sequence[str]) -> Callable[..., None]:
    """Return the acting half of `contract.ended`: keep its dates.

    They may change until the erasure has begun.

    `houses`: who must answer. A house that is added later has no row of the school: its contract
    had ended.
    """

    def act(session: Session, event: Envelope, profile: Profile | None, *, now: datetime) -> None:
        assert event.school_id is not None
        erasure = erasures.find_locked(session, event.school_id)
        if erasure is None:
            erasure = Erasure(
                school_id=event.school_id,
                state=ErasureState.WAITING,
                created_at=now,
                alarm=Alarm.NONE,
            )
            session.add(erasure)
        elif erasure.state not in NOT_BEGUN:
            return
        if profile is None:
            raise NotFound("school_not_found", "identity knows no such school.")
        erasure.school_code = profile.code
        erasure.school_name = profile.name
        erasure.ended_on = event.payload["ended_on"]
        erasure.grace_days = event.payload["grace_days"]
        # Or a new end that is due at once would wait for ten minutes.
        erasure.asked_at = None
        session.flush()
        _add_missing_steps(session, event.school_id, houses)
        advance(session, erasure, now)

    return act


def _add_missing_steps(session: Session, school_id: UUID, houses: Sequence[str]) -> None:
    steps = erasures.list_steps(session, [school_id])[school_id]
    known = {step.house for step in steps}
    for house in houses:
        if house not in known:
            session.add(ErasureStep(school_id=school_id, house=house, state=StepState.WAITING))


def advance(session: Session, erasure: Erasure, now: datetime) -> None:
    """Bring an erasure that has not begun to where its calendar stands today, in Japan.

    That it is due is said once in ten minutes, until it has begun.
    """
    today = day_of(now)
    calendar = calendar_of(erasure)
    has_ended = calendar.day(today) > 0
    erasure.state = ErasureState.READ_ONLY if has_ended else ErasureState.WAITING
    if today < calendar.erases_on:
        return
    if erasure.asked_at is None or erasure.asked_at <= now - ASKED_AGAIN_AFTER:
        erasure.asked_at = now
        events.put_due(session, erasure.school_id)


def begin_due_erasures(session: Session, *, now: datetime) -> None:
    """Say what is due today. A job."""
    for erasure in erasures.lock_not_begun(session):
        advance(session, erasure, now)


def ask_identity(database: Database, clients: Clients) -> Callable[[Envelope], bool]:
    """Return the gathering half of `erasure.due`: let identity say whether the erasure may begin.

    The operator may have given the contract another end of which nothing is heard here yet. Nobody
    is asked about a school that is not due here: the event's word alone begins nothing.
    """

    def gather(event: Envelope) -> bool:
        assert event.school_id is not None
        with database.for_system(read_only=True) as session:
            erasure = erasures.find_erasure(session, event.school_id)
            is_due = erasure is not None and _is_due(erasure, clock.now())
        return is_due and clients.may_begin(event.school_id)

    return gather


def begin(session: Session, event: Envelope, may_begin: bool, *, now: datetime) -> None:
    """Begin an erasure (`erasure.due`) to which identity said yes: all houses delete their rows."""
    assert event.school_id is not None
    erasure = erasures.find_locked(session, event.school_id)
    if erasure is None or erasure.state not in NOT_BEGUN:
        return
    if not may_begin:
        log.warning("erasure.not_begun", school_id=str(event.school_id))
        return
    erasure.state = ErasureState.ERASING
    erasure.started_at = now
    erasure.asked_at = now
    events.put_erasing(session, erasure.school_id)
    day = calendar_of(erasure).day(day_of(now))
    log.info(
        "erasure.begun",
        school_id=str(erasure.school_id),
        day=day,
    )


def _is_due(erasure: Erasure, now: datetime) -> bool:
    return erasure.state in NOT_BEGUN and day_of(now) >= calendar_of(erasure).erases_on


def note_answer(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Keep a house's counts (`school.erased`); with the last house's the erasure is complete.

    A house that was asked again answers again: the newer counts hold until the certificate is
    written.
    """
    school_id = event.school_id
    assert school_id is not None
    erasure = erasures.find_locked(session, school_id)
    if erasure is None or erasure.state == ErasureState.CERTIFIED:
        return
    house = event.payload["house"]
    steps = {step.house: step for step in erasures.list_steps(session, [school_id])[school_id]}
    if house not in steps:
        steps[house] = ErasureStep(school_id=school_id, house=house)
        session.add(steps[house])
    step = steps[house]
    step.state = StepState.DONE
    step.counts = event.payload["counts"]
    step.answered_at = now
    if erasure.state != ErasureState.ERASING:
        return
    if all(each.state == StepState.DONE for each in steps.values()):
        erasure.state = ErasureState.ERASED
        erasure.erased_at = now
        erasure.asked_at = now
        events.put_completed(session, school_id)


def ask_again(session: Session, *, now: datetime) -> None:
    """Ask once more for what was not answered in ten minutes. A job.

    An event may have gone with a bus.
    """
    for erasure in erasures.lock_silent(session, now - ASKED_AGAIN_AFTER):
        erasure.asked_at = now
        put = events.put_erasing if erasure.state == ErasureState.ERASING else events.put_completed
        put(session, erasure.school_id)
        log.warning("erasure.asked_again", school_id=str(erasure.school_id), state=erasure.state)


def look_again(session: Session, *, now: datetime) -> None:
    """Let every house look once more an hour after the certificate. A job.

    A transaction that was open when its house marked the school may have left a row behind the last
    batch.
    """
    for erasure in erasures.lock_certified(session, now - LOOKED_AGAIN_AFTER):
        erasure.asked_at = None
        events.put_erasing(session, erasure.school_id)


def watch_deadlines(session: Session, *, now: datetime) -> None:
    """Sound the alarms of days 33, 37 and 39. A job.

    Each sounds once in the log, and all the time in the metrics.
    """
    today = day_of(now)
    oldest = dict.fromkeys((*NOT_BEGUN, *UNDER_WAY), 0)
    for erasure in erasures.lock_not_over(session):
        calendar = calendar_of(erasure)
        state = ErasureState(erasure.state)
        oldest[state] = max(oldest[state], calendar.alarm_day(today))
        alarm = calendar.alarm(today)
        if alarm > erasure.alarm:
            erasure.alarm = alarm
            _sound(erasure.school_id, alarm, calendar.day(today), state)
    for state, day in oldest.items():
        metrics.record_erasure_deadline(state.value, day)


def _sound(school_id: UUID, alarm: Alarm, day: int, state: str) -> None:
    say = log.critical if alarm is Alarm.HARD else log.error
    say("erasure.late", school_id=str(school_id), alarm=alarm.name.lower(), day=day, state=state)
