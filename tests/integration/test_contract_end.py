"""A contract is ended, and the school is gone, with a certificate that holds (RET-1)."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from alone import Standalone, newcomers_environment
from arrivals import DISPATCHERS
from hands import wait_until

from common import clock
from common.errors import ServiceError
from suite.demo.model import id_of

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

NAME = "みなも市立つばめ野小学校"
# The proof, of no person; and events, which hold ids only and go a day after they were published.
KEPT = {"erased_schools", "erasures", "erasure_steps", "outbox"}


def renraku(standalone: Standalone, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "suite", *arguments]
    environ = newcomers_environment()
    return subprocess.run(
        command,
        cwd=standalone.folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def rows_of_school(folder: Path) -> dict[str, int]:
    """Return database.table → how many rows still bear the school's id."""
    school = id_of("school").hex
    found = {}
    for path in sorted(folder.glob("*.db")):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            for table in tables_of_schools(connection):
                statement = f'SELECT count(*) FROM "{table}" WHERE school_id = ?'
                [count] = connection.execute(statement, (school,)).fetchone()
                if count:
                    found[f"{path.stem}.{table}"] = count
        finally:
            connection.close()
    return found


def tables_of_schools(connection: sqlite3.Connection) -> list[str]:
    """List the tables whose rows bear a school's id and are not kept."""
    found = []
    listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in listed:
        described = connection.execute(f'PRAGMA table_info("{table}")')
        columns = {column[1] for column in described}
        if "school_id" in columns and table not in KEPT:
            found.append(table)
    return found


def test_a_contract_that_ends_at_once_leaves_nothing_of_the_school_but_the_proof(standalone):
    office = standalone.office()
    message_id = office.write("4年")
    office.press(message_id, office.snapshot(message_id))
    path = {"message_id": message_id}
    office.call("messaging", "POST", "/messages/{message_id}/send-now", path=path)
    data = standalone.folder / ".run" / "data"
    assert rows_of_school(data)["directory.members"] > 300
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    end_at_once = ("contract", "end", "208114825", "--on", yesterday, "--grace-days", "0")
    refused = renraku(standalone, *end_at_once)
    assert refused.returncode != 0, "without the name typed nothing is erased"
    assert rows_of_school(data)["directory.members"] > 300
    done = renraku(standalone, *end_at_once, "--name", NAME)
    assert done.returncode == 0, done.stderr

    retention = standalone.client("retention", speaker="operator")

    def certified() -> bytes | None:
        path = {"school_id": id_of("school")}
        try:
            found = retention.send("GET", "/erasures/{school_id}/certificate.json", path=path)
        except ServiceError:
            return None
        return found.content

    certificate = wait_until(certified, 200, "the certificate")
    assert rows_of_school(data) == {}
    counts = json.loads(certificate)["counts"]
    assert set(counts) >= {"identity", "directory", "messaging", *DISPATCHERS}
    assert counts["directory"]["members"] > 300
    file = standalone.folder / "certificate.json"
    file.write_bytes(certificate)
    assert renraku(standalone, "certificate", "verify", str(file)).returncode == 0
    file.write_bytes(certificate.replace(b'"members"', b'"membres"', 1))
    assert renraku(standalone, "certificate", "verify", str(file)).returncode == 1
    with pytest.raises(ServiceError):
        standalone.office()
