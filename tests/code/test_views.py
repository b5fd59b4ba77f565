"""Views: what staff ask for is asked of other houses in their own name.

So the house that owns it decides who sees it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

# messaging decides by the snapshot that it asks directory for whether this person may see its
# words, and asks identity whether the caller's own school goes on.
DECIDES_ITSELF = {("messaging", "content.py"), ("messaging", "reports.py")}


def views_for_staff(tree: ast.Module) -> Iterator[str]:
    """Yield what a file's views that admit staff say.

    The module's own functions that they call are among it.
    """
    helpers = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        if any(admits_staff(decorator) for decorator in node.decorator_list):
            statements = said_in(node, helpers)
            yield "\n".join(ast.unparse(statement) for statement in statements)


def said_in(function: ast.FunctionDef, helpers: dict[str, ast.FunctionDef]) -> list[ast.stmt]:
    """Return the statements of a function and of the helpers that it comes to."""
    reached, waiting = {function.name: function}, [function]
    while waiting:
        names = {node.id for node in ast.walk(waiting.pop()) if isinstance(node, ast.Name)}
        called = names & (helpers.keys() - reached.keys())
        reached |= {name: helpers[name] for name in called}
        waiting += [helpers[name] for name in called]
    return [statement for each in reached.values() for statement in each.body]


def admits_staff(decorator: ast.expr) -> bool:
    rule = ast.unparse(decorator)
    return rule.startswith("allow(") and "staff(" in rule


def asks_as_itself(said: str) -> bool:
    """Return whether a view asks other houses without handing the caller's token on."""
    return "clients" in said and ("auth.token()" not in said or "auth.school_id()" in said)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_a_view_that_admits_staff_never_asks_another_house_as_the_house_itself(root):
    """A house's own token sees every draft of the school.

    dispatch-push showed them to anybody who may send.
    """
    asking = set()
    for path in sorted(root.glob("services/*/*/api/*.py")):
        for said in views_for_staff(tree_of(path)):
            if asks_as_itself(said):
                asking.add((path.parts[-3], path.name))
    assert asking == DECIDES_ITSELF


def test_the_previews_of_all_dispatchers_are_looked_at(root):
    found = {
        path.parts[-3]
        for path in root.glob("services/*/*/api/previews.py")
        if list(views_for_staff(tree_of(path)))
    }
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
    view = f"@allow(staff(Right.MESSAGES_SEND))\ndef get(self):\n    {body}"
    (said,) = views_for_staff(ast.parse(view))
    assert asks_as_itself(said) == is_wrong


def test_the_rule_sees_through_helpers():
    helper = "def _content(message_id):\n    return clients.content(auth.school_id(), message_id)\n"
    view = "@allow(staff(Right.MESSAGES_SEND))\ndef get(self):\n    return _content(1)"
    (said,) = views_for_staff(ast.parse(f"{helper}\n{view}"))
    assert asks_as_itself(said)


OPENS = (".for_school", ".for_system")


def writing_sessions(view: ast.FunctionDef) -> list[str]:
    """Return how a view opens its database, but for sessions that can't write."""
    calls = [ast.unparse(node) for node in ast.walk(view) if is_opening(node)]
    return [call for call in calls if "read_only=True" not in call]


def is_opening(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith(OPENS)


def gets_of(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "get":
            yield node


def test_what_is_got_writes_nothing(root):
    """Any site can have a browser get a page: what writes is a POST, which needs our own form."""
    writing = {}
    for path in sorted(root.glob("services/*/*/api/*.py")):
        for view in gets_of(tree_of(path)):
            if calls := writing_sessions(view):
                writing[path.name, view.lineno] = calls
    assert writing == {}


def test_a_get_that_writes_would_be_found():
    source = """
def get(self):
    with door.database().for_school(school_id) as session:
        return session
"""
    [view] = gets_of(ast.parse(source))
    assert writing_sessions(view) == ["door.database().for_school(school_id)"]
