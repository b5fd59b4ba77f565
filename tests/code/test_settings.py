"""Every variable that a house reads stands in the example.

The example names no other and holds no secret.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from suite.houses import HOUSES

LINE = re.compile(r"^#? ?(RENRAKU_[A-Z_]+)=(.*)$", re.MULTILINE)


@pytest.fixture
def example(root) -> dict[str, str]:
    text = (root / "deploy/env/renraku.example.env").read_text(encoding="utf-8")
    return dict(LINE.findall(text))


def variables_of(package: str) -> set[str]:
    from importlib import import_module

    settings = import_module(f"{package}.config").Settings
    return {f"RENRAKU_{name.upper()}" for name in settings.model_fields}


@pytest.mark.parametrize("house", HOUSES.values(), ids=lambda house: house.name)
def test_every_variable_of_a_house_is_explained_in_the_example(house, example):
    assert variables_of(house.package) - set(example) == set()


def test_the_example_explains_nothing_that_is_no_setting(example):
    read = set().union(*(variables_of(house.package) for house in HOUSES.values()))
    assert set(example) - read == set()


@pytest.mark.parametrize("house", HOUSES.values(), ids=lambda house: house.name)
def test_every_setting_is_read_by_the_code(house, root):
    """An option that changes nothing is a promise that nobody keeps."""
    folders = (
        root / "services" / house.name / house.package,
        root / "libs/common/common",
        root / "deploy/suite/suite",
    )
    files = (path for folder in folders for path in folder.rglob("*.py"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    names = {name.removeprefix("RENRAKU_").lower() for name in variables_of(house.package)}
    assert [name for name in sorted(names) if not re.search(rf"\.{name}\b", code)] == []


def test_the_example_holds_no_secret(example):
    assert not [name for name, value in example.items() if "PASSWORD" in name and value]
    assert "://" in example["RENRAKU_DATABASE_URL"]
    password = re.search(r"//[^:/@]+:([^@]+)@", example["RENRAKU_DATABASE_URL"])
    assert password is None or password[1] == "change-me"


def test_the_example_is_a_file_that_a_shell_can_read(root):
    path: Path = root / "deploy/env/renraku.example.env"
    wrong = [
        line
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "RENRAKU_"))
    ]
    assert not wrong
