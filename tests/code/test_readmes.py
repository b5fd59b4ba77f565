"""The READMEs of houses: what each says that it offers, hears and publishes is what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from common.testing.contracts import Contracts
from common.testing.events import put_in
from common.testing.readmes import Readme, bare
from common.testing.tokens import make_keys
from suite.houses import HOUSES, STORED, Doors

every = pytest.mark.parametrize("house", HOUSES.values(), ids=lambda house: house.name)
LANE = re.compile(r"\.(urgent|normal)$")
# Every process has them; architecture.md tells of them once.
OF_ALL = {"/healthz", "/readyz", "/metrics", "/static/{}"}


@pytest.fixture(scope="module")
def readmes(root: Path) -> dict[str, Readme]:
    return {
        name: Readme((root / "services" / name / "README.md").read_text(encoding="utf-8"))
        for name in HOUSES
    }


@pytest.fixture(scope="module")
def offered(contracts: Contracts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Give service → the URLs that it answers at."""
    urls = {name: {path for _, path in each.operations} for name, each in contracts.houses.items()}
    with pytest.MonkeyPatch.context() as patch:
        keys = make_keys(tmp_path_factory.mktemp("keys"))
        patch.setenv("RENRAKU_KEYS_DIR", str(keys))
        patch.setenv("RENRAKU_BASE_URL", "http://localhost")
        gateway = HOUSES["gateway"]
        rules = gateway.create_app(gateway.settings()).url_map.iter_rules()
    urls["gateway"] = {rule.rule for rule in rules}
    return {name: {bare(url) for url in found} - OF_ALL for name, found in urls.items()}


@every
def test_a_readme_names_the_doors_that_there_are(house, readmes, offered):
    named = readmes[house.name].urls
    assert named - above(offered[house.name]) == set(), "there is no such door"
    unnamed = {url for url in offered[house.name] if not above({url}) & named}
    assert unnamed == set(), "name the door, or one above it"


def above(urls: set[str]) -> set[str]:
    """Return the URLs and what they lie under: `/messages` is above `/messages/{}/stop`."""
    found = set(urls)
    for url in urls:
        parts = url.split("/")
        found |= {"/".join(parts[:count]) for count in range(2, len(parts))}
    return found


@pytest.mark.parametrize("house", STORED, ids=lambda house: house.name)
def test_a_readme_names_each_queue_with_what_is_heard_there(house, readmes):
    heard = {queue.name: {LANE.sub("", key) for key in queue.keys} for queue in house.queues}
    assert readmes[house.name].hears == heard


@every
def test_a_readme_names_what_the_house_publishes(house, readmes, root):
    assert readmes[house.name].publishes == published_by(house, root)


def published_by(house: Doors, root: Path) -> set[str]:
    """Return what a house puts into its outbox, by itself or by what it shares with others."""
    if not house.has_store:
        return set()
    rooms = [root / "services" / house.name / house.package]
    heard = {LANE.sub("", key) for queue in house.queues for key in queue.keys}
    common = root / "libs/common/common"
    if "school.erasing" in heard:
        rooms.append(common / "bus")
    if "delivery.requested" in heard:
        rooms.append(common / "delivery")
    return {event for room in rooms for path in room.rglob("*.py") for event in put_in(path)}
