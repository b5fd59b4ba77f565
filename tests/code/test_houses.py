"""What every house keeps to.

One migration head, jobs by interval, a worker without Flask, a README that says how it fails, calls
that fit.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from common.schedule import Job
from common.testing.checks import assert_one_head
from common.testing.contracts import Contracts
from suite.houses import HOUSES, STORED

stored = pytest.mark.parametrize("house", STORED, ids=lambda house: house.name)
every = pytest.mark.parametrize("house", HOUSES.values(), ids=lambda house: house.name)
LONGEST_INTERVAL = 3600.0


@stored
def test_migrations_end_in_one_revision(house):
    assert_one_head(house.migrations)


@stored
def test_jobs_go_by_intervals_so_that_none_depends_on_midnight(house):
    """A job at 23:40 local kept data a day longer after a change of clocks.

    Reference: the pains of others.
    """
    known = {"name", "action", "seconds", "woken_by", "signs"}
    assert {field.name for field in fields(Job)} == known
    assert house.jobs
    assert all(0 < job.seconds <= LONGEST_INTERVAL for job in house.jobs)
    names = [job.name for job in house.jobs]
    assert len(set(names)) == len(names), "the clock knows its jobs by name"


@stored
def test_worker_and_clock_load_no_web_framework(house):
    program = (
        f"import sys, {house.package}.worker, {house.package}.jobs\n"
        "frameworks = ('flask', 'werkzeug', 'flask_smorest')\n"
        "print([name for name in frameworks if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


@every
def test_a_readme_says_what_the_house_owns_says_hears_and_how_it_fails(house, root):
    text = (root / "services" / house.name / "README.md").read_text(encoding="utf-8").lower()
    missing = [word for word in ("owns", "publishes", "hears", "how it fails") if word not in text]
    assert not missing


@every
def test_a_house_has_rooms_of_known_names_only(house, root):
    rooms = {
        "app", "api", "pages", "worker", "inbound", "jobs", "cli",
        "actions", "domain", "store", "events", "clients", "provider", "config",
        "migrations", "templates", "static", "translations", "__init__", "__pycache__",
    }  # fmt: skip
    package = root / "services" / house.name / house.package
    found = {path.stem for path in package.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert found <= rooms


def calls_in(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (service, method, template) of each call to another house that a file spells out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("call", "send"):
            continue
        words = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        receiver = node.func.value
        name = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
        service = name.strip("_").replace("_", "-")
        if len(words) == 2 and words[1].startswith("/") and service in HOUSES:
            yield service, words[0], words[1]


@pytest.fixture(scope="module")
def offered(contracts: Contracts) -> dict[str, set[tuple[str, str]]]:
    """Give service → the (method, path) pairs of its OpenAPI."""
    return {name: contract.operations for name, contract in contracts.houses.items()}


def test_every_call_between_houses_fits_the_owners_api(offered, root):
    calls = {
        (str(path.relative_to(root)), *call)
        for folder in ("services", "libs", "deploy/suite/suite")
        for path in (root / folder).rglob("*.py")
        if "tests" not in path.parts
        for call in calls_in(path)
    }
    assert len(calls) > 5
    misfits = [call for call in sorted(calls) if (call[2], call[3]) not in offered[call[1]]]
    assert not misfits


def test_every_call_of_the_gateway_fits_the_owners_api(offered):
    from gateway.clients.calls import CALLS

    misfits = [
        (service, method, path)
        for service, method, path in CALLS
        if (method, path) not in offered[service]
    ]
    assert CALLS
    assert not misfits


def test_a_draft_may_name_as_many_people_as_directory_freezes_in_an_audience():
    from directory.api.schemas.reach import MAX_AUDIENCE_IDS
    from messaging.domain.audience import MAX_IDS

    assert MAX_IDS == MAX_AUDIENCE_IDS


def test_the_import_rules_hold(root):
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    broken = re.findall(r"^(.+) BROKEN$", done.stdout, re.MULTILINE)
    assert (broken, done.returncode) == ([], 0), done.stdout[-3000:] + done.stderr[-500:]
