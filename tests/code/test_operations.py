"""Operations: each is declared once, recorded by a house, and told by its declaration alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from common import operations
from common.operations import Operation

NAMES = {name for name, each in vars(operations).items() if isinstance(each, Operation)}


def rooms_that_record(root: Path) -> Iterator[Path]:
    for room in ("actions/*.py", "events.py"):
        yield from sorted(root.glob(f"services/*/*/{room}"))


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def test_every_operation_is_recorded_by_a_house(root):
    recorded = {name for path in rooms_that_record(root) for name in names_in(path)}
    assert NAMES
    assert NAMES - recorded == set()


def test_no_house_writes_a_line_of_the_log_without_a_declared_operation(root):
    """Beside the declarations only identity spells the fields out, where it keeps what it hears."""
    spelling = set()
    for path in root.glob("services/*/*/**/*.py"):
        spells = '"actor_kind":' in path.read_text(encoding="utf-8")
        if spells and "tests" not in path.parts:
            spelling.add(path.relative_to(root).as_posix())
    assert spelling == {"services/identity/identity/actions/operation_log.py"}
