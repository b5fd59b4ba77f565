"""What a newcomer sees while it installs and starts: how far it is, and the same words wherever the
start is described.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from suite.progress import Steps

ROOT = Path(__file__).parents[3]


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the tool that makes .venv; it stands outside of every package."""
    monkeypatch.syspath_prepend(str(ROOT / "deploy/tools"))
    return importlib.import_module("environment")


def test_each_step_is_one_line_with_the_seconds_it_took() -> None:
    lines: list[str] = []
    steps = Steps(lines.append)
    steps.done("鍵とデータベースを用意しました")
    steps.done("プログラムを読み込みました")
    assert [line.partition("秒  ")[2] for line in lines] == [
        "鍵とデータベースを用意しました",
        "プログラムを読み込みました",
    ]
    assert all(float(line.partition("秒")[0]) >= 0 for line in lines)


def test_an_installation_counts_the_packages_and_tells_every_tenth(
    installer: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    packages = installer.count_packages(lock)
    assert (
        packages
        == sum("==" in line and not line.startswith((" ", "#")) for line in lock.splitlines())
        > 30
    )
    seen = 0
    for number in range(25):
        seen = installer.tell_progress(f"Collecting package{number}==1.0\n", seen, packages)
        seen = installer.tell_progress("  Downloading package.whl\n", seen, packages)
    installer.tell_progress("Installing collected packages: a, b\n", seen, packages)
    assert seen == 25
    assert capsys.readouterr().out.split("\n") == [
        f"       10 of {packages}",
        f"       20 of {packages}",
        "       unpacking them",
        "",
    ]


def test_make_and_the_readme_say_the_same_of_a_fresh_start() -> None:
    words = "throws the data away and begins again"
    assert f"FRESH=1 {words}" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"`make run FRESH=1` {words}" in (ROOT / "README.md").read_text(
        encoding="utf-8"
    ).replace("\n", " ")
