"""One word for one thing: no two classes of production code share a name unless it is listed here.

Views and schemas of an API are left out: they are named by what they show, and the types of
answers are made from them.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

# Each house has its own, at the same place.
FURNITURE = {
    "Base",
    "Clients",
    "Content",
    "Delivery",
    "Holder",
    "Links",
    "Preview",
    "Settings",
    "StoppedMessage",
}
# The same thing as two houses see it: the owner's row, and what another house keeps in mind of it.
SEEN_BY_SEVERAL = {"Actor", "Addressed", "Operator", "School", "Snapshot"}
# An event, and the refusal of whoever comes after it.
EVENT_AND_REFUSAL = {"KeyDestroyed", "SchoolErased"}
LISTED = FURNITURE | SEEN_BY_SEVERAL | EVENT_AND_REFUSAL
LEFT_OUT = {"api", "answers", "migrations", "testing", "tests"}


def test_a_name_means_one_class(root: Path) -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for package in (root / "libs", root / "services"):
        for path in package.rglob("*.py"):
            if LEFT_OUT.isdisjoint(path.relative_to(root).parts):
                for name in classes_of(path):
                    places[name].append(str(path.relative_to(root)))
    shared = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert {name: paths for name, paths in shared.items() if name not in LISTED} == {}
    assert set(shared) == LISTED, "take names from the list that are no longer shared"


def classes_of(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
