"""Who is behind an address, a LINE user or a phone, kept in one SQLite file.

Whoever makes up the town's people tells it. The town works without: what has no name is shown by
its address alone.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from flask import current_app

EVERYBODY = 1000  # rows that a list holds at most: every family of a large school
_NAMELESS = "そのほか"
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS names (
    address TEXT PRIMARY KEY, name TEXT NOT NULL, about TEXT NOT NULL, place TEXT NOT NULL,
    position INTEGER NOT NULL
);
"""

Row = TypeVar("Row")


@dataclass(frozen=True)
class Named:
    """A person of the town.

    髙橋 美穂, say, who is 4年2組 陽菜・1年1組 蓮の母, listed under 4年2組 at a position of its own.
    """

    address: str
    name: str
    about: str
    place: str
    position: int

    @property
    def words(self) -> str:
        """Return name and what one should know of it: 髙橋 美穂（4年2組 陽菜・1年1組 蓮の母）."""
        return f"{self.name}（{self.about}）" if self.about else self.name


@dataclass(frozen=True)
class Section(Generic[Row]):
    """Rows of a list under one heading, each with the person behind it."""

    title: str
    rows: tuple[tuple[Row, Named | None], ...]


class Names:
    """The names in the file at `path`; every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._writing = threading.Lock()
        with closing(self._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)

    def put(self, people: Iterable[Named]) -> None:
        """Tell who is behind these addresses; what was told of them before is forgotten."""
        rows = [
            (person.address, person.name, person.about, person.place, person.position)
            for person in people
        ]
        with self._writing, closing(self._connect()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?, ?)", rows)

    def find(self, address: str) -> Named | None:
        """Return who is behind an address, or None."""
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT * FROM names WHERE address = ?", (address,)).fetchone()
        return Named(*row) if row else None

    def by_address(self) -> dict[str, Named]:
        """Return everybody, by address."""
        with closing(self._connect()) as connection:
            return {row[0]: Named(*row) for row in connection.execute("SELECT * FROM names")}

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        connection.execute("PRAGMA synchronous = OFF")
        return connection


def known_here() -> Names | None:
    """Return the names of the town whose page is being shown, None where it has none."""
    names: Names | None = current_app.extensions["town_names"]
    return names


def name_of(address: str) -> Named | None:
    """Return who is behind an address of the town whose page is being shown."""
    names = known_here()
    return names.find(address) if names is not None else None


def listing(
    rows: Sequence[Row], address_of: Callable[[Row], str], *, count: int, query: str
) -> dict[str, object]:
    """Return what the template of a list needs.

    `shown` is a number where there may be older rows than these.
    """
    shown = len(rows) if len(rows) == EVERYBODY else None
    return {
        "sections": _arrange(rows, address_of, query),
        "count": count,
        "query": query,
        "shown": shown,
    }


def _arrange(
    rows: Sequence[Row], address_of: Callable[[Row], str], query: str
) -> list[Section[Row]]:
    """Return the rows that hold the words of `query`, in sections by class.

    Who has no name comes last, in the order given. Spaces don't matter, neither in the query nor in
    names: 髙橋美穂 and 4年2組 陽菜 are found.
    """
    names = known_here()
    known = names.by_address() if names is not None else {}
    wanted = _tight(query)
    by_place: dict[str, list[tuple[Row, Named | None]]] = {}
    nameless: list[tuple[Row, Named | None]] = []
    for row in sorted(rows, key=lambda row: _position(known.get(address_of(row)))):
        person = known.get(address_of(row))
        words = person.words if person else ""
        if wanted not in _tight(address_of(row) + words):
            continue
        if person is None:
            nameless.append((row, None))
        else:
            by_place.setdefault(person.place, []).append((row, person))
    sections = [Section(title, tuple(some)) for title, some in by_place.items()]
    if nameless:
        sections.append(Section(_NAMELESS if sections else "", tuple(nameless)))
    return sections


def _position(person: Named | None) -> int:
    return person.position if person else 0  # who has no name keeps the order given


def _tight(text: str) -> str:
    return "".join(text.split()).casefold()
