"""kill -9 in the middle of reading or applying a roster file leaves the roster as it was (DIR-2).

The event comes again, and ends what it began.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from directory_school import FixedAccounts, FixedKeys, FixedSchools, handle

import directory
from common import clock
from common.crypto import SchoolKey
from common.db import Database, migrate
from common.schemas import Envelope
from directory.actions import import_plans
from directory.clients import Clients
from directory.config import Settings
from directory.domain.protection import Sight
from directory.domain.scope import Actor
from directory.store.models import METADATA
from directory.store.present_roster import load_present
from directory.worker import make_handlers

SCHOOL = UUID(int=7)
BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
ROWS = [
    BASIC,
    *(
        (str(n % 6 + 1), "1", str(n // 6 + 1), f"児童 {n}", "ジドウ", "", "母", f"m{n}@town.test")
        for n in range(60)
    ),
]
CONTENT = "\n".join(",".join(row) for row in ROWS).encode()
VIEWING = import_plans.Viewing(
    Actor(SCHOOL, "staff", uuid4()), Sight(protected=True, phones=True), clock.now()
)
# At its last step each of them says so, and waits for its end.
CHILD = """
import sys
from common.db import Database
from directory.actions import import_work
from tests_of_killing import end

def stop(*_, **__):
    print("so far", flush=True)
    sys.stdin.read()

_, url, keys_dir, event_type, plan_id, last_step = sys.argv
setattr(import_work, last_step, stop)
end(Database.connect(url), keys_dir, event_type, plan_id)
"""


def end(database: Database, keys_dir: Path | str, event_type: str, plan_id: UUID | str) -> None:
    """Do what the worker does when the event comes."""
    settings = Settings(
        database_url="postgresql://unused", bus_url="memory://", keys_dir=Path(keys_dir)
    )
    handlers = make_handlers(
        settings, database, Clients(FixedKeys(), lambda _: None, FixedAccounts(), FixedSchools())
    )
    event = Envelope.of(event_type, SCHOOL, {"plan_id": UUID(str(plan_id))})
    handle(database, handlers[event_type], event)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/directory.db"
    migrate.upgrade(url, Path(directory.__file__).parent / "migrations", METADATA)
    database = Database.connect(url)
    yield database
    database.dispose()


@pytest.fixture
def key() -> SchoolKey:
    return FixedKeys().get(SCHOOL)


@pytest.fixture
def plan_id(database: Database, key: SchoolKey) -> UUID:
    with database.for_school(SCHOOL) as session:
        made = import_plans.request_plan(session, CONTENT, VIEWING, key)
    plan_id: UUID = made["id"]
    return plan_id


def kill_in(folder: Path, database: Database, *arguments: str) -> None:
    """Let a process handle an event, and kill it when it has come to its last step."""
    own_words = Path(__file__).read_text(encoding="utf-8")
    (folder / "tests_of_killing.py").write_text(own_words, encoding="utf-8")
    beside = Path(__file__).with_name("directory_school.py").read_text(encoding="utf-8")
    (folder / "directory_school.py").write_text(beside, encoding="utf-8")
    url = database.engine.url.render_as_string()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(folder), *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "so far\n"
    child.kill()
    child.communicate()


def state_of(database: Database, plan_id: UUID) -> str:
    with database.for_school(SCHOOL) as session:
        state: str = import_plans.get_progress(session, plan_id, VIEWING)["state"]
        return state


def test_a_killed_import_leaves_nothing_half(
    database: Database, tmp_path: Path, plan_id: UUID, key: SchoolKey
) -> None:
    end(database, tmp_path, "import.requested", plan_id)
    with database.for_school(SCHOOL) as session:
        import_plans.confirm(session, plan_id, VIEWING, key, None)
    kill_in(tmp_path, database, "import.confirmed", str(plan_id), "record_operation")
    assert state_of(database, plan_id) == "applying"
    with database.for_school(SCHOOL) as session:
        present = load_present(session, SCHOOL)
        assert (present.pupils, present.tree.nodes, present.mails) == ((), {}, ())
    for _ in range(2):
        end(database, tmp_path, "import.confirmed", plan_id)
        assert state_of(database, plan_id) == "applied"
    with database.for_school(SCHOOL) as session:
        assert len(load_present(session, SCHOOL).pupils) == 60


def test_a_killed_reading_is_begun_again(database: Database, tmp_path: Path, plan_id: UUID) -> None:
    kill_in(tmp_path, database, "import.requested", str(plan_id), "fill_plan")
    assert state_of(database, plan_id) == "comparing"
    for _ in range(2):
        end(database, tmp_path, "import.requested", plan_id)
        assert state_of(database, plan_id) == "ready"
