"""The same furniture in each house: who knows the rooms of one knows where things stand in all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from suite.houses import HOUSES, STORED

with_api = pytest.mark.parametrize("house", STORED, ids=lambda house: house.name)
every = pytest.mark.parametrize("house", HOUSES.values(), ids=lambda house: house.name)
WHETHER = re.compile(r'"""(?:Tell|Say|Know) whether')


def package_of(root: Path, house) -> Path:
    return root / "services" / house.name / house.package


def code_of(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in folder.rglob("*.py"):
        if "migrations" not in path.parts:
            yield path.name, ast.parse(path.read_text(encoding="utf-8"))


@with_api
def test_views_reach_what_they_need_through_their_door(house, root):
    api = package_of(root, house) / "api"
    assert (api / "door.py").exists()
    past_it = [
        path.name
        for path in api.rglob("*.py")
        if path.name != "door.py" and "current_app" in path.read_text(encoding="utf-8")
    ]
    assert past_it == []


@with_api
def test_schemas_are_one_file_or_one_folder(house, root):
    api = package_of(root, house) / "api"
    assert (api / "schemas.py").exists() != (api / "schemas").is_dir()
    assert [path.name for path in api.glob("*_schemas.py")] == []


@with_api
def test_schemas_say_by_their_names_whether_they_are_taken_or_given(house, root):
    """`In` and `Query` are taken, all others given; `Body` says neither."""
    wrong = []
    for name, tree in code_of(package_of(root, house) / "api"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Body", "Schema")):
                wrong.append(f"{name}: {node.name}")
    assert wrong == []


@every
def test_a_question_is_told_by_return_whether(house, root):
    wrong = [
        path.name
        for path in package_of(root, house).rglob("*.py")
        if WHETHER.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@every
def test_files_that_every_house_has_stand_at_the_same_place(house, root):
    package = package_of(root, house)
    for name in ("app.py", "config.py"):
        assert (package / name).exists(), name
    if house.has_store:
        for name in ("worker.py", "jobs.py"):
            assert (package / name).exists(), name
        # A room becomes a folder when it is long; its import name stays.
        models = package / "store/models"
        assert models.with_suffix(".py").exists() or (models / "__init__.py").exists()


def test_sqlalchemy_is_imported_in_one_way(tree: list[Path], root: Path) -> None:
    """By its names, which read as the statement does; migrations follow Alembic's own way."""
    other_way = [
        str(path.relative_to(root))
        for path in tree
        if path.suffix == ".py"
        and not {"tests", "migrations"} & set(path.relative_to(root).parts)
        and "import sqlalchemy as" in path.read_text(encoding="utf-8")
    ]
    assert other_way == []


@with_api
def test_what_a_house_declines_is_a_class(house, root):
    """So that a reader sees what may be raised, and a caller may catch it by name."""
    errors = package_of(root, house) / "domain" / "errors.py"
    if not errors.exists():
        return
    defined = ast.parse(errors.read_text(encoding="utf-8")).body
    assert [node.name for node in defined if isinstance(node, ast.FunctionDef)] == []
