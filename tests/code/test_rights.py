"""Rights: each is declared once, asked for by its name, and asked for by somebody."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from common.rights import GRANTS, Right

BY_NAME = re.compile(r"\bRight\.([A-Z_]+)")
DECLARED = Path("libs/common/common/rights.py")


def sources(root: Path, kind: str) -> Iterator[Path]:
    """Yield the product's files of a kind: what the tests say is their own matter."""
    for folder in ("libs", "services", "deploy/suite", "bench"):
        for path in sorted((root / folder).rglob(f"*.{kind}")):
            if "tests" not in path.parts and path.relative_to(root) != DECLARED:
                yield path


def spelled_out(path: Path) -> set[str]:
    """Return the rights that a file spells out, where a typo would be a 403 for ever."""
    rights = {right.value for right in Right}
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return set(re.findall(r"[\"']([a-z_]+\.[a-z_]+)[\"']", text)) & rights
    words = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    return words & rights


def test_a_right_is_asked_for_by_its_name_never_by_a_string_of_its_own(root):
    files = [*sources(root, "py"), *sources(root, "html")]
    assert [path for path in files if spelled_out(path)] == []


def test_the_templates_ask_for_rights_that_there_are(root):
    """mypy reads no templates, and Jinja takes a name that is unknown for a right nobody has."""
    texts = [path.read_text(encoding="utf-8") for path in sources(root, "html")]
    asked = {name for text in texts for name in BY_NAME.findall(text)}
    assert asked
    assert asked <= set(Right.__members__)


def test_every_right_has_its_row_and_is_asked_for_by_a_view(root):
    views = [path for path in sources(root, "py") if {"api", "pages"} & set(path.parts)]
    texts = [path.read_text(encoding="utf-8") for path in views]
    asked = {name for text in texts for name in BY_NAME.findall(text)}
    assert set(GRANTS) == set(Right)
    assert asked == set(Right.__members__)
