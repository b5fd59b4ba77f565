"""What a house's README lists: its doors, what it hears, and what it publishes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ROW = re.compile(r"^\| (?P<first>`.+?) \| (?P<second>.+) \|$", re.MULTILINE)
_WORD = re.compile(r"`([^`]+)`")
_METHOD = re.compile(r"^[A-Z]+ ")
_VARIABLE = re.compile(r"<[^>]+>|\{[^}]+\}")


def bare(url: str) -> str:
    """Return a URL without what its variables are called: they bear two names in two notations."""
    return _VARIABLE.sub("{}", url)


@dataclass(frozen=True, slots=True)
class Readme:
    """A README by its sections, each of which begins a line with its name in bold letters."""

    text: str

    def section(self, name: str) -> str:
        """Return what stands behind a name, up to the next one."""
        pattern = rf"^\*\*{name}\*\*(.*?)(?=^\*\*|\Z)"
        found = re.search(pattern, self.text, re.DOTALL | re.MULTILINE)
        assert found, f"no line begins with **{name}**"
        return found[1]

    @property
    def urls(self) -> set[str]:
        """Return the URLs in the first column of the doors."""
        rows = self._rows("Doors")
        return {bare(_METHOD.sub("", url)) for urls, _ in rows for url in _WORD.findall(urls)}

    @property
    def hears(self) -> dict[str, set[str]]:
        """Return queue → the events in the second column."""
        rows = self._rows("Hears")
        return {_WORD.findall(queue)[0]: set(_WORD.findall(events)) for queue, events in rows}

    @property
    def publishes(self) -> set[str]:
        return set(_WORD.findall(self.section("Publishes")))

    def _rows(self, name: str) -> Iterator[tuple[str, str]]:
        for row in _ROW.finditer(self.section(name)):
            yield row["first"], row["second"]
