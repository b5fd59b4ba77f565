"""Files are read in a process of its own, few at once, with nothing of the house in it (DIR-2)."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from workbook_files import packed, parts_of

from common.errors import Busy
from directory.actions.read_workbook import read_sheets
from directory.actions.workbook import process
from directory.domain.workbooks import WorkbookRefused

FILE = packed(parts_of())
LEAVE = """
import socket, sys
from directory.actions.workbook.child import leave_network
is_apart = leave_network()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
except OSError:
    print(is_apart, "cut off")
else:
    print(is_apart, "connected")
"""
LIMITED = """
import sys
from directory.actions.workbook.child import limit_this_process
limit_this_process()
try:
    {forbidden}
except (OSError, MemoryError) as error:
    print(type(error).__name__)
"""


def run(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def stand_in(folder: Path, script: str) -> str:
    """Write a program that answers in Python's place."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_two_files_are_read_at_once_and_a_third_is_asked_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "WAIT_SECONDS", 0.01)
    with process.turns.one(), process.turns.one(), pytest.raises(Busy) as caught:
        read_sheets(FILE)
    assert caught.value.code == "import_busy"
    assert read_sheets(FILE)


def test_who_waits_comes_next() -> None:
    read: list[int] = []
    with process.turns.one():
        with process.turns.one():
            waiting = threading.Thread(target=lambda: read.append(len(read_sheets(FILE))))
            waiting.start()
        waiting.join(timeout=30)
    assert read == [1]


def test_with_more_waiting_than_there_are_places_one_is_sent_away_at_once() -> None:
    turns = process.Turns(at_once=1, waiting=0)
    started = time.monotonic()
    with turns.one(), pytest.raises(Busy), turns.one():
        pytest.fail("there was a place")
    assert time.monotonic() - started < process.WAIT_SECONDS
    with turns.one():
        pass


def test_the_process_knows_nothing_of_our_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RENRAKU_DATABASE_PASSWORD", "secret")
    program = stand_in(tmp_path, "cat > /dev/null; echo '{\"is_apart\":true}'; env")
    monkeypatch.setattr(process.sys, "executable", program)
    shown = process.ask_child(FILE).decode()
    assert "PWD=" in shown
    assert "RENRAKU" not in shown


def test_the_process_has_no_network_where_the_kernel_allows_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert run(LEAVE, str(server.getsockname()[1])) in ("True cut off", "False connected")


def test_a_network_that_could_not_be_left_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = stand_in(tmp_path, "cat > /dev/null; echo '{\"is_apart\":false}'")
    monkeypatch.setattr(process.sys, "executable", program)
    process.tell_of_network.cache_clear()
    with capture_logs() as logged:
        process.ask_child(FILE)
        process.ask_child(FILE)
    assert [line["event"] for line in logged] == ["workbook.child_has_network"]


@pytest.mark.parametrize(
    ("forbidden", "error"),
    [
        ("bytes(600 * 2**20)", "MemoryError"),
        ("kept = [open(sys.executable, 'rb') for _ in range(20)]", "OSError"),
        ("print('x', file=open('written', 'w'), flush=True)", "OSError"),
    ],
)
def test_the_process_is_bounded(
    forbidden: str, error: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(LIMITED.format(forbidden=forbidden)) == error


def test_a_process_that_dies_is_an_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = stand_in(tmp_path, "cat > /dev/null; kill -SEGV $$")
    monkeypatch.setattr(process.sys, "executable", program)
    with capture_logs() as logged, pytest.raises(WorkbookRefused) as caught:
        read_sheets(FILE)
    assert caught.value.code == "workbook_too_heavy"
    assert logged[0]["status"] == -11
