"""Every address of every house, asked by everybody there is (ID-2, ID-3, ID-10; trust.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from ends import school_body
from every_door import (
    Caller,
    Route,
    World,
    code_of,
    name_rows,
    open_world,
    outsiders,
    routes_of,
)
from hands import open_session
from werkzeug.test import TestResponse

from common import clock
from common.errors import Unauthenticated
from common.houses import STORED
from common.rights import Right
from suite.demo.roster import demo_roster

OF_THE_FRAME = ("/healthz", "/readyz", "/metrics", "/openapi.json")
PUBLIC = {
    *(f"{house} GET {path}" for house in STORED for path in OF_THE_FRAME),
    # LINE signs what it sends.
    "dispatch-line POST /webhooks/{account_id}",
}
# The gateway's: rooms that are for everybody, and single pages of other rooms.
PUBLIC_ROOMS = {
    *("static", "healthz", "readyz", "metrics", "app", "p", "manifest.webmanifest"),
    "service-worker.js",
    *("sign-in", "help", "r", "u", "t"),
    # My Page: where a family is asked who it is; its other pages are for who is known.
    "m",
}
PUBLIC_PAGES = {
    "/operator/sign-in",
    # They ask by themselves whose session it is: also who signs in for the first time.
    "/own/factors/confirmation",
    "/own/factors/app",
    "/own/factors/app/code",
    "/own/factors/passkey",
    "/own/factors/passkey/challenge",
}
DOORS_OWN_REFUSALS = {"unauthenticated", "bad_token", "not_allowed"}
STAFF = ("administrator", "limited administrator", "sender", "sender without rights")
WHO_SEND = {"administrator", "limited administrator", "sender"}
# Said again, so that a rule that is taken away or widened by mistake is seen here.
# What stands in an address and names no row of a school's.
NO_IDS = {"token", "mail_local"}
LET_IN = {
    "identity POST /sessions": {"gateway"},
    "identity POST /accounts": {"administrator", "operator"},
    "identity PATCH /schools/current/settings": {"administrator"},
    "identity GET /operation-log": {"administrator", "looks at operation_log"},
    "identity GET /keys/{school_id}": {
        "directory",
        "dispatch-mail",
        "dispatch-line",
        "dispatch-push",
    },
    "identity POST /keys/{school_id}/destroy": {"retention"},
    "identity POST /schools": {"operator", "signed-in operator"},
    "directory GET /members": WHO_SEND,
    "directory PATCH /members/{member_id}": {"administrator"},
    "directory POST /imports/plans": {"administrator"},
    "directory POST /rosters": {"operator"},
    "directory POST /registration-sheets": WHO_SEND,
    "directory POST /registration-sheets/{member_id}/void": {
        "administrator",
        "limited administrator",
    },
    "directory POST /family-sessions/resolve": {"gateway"},
    "directory POST /line-links/told": {"dispatch-line"},
    "dispatch-line PUT /accounts/current/menu": {"administrator"},
    "directory POST /family-links/of-line": {"dispatch-line"},
    "directory PUT /talk-registrations/setting": {"administrator"},
    "directory POST /talk-registrations": {"dispatch-line"},
    "directory POST /talk-registrations/schools": {"dispatch-line"},
    "directory POST /talk-registrations/schools/look-up": {"dispatch-line"},
    "directory GET /family-mails/{mail_id}": {"dispatch-mail"},
    "directory GET /family-notifications/{notification_id}": {"dispatch-push"},
    "directory POST /registrations/apps": {"gateway"},
    "dispatch-push GET /web-push": {"gateway"},
    "directory POST /empty-mails": {"dispatch-mail"},
    "directory POST /empty-mails/address": {"gateway"},
    "messaging GET /family-messages": {"gateway"},
    "messaging POST /messages/{message_id}/release": WHO_SEND,
    "messaging GET /messages/sent": {"looks at messages"},
    "dispatch-mail POST /unsubscribes/{token}": {"gateway"},
    "retention POST /erasures/{school_id}/hand-over": {"signed-in operator"},
}
OPEN_WITHOUT_RIGHTS = {
    "identity GET /own/sessions",
    "identity POST /own/sessions/end",
    "identity PUT /own/language",
    "identity GET /schools/current",
    # Everybody is reached somewhere.
    "directory GET /own-contact-points",
    "directory POST /own-contact-points/mails",
    "directory POST /own-contact-points/mails/{mail_id}/proof",
    "directory POST /own-contact-points/line-links",
    "directory POST /own-contact-points/apps",
    "directory POST /own-contact-points/{contact_point_id}/tests",
    "directory POST /own-contact-points/{contact_point_id}/end",
    # It says of oneself alone that one has printed.
    "identity POST /operation-log/printed-lists",
    "retention GET /erasures/{school_id}",
}
# It is looked first whether the caller has an address for a test, or is on the roster at all.
FOUND_WANTING_FIRST = {
    "messaging POST /messages/{message_id}/test-send": "no_own_contact_point",
    "directory POST /own-contact-points/mails/{mail_id}/proof": "not_on_roster",
    "directory POST /own-contact-points/{contact_point_id}/tests": "not_on_roster",
    "directory POST /own-contact-points/{contact_point_id}/end": "not_on_roster",
}
NOT_THERE_EITHER = {
    "retention GET /erasures/{school_id}",
    # Of an import that nobody applied.
    "directory GET /imports/staff-plans/{staff_plan_id}/accounts",
}
# The walk has made an account next door with an id that it names: of whom, identity does not know.
SAYS_BACK = {"identity GET /roster-accounts"}
MAIL_NEXT_DOOR = "hibarino@town.test"
IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Walk = dict[str, dict[str, TestResponse]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("every-door")) as world:
        yield world


@pytest.fixture(scope="module")
def callers(world: World) -> dict[str, Caller]:
    """Give everybody who may knock for the school that is walked, with what they usually may."""
    everybody = [
        world.add_staff("administrator", "administrator"),
        world.add_staff("limited administrator", "limited_administrator"),
        world.add_staff("sender", "sender"),
        world.add_staff("sender without rights", "sender", frozenset(Right)),
        *outsiders(world.keys_dir, world.school_id),
    ]
    return {caller.name: caller for caller in everybody}


@pytest.fixture(scope="module")
def guarded(world: World) -> list[Route]:
    return [route for route in world.routes() if route.name not in PUBLIC]


@pytest.fixture(scope="module")
def walked(world: World, callers: dict[str, Caller], guarded: list[Route]) -> Walk:
    """Give route → caller → what is answered about rows that nobody has."""
    found: Walk = {}
    for route in guarded:
        answers = {
            name: world.ask(route, caller.tokens[route.house], {})
            for name, caller in callers.items()
        }
        found[route.name] = answers
    return found


@pytest.fixture(scope="module")
def named(world: World, callers: dict[str, Caller]) -> dict[str, str]:
    """Give the ids of rows of the school that is walked, by the names that paths have for them."""
    return name_rows(world, callers["administrator"])


def let_in(answers: dict[str, TestResponse]) -> set[str]:
    """Return who came past the door, whatever the view then said."""
    return {name for name, each in answers.items() if code_of(each) not in DOORS_OWN_REFUSALS}


def test_what_is_public_stands_in_a_list(world: World, guarded: list[Route]) -> None:
    assert {route.name for route in world.routes() if route.is_public} == PUBLIC
    assert len(guarded) > 110
    assert [route.name for route in guarded if not route.opened_to] == []
    pages = routes_of("gateway", world.together.app("gateway"))
    public = {page.path for page in pages if page.is_public}
    assert public >= PUBLIC_PAGES
    assert {path.split("/")[1] for path in public - PUBLIC_PAGES} == PUBLIC_ROOMS


def test_who_may_comes_in_and_everybody_else_is_refused(
    guarded: list[Route], callers: dict[str, Caller], walked: Walk
) -> None:
    for route in guarded:
        answers = walked[route.name]
        expected = {name for name, caller in callers.items() if route.opens_to(caller)}
        assert let_in(answers) == expected, route.name
        others = {answers[name].status_code for name in callers.keys() - expected}
        assert others == {403}, route.name
        assert [each for each in answers.values() if each.status_code == 500] == [], route.name


def test_some_are_let_in_by_name(walked: Walk) -> None:
    assert {name: let_in(walked[name]) for name in LET_IN} == LET_IN


def test_with_every_right_switched_off_nothing_of_the_school_opens(walked: Walk) -> None:
    opened = {
        name for name, answers in walked.items() if "sender without rights" in let_in(answers)
    }
    assert opened == OPEN_WITHOUT_RIGHTS


def test_staff_without_a_role_do_not_come_in_at_all(world: World) -> None:
    person = next(each for each in demo_roster().staff if each.role is None)
    with pytest.raises(Unauthenticated, match="wrong"):
        open_session(world.client("identity"), person.mail)


def spoilt(keys_dir: Path, token: str) -> dict[str, str]:
    """Return what somebody could make of a token, and under `again` one that is as good."""
    claims = jwt.decode(token, options={"verify_signature": False})
    headers = {"kid": jwt.get_unverified_header(token)["kid"]}
    path = keys_dir / "private" / f"{claims['iss']}.pem"
    own, foreign = load_pem_private_key(path.read_bytes(), None), Ed25519PrivateKey.generate()

    def signed(key: Any = own, algorithm: str = "EdDSA", **changed: Any) -> str:
        return jwt.encode({**claims, **changed}, key, algorithm=algorithm, headers=headers)

    header, payload, signature = token.split(".")
    of_another_school = signed(school=str(uuid4())).split(".")[1]
    middle = "B" if signature[40] == "A" else "A"
    return {
        "again": signed(),
        "expired": signed(exp=clock.now() - timedelta(seconds=1)),
        "for another house": signed(aud="gateway"),
        "by a foreign key": signed(foreign),
        "of another school": f"{header}.{of_another_school}.{signature}",
        "with another byte": f"{header}.{payload}.{signature[:40]}{middle}{signature[41:]}",
        "unsigned": signed(None, "none"),
        "none at all": "",
    }


def test_no_door_opens_to_a_token_that_is_not_whole(
    world: World, guarded: list[Route], callers: dict[str, Caller], walked: Walk
) -> None:
    for route in guarded:
        name = min(let_in(walked[route.name]))
        tokens = spoilt(world.keys_dir, callers[name].tokens[route.house])
        answers = {kind: world.ask(route, token, {}) for kind, token in tokens.items()}
        as_good = answers.pop("again")
        assert code_of(as_good) not in DOORS_OWN_REFUSALS, (route.name, name)
        refused = {kind: (each.status_code, code_of(each)) for kind, each in answers.items()}
        assert refused.pop("none at all") == (401, "unauthenticated"), route.name
        assert set(refused.values()) == {(401, "bad_token")}, (route.name, refused)


def test_the_ids_of_the_walk_lead_to_rows_for_their_own_school(
    world: World, guarded: list[Route], callers: dict[str, Caller], named: dict[str, str]
) -> None:
    seen = 0
    for route in guarded:
        if route.method != "GET" or not route.ids or not route.ids <= named.keys():
            continue
        for caller in callers.values():
            if route.opens_to(caller) and caller.is_of_a_school:
                answer = world.ask(route, caller.tokens[route.house], named)
                expected = 404 if route.name in NOT_THERE_EITHER else 200
                assert answer.status_code == expected, (route.name, caller.name)
                seen += 1
    assert seen > 40


def test_another_school_finds_and_changes_nothing(
    world: World, guarded: list[Route], callers: dict[str, Caller], named: dict[str, str]
) -> None:
    body = school_body(uuid4(), MAIL_NEXT_DOOR)
    made = world.operator.identity.call("POST", "/schools", json=body)
    head = world.signed_in(callers["administrator"], MAIL_NEXT_DOOR)
    strangers = [head, *outsiders(world.keys_dir, UUID(made["id"]))]
    before = world.rows()
    own_ids = set(IDS.findall("".join(before)))
    assert set(named.values()) <= own_ids
    refused = 0
    for route in guarded:
        for caller in strangers:
            if not route.opens_to(caller) or not caller.is_of_a_school:
                continue
            answer = world.ask(route, caller.tokens[route.house], named)
            where = (route.name, caller.name, answer.status_code)
            if route.ids - NO_IDS:
                is_wanting = code_of(answer) == FOUND_WANTING_FIRST.get(route.name)
                assert answer.status_code in (403, 404) or is_wanting, where
                refused += 1
            told = set(IDS.findall(answer.get_data().decode(errors="replace")))
            # What was asked for by its id may be said back.
            says_back = route.method != "GET" or route.name in SAYS_BACK
            sent = set(named.values()) if says_back else set()
            assert told & own_ids - sent == set(), where
    assert world.rows() == before
    assert refused > 50


@pytest.mark.parametrize("name", [*STAFF, "nobody"])
def test_each_page_opens_to_whose_rights_it_says_and_to_nobody_else(
    world: World, callers: dict[str, Caller], named: dict[str, str], name: str
) -> None:
    browser = world.together.app("gateway").test_client()
    if name in callers:
        session = open_session(world.client("identity"), callers[name].mail)
        browser.set_cookie("renraku", session)
    form = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/help").text)
    seen = 0
    for route in routes_of("gateway", world.together.app("gateway")):
        if route.is_public or route.path == "/sign-out":
            continue
        address = route.address(named if route.method == "GET" else {})
        fields = {"csrf_token": form[1]} if form and route.method == "POST" else None
        answer = browser.open(address, method=route.method, data=fields)
        where = (route.name, answer.status_code, answer.location)
        seen += 1
        if "family" in route.opened_to:
            # Who is no family asks for a link, whatever else they are; or had no form of ours.
            assert answer.status_code == 400 or answer.location.startswith("/m"), where
        elif "signed-in operator" in route.opened_to:
            assert answer.location.startswith("/operator/sign-in"), where
        elif name == "nobody":
            assert answer.location.startswith("/sign-in"), where
        elif not route.opens_to(callers[name]):
            assert answer.status_code == 403, where
        elif route.method == "GET":
            # What is sent already is shown in place of its form.
            is_sent = route.path.startswith("/messages") and address.endswith(("/edit", "/confirm"))
            # Without a draft the parts of the next year lead to where one is made.
            has_no_draft = route.path.startswith("/year-change/")
            shown = 302 if is_sent else 303 if has_no_draft else 200
            assert answer.status_code == shown, where
        else:
            assert answer.status_code in (200, 303, 404, 409, 422), where
    assert seen > 90
