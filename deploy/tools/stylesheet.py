"""Build static/bootstrap.css: of Bootstrap only the rules that our templates and scripts use.

It is the Bootstrap that Bootstrap-Flask ships.
A rule stays when every class in one of its selectors is a word of a template or a script of the
gateway; a variable stays when a rule that stays, or a style sheet of ours, reads it. Bootstrap's
dark variables are set by the browser's wish instead of by an attribute. Run by `make css`; a test
builds it again and compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

GATEWAY = Path(__file__).parents[2] / "services/gateway/gateway"
BUILT = GATEWAY / "static/bootstrap.css"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_NOT = re.compile(r":not\([^()]*\)")  # asks for a class to be absent, which it is
_WORD = re.compile(r"[A-Za-z][\w-]*")
_READ = re.compile(r"var\((--[\w-]+)")
_DARK = '[data-bs-theme="dark"]', "[data-bs-theme=dark]"
# Inside a bracket or a quoted word a comma or a brace divides nothing.
_PIECES = re.compile(r"""("[^"]*"|'[^']*'|\([^()]*(?:\([^()]*\)[^()]*)*\)|[{};,])""")


@dataclass
class Rule:
    """Selectors (or an at-rule's head) with declarations or with rules of its own."""

    head: str
    declarations: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def write(self) -> str:
        inside = ";".join(self.declarations) + _written(self.rules)
        return f"{self.head}{{{inside}}}\n"


def build() -> str:
    """Return the style sheet."""
    source = shipped().read_text(encoding="utf-8")
    licence = _COMMENT.search(source)
    assert licence is not None, "the licence stands at the head of Bootstrap's file"
    known = set(_words(_own_files("templates/**/*.html", "static/js/*.js")))
    rules = parse(_COMMENT.sub("", source))
    kept = list(keep(rules, known))
    own_styles = " ".join(_own_files("static/*.css"))
    _drop_unread(kept, own_styles)
    return f"{licence.group()}\n{_written(kept)}"


def _written(rules: Iterable[Rule]) -> str:
    return "".join(rule.write() for rule in rules)


def shipped() -> Path:
    """Return Bootstrap's own style sheet, as the package has it."""
    package = find_spec("flask_bootstrap")
    assert package is not None, "make css needs the packages of requirements-dev.lock"
    assert package.origin is not None
    return Path(package.origin).parent / "static/bootstrap5/css/bootstrap.min.css"


def _own_files(*patterns: str) -> Iterator[str]:
    for pattern in patterns:
        for path in sorted(GATEWAY.glob(pattern)):
            if path != BUILT:
                yield path.read_text(encoding="utf-8")


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _WORD.findall(text)


def parse(text: str) -> list[Rule]:
    """Return the rules of a style sheet without comments."""
    outermost = Rule("")
    open_rules = [outermost]
    said = ""
    for piece in _PIECES.split(text):
        if piece == "{":
            opened = Rule(said.strip())
            open_rules[-1].rules.append(opened)
            open_rules.append(opened)
            said = ""
        elif piece in (";", "}"):
            if said.strip():
                open_rules[-1].declarations.append(said.strip())
            said = ""
            if piece == "}":
                open_rules.pop()
        else:
            said += piece
    return outermost.rules


def keep(rules: Iterable[Rule], known: set[str]) -> Iterator[Rule]:
    """Yield of the rules what classes that are known can match."""
    for rule in rules:
        if rule.head.startswith("@media"):
            inner = list(keep(rule.rules, known))
            if inner:
                yield Rule(rule.head, [], inner)
        elif rule.head.startswith("@"):
            yield rule
        else:
            yield from _keep_one(rule, known)


def _keep_one(rule: Rule, known: set[str]) -> Iterator[Rule]:
    plain: list[str] = []
    dark: list[str] = []
    for selector in _selectors(rule.head):
        is_dark = any(mark in selector for mark in _DARK)
        for mark in _DARK:
            selector = selector.replace(mark, "").strip()
        classes = set(_CLASS.findall(_NOT.sub("", selector)))
        if classes <= known:
            wanted = dark if is_dark else plain
            wanted.append(selector or ":root")
    if plain:
        yield Rule(",".join(plain), list(rule.declarations))
    if dark:
        in_the_dark = Rule(",".join(dark), list(rule.declarations))
        yield Rule("@media screen and (prefers-color-scheme:dark)", [], [in_the_dark])


def _selectors(head: str) -> list[str]:
    selectors = [""]
    for piece in _PIECES.split(head):
        if piece == ",":
            selectors.append("")
        else:
            selectors[-1] += piece
    return [selector.strip() for selector in selectors]


def _drop_unread(rules: list[Rule], own_styles: str) -> None:
    """Leave out variables that nothing reads, until none is left.

    Again and again, since one may be read by another only.
    """
    while True:
        read = set(_READ.findall(own_styles + _written(rules)))
        if not _drop_variables(rules, read):
            break
    used = _written(rules)
    rules[:] = [rule for rule in rules if not _is_unused_animation(rule, used)]


def _drop_variables(rules: list[Rule], read: set[str]) -> bool:
    dropped = False
    for rule in list(rules):
        dropped |= _drop_variables(rule.rules, read)
        stays = [each for each in rule.declarations if not _is_unread(each, read)]
        dropped |= len(stays) < len(rule.declarations)
        rule.declarations = stays
        if not rule.declarations and not rule.rules:
            rules.remove(rule)
    return dropped


def _is_unread(declaration: str, read: set[str]) -> bool:
    name = declaration.partition(":")[0]
    return name.startswith("--") and name not in read


def _is_unused_animation(rule: Rule, used: str) -> bool:
    if not rule.head.startswith("@keyframes"):
        return False
    name = rule.head.split()[1]
    return re.search(rf"animation[^;}}]*\b{re.escape(name)}\b", used) is None


if __name__ == "__main__":
    BUILT.write_text(build(), encoding="utf-8")
