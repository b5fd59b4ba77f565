"""What is not built is not there: production code holds no name that production never uses.

vulture finds names. It doesn't know that a framework calls some of them, and that templates use
others; both are told to it here, each with its reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from vulture import Vulture

PRODUCTION = ("libs", "services", "deploy")
MOST_ALLOWED = 10
# Used though no line of production says so; each goes as soon as it is wrong.
ALLOWED = {
    "add_house_tables": "for the first migration of the next house; test_databases.py runs it",
    "drop_house_tables": "the way back",
    "CALLS": "test_houses.py holds all that the gateway asks against the owners' OpenAPI",
    "forget_everything": "empties the bus in memory between tests; only common.bus knows kombu",
    "forget_tokens": "what Google does now and then: the town does it when a test wants it",
    "stops": "a dispatcher's queues are spread as the tuple that they are",
}
# Registered by the decorator: a URL, a command, a hook.
DECORATORS = [
    "@*.route",
    "@*.get",
    "@*.post",
    "@*.put",
    "@page",
    "@public_page",
    "@operator_page",
    "@*.command",
    "@*.post_load",
    "@*.directive",
    "@validates_schema",
    "@compiles",
]
# What a framework calls or reads by its name.
HOOKS = {
    "aiosmtpd": ["smtp_*"],
    "flask": ["patch", "max_content_length", "direct_passthrough", "*_blocks"],
    "flask-smorest": ["ERROR_SCHEMA", "handle_http_exception"],
    "gunicorn": ["load_config"],
    "html.parser": ["handle_*", "attrs"],
    "http.server": ["do_GET", "log_message", "daemon_threads"],
    "expat": ["buffer_text", "*Handler"],
    "line-bot-sdk": ["connection_pool_maxsize"],
    "marshmallow": ["Meta"],
    "openpyxl": ["write_worksheet", "charts", "images", "border", "alignment", "quotePrefix"],
    "pika": ["heartbeat", "socket_timeout", "stack_timeout"],
    "psycopg2": ["autocommit"],
    "pyfcm": ["FCM_END_POINT_BASE", "_get_access_token"],
    "sqlalchemy": ["impl", "cache_ok", "inherit_cache", "process_*"],
    "sqlite3": ["isolation_level"],
}
# Their members are read one and all: fields by the names in JSON, words by their values, tables by
# their names.
READ_AS_A_WHOLE = {"Schema", "StrEnum", "DeclarativeBase"}
JINJA = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
WORD = re.compile(r"[A-Za-z_]\w*")


def production(tree: list[Path], root: Path) -> Iterator[Path]:
    for path in tree:
        parts = path.relative_to(root).parts
        is_apart = {"tests", "testing"} & set(parts)
        if path.suffix == ".py" and parts[0] in PRODUCTION and not is_apart:
            yield path


def classes_read_as_a_whole(classes: list[ast.ClassDef]) -> list[ast.ClassDef]:
    """List the classes that come of READ_AS_A_WHOLE, however far."""
    names = set(READ_AS_A_WHOLE)
    found: list[ast.ClassDef] = []
    while True:
        more = [each for each in classes if each not in found and bases_of(each) & names]
        if not more:
            return found
        found += more
        names |= {each.name for each in more}


def bases_of(definition: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rsplit(".", 1)[-1] for base in definition.bases}


def members_of(definition: ast.ClassDef) -> Iterator[str]:
    for statement in definition.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def columns_in(syntax: ast.AST) -> Iterator[str]:
    """Yield a table's columns: migrations and SQL know them by their text."""
    for node in ast.walk(syntax):
        match node:
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=ast.Subscript(value=ast.Name(id="Mapped"))
            ):
                yield name


def names_in_templates(tree: list[Path]) -> Iterator[str]:
    for path in tree:
        if path.suffix == ".html":
            for code in JINJA.findall(path.read_text(encoding="utf-8")):
                yield from WORD.findall(code)


@pytest.fixture(scope="module")
def dead(tree: list[Path], root: Path) -> dict[str, list[str]]:
    """Give the names that nothing in production uses, each with its places."""
    hooks = [name for names in HOOKS.values() for name in names]
    reader = Vulture(ignore_names=hooks, ignore_decorators=DECORATORS)
    classes: list[ast.ClassDef] = []
    for path in production(tree, root):
        syntax = ast.parse(path.read_text(encoding="utf-8"))
        classes += [node for node in ast.walk(syntax) if isinstance(node, ast.ClassDef)]
        reader.used_names.update(columns_in(syntax))
    for definition in classes_read_as_a_whole(classes):
        reader.used_names.update([definition.name, *members_of(definition)])
    reader.used_names.update(names_in_templates(tree))
    reader.scavenge(production(tree, root))
    found: dict[str, list[str]] = {}
    for item in reader.get_unused_code():
        place = Path(item.filename)
        # A migration is called by alembic; what it uses of common counts.
        if place.is_relative_to(root) and place.parent.name != "versions":
            line = f"{place.relative_to(root)}:{item.first_lineno}: {item.message}"
            found.setdefault(item.name, []).append(line)
    return found


def test_production_holds_nothing_that_production_never_uses(dead: dict[str, list[str]]) -> None:
    places = [place for name, places in dead.items() if name not in ALLOWED for place in places]
    assert places == [], "delete it; what tests alone need stands in common/testing or beside them"


def test_few_names_are_allowed_and_each_still_needs_it(dead: dict[str, list[str]]) -> None:
    assert len(ALLOWED) <= MOST_ALLOWED
    assert set(ALLOWED) <= set(dead)
