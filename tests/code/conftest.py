"""What the tests about the code look at: the tree as it lies on disk, and the houses by their doors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the folder that holds the whole project."""
    return ROOT


@pytest.fixture(scope="session")
def tree() -> list[Path]:
    """Give every file of the project, without what tools leave behind."""
    return sorted(_walk())


def _walk() -> Iterator[Path]:
    for folder, below, files in os.walk(ROOT):
        below[:] = [name for name in below if name == ".ci" or not name.startswith((".", "__pycache__"))]
        yield from (Path(folder) / name for name in files if not name.endswith((".pyc", ".mo")))
