"""What My Page says of a family's own contact points, in plain words (MY-2, DLV-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.answers.directory import ContactPointOut
from gateway.domain.health import DEAD


@dataclass(frozen=True, slots=True)
class OwnPoint:
    """A contact point as its family sees it.

    `word`: unproved, reached, doubtful or dead; `why`: a code for the reason, "" for none.
    """

    id: str
    kind: str
    hint: str | None
    word: str
    why: str
    proved_at: datetime | None


def own_point(point: ContactPointOut) -> OwnPoint:
    """Return how a contact point stands; nothing is said to arrive before a press has shown it."""
    health = point["health"]
    code = (health["code"] if health else None) or ""
    proved = point["proved_at"]
    proved_at = datetime.fromisoformat(proved) if proved else None
    if code in DEAD:
        word = "dead"
    elif point["state"] == "stopped":
        word, code = "doubtful", "stopped"
    elif code:
        word = "doubtful"
    else:
        word = "reached" if proved_at else "unproved"
    return OwnPoint(point["id"], point["kind"], point["hint"], word, code, proved_at)


@dataclass(frozen=True, slots=True)
class ListSearch:
    """What a family looks for in its list: words of the subject, a category's id.

    `is_asked`: the form is open, though nothing is looked for yet.
    """

    query: str
    category: str
    is_asked: bool

    @property
    def is_narrow(self) -> bool:
        """Return whether something is looked for."""
        return bool(self.query or self.category)

    @property
    def is_open(self) -> bool:
        """Return whether the form stands on the page."""
        return self.is_asked or self.is_narrow

    @property
    def kept(self) -> dict[str, str]:
        """Return what links to other parts of the list take along."""
        given = {"query": self.query, "category": self.category}
        return {name: text for name, text in given.items() if text}

    @property
    def wanted(self) -> dict[str, str | bool]:
        """Return what messaging is asked for; nothing where the form is not open."""
        found: dict[str, str | bool] = {}
        if self.query:
            found["query"] = self.query
        if self.category:
            found["category_id"] = self.category
        if self.is_open:
            found["with_categories"] = True
        return found


@dataclass(frozen=True, slots=True)
class FamilyReach:
    """Whether messages come to this family, for the line above the list.

    `word`: none (nothing is registered), dead (nothing works), doubtful (some does not), unproved,
    reached; `last_at`: when a press first showed it of the newest one.
    """

    word: str
    last_at: datetime | None = None


def reach_of_family(points: Sequence[OwnPoint]) -> FamilyReach:
    """Return what is known of all of a family's contact points together."""
    words = [point.word for point in points]
    proofs = [point.proved_at for point in points if point.word == "reached" and point.proved_at]
    last_at = max(proofs, default=None)
    if not words:
        return FamilyReach("none")
    if set(words) == {"dead"}:
        return FamilyReach("dead")
    if "dead" in words or "doubtful" in words:
        return FamilyReach("doubtful", last_at)
    return FamilyReach("reached", last_at) if last_at else FamilyReach("unproved")
