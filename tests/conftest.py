"""Which stories share servers: those over processes are one group, for which all roles start once; others go by their file."""

from __future__ import annotations

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    needs_processes = "suite" in getattr(item, "fixturenames", ())
    item.add_marker(pytest.mark.xdist_group("processes" if needs_processes else item.path.stem))
