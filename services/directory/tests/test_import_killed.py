"""kill -9 in the middle of applying a roster file leaves the roster as it was (DIR-2).

The file can be applied again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

import directory
from common import clock
from common.crypto import SchoolKey
from common.db import Database, migrate
from directory.actions import import_plans
from directory.actions.members import Terms
from directory.domain.protection import Sight
from directory.domain.scope import Actor
from directory.domain.workbooks import Sheet, SheetRow
from directory.store.models import METADATA
from directory.store.present_roster import load_present

BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
SCHOOL = UUID(int=7)
KEY = SchoolKey(SCHOOL, b"k" * 32)
ROWS = [
    list(BASIC),
    *(
        [str(n % 6 + 1), "1", str(n // 6 + 1), f"児童 {n}", "ジドウ", "", "母", f"m{n}@town.test"]
        for n in range(60)
    ),
]
SHEET = Sheet("", tuple(SheetRow(n, tuple(row)) for n, row in enumerate(ROWS, start=1)))
# Everything is written when the log's line is; there the process says so and waits for its end.
CHILD = """
import sys
from uuid import UUID
from common import clock
from common.db import Database
from directory.actions import import_plans
from tests_of_killing import KEY, SCHOOL, Actor, Terms

def stop(*_, **__):
    print("written", flush=True)
    sys.stdin.read()

import_plans.record_operation = stop
with Database.connect(sys.argv[1]).for_school(SCHOOL) as session:
    actor = Actor(SCHOOL, "staff", None)
    terms = Terms(None, clock.now())
    import_plans.apply_plan(session, actor, UUID(sys.argv[2]), terms, KEY)
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path}/directory.db"
    migrate.upgrade(url, Path(directory.__file__).parent / "migrations", METADATA)
    return Database.connect(url)


def test_a_killed_import_leaves_nothing_half(database: Database, tmp_path: Path) -> None:
    actor = Actor(SCHOOL, "staff", uuid4())
    upload = import_plans.Upload(b"PK", (SHEET,))
    with database.for_school(SCHOOL) as session:
        sees_all = Sight(protected=True, phones=True)
        viewing = import_plans.Viewing(actor, KEY, sees_all, clock.now())
        made = import_plans.make_plan(session, upload, viewing)
    (tmp_path / "tests_of_killing.py").write_text(
        Path(__file__).read_text(encoding="utf-8"), encoding="utf-8"
    )
    url = database.engine.url.render_as_string()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(made["id"])],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    child.kill()
    child.communicate()
    with database.for_school(SCHOOL) as session:
        present = load_present(session, SCHOOL)
        assert (present.pupils, present.tree.nodes, present.mails) == ((), {}, ())
        terms = Terms(None, clock.now())
        applied = import_plans.apply_plan(session, actor, made["id"], terms, KEY)
        assert applied["already"] is False
        assert len(load_present(session, SCHOOL).pupils) == 60
    database.dispose()
