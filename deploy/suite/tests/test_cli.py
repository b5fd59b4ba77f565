"""The `renraku` command in an operator's hands: keys, migrations, parked events, operators (ID-10),
a missing setting.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pyotp
import pytest

from common.bus import ParkedEvent, list_parked
from common.bus.parked import park
from common.db import Database
from common.schemas import Envelope
from messaging.actions.catalogue import put_supplied_templates
from messaging.store.catalogue import list_supplied
from suite import environment


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("RENRAKU_")}
    return {**clean, **environment.standalone(tmp_path / ".run", 8000, 2525)}


def renraku(
    folder: Path, variables: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "suite", *arguments]
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=60, check=False
    )


def test_migrate_makes_keys_and_databases_once(tmp_path, variables):
    first = renraku(tmp_path, variables, "migrate")
    assert first.returncode == 0, first.stderr
    assert "keys made:" in first.stdout
    assert "messaging: database at" in first.stdout
    key = (tmp_path / ".run" / "keys" / "private" / "identity.pem").read_bytes()
    second = renraku(tmp_path, variables, "migrate")
    assert second.returncode == 0
    assert "keys made:" not in second.stdout
    assert (tmp_path / ".run" / "keys" / "private" / "identity.pem").read_bytes() == key


def test_migrate_replaces_the_supplied_templates_of_an_older_version(tmp_path, variables):
    assert renraku(tmp_path, variables, "migrate").returncode == 0
    database = Database.connect(variables["RENRAKU_DATABASE_URL"].replace("{service}", "messaging"))
    with database.for_system() as session:
        of_this_version = _supplied(session)
        older = [
            {
                "key": "T1",
                "name": "臨時休業",
                "kind": "notice",
                "lane": "urgent",
                "subject": "休業",
                "body": "つばめ野小学校長",
            }
        ]
        gone = [
            {
                "key": "T0",
                "name": "むかしのひな形",
                "kind": "notice",
                "lane": "normal",
                "subject": "件名",
                "body": "本文",
            }
        ]
        rest = {
            "category_name": None,
            "short_text": "",
            "easy_text": "",
            "whole_school": False,
            "today_blanks": [],
        }
        put_supplied_templates(session, [{**rest, **item} for item in older + gone])
        assert _supplied(session) != of_this_version
    again = renraku(tmp_path, variables, "migrate")
    assert "templates supplied: 11" in again.stdout
    with database.for_system(read_only=True) as session:
        assert _supplied(session) == of_this_version
    database.dispose()


def _supplied(session):
    return [
        (template.key, template.subject, template.body, template.short_text)
        for template in list_supplied(session)
    ]


def test_a_parked_event_is_listed_replayed_and_dropped(tmp_path, variables):
    assert renraku(tmp_path, variables, "migrate").returncode == 0
    database = Database.connect(
        variables["RENRAKU_DATABASE_URL"].replace("{service}", "dispatch-mail")
    )
    event = Envelope.of("message.stopped", uuid4(), {"message_id": uuid4()})
    with database.for_system() as session:
        park(
            session,
            ParkedEvent(
                "dispatch-mail.stops", "failed", "a test", event.dump(), event.id, event.type, 3
            ),
        )
        park(
            session,
            ParkedEvent("dispatch-mail.stops", "bad_envelope", "nonsense", "{", None, None, 1),
        )
    listed = renraku(tmp_path, variables, "bus", "parked", "dispatch-mail")
    assert "2 parked" in listed.stdout
    assert "message.stopped  failed" in listed.stdout
    with database.for_system(read_only=True) as session:
        by_reason = {event.reason: event.id for event in list_parked(session, 10)}
    assert (
        renraku(
            tmp_path, variables, "bus", "replay", "dispatch-mail", str(by_reason["failed"])
        ).returncode
        == 0
    )
    assert (
        renraku(
            tmp_path, variables, "bus", "drop", "dispatch-mail", str(by_reason["bad_envelope"])
        ).returncode
        == 0
    )
    assert "0 parked" in renraku(tmp_path, variables, "bus", "parked", "dispatch-mail").stdout
    database.dispose()


def test_an_import_without_an_administrators_name_says_what_to_add_and_makes_nothing(
    tmp_path, variables
):
    (tmp_path / "roster.xlsx").write_bytes(b"PK")
    done = renraku(tmp_path, variables, "import", "roster.xlsx")
    assert done.returncode == 2
    assert '--administrator "山田 花子"' in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".run").exists()


def test_a_missing_setting_is_named_without_a_traceback(tmp_path, variables):
    del variables["RENRAKU_DATABASE_URL"]
    done = renraku(tmp_path, variables, "worker", "messaging")
    assert done.returncode == 2
    assert "RENRAKU_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_standalone_mode_with_a_relay_elsewhere_says_so_at_once_and_makes_nothing(
    tmp_path, variables
):
    variables["RENRAKU_RELAY_HOST"] = "mail.example.jp"
    done = renraku(
        tmp_path, variables, "up", "--no-history", "--port", str(environment.free_port())
    )
    assert done.returncode == 2
    assert "RENRAKU_RELAY_HOST" in done.stderr
    assert "mail.example.jp" in done.stderr
    assert "Start again" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".run" / "data").exists()


def test_an_operator_is_added_once_listed_and_removed(tmp_path, variables):
    added = renraku(tmp_path, variables, "operator", "add", "Nakata@Town.Test", "--name", "中田 亮")
    assert added.returncode == 0, added.stderr
    password = re.search(r"パスワード：(\S+)", added.stdout)
    address = re.search(r"otpauth://totp/\S+", added.stdout)
    assert password is not None
    assert address is not None
    assert pyotp.parse_uri(address[0]).name == "nakata@town.test"
    again = renraku(tmp_path, variables, "operator", "add", "nakata@town.test", "--name", "中田 亮")
    assert (again.returncode, "mail_taken" in again.stderr, "Traceback" in again.stderr) == (
        1,
        True,
        False,
    )
    listed = renraku(tmp_path, variables, "operator", "list").stdout
    assert listed.count("nakata@town.test  中田 亮") == 1
    assert password[1] not in listed
    assert renraku(tmp_path, variables, "operator", "remove", "nakata@town.test").returncode == 0
    assert renraku(tmp_path, variables, "operator", "list").stdout == ""
    unknown = renraku(tmp_path, variables, "operator", "remove", "nakata@town.test")
    assert (unknown.returncode, "There is no operator" in unknown.stderr) == (1, True)
