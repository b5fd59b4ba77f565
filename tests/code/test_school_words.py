"""Words that depend on the kind of school are fixed in one table (DIR-17).

A sentence says {pupil}, {class}, {guardian}, {child}, {school}; `common.words` fills them in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.words import ANY_SCHOOL, words_of

FIXED = re.compile("児童|生徒|園児|学級|クラス|保護者|お子様|学校")
# Names, in which nothing varies.
TERMS = re.compile("学校コード|放課後児童クラブ|保護者の列は「保護者氏名」")
ROOMS = (
    "services/gateway/gateway/domain/*.py",
    "services/gateway/gateway/pages/*.py",
    "services/gateway/gateway/pages/*/*.py",
    "services/dispatch-*/*/**/*.py",
)
# Each fixes such words for a reason.
LEFT_OUT = {
    "domain/people.py": "the names of the kinds of school",
    "domain/school_settings.py": "what a school may choose to call its children",
    "domain/school_form.py": "the operator's form, for schools of every kind",
    "domain/access.py": "what an operator reads",
    "guardian/web_app.py": "the app's own name on a phone, for schools of every kind",
    "guardian/app.html": "the same name",
}
SAYING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def is_left_out(path: Path) -> bool:
    """Return whether it is the operator's, who speaks of schools of every kind, or has a reason."""
    return "operator" in path.parts or "/".join(path.parts[-2:]) in LEFT_OUT


def sentences_of(source: str) -> Iterator[str]:
    """Yield the texts of a file of Python, but for what explains it."""
    nodes = list(ast.walk(ast.parse(source)))
    explained = {ast.get_docstring(node, clean=False) for node in nodes if isinstance(node, SAYING)}
    for node in nodes:
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and node.value not in explained:
            yield node.value


def fixed_in(text: str) -> list[str]:
    return FIXED.findall(TERMS.sub("", text))


def test_no_sentence_fixes_a_word_of_one_kind_of_school(root: Path) -> None:
    found = {}
    for room in ROOMS:
        for path in root.glob(room):
            if is_left_out(path) or "tests" in path.parts:
                continue
            texts = sentences_of(path.read_text(encoding="utf-8"))
            if fixed := [text for text in texts if fixed_in(text)]:
                found[str(path.relative_to(root))] = fixed
    assert found == {}


def test_no_template_fixes_a_word_of_one_kind_of_school(root: Path) -> None:
    found = {}
    for path in (root / "services/gateway/gateway/templates").rglob("*.*"):
        if is_left_out(path):
            continue
        text = re.sub(r"{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if fixed := fixed_in(text):
            found[str(path.relative_to(root))] = fixed
    assert found == {}


def test_what_is_written_once_for_all_schools_names_none_of_their_words(root: Path) -> None:
    """A part that is rendered once a process would say of all schools what the first one says."""
    folder = root / "services/gateway/gateway/templates"
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]
    once = {name for text in texts for name in re.findall(r'written_once\("([^"]+)"', text)}
    assert once
    for name in once:
        written = (folder / name).read_text(encoding="utf-8")
        assert not re.search(r"{(pupil|class|guardian|child|school)}", written), name


def test_every_left_out_file_is_there_and_needs_to_be(root: Path) -> None:
    folder = root / "services/gateway/gateway"
    for name in LEFT_OUT:
        [path] = [each for each in folder.rglob("*.*") if "/".join(each.parts[-2:]) == name]
        assert fixed_in(path.read_text(encoding="utf-8")), name


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("elementary", "児童・学級・保護者・お子様・学校"),
        ("junior_high", "生徒・学級・保護者・お子様・学校"),
        ("combined", "児童生徒・学級・保護者・お子様・学校"),
        ("high", "生徒・クラス・保護者・お子様・学校"),
        ("special_needs", "児童生徒・学級・保護者・お子様・学校"),
        ("nursery", "園児・クラス・保護者・お子様・園"),
        ("kindergarten", "園児・クラス・保護者・お子様・園"),
        ("university", "学生・クラス・保護者・お子様・学校"),
        ("club", "会員・クラス・家族・会員・団体"),
        ("a kind of another version", "子ども・学級・保護者・お子様・学校"),
    ],
)
def test_each_kind_of_school_has_its_words(kind: str, said: str) -> None:
    assert words_of(kind).say("{pupil}・{class}・{guardian}・{child}・{school}") == said


def test_a_school_chooses_what_it_calls_its_children_and_the_rest_stays() -> None:
    assert words_of("elementary", "子").say("{school}の{pupil} {heads}人") == "学校の子 {heads}人"
    assert words_of("", "").pupil == ANY_SCHOOL.pupil


@pytest.mark.parametrize("sentence", ["この児童は", "学校に届きません", "保護者の皆様"])
def test_a_fixed_word_would_be_found(sentence: str) -> None:
    source = f'"""児童 are spoken of here."""\nWORDS = "{sentence}"\n'
    assert [text for text in sentences_of(source) if fixed_in(text)] == [sentence]
