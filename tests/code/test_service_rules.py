"""Who may call whom: a view admits a house by name only where that house calls it.

With a stolen key of a house one reads what its rules open, not more. What a house asks with a
person's token is that person's right, and opens nothing to the house itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeGuard

import pytest
from flask import Flask

from common.web.auth import rules_of
from suite.houses import HOUSES

OPERATOR = "operator"
ASKING = {"call", "send"}
VARIABLE = re.compile(r"<(?:[^:>]+:)?(\w+)>")
Call = tuple[str, str]


class Opened(NamedTuple):
    """A rule of a house's view: whom it admits to what."""

    house: str
    caller: str
    method: str
    template: str


# What the operator asks with the installation's key and no command of `renraku` does for them yet.
BY_HAND = {
    Opened("identity", OPERATOR, "GET", "/schools/{school_id}"),
    Opened("identity", OPERATOR, "PATCH", "/accounts/{account_id}"),
    Opened("identity", OPERATOR, "PUT", "/accounts/{account_id}/password"),
    Opened("identity", OPERATOR, "DELETE", "/accounts/{account_id}/factors"),
    Opened("retention", OPERATOR, "GET", "/calendars"),
    Opened("retention", OPERATOR, "GET", "/erasures"),
    Opened("retention", OPERATOR, "GET", "/erasures/{school_id}"),
    Opened("retention", OPERATOR, "GET", "/erasures/{school_id}/certificate.json"),
    Opened("retention", OPERATOR, "GET", "/erasures/{school_id}/certificate.pdf"),
}


def calls_as_itself(path: Path) -> Iterator[Call]:
    """Yield (method, template) of what a file asks of other houses without a person's token."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = texts_named_in(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        is_persons = any(keyword.arg == "user_token" for keyword in node.keywords)
        if is_persons or node.func.attr not in ASKING or len(node.args) != 2:
            continue
        method, template = (text_of(argument, texts) for argument in node.args)
        if method and template:
            yield method, template


def texts_named_in(tree: ast.Module) -> dict[str, str]:
    """Return the texts that names stand for in a file: `template = "/messages/{message_id}"`."""
    found = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and isinstance(node.value.value, str):
            found[target.id] = node.value.value
    return found


def text_of(argument: ast.expr, texts: dict[str, str]) -> str:
    if isinstance(argument, ast.Name):
        return texts.get(argument.id, "")
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return argument.value if is_text else ""


def calls_of_the_gateway(root: Path) -> Iterator[Call]:
    """Yield what the gateway asks in its own name: `clients().identity.sign_in`."""
    gateway = root / "services/gateway/gateway"
    for path in gateway.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and is_of_own_clients(node.value):
                house = node.value.attr
                yield from calls_of_method(gateway / f"clients/{house}.py", node.attr)


def is_of_own_clients(node: ast.expr) -> TypeGuard[ast.Attribute]:
    """Return whether it is a house as the gateway itself asks it: `clients().identity`."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Call):
        return False
    return ast.unparse(node.value.func).split(".")[-1] == "clients"


def calls_of_method(path: Path, method: str) -> Iterator[Call]:
    """Yield which of the calls that are named in `gateway.clients.calls` a method makes."""
    from gateway.clients import calls

    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef) or node.name != method:
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "calls":
                call = getattr(calls, part.attr)
                yield call.method, call.template


def files_of(package: Path, common: Path) -> set[Path]:
    """Return the files of a house and those of common that it comes to by its imports."""
    waiting = list(package.rglob("*.py"))
    reached: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += imported_from_common(path, common)
    return reached


def imported_from_common(path: Path, common: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("common"):
            continue
        modules = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        for module in modules:
            base = common.parent.joinpath(*module.split("."))
            for candidate in (base.with_suffix(".py"), base / "__init__.py"):
                if candidate.exists():
                    yield candidate


@pytest.fixture(scope="module")
def asked(root: Path) -> dict[str, set[Call]]:
    """Give caller → what it asks of other houses in its own name."""
    common = root / "libs/common/common"
    found: dict[str, set[Call]] = {}
    for house in HOUSES.values():
        package = root / "services" / house.name / house.package
        files = files_of(package, common)
        found[house.name] = {call for path in files for call in calls_as_itself(path)}
    found["gateway"] |= set(calls_of_the_gateway(root))
    hands = (root / "deploy/suite/suite").rglob("*.py")
    found[OPERATOR] = {call for path in hands for call in calls_as_itself(path)}
    return found


@pytest.fixture(scope="module")
def opened(apps: dict[str, Flask]) -> set[Opened]:
    """Give what each house's rules open to another house, or to the operator's hands."""
    found: set[Opened] = set()
    for house, app in apps.items():
        for route in app.url_map.iter_rules():
            template = VARIABLE.sub(r"{\1}", route.rule)
            for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
                for rule in rules_of(app, route.endpoint, method):
                    found |= {Opened(house, name, method, template) for name in rule.services}
    return found


def test_a_rule_admits_only_the_houses_that_call(opened, asked):
    unused = {each for each in opened if (each.method, each.template) not in asked[each.caller]}
    assert sorted(unused - BY_HAND) == []
    assert sorted(BY_HAND - unused) == [], "some program of ours asks it now, or it is gone"


def test_what_a_house_asks_in_its_own_name_is_opened_to_it(opened, asked):
    admitted = {(each.caller, each.method, each.template) for each in opened}
    calls = {(caller, *call) for caller, made in asked.items() for call in made}
    assert sorted(calls - admitted) == []


def test_the_rule_tells_a_house_from_the_people_who_ask_through_it(asked):
    assert ("POST", "/readings/{token}/confirm") in asked["gateway"]
    assert ("GET", "/groups") not in asked["gateway"], "with the person's token alone"
    key_of_school = ("GET", "/keys/{school_id}")
    holders = {caller for caller, calls in asked.items() if key_of_school in calls}
    assert holders == {"directory", "dispatch-mail", "dispatch-line", "dispatch-push"}
