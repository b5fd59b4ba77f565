"""`renraku audit verify` in an operator's hands (RET-6)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from log_book import Book, add_bare_school
from sqlalchemy import update

from common.db import Database
from common.keys import Keys
from identity.domain.words import SchoolState
from identity.store.models import School
from suite.cli_audit import audit

CODE = "123456789"
MORNING = datetime(2026, 11, 23, 22, 5, tzinfo=UTC)  # 7:05 on 24 November in Japan


@pytest.fixture
def installed(identity: Database, keys_dir: Path) -> Book:
    """Give the empty log of the one school of a new installation."""
    return Book(identity, Keys(keys_dir, "identity"), add_bare_school(identity, CODE), CODE)


@pytest.fixture
def sealed(installed: Book) -> Book:
    """Give a log of four lines with one checkpoint."""
    installed.write(4, MORNING)
    installed.seal()
    return installed


def verify(*arguments: str) -> Result:
    return CliRunner().invoke(audit, ["verify", *arguments])


def test_a_whole_log_is_told_in_words_and_an_empty_one_too(sealed: Book) -> None:
    done = verify()
    assert done.exit_code == 0, done.output
    of_school, newest, without_school, *_ = done.output.splitlines()
    span = "from 2026-11-24 07:05:00 to 2026-11-24 07:05:00"
    assert of_school == f"{CODE} みなも市立つばめ野小学校: 4 entries {span}, 1 checkpoint. OK."
    assert newest.startswith("  Newest checkpoint: 20")
    assert without_school == "The log without a school: no sealed entry. OK."


def test_what_no_chain_can_show_is_said_with_the_seconds_that_it_takes(sealed: Book) -> None:
    sealed.write(1, MORNING)
    done = verify("--school", CODE)
    assert "1 newer entry waits for a seal" in done.output
    assert "Entries are sealed every 5 s. What is younger can be changed or cut" in done.output


def test_the_first_entry_that_was_changed_is_named_and_what_still_holds(sealed: Book) -> None:
    sealed.change(2, action="x.y")
    done = verify("--school", CODE)
    assert done.exit_code == 1
    assert "CHANGED: entry 2 (2026-11-24 07:05:00, x.y) is not what was sealed." in done.output
    assert "No checkpoint holds." in done.output
    assert "1 log is NOT what was sealed." in done.output


def test_entries_that_are_gone_are_named_with_the_one_behind_them(sealed: Book) -> None:
    sealed.remove(2, 3)
    done = verify()
    assert done.exit_code == 1
    behind = "before 4 (2026-11-24 07:05:00, message.released)"
    assert f"REMOVED: entries 2 to 3, {behind}, cannot be found." in done.output


def test_a_forged_checkpoint_is_named(sealed: Book) -> None:
    sealed.change_checkpoint(4, signature=bytes(64))
    done = verify()
    assert done.exit_code == 1
    assert "at 4 is not signed by identity." in done.output


def test_a_school_that_is_erased_has_no_log_to_check(sealed: Book) -> None:
    sealed.remove(1, 2, 3, 4)
    sealed.remove_checkpoints(4)
    sealed.execute(update(School).values(state=SchoolState.ERASED))
    done = verify("--school", CODE)
    assert done.exit_code == 0
    assert "erased, or being erased; its log goes with it." in done.output


def test_a_code_that_no_school_has_is_told(installed: Book) -> None:
    done = verify("--school", "000000000")
    assert done.exit_code == 1
    assert "There is no school with the code 000000000." in done.output
