"""Give the demo school a month of history, made by the houses' own actions (`suite.past`).

They act with the clock of then. The outcomes are those that the channels would have answered: every
contact point takes what is sent to it, but for the few that the roster knows as dead. Nothing is
sent to the town: what lies a month back has long been read.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from common import clock
from common.schemas import Envelope
from common.words import CHANNELS
from directory.actions import snapshots
from directory.domain.audience import Audience
from directory.domain.scope import Actor as DirectoryActor
from identity.actions.passwords import issue_temporary
from identity.domain.words import Actor as IdentityActor
from messaging.actions import drafts, fan_out, outcomes, readings, release, show, telling
from messaging.clients import Clients
from messaging.config import Settings
from messaging.domain.audience import Addressed, AudiencePage, Snapshot
from messaging.domain.links import Reader
from messaging.domain.people import Actor
from messaging.store import messages
from messaging.store.catalogue import list_categories
from messaging.store.models import Message
from suite.cast import Cast, Point, points_of, senders_of
from suite.demo.history import PastDraft, PastMessage, dated, is_of_this_year, moment, school_day
from suite.demo.model import StaffMember, id_of
from suite.demo.past_messages import DRAFTS, MESSAGES
from suite.demo.roster import demo_roster
from suite.operator_client import OperatorClients
from suite.past import Past, Scene

SEED = 20260401
FORGETFUL, DEPUTY = "上野 剛", "山下 明子"
UNUSED_FOR = 12  # days since then; a temporary password holds for seven
TYPED_IN = timedelta(minutes=12)  # from the draft to the press
CALLED_AFTER = timedelta(hours=2)  # from the press to the office's call
HALF_CONFIRM_IN = {"normal": timedelta(minutes=48), "urgent": timedelta(minutes=11)}
SLOWEST = {"line": 3.0, "push": 2.0, "mail": 25.0}  # seconds until the last answer


def load_history(clients: OperatorClients, school_id: UUID) -> int:
    """Make the month that lies behind today; return how many messages it has."""
    roster = demo_roster()
    people = Cast(senders_of(clients, school_id, roster), points_of(roster))
    past = Past()
    try:
        rng = random.Random(SEED)  # noqa: S311 - a reproducible draw, no secret
        story = _Story(past, school_id, people, rng)
        today = clock.today()
        told = [
            message for message in MESSAGES if is_of_this_year(message.pressed_on(today), today)
        ]
        for message in told:
            story.play(message, today)
        for draft in DRAFTS:
            story.leave(draft, today)
        story.leave_password_unused()
        past.tell()
        return len(told)
    finally:
        past.close()


class _Story:
    """The messages of one school, played one after the other."""

    def __init__(self, past: Past, school_id: UUID, people: Cast, rng: random.Random) -> None:
        self._past = past
        self._school_id = school_id
        self._people = people
        self._rng = rng
        self._settings = Settings.load()
        self._messaging = Clients.of(self._settings)
        with past.scene("messaging", school_id) as scene:
            self._categories = {
                found.name: found for found in list_categories(scene.session, school_id)
            }
        self._now = clock.now()

    def leave_password_unused(self) -> None:
        """Let the office issue a temporary password that its owner let expire."""
        by_name = {person.display_name: actor for person, actor in self._people.senders.values()}
        issued_at = self._now - timedelta(days=UNUSED_FOR)
        with self._past.scene("identity", self._school_id) as scene:
            issue_temporary(
                scene.session,
                self._school_id,
                by_name[FORGETFUL].account_id,
                actor=IdentityActor.of_staff(by_name[DEPUTY].account_id),
                now=issued_at,
            )
            scene.happened_at(issued_at)

    def play(self, message: PastMessage, today: date) -> None:
        """Write, press, fan out, deliver and confirm a message."""
        school_id = self._school_id
        pressed_at = message.pressed_on(today)
        snapshot = self._freeze(message, pressed_at)
        page = self._messaging.page(school_id, snapshot.id, None, snapshot.heads)
        profile = self._messaging.profile(school_id)
        facts = release.ReleaseFacts.of(self._settings, snapshot, profile)
        person, actor = self._people.senders[message.sender]
        with self._past.scene("messaging", school_id) as scene:
            content = self._content(message, today, snapshot.audience)
            draft = self._write(scene, person, actor, content, pressed_at - TYPED_IN)
            press = release.ReleasePress(draft.id, f"history-{draft.id}", draft.version)
            release.release_message(scene.session, actor, press, facts, now=pressed_at)
            scene.happened_at(pressed_at)
            released_at = draft.release_at or pressed_at
            release.let_go(scene.session, draft, now=released_at)
            self._fan_out(scene, page, released_at)
            self._deliver(scene, draft, page, released_at)
            messages.complete_finished(scene.session)
            scene.session.expire_all()
            presses: list[tuple[Reader, datetime]] = []
            if content["confirmable"]:
                presses = self._confirmations(draft.id, page, message, released_at)
            self._confirm(scene, presses)
            if message.told:
                self._call(scene, draft.id, pressed_at + CALLED_AFTER)

    def leave(self, draft: PastDraft, today: date) -> None:
        """Write a draft that nobody has sent yet."""
        person, actor = self._people.senders[draft.sender]
        written_at = moment(school_day(today, -draft.days_ago), draft.at)
        if not is_of_this_year(written_at, today):
            return
        content = {
            **self._texts(draft.subject, draft.body, ""),
            **self._filed_under(draft.category),
            "lane": "normal",
            "audience": Audience(group_ids=_ids_of(draft.groups)).as_json(),
        }
        with self._past.scene("messaging", self._school_id) as scene:
            self._write(
                scene,
                person,
                actor,
                content,
                written_at,
            )

    def _freeze(self, message: PastMessage, pressed_at: datetime) -> Snapshot:
        """Let directory freeze the audience a minute before the press.

        Return it as messaging is told.
        """
        audience = Audience(
            group_ids=_ids_of(message.groups),
            member_ids=_ids_of(message.members),
        )
        _person, sender = self._people.senders[message.sender]
        actor = DirectoryActor(self._school_id, "staff", sender.account_id)
        ways = snapshots.Ways(CHANNELS, message.lane)
        then = pressed_at - timedelta(minutes=1)
        with self._past.scene("directory", self._school_id) as scene:
            made = snapshots.make_snapshot(
                scene.session,
                actor,
                audience,
                ways,
                now=then,
            )
            snapshot_id = made.id
        return self._messaging.snapshot(self._school_id, snapshot_id)

    def _content(
        self, message: PastMessage, today: date, audience: dict[str, list[str]]
    ) -> dict[str, Any]:
        written = dated(school_day(today, -message.days_ago))
        return {
            **self._texts(written(message.subject), written(message.body), written(message.short)),
            **self._filed_under(message.category),
            "lane": message.lane,
            "audience": audience,
        }

    def _filed_under(self, category: str) -> dict[str, Any]:
        """Return a category with what it brings: whether families are asked to press the button."""
        found = self._categories[category]
        return {
            "category_id": found.id,
            "confirmable": found.default_button is not None,
            "open_to_staff": False,
        }

    def _texts(self, subject: str, body: str, short: str) -> dict[str, Any]:
        return {
            "kind": "notice",
            "subject": subject,
            "body": body,
            "short_text": short,
            "template_id": None,
            "blanks": [],
            "kept_brackets": [],
        }

    def _write(
        self,
        scene: Scene,
        person: StaffMember,
        actor: Actor,
        content: dict[str, Any],
        when: datetime,
    ) -> Message:
        author = drafts.Author(person.display_name, self._settings.channels)
        new = drafts.NewDraft(content, author)
        draft = drafts.write_draft(scene.session, actor, new, now=when)
        scene.happened_at(when)
        return draft

    def _fan_out(self, scene: Scene, page: AudiencePage, released_at: datetime) -> None:
        """Hand the page to what hears of the release: messaging itself.

        The requests to the channels go no further.
        """
        for event in scene.happened_at(released_at):
            fan_out.record_page(scene.session, event, page, now=released_at)
        scene.happened_at(released_at)

    def _deliver(
        self, scene: Scene, message: Message, page: AudiencePage, released_at: datetime
    ) -> None:
        """Let each channel answer, the last of its contact points after `SLOWEST` seconds."""
        for channel, slowest in SLOWEST.items():
            settled = self._settle(channel, page, released_at)
            answers = _answers(message.id, channel, settled, released_at, slowest)
            for payload, answered_at in answers:
                event = Envelope.of("delivery.settled", self._school_id, payload)
                outcomes.record_outcomes(scene.session, event, None, now=answered_at)

    def _settle(self, channel: str, page: AudiencePage, when: datetime) -> _Settled:
        """Return what a channel finds for a page: what became of each point, and who has none."""
        owners: dict[Point, list[UUID]] = {}
        nothing = []
        for member in page.members:
            points_of_member = self._points_of(member.reader_ids)
            mine = [point for point in points_of_member if point.channel == channel]
            if not mine:
                nothing.append(member.member_id)
            for point in mine:
                owners.setdefault(point, []).append(member.member_id)
        counts: dict[UUID, int] = {}
        for members in owners.values():
            for member_id in members:
                counts[member_id] = counts.get(member_id, 0) + 1
        points = []
        for point, members in owners.items():
            dead = point.is_dead_at(when)
            points.append(
                {
                    "contact_point_id": point.id,
                    "guardian_id": point.guardian_id,
                    "state": "refused" if dead else "accepted",
                    "reason": point.reason if dead else None,
                    "members": {member_id: counts[member_id] for member_id in members},
                }
            )
        return _Settled(points, nothing)

    def _confirmations(
        self, message_id: UUID, page: AudiencePage, message: PastMessage, released_at: datetime
    ) -> list[tuple[Reader, datetime]]:
        """Return who presses the button and when, in the order of time.

        It is one of each family, and nobody in the future.
        """
        found = []
        rng = self._rng
        half_in = HALF_CONFIRM_IN[message.lane]
        for readers in _families(page.members):
            live = self._live_points_of(readers, released_at)
            wants_to = rng.random() < message.share
            after = half_in * rng.lognormvariate(0.0, 1.1)
            confirmed_at = released_at + timedelta(seconds=30) + after
            if live and wants_to and confirmed_at < self._now:
                point = rng.choice(live)
                reader = Reader(message_id, point.owner_id, point.id)
                found.append((reader, confirmed_at))
        return sorted(found, key=lambda reader_and_moment: reader_and_moment[1])

    def _confirm(self, scene: Scene, presses: Sequence[tuple[Reader, datetime]]) -> None:
        for reader, confirmed_at in presses:
            readings.confirm_reading(scene.session, reader, now=confirmed_at)
        scene.happened(_moments_of(presses))

    def _live_points_of(self, owner_ids: Iterable[UUID], when: datetime) -> list[Point]:
        return [point for point in self._points_of(owner_ids) if not point.is_dead_at(when)]

    def _points_of(self, owner_ids: Iterable[UUID]) -> list[Point]:
        found: list[Point] = []
        for owner_id in owner_ids:
            found += self._people.points.get(owner_id, ())
        return found

    def _call(self, scene: Scene, message_id: UUID, when: datetime) -> None:
        """Let the vice principal tick off, hours later, the families whom she has called."""
        person, actor = self._people.senders["staff/yamashita"]
        unreached = show.RecipientQuery(
            "unreached",
            class_id=None,
            classless=False,
            after=None,
            limit=1000,
        )
        children = show.list_recipients(scene.session, actor, message_id, unreached)
        called = [child["member_id"] for child in children]
        tick = telling.Tick(person.display_name, "phone", when)
        telling.tell(
            scene.session,
            actor,
            message_id,
            called,
            tick,
        )
        scene.happened_at(when)


@dataclass(frozen=True)
class _Settled:
    """What one channel answers for a page."""

    points: Sequence[dict[str, Any]]
    nothing: Sequence[UUID]


def _answers(
    message_id: UUID, channel: str, settled: _Settled, released_at: datetime, slowest: float
) -> Iterator[tuple[dict[str, Any], datetime]]:
    """Yield a channel's events and their moments: a few batches over the seconds that it took."""
    batches = 4
    size = max(1, -(-len(settled.points) // batches))
    for number in range(batches):
        answered_at = released_at + timedelta(seconds=slowest * (number + 1) / batches)
        batch = settled.points[number * size : (number + 1) * size]
        points = [{**point, "settled_at": answered_at} for point in batch]
        nothing = list(settled.nothing) if number == 0 else []
        if points or nothing:
            payload = {
                "message_id": message_id,
                "channel": channel,
                "points": points,
                "nothing": nothing,
            }
            yield payload, answered_at


def _moments_of(presses: Sequence[tuple[Reader, datetime]]) -> Callable[[Envelope], datetime]:
    """Return which moment an event of these presses belongs to.

    Each person presses once, each contact point is proved by one.
    """
    by_reader = {reader.reader_id: confirmed_at for reader, confirmed_at in presses}

    def moment_of(event: Envelope) -> datetime:
        proved_at: datetime | None = event.payload.get("proved_at")
        return proved_at or by_reader[event.payload["actor_id"]]

    return moment_of


def _ids_of(keys: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(id_of(key) for key in keys)


def _families(members: Sequence[Addressed]) -> list[list[UUID]]:
    """Return who can read, family by family, each person once."""
    families: dict[int, list[UUID]] = {}
    for member in members:
        readers = families.setdefault(member.household, [])
        readers += [reader for reader in member.reader_ids if reader not in readers]
    return list(families.values())
