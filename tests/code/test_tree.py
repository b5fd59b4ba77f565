"""The tree: short files, words that belong in it, and documents that name what exists.

No word belongs that is of one machine or of an unfinished thought.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

MOST_LINES = 400
CODE = {".py", ".js", ".css", ".html", ".sh"}
# Nobody reads what a tool writes from top to bottom.
NOT_OURS = re.compile(r"static/vendor/|\.lock$|common/answers/")
# Put together here, so that this file does not hold them.
UNFINISHED = re.compile(rf"\b(TO{'DO'}|FIX{'ME'})\b|coming{' '}soon")
MACHINE = re.compile(
    rf"/(?:wo{'rk'}|ro{'ot'}|ho{'me'})/"
    rf"|pypi\.{'org'}|pythonhosted\.{'org'}|index-{'url'}"
    rf"|BEGIN [A-Z ]*PRIVATE {'KEY'}"
)
NAMED_TEST = re.compile(
    r"`(tests/[\w/.-]+\.py|(?:services|libs|deploy)/[\w/.-]+/tests/[\w/.-]+\.py)::(test_\w+)`"
)
NAMED_PATH = re.compile(r"`((?:services|libs|deploy|docs|tests|bench)/[\w/.-]+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)(?:#[^)]*)?\)")


def texts(tree: list[Path], suffixes: set[str] | None = None) -> Iterator[tuple[Path, str]]:
    for path in tree:
        if suffixes is not None and path.suffix not in suffixes:
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_of_code_is_longer_than_a_reader_likes(tree, root):
    long = {
        str(path.relative_to(root)): text.count("\n")
        for path, text in texts(tree, CODE)
        if text.count("\n") > MOST_LINES and not NOT_OURS.search(str(path))
    }
    assert long == {}


@pytest.mark.parametrize("pattern", [UNFINISHED, MACHINE], ids=["unfinished", "machine"])
def test_no_file_holds_words_that_do_not_belong_there(tree, root, pattern):
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()[:100]}"
        for path, text in texts(tree)
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_tests_neither_sleep_nor_are_skipped(tree, root):
    """A test waits for a fact with a deadline.

    `until` in common/testing/waiting.py and `wait_until` in hands.py do so. `asyncio` slept for no
    time lets others run and waits for nothing. What a machine cannot give is said as the reason.
    """
    lazy = re.compile(
        rf"\bsl{'eep'}\((?!0\))|pytest\.(?:mark\.)?(?:sk{'ip'}(?!if\(.*reason=)|xf{'ail'})"
    )
    found = [
        f"{path.relative_to(root)}:{number}"
        for path, text in texts(tree, {".py"})
        if "tests" in path.parts and path.name.startswith("test_")
        for number, line in enumerate(text.splitlines(), start=1)
        if lazy.search(line)
    ]
    assert found == []


def test_folders_of_tests_hold_no_packages(tree, root):
    assert [
        str(path.relative_to(root))
        for path in tree
        if "tests" in path.parts and path.name == "__init__.py"
    ] == []


def documents(tree: list[Path]) -> Iterator[tuple[Path, str]]:
    yield from texts(tree, {".md"})


def test_documents_name_tests_that_exist(tree, root):
    missing = [
        f"{path.relative_to(root)}: {file}::{name}"
        for path, text in documents(tree)
        for file, name in NAMED_TEST.findall(text)
        if not (root / file).exists()
        or f"def {name}(" not in (root / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_documents_name_files_that_exist(tree, root):
    missing = [
        f"{path.relative_to(root)}: {name}"
        for path, text in documents(tree)
        for name in NAMED_PATH.findall(text)
        if not (root / name).exists()
    ]
    assert missing == []


def test_links_between_documents_lead_somewhere(tree, root):
    broken = [
        f"{path.relative_to(root)}: {target}"
        for path, text in documents(tree)
        for target in LINK.findall(text)
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_decisions_are_numbered_without_gaps_and_say_what_follows(root):
    records = sorted((root / "docs/adr").glob("[0-9]*.md"))
    assert [path.name[:4] for path in records] == [
        f"{number:04}" for number in range(1, len(records) + 1)
    ]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences")), (
            path.name
        )
