"""Views: what staff ask for is asked of other houses in their own name, so that the house that owns it decides who sees it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

# messaging decides by the snapshot that it asks directory for whether this person may see its words.
DECIDES_ITSELF = {("messaging", "content.py")}


def views_for_staff(path: Path) -> Iterator[ast.FunctionDef]:
    """Yield the views of a file that admit staff."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(admits_staff(decorator) for decorator in node.decorator_list):
            yield node


def admits_staff(decorator: ast.expr) -> bool:
    rule = ast.unparse(decorator)
    return rule.startswith("allow(") and "staff(" in rule


def asks_as_itself(view: ast.FunctionDef) -> bool:
    """Tell whether a view asks other houses without handing the caller's token on."""
    body = "\n".join(ast.unparse(statement) for statement in view.body)
    return "clients" in body and ("auth.token()" not in body or "auth.school_id()" in body)


def test_a_view_that_admits_staff_never_asks_another_house_as_the_house_itself(root):
    """A house's own token sees every draft of the school: dispatch-push showed them to anybody who may send."""
    asking = set()
    for path in sorted(root.glob("services/*/*/api/*.py")):
        for view in views_for_staff(path):
            if asks_as_itself(view):
                asking.add((path.parts[-3], path.name))
    assert asking == DECIDES_ITSELF


def test_the_previews_of_all_dispatchers_are_looked_at(root):
    found = {path.parts[-3] for path in root.glob("services/*/*/api/previews.py") if list(views_for_staff(path))}
    assert found == {"dispatch_mail", "dispatch_line", "dispatch_push"}


@pytest.mark.parametrize(
    ("body", "is_wrong"),
    [
        ("return clients.content(auth.school_id(), message_id)", True),
        ("return clients.content(door.school(), message_id)", True),
        ("return clients.content_for(auth.token(), message_id)", False),
        ("return rows_of(session, auth.school_id())", False),
    ],
)
def test_the_rule_can_fail(body, is_wrong):
    (view,) = ast.parse(f"def get(self):\n    {body}").body
    assert isinstance(view, ast.FunctionDef)
    assert asks_as_itself(view) == is_wrong
