"""What the tests about the code look at: the tree as it lies on disk, and what deploy/ says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LEFT_OUT = (".", "__pycache__")  # but .ci is ours


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
        below[:] = [name for name in below if name == ".ci" or not name.startswith(LEFT_OUT)]
        for name in files:
            if not name.endswith((".pyc", ".mo")):
                yield Path(folder) / name


@pytest.fixture(scope="module")
def deploy(root: Path) -> Path:
    return root / "deploy"


@pytest.fixture(scope="module")
def compose(deploy: Path) -> dict[str, Any]:
    return yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def roles(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the services that are roles of ours, by name as in `messaging-api`."""
    doors = ("api", "worker", "inbound", "jobs")
    return {
        name: role
        for name, role in compose["services"].items()
        if role.get("command", [""])[0] in doors
    }
