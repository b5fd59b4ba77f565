"""Commits: the newest one says in a short sentence what it does, and to what.

Each commit is the newest when it is handed in; those of before are history. Where there is no
history (an archive, an image), or the newest commit is a merge, there is nothing to hold.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

LONGEST = 72  # characters: more is cut off where commits are listed
SUBJECT = re.compile(r"[a-z][a-z0-9-]*(?:, [a-z][a-z0-9-]*)*: [A-Z][a-z]+ \S.*")


def is_well_named(subject: str) -> bool:
    return len(subject) <= LONGEST and SUBJECT.fullmatch(subject) is not None


def git(root: Path, *words: str) -> str:
    """Return what git says, nothing where it has nothing to say or is not there.

    A hook's variables would lead it to another repository.
    """
    variables = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    command = ["git", "-C", str(root), *words]
    try:
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=30)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def newest_subject(root: Path) -> str | None:
    """Return the subject of the newest commit; None: there is none of ours, or it is a merge.

    The commit is read as it was written: a shallow clone shows a merge without its parents.
    """
    if git(root, "rev-parse", "--show-toplevel") != str(root.resolve()):
        return None
    head, _, message = git(root, "cat-file", "commit", "HEAD").partition("\n\n")
    parents = [line for line in head.splitlines() if line.startswith("parent ")]
    return None if len(parents) > 1 else message.partition("\n")[0]


@pytest.mark.parametrize(
    ("subject", "is_good"),
    [
        ("schedule: Run no job whose connection came after the lead was lost.", True),
        ("dispatch-mail, docs: Say how long a relay may be away", True),
        ("wip", False),
        ("Mend the tests", False),
        ("db: ask once", False),
        ("db: Ask", False),
        ("db: Ask of each part of many rows whether its own first row is there, once more", False),
    ],
)
def test_the_check_knows_a_good_subject(subject: str, is_good: bool) -> None:
    assert is_well_named(subject) is is_good


def test_the_newest_commit_is_well_named(root: Path) -> None:
    subject = newest_subject(root)
    assert subject is None or is_well_named(subject), "write: area: Imperative sentence."


def test_a_folder_without_a_history_of_its_own_has_nothing_to_hold(tmp_path: Path) -> None:
    assert newest_subject(tmp_path) is None


def test_the_subject_of_a_commit_is_found_and_a_merge_has_none(tmp_path: Path) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.test", "-c", "commit.gpgsign=false")
    commit = (*who, "commit", "-q", "--allow-empty", "-m")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, *commit, "db: Ask once\n\nThe body.")
    assert newest_subject(tmp_path) == "db: Ask once"
    git(tmp_path, "checkout", "-q", "-b", "aside")
    git(tmp_path, *commit, "db: Ask twice")
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, *who, "merge", "-q", "--no-ff", "-m", "merge aside", "aside")
    assert newest_subject(tmp_path) is None
