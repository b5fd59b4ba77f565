"""Comments: a measured figure stands at the constant that it justifies, and nowhere else.

docs/measured.md has them all.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PRODUCTION = ("libs", "services", "deploy", "bench")
FIGURE = re.compile(
    r"[µμ]s\b|\d ?ms\b|\bms a \b|\b(?:rows|mails|deliveries|messages|events)/s\b|\d/s\b|p9[59] of"
)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
CONSTANT = re.compile(r" *_?[A-Z][A-Z0-9_]*(?:: [^=]+)? = ")


def production(tree: list[Path], root: Path) -> Iterator[Path]:
    for path in tree:
        parts = path.relative_to(root).parts
        is_apart = {"tests", "versions"} & set(parts)
        if path.suffix == ".py" and parts[0] in PRODUCTION and not is_apart:
            yield path


def misplaced(text: str) -> list[int]:
    """Return the lines of comments and docstrings that hold a figure out of its place.

    Its place is beside a constant, or directly above one.
    """
    lines = text.split("\n")
    found = [
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
        and FIGURE.search(token.string)
        and not CONSTANT.match(_first_below(lines, token.start[0] - 1))
    ]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED) and FIGURE.search(ast.get_docstring(node) or ""):
            found.append(node.body[0].lineno)
    return sorted(found)


def _first_below(lines: list[str], index: int) -> str:
    """Return the line itself, or the first one of code under the comment to which it belongs."""
    while lines[index].lstrip().startswith("#"):
        index += 1
    return lines[index]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("ROOM = 5  # 19 ms each\n", []),
        ("# One by one each took 19 ms,\n# which is long.\nROOM: int = 5\n", []),
        ("class A:\n    # 19 ms each\n    _ROOM = 5\n", []),
        ("room = 5  # 19 ms each\n", [1]),
        ("# 19 ms each\n\nROOM = 5\n", [1]),
        ('def f():\n    """Take 35 µs."""\n', [2]),
        ('"""5,500 mails/s."""\n', [1]),
        ('"""Wait for 30 s; nginx waits 60."""\nroom = 5  # of ms alone nothing is said\n', []),
    ],
)
def test_the_check_knows_where_a_figure_belongs(text, lines):
    assert misplaced(text) == lines


def test_measured_figures_stand_at_the_constants_that_they_justify(tree, root):
    found = [
        f"{path.relative_to(root)}:{line}"
        for path in production(tree, root)
        for line in misplaced(path.read_text(encoding="utf-8"))
    ]
    assert found == []
