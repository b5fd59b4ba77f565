"""`renraku audit verify` in an operator's hands (RET-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, update

from common import clock, keys
from common.db import Database
from common.houses import SIGNERS
from common.keys import Keys
from common.schemas import Envelope
from identity.actions.log_chain import Sealing
from identity.actions.operation_log import append_operation
from identity.domain.words import SchoolKind, SchoolState
from identity.store import log_chain
from identity.store.models import OperationLine, OperationLogCheckpoint, School
from suite import environment
from suite.cli_audit import audit
from suite.houses import HOUSES

CODE = "123456789"
MORNING = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)  # 7:05 on 24 November in Japan


@dataclass
class Installation:
    """One school, and its log."""

    database: Database
    keys: Keys
    school_id: UUID

    def write(self, count: int) -> None:
        for _ in range(count):
            payload = {
                "action": "message.released",
                "actor_kind": "staff",
                "actor_id": uuid4(),
                "target_kind": "message",
                "target_id": uuid4(),
                "details": {"heads": 26},
            }
            event = Envelope("operation.recorded", self.school_id, payload, uuid4(), MORNING)
            with self.database.for_school(self.school_id) as session:
                append_operation(session, event, None, now=clock.now())

    def seal(self) -> None:
        with self.database.for_system() as session:
            Sealing().seal_log(session, now=clock.now(), keys=self.keys)

    def execute(self, *statements: Any) -> None:
        """Do by hand what nobody should."""
        with self.database.for_system() as session:
            for statement in statements:
                session.execute(statement)

    def verify(self, *arguments: str) -> Result:
        return CliRunner().invoke(audit, ["verify", *arguments])


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """Give a new identity, of which the command is told by its environment; no role runs."""
    for name, value in environment.standalone(tmp_path / ".run", 8000, 2525).items():
        monkeypatch.setenv(name, value)
    house = HOUSES["identity"]
    settings = house.settings()
    keys.initialise(settings.keys_dir, SIGNERS)
    (tmp_path / ".run" / "data").mkdir(parents=True)
    house.upgrade(settings)
    database = Database.connect(settings.own_database_url)
    school = School(
        id=uuid4(),
        code=CODE,
        kind=SchoolKind.ELEMENTARY,
        name="みなも市立つばめ野小学校",
        short_name="つばめ野小",
        phone="",
        phone_hours="",
        mail_local="tsubameno",
        state=SchoolState.ACTIVE,
        created_at=clock.now(),
    )
    school_id = school.id
    with database.for_system() as session:
        session.add(school)
    yield Installation(database, Keys(settings.keys_dir, "identity"), school_id)
    database.dispose()


@pytest.fixture
def sealed(installed: Installation) -> Installation:
    """Give a log of four lines with one checkpoint."""
    installed.write(4)
    installed.seal()
    return installed


def test_a_whole_log_is_told_in_words_and_an_empty_one_too(sealed: Installation) -> None:
    done = sealed.verify()
    assert done.exit_code == 0, done.output
    of_school, newest, without_school, *_ = done.output.splitlines()
    span = "from 2026-11-24 07:05:00 to 2026-11-24 07:05:00"
    assert of_school == f"{CODE} みなも市立つばめ野小学校: 4 entries {span}, 1 checkpoint. OK."
    assert newest.startswith("  Newest checkpoint: 20")
    assert without_school == "The log without a school: no sealed entry. OK."


def test_what_no_chain_can_show_is_said_with_the_seconds_that_it_takes(
    sealed: Installation,
) -> None:
    sealed.write(1)
    done = sealed.verify("--school", CODE)
    assert "1 newer entry waits for a seal" in done.output
    assert "Entries are sealed every 5 s. What is younger can be changed or cut" in done.output


def test_the_first_entry_that_was_changed_is_named_and_what_still_holds(
    sealed: Installation,
) -> None:
    sealed.execute(update(OperationLine).where(OperationLine.position == 2).values(action="x.y"))
    done = sealed.verify("--school", CODE)
    assert done.exit_code == 1
    assert "CHANGED: entry 2 (2026-11-24 07:05:00, x.y) is not what was sealed." in done.output
    assert "No checkpoint holds." in done.output
    assert "1 log is NOT what was sealed." in done.output


def test_entries_that_are_gone_are_named_with_the_one_behind_them(sealed: Installation) -> None:
    sealed.execute(delete(OperationLine).where(OperationLine.position.in_((2, 3))))
    done = sealed.verify()
    assert done.exit_code == 1
    behind = "before 4 (2026-11-24 07:05:00, message.released)"
    assert f"REMOVED: entries 2 to 3, {behind}, cannot be found." in done.output


def test_a_forged_checkpoint_is_named(sealed: Installation) -> None:
    sealed.execute(update(OperationLogCheckpoint).values(signature=bytes(64)))
    done = sealed.verify()
    assert done.exit_code == 1
    assert "at 4 is not signed by identity." in done.output


def test_a_purged_log_says_up_to_where(sealed: Installation) -> None:
    with sealed.database.for_system(read_only=True) as session:
        newest = log_chain.find_newest_checkpoint(session, sealed.school_id)
    assert newest is not None
    purged = replace(newest, count=0).signed(sealed.keys)
    sealed.execute(
        delete(OperationLine),
        update(OperationLogCheckpoint).values(count=0, signature=purged.signature),
    )
    done = sealed.verify("--school", CODE)
    assert done.exit_code == 0, done.output
    assert "no sealed entry. OK." in done.output
    assert "The entries up to 4 were purged." in done.output


def test_a_school_that_is_erased_has_no_log_to_check(sealed: Installation) -> None:
    sealed.execute(
        delete(OperationLine),
        delete(OperationLogCheckpoint),
        update(School).values(state=SchoolState.ERASED),
    )
    done = sealed.verify("--school", CODE)
    assert done.exit_code == 0
    assert "erased, or being erased; its log goes with it." in done.output


def test_a_code_that_no_school_has_is_told(installed: Installation) -> None:
    done = installed.verify("--school", "000000000")
    assert done.exit_code == 1
    assert "There is no school with the code 000000000." in done.output
