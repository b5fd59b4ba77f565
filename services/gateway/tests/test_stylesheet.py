"""Bootstrap is built down to what our pages use.

The built file is the one that the tool would build now.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import gateway

STATIC = Path(gateway.__file__).parent / "static"
TOOL = Path(__file__).parents[3] / "deploy/tools/stylesheet.py"
MOST = 60_000  # bytes


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stylesheet", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass asks for its module by name.
    sys.modules["stylesheet"] = module
    spec.loader.exec_module(module)
    return module


def test_the_built_style_sheet_is_fresh(tool: ModuleType) -> None:
    assert (STATIC / "bootstrap.css").read_text(encoding="utf-8") == tool.build(), (
        "run make css and commit the file"
    )


def test_the_built_style_sheet_is_small_and_names_its_licence() -> None:
    built = (STATIC / "bootstrap.css").read_bytes()
    assert len(built) < MOST
    assert b"Licensed under MIT" in built[:300]


def test_a_rule_stays_only_for_classes_that_are_used(tool: ModuleType) -> None:
    rules = tool.parse(
        ".btn,.never{color:red}.never:hover{color:blue}"
        "@media (x){.never{top:0}}.btn:not(.never){left:0}"
    )
    written = "".join(rule.write() for rule in tool.keep(rules, {"btn"})).split("\n")
    assert written == [".btn{color:red}", ".btn:not(.never){left:0}", ""]


def test_dark_follows_the_browser_and_not_an_attribute(tool: ModuleType) -> None:
    (rule,) = tool.keep(tool.parse("[data-bs-theme=dark] .btn{color:red}"), {"btn"})
    assert (
        rule.write().replace("\n", "")
        == "@media screen and (prefers-color-scheme:dark){.btn{color:red}}"
    )


def test_a_comma_inside_quotes_or_brackets_divides_no_selector(tool: ModuleType) -> None:
    (rule,) = tool.keep(tool.parse('.a:is(.b,.c){content:"},{";top:0}'), {"a", "b", "c"})
    assert rule.head == ".a:is(.b,.c)"
    assert rule.declarations == ['content:"},{"', "top:0"]
