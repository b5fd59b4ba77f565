"""Events: what is heard has a schema, what has one is said, and docs/events.md tells the truth."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from common import houses
from common.bus.signatures import OWNERS
from common.schemas import EVENTS, Envelope
from common.schemas.document import SAMPLES, document
from common.testing.events import put_in
from suite.houses import HOUSES, STORED

LANE = re.compile(r"\.(urgent|normal)$")
CLAIM = re.compile(
    r"Published (?:by (?P<by>[^,]+), heard by (?P<to>[^.;,]+)|and heard by (?P<both>[^.;,]+))"
)
DISPATCHERS = "the dispatchers"
OF_MAIL_ALONE = ("contact_point.stopped", "contact_point.resumed", "delivery.amended")


def speaker_of(path: Path, root: Path) -> str:
    """Return by which name the documents call the house that a file belongs to."""
    service = path.relative_to(root).parts[1]
    return DISPATCHERS if service == "common" or service.startswith("dispatch-") else service


@cache
def said(root: Path) -> dict[str, set[str]]:
    """Return event type → who puts it into an outbox, found in the code."""
    found: dict[str, set[str]] = defaultdict(set)
    for house in HOUSES.values():
        package = root / "services" / house.name / house.package
        for path in package.rglob("*.py"):
            for event_type in put_in(path):
                is_of_mail = event_type in OF_MAIL_ALONE
                found[event_type].add(house.name if is_of_mail else speaker_of(path, root))
    for room in ("delivery", "bus"):
        for path in (root / "libs/common/common" / room).glob("*.py"):
            for event_type in put_in(path):
                found[event_type].add(speaker_of(path, root))
    return found


@cache
def heard() -> dict[str, set[str]]:
    """Return event type → the houses whose queues are bound to it."""
    found: dict[str, set[str]] = defaultdict(set)
    for house in STORED:
        for queue in house.queues:
            for key in queue.keys:
                found[LANE.sub("", key)].add(house.name)
    return found


@pytest.mark.parametrize("house", STORED, ids=lambda house: house.name)
def test_a_house_handles_exactly_what_its_queues_hear_and_each_has_a_schema(house, root):
    doors = [root / "services" / house.name / house.package / "worker.py"]
    # The dispatchers share what they do with most of what they hear.
    if speaker_of(doors[0], root) == DISPATCHERS:
        doors.append(root / "libs/common/common/delivery/doors.py")
    trees = [ast.parse(door.read_text(encoding="utf-8")) for door in doors]
    tables = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    handled = {key.value for table in tables for key in table.keys if isinstance(key, ast.Constant)}
    assert handled == {LANE.sub("", key) for queue in house.queues for key in queue.keys}
    assert handled <= set(EVENTS)


def test_an_event_that_must_be_signed_is_said_by_its_owner_alone(root):
    speakers = said(root)
    assert {name: speakers[name] for name in OWNERS} == {
        name: {owner} for name, owner in OWNERS.items()
    }


def test_every_event_is_said_and_heard_by_somebody(root):
    assert set(said(root)) == set(EVENTS)
    assert set(heard()) == set(EVENTS)


@pytest.mark.parametrize("event_type", EVENTS)
def test_an_events_words_name_who_says_and_who_hears_it(event_type, root):
    claim = CLAIM.search(" ".join((type(EVENTS[event_type]).__doc__ or "").split()))
    assert claim, "write: Published by X, heard by Y."
    by, to = claim["both"] or claim["by"], claim["both"] or claim["to"]
    hearers = heard()[event_type]
    if hearers.issuperset(houses.DISPATCHERS):
        hearers = hearers - set(houses.DISPATCHERS) | {DISPATCHERS}
    if to == "every house with a store":
        assert heard()[event_type] == {house.name for house in STORED} - {by}
    else:
        assert hearers == set(to.split(" and "))
    if not by.startswith("every house"):
        assert said(root)[event_type] == set(by.split(" and "))


@pytest.mark.parametrize("event_type", EVENTS)
def test_a_sample_is_an_event_that_can_be_read(event_type):
    payload = json.loads((SAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))
    event = Envelope.of(event_type, None, EVENTS[event_type].load(payload))
    assert Envelope.load(event.dump()).payload == event.payload
    assert json.loads(event.dump())["payload"] == payload


def test_every_sample_belongs_to_an_event():
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(EVENTS)


def test_the_document_of_events_is_fresh(root):
    assert (root / "docs/events.md").read_text(encoding="utf-8") == document(), "run: make docs"
