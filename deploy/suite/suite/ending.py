"""Let the demo city's former school come and go, on days that lie back.

It is made, ended, erased and certified by the houses' own actions. So the operator's board shows
how a contract ends: today is day 41 of 70, the rows and the key are gone, the certificate is there,
and the last backup is waited for.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from common import clock
from common.bus import BeyondTables, erase_school
from common.keys import Keys
from common.passwords import hash_password, make_password
from common.schemas import Envelope
from identity.actions.accounts import NewAccount
from identity.actions.ends import begin_erasure, destroy_key, end_contract, end_due_contracts
from identity.actions.schools import NewSchool, create_school
from identity.config import Settings as IdentitySettings
from identity.domain.contracts import End, EndNotice
from identity.domain.logins import LoginKey
from identity.domain.particulars import Particulars
from identity.domain.words import Actor, ActorKind, Role, SchoolKind
from identity.store.keyring import Keyring
from identity.worker import BEYOND_TABLES
from retention.actions import certificates, erasures
from retention.clients import DestroyedKey, Profile
from retention.config import Settings as RetentionSettings
from suite.demo import former_school as former
from suite.demo.history import moment
from suite.demo.model import id_of
from suite.houses import HOUSES
from suite.operator_client import OperatorClients
from suite.past import Past

BY_OPERATOR = Actor(ActorKind.OPERATOR)
# The former school had nothing with a provider: no other house does more than its tables.
BEYOND = {"identity": BEYOND_TABLES}
MOST_BATCHES = 50


def load_former_school(clients: OperatorClients) -> UUID:
    """Make the former school and let it end; return its id."""
    past = Past()
    try:
        ending = _Ending(past, clock.today() - timedelta(days=former.DAY))
        ending.begin()
        year = clock.fiscal_year(ending.ended_on)
        since = date(year, 4, 1)
        roster = former.roster_body(year, since.isoformat())
        clients.directory.call(
            "POST",
            "/rosters",
            school_id=ending.school_id,
            json=roster,
        )
        ending.end()
        ending.erase()
        ending.certify()
        past.tell()
        return ending.school_id
    finally:
        past.close()


class _Ending:
    """The days of the former school. `ended_on`: the contract's last day."""

    def __init__(self, past: Past, ended_on: date) -> None:
        self.school_id = id_of(former.KEY)
        self.ended_on = ended_on
        self._past = past
        self._settings = IdentitySettings.load()
        self._keys = Keys(self._settings.keys_dir, "identity")
        self._keyring = Keyring(self._settings.keyring_dir, self._keys.wrapping_keys)
        self._answers: list[Envelope] = []

    def begin(self) -> None:
        """Make the school, as it was made on the first day of the school year in which it ended."""
        name, post, mail = former.ADMINISTRATOR
        first_day = date(clock.fiscal_year(self.ended_on), 4, 1)
        created_at = moment(first_day, "09:00")
        unknown = hash_password(make_password(), self._settings.bcrypt_cost)
        login = LoginKey(self._keys.secret("login")).make_login(mail)
        new = NewSchool(
            id=self.school_id,
            code=former.CODE,
            kind=SchoolKind.ELEMENTARY,
            mail_local=former.MAIL_LOCAL,
            particulars=Particulars(
                name=former.NAME,
                short_name=former.SHORT_NAME,
                phone="",
                member_limit=100,
                first_day=first_day,
            ),
            administrator=NewAccount(
                login,
                name,
                post,
                Role.ADMINISTRATOR,
                unknown,
            ),
        )
        with self._past.scene("identity", self.school_id) as scene:
            create_school(
                scene.session,
                new,
                keyring=self._keyring,
                actor=BY_OPERATOR,
                now=created_at,
            )
            scene.happened_at(created_at)

    def end(self) -> None:
        """End the contract with its last day, as was agreed three weeks before.

        Retention counts from there.
        """
        agreed_at = moment(self.ended_on - timedelta(days=21), "14:00")
        agreed_on = clock.to_jst(agreed_at).date()
        end = End(self.ended_on, former.GRACE_DAYS)
        with self._past.scene("identity", self.school_id) as scene:
            notice = EndNotice(end, agreed_on)
            end_contract(scene.session, self.school_id, notice, actor=BY_OPERATOR)
            said = scene.happened_at(agreed_at)
            end_due_contracts(scene.session, now=self._on_day(1, "00:01"))
        note = erasures.note_end(RetentionSettings.load().erasing_houses)
        with self._past.scene("retention", self.school_id) as scene:
            for event in said:
                note(scene.session, event, Profile(former.CODE, former.NAME), now=agreed_at)
            scene.happened_at(agreed_at)

    def erase(self) -> None:
        """Let every house delete its rows on the day after the grace, and answer."""
        erased_at = self._on_day(former.GRACE_DAYS + 1, "00:01")
        said = self._begin_erasure(erased_at)
        for house in RetentionSettings.load().erasing_houses:
            self._erase_house(house, said, erased_at)
        self._past.forget(self.school_id)
        with self._past.scene("retention", self.school_id) as scene:
            for answer in self._answers:
                erasures.note_answer(scene.session, answer, None, now=erased_at)
            self._answers = scene.happened_at(erased_at)

    def _begin_erasure(self, now: datetime) -> list[Envelope]:
        """Let retention begin what is due and identity agree.

        Return what retention asks of the houses.
        """
        with self._past.scene("retention", self.school_id) as scene:
            erasures.begin_due_erasures(scene.session, now=now)
            due = scene.happened_at(now)
        today = clock.to_jst(now).date()
        with self._past.scene("identity", self.school_id) as scene:
            begin_erasure(scene.session, self.school_id, today=today)
            scene.happened_at(now)
        with self._past.scene("retention", self.school_id) as scene:
            for event in due:
                erasures.begin(scene.session, event, True, now=now)
            return scene.happened_at(now)

    def _erase_house(self, name: str, asked: list[Envelope], now: datetime) -> None:
        """Let a house go on by itself, batch after batch, until it answers."""
        beyond = BEYOND.get(name, BeyondTables())
        handler = erase_school(
            HOUSES[name].metadata,
            name,
            self._is_due,
            beyond,
        )
        waiting = list(asked)
        with self._past.scene(name, self.school_id) as scene:
            for _ in range(MOST_BATCHES):
                if not waiting:
                    return
                event = waiting.pop(0)
                if event.type == "school.erased":
                    self._answers.append(event)
                    continue
                handler.act(scene.session, event, None, now=now)
                waiting += scene.happened_at(now)
        raise RuntimeError(f"{name} did not finish the erasure of the demo's former school")

    def _is_due(self, school_id: UUID) -> bool:
        return school_id == self.school_id  # retention has begun it two scenes before

    def certify(self) -> None:
        """Destroy the key and sign the certificate, minutes after the last house's answer."""
        now = self._on_day(former.GRACE_DAYS + 1, "00:04")
        with self._past.scene("identity", None) as scene:
            destroyed = destroy_key(scene.session, self.school_id, self._keyring, now=now)
            scene.happened_at(now)
        destroyed_at = datetime.fromisoformat(destroyed["destroyed_at"])
        key = DestroyedKey(destroyed["fingerprint"], destroyed_at)
        settings = RetentionSettings.load()
        sign = Keys(settings.keys_dir, "retention").sign
        act = certificates.certify(sign, settings.operator_name)
        with self._past.scene("retention", self.school_id) as scene:
            for event in self._answers:
                act(scene.session, event, key, now=now)
            scene.happened_at(now)

    def _on_day(self, day: int, at: str) -> datetime:
        return moment(self.ended_on + timedelta(days=day), at)
