"""One thought a line: how much syntax a line of code holds.

It is counted over all functions that are not a few lines long. A node is one piece of the syntax
tree; annotations and docstrings are not counted.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest

PRODUCTION = ("libs", "services", "deploy", "bench")
LONG_ENOUGH = 8  # lines: a function of fewer may be one dense thought
MEDIAN, P95, MOST = 5.0, 8.0, 9.0  # nodes a line; well-known projects of the field: 4.4, 6.9, 9.2
LONGEST_FUNCTION = 50  # lines
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def production(tree: list[Path], root: Path) -> Iterator[Path]:
    for path in tree:
        parts = path.relative_to(root).parts
        is_apart = {"tests", "versions"} & set(parts)
        if path.suffix == ".py" and parts[0] in PRODUCTION and not is_apart:
            yield path


def functions_of(text: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            yield node


def count_nodes(node: ast.AST) -> int:
    count = 1
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            if isinstance(part, ast.AST) and not isinstance(part, ast.expr_context):
                count += count_nodes(part)
    return count


def lines_with_code(text: str) -> set[int]:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def densities(text: str) -> Iterator[tuple[float, str]]:
    """Yield nodes a line, and the name, of each function that is long enough."""
    code = lines_with_code(text)
    for function in functions_of(text):
        has_docstring = ast.get_docstring(function) is not None
        body = function.body[1:] if has_docstring else function.body
        if not body:
            continue
        lines = code.intersection(range(body[0].lineno, (function.end_lineno or 0) + 1))
        if len(lines) >= LONG_ENOUGH:
            yield sum(count_nodes(part) for part in body) / len(lines), function.name


@pytest.fixture(scope="module")
def found(tree: list[Path], root: Path) -> list[tuple[float, str]]:
    """Give every long function of production code, the densest last."""
    return sorted(
        (density, f"{path.relative_to(root)}: {name}")
        for path in production(tree, root)
        for density, name in densities(path.read_text())
    )


def test_functions_hold_one_thought_a_line(found: list[tuple[float, str]]) -> None:
    shares = quantiles([density for density, _ in found], n=20)
    assert len(found) > 500
    assert shares[9] <= MEDIAN
    assert shares[18] <= P95


def test_no_function_is_a_riddle(found: list[tuple[float, str]]) -> None:
    assert [where for density, where in found if density > MOST] == []


def test_no_function_is_too_long(tree: list[Path], root: Path) -> None:
    """Ruff keeps lines to 100 columns."""
    long = []
    for path in production(tree, root):
        for function in functions_of(path.read_text()):
            if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION:
                long.append(f"{path.relative_to(root)}: {function.name}")
    assert long == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a: dict[str, int]) -> None:\n" + "    a.b\n" * 8, 3.0),
        ("def f():\n    '''Words.'''\n" + "    # words\n    a(b, c)\n" * 8, 5.0),
        ("def f():\n" + "    a\n" * 7, None),
    ],
    ids=["no annotation", "no docstring and no comment", "too short"],
)
def test_density_is_counted_as_it_is_said(text: str, expected: float | None) -> None:
    counted = [density for density, _ in densities(text)]
    assert counted == ([] if expected is None else [expected])
