"""Which database it is, and how many rows a statement touched: each is asked in one place."""

from __future__ import annotations

from pathlib import Path

ROOM = Path("libs/common/common/db")
MOST_LINES_OF_THE_ROOM = 200


def lines_with(tree: list[Path], root: Path, wanted: str) -> list[str]:
    """List the lines of Python outside the room that hold a text; this file is left out."""
    found = []
    for path in tree:
        if path.suffix != ".py" or path == Path(__file__):
            continue
        place = path.relative_to(root)
        if place.is_relative_to(ROOM):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if wanted in line:
                found.append(f"{place}:{number}: {line.strip()}")
    return found


def test_only_one_room_asks_which_database_it_is(tree: list[Path], root: Path) -> None:
    """Others ask `common.db.is_postgres`."""
    assert lines_with(tree, root, "dialect.name") == []


def test_only_one_function_tells_how_many_rows_were_touched(tree: list[Path], root: Path) -> None:
    """SQLAlchemy's types don't show it: each place would tell the type checker to look away."""
    asking = lines_with(tree, root, ".rowcount")
    assert [line for line in asking if "type: ignore" in line] == []
    assert [line for line in asking if line.startswith(("services/", "libs/"))] == []


def test_each_file_of_the_room_has_one_subject(root: Path) -> None:
    long = {}
    for path in (root / ROOM).glob("*.py"):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > MOST_LINES_OF_THE_ROOM:
            long[path.name] = lines
    assert long == {}
