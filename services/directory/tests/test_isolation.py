"""Every route asked by another school answers as if nothing were there (trust.md, Isolation)."""

from __future__ import annotations

import io
import json
from uuid import UUID

import pytest
from directory_school import FixedAccounts, FixedKeys, FixedSchools, School
from registering_family import Family, Office

from directory.app import create_app
from directory.clients import Clients
from directory.config import Settings

ROUTES = [
    ("GET", "/groups/{group}", None, None),
    ("PATCH", "/groups/{group}", None, {"name": "x", "version": 1}),
    ("PATCH", "/groups/{own_group}", None, {"parent_id": "{group}", "version": 1}),
    ("DELETE", "/groups/{group}", None, None),
    ("GET", "/groups/{group}/deletion", None, None),
    ("POST", "/groups/{group}/move", None, {"direction": "up"}),
    ("POST", "/groups/{group}/restore", None, None),
    ("POST", "/groups", None, {"kind": "class", "name": "x", "parent_id": "{group}"}),
    ("GET", "/groups/{group}/memberships", None, None),
    ("POST", "/groups/{group}/memberships", None, {"add": []}),
    ("POST", "/groups/{own_group}/memberships", None, {"add": ["{member}"]}),
    ("POST", "/members/{member}/memberships", None, {"join": ["{own_group}"]}),
    ("POST", "/members/{own_member}/memberships", None, {"join": ["{group}"]}),
    ("POST", "/members/{own_member}/memberships", None, {"class_id": "{group}"}),
    ("GET", "/members?group_id={group}", None, None),
    ("GET", "/members?after={member}", None, None),
    ("GET", "/members/{member}", None, None),
    ("PATCH", "/members/{member}", None, {"display_name": "x"}),
    ("PATCH", "/members/{own_member}", None, {"class_id": "{group}"}),
    ("PATCH", "/members/{own_member}", None, {"group_ids": ["{group}"]}),
    ("DELETE", "/members/{member}", None, None),
    ("POST", "/members/{member}/restore", None, None),
    ("DELETE", "/members/{member}/planned-status", None, None),
    ("POST", "/members/deletions", None, {"ids": ["{own_member}", "{member}"]}),
    (
        "POST",
        "/members/statuses",
        None,
        {
            "ids": ["{own_member}", "{member}"],
            "status": "graduated",
            "status_since": "2026-03-31",
        },
    ),
    (
        "PUT",
        "/members/{member}/phone-numbers",
        None,
        {"phone_numbers": [{"number": "0000-00-1009"}]},
    ),
    ("GET", "/contact-points/{contact_point}", "dispatch-mail", None),
    ("POST", "/contact-points/{contact_point}/resume", None, None),
    ("POST", "/contact-points/{contact_point}/end", None, None),
    ("POST", "/members/{member}/guardians", None, {"label": "父"}),
    ("PATCH", "/members/{member}/guardians/{guardian}", None, {"name": "x"}),
    ("POST", "/members/{member}/guardians/{guardian}/mails", None, {"mail": "x@town.test"}),
    ("DELETE", "/members/{member}/guardians/{guardian}", None, {"reason": "x"}),
    ("PUT", "/members/{member}/guardians/{guardian}/protection", None, {"protected": True}),
    ("POST", "/members/{member}/guardians/{guardian}/sessions/end", None, None),
    ("GET", "/guardians/{guardian}/doubles", None, None),
    ("GET", "/guardians/{guardian}/joining/{other_guardian}", None, None),
    ("POST", "/guardians/{guardian}/joining/{other_guardian}", None, {"version": "x"}),
    ("POST", "/guardians/{own_guardian}/joining/{other_guardian}", None, {"version": "x"}),
    (
        "POST",
        "/members",
        None,
        {"kind": "pupil", "display_name": "x", "kana": "ア", "class_id": "{group}"},
    ),
    (
        "POST",
        "/members",
        None,
        {
            "kind": "pupil",
            "display_name": "x",
            "kana": "ア",
            "guardians": [{"label": "母", "known_id": "{guardian}"}],
        },
    ),
    ("GET", "/snapshots/{snapshot}", None, None),
    ("GET", "/snapshots/{snapshot}/page", "messaging", None),
    ("GET", "/imports/plans/{plan}", None, None),
    ("GET", "/imports/plans/{plan}/progress", None, None),
    ("GET", "/imports/plans/{plan}/errors", None, None),
    ("POST", "/imports/plans/{plan}/marked.xlsx", None, {"notes": []}),
    ("POST", "/imports/plans/{plan}/decisions", None, {"decisions": {}}),
    ("POST", "/imports/plans/{plan}/apply", None, {}),
    ("PUT", "/year-change/places/{member}", None, {"graduates": True}),
    ("DELETE", "/year-change/places/{member}", None, None),
    ("POST", "/year-change/classes", None, {"parent_id": "{planned}", "name": "9組"}),
    ("DELETE", "/year-change/classes/{group}", None, None),
    ("DELETE", "/year-change/classes/{planned}", None, None),
    ("POST", "/year-change/classes/{group}/numbers", None, {}),
    ("POST", "/year-change/classes/{planned}/numbers", None, {}),
    ("GET", "/registration-sheets?group_id={group}", None, None),
    ("GET", "/registration-sheets/{member}", None, None),
    ("POST", "/registration-sheets/{member}/void", None, None),
    ("PUT", "/registration-sheets/{member}/login-id", None, {"login_id": ""}),
    ("GET", "/imports/staff-plans/{staff_plan}", None, None),
    ("GET", "/imports/staff-plans/{staff_plan}/errors", None, None),
    ("GET", "/imports/staff-plans/{staff_plan}/accounts", "identity", None),
    ("POST", "/imports/staff-plans/{staff_plan}/marked.xlsx", None, {"notes": []}),
    ("POST", "/imports/staff-plans/{staff_plan}/decisions", None, {"decisions": {}}),
    ("POST", "/imports/staff-plans/{staff_plan}/apply", None, {}),
    ("POST", "/registrations/{registration}/accept", None, {}),
    ("POST", "/registrations/{registration}/refuse", None, {}),
]
# What is not there, or another school's, is gone from the audience, which its author can mend.
AUDIENCES = [
    {"group_ids": ["{group}"]},
    {"member_ids": ["{member}"]},
    {"group_ids": ["{own_group}"], "excluded_member_ids": ["{member}"]},
]
EMPTY = [
    ("POST", "/members/look-up", None, {"ids": ["{member}"]}),
    ("POST", "/phone-numbers/look-up", None, {"member_ids": ["{member}"]}),
    ("POST", "/registration-sheets", None, {"member_ids": ["{member}"]}),
    (
        "POST",
        "/contact-points/look-up",
        "dispatch-mail",
        {
            "kind": "mail",
            "lane": "urgent",
            "members": [{"member_id": "{member}", "guardian_ids": ["{guardian}"]}],
        },
    ),
]
OF_THE_CALLER_ONLY = {
    *(
        "/groups",
        "/groups/deleted",
        "/groups/former",
        "/groups/names",
        "/members",
        "/members/deleted",
        "/moves",
        "/moves/next-numbers",
        "/moves/families",
        "/rosters",
        "/snapshots",
        "/imports",
        "/imports/plans",
        "/imports/staff-plans",
        "/exports/staff.xlsx",
        "/exports/staff-template.xlsx",
        "/exports/roster.xlsx",
        "/exports/roster-template.xlsx",
    ),
    *(
        "/year-change",
        "/year-change/lines",
        "/year-change/class-lists",
        "/year-change/class-lists.xlsx",
        "/year-change/rehearsal",
        "/year-change/schedule",
        "/year-change/turn",
        "/year-change/undo",
    ),
    # By the token of the browser, or of a mail's link, within the caller's school.
    *(
        "/registrations",
        "/registrations/look-up",
        "/registrations/agreement",
        "/registrations/siblings",
        "/registrations/mails",
        "/registrations/mails/proof",
        "/registrations/apps",
        "/registrations/tickets",
        "/registrations/tickets/use",
        "/registration-links/look-up",
        "/registration-links/proof",
        "/line-links/of-registrations",
        "/line-links/of-families",
        "/line-links/sessions",
        "/line-links/told",
        "/family-links/of-line",
        "/talk-registrations",
        "/talk-registrations/schools",
        "/talk-registrations/schools/look-up",
        "/talk-registrations/setting",
        # By the signature of an address of ours: test_empty_mails.py.
        "/empty-mails",
        "/empty-mails/look-up",
        "/empty-mails/address",
    ),
    *(
        "/contact-points/owners",
        # Of who is signed in: test_own_contact_points.py.
        "/own-contact-points",
        "/own-contact-points/mails",
        "/own-contact-points/mails/{mail}/proof",
        "/own-contact-points/line-links",
        "/own-contact-points/apps",
        "/own-contact-points/{contact_point}/tests",
        "/own-contact-points/{contact_point}/end",
        # What a browser holds, or a link, is of one school: test_family_sessions.py.
        "/family-sessions/resolve",
        "/family-sessions/end",
        "/family-sessions/end-others",
        "/family-sessions/language",
        "/family-sessions/apps",
        "/family-sessions/apps/look-up",
        "/family-sessions/apps/renewals",
        "/family-sessions/contact-points/{contact_point}/tests",
        "/family-sessions/contact-points/{contact_point}/end",
        # Of all schools at once, by what was typed: test_own_passwords.py.
        "/family-sign-ins",
        "/family-sessions/password",
        "/family-sessions/password/look-up",
        "/family-sessions/password/end",
        "/family-links",
        "/family-links/<string:token>",
        "/family-links/<string:token>/press",
        "/family-mails/{mail}",
        "/family-notifications/{notification}",
        "/board",
        "/unreachable",
        "/registration-sheets",
        "/registration-sheets/text",
        "/registration-sheets/period",
        "/reachability",
        "/openapi.json",
        "/healthz",
        "/readyz",
        "/metrics",
    ),
}


def make_import_plan(school, export="roster.xlsx", url="/imports/plans"):
    exported = school.call("POST", f"/exports/{export}").data
    answer = school.call("POST", url, data={"file": (io.BytesIO(exported), export)})
    return answer.json["id"]


def register(school):
    """Let a family register, and return by which id the office knows it."""
    office = Office.of(school, school.app.extensions["clients"].schools)
    family = Family(office)
    family.begin(office.sheet("山崎 樹"))
    family.prove("misao@town.test")
    [row] = school.get("/registrations")["items"]
    return row["registration_id"]


@pytest.fixture(scope="module")
def walked_app(database, keys_dir):
    """The application of all walks: what another school asks changes nothing here."""
    settings = Settings(database_url="postgresql://unused", bus_url="memory://", keys_dir=keys_dir)
    clients = Clients(FixedKeys(), lambda _: None, FixedAccounts(), FixedSchools())
    return create_app(settings, database=database, clients=clients)


@pytest.fixture(scope="module")
def school(walked_app, keys_dir):
    loaded = School(walked_app, keys_dir)
    loaded.load()
    return loaded


@pytest.fixture(scope="module")
def other_school(walked_app, keys_dir):
    loaded = School(walked_app, keys_dir)
    loaded.load()
    return loaded


@pytest.fixture(scope="module")
def ask(school, other_school):
    for each in (school, other_school):
        each.call("POST", "/year-change")
    planned = school.get("/year-change")["classes"]
    ids = {
        "planned": planned[-1]["id"],
        "group": school.roster.id("4-1"),
        "member": school.roster.id("山崎 樹"),
        "guardian": school.roster.id("髙橋 恵"),
        "other_guardian": school.roster.id("高橋 隆"),
        "own_guardian": other_school.roster.id("髙橋 恵"),
        "contact_point": school.roster.id("manabu@town.test"),
        "snapshot": school.snapshot(groups=["全校"])["id"],
        "plan": make_import_plan(school),
        "staff_plan": make_import_plan(school, "staff.xlsx", "/imports/staff-plans"),
        "registration": register(school),
        "own_group": other_school.roster.id("4-1"),
        "own_member": other_school.roster.id("山崎 樹"),
    }

    def fill(text):
        for name, value in ids.items():
            text = text.replace("{%s}" % name, value)  # noqa: UP031
        return text

    def call(method, url, service, body):
        headers = other_school.service(service) if service else other_school.staff()
        request = {"json": json.loads(fill(json.dumps(body)))} if body is not None else {}
        return other_school.call(method, fill(url), headers, **request)

    return call


@pytest.mark.parametrize(
    "route", ROUTES, ids=lambda route: f"{route[0]} {route[1]} {json.dumps(route[3])}"
)
def test_an_id_of_another_school_is_not_found(ask, school, route):
    before = school.get("/members"), school.get("/groups")
    answer = ask(*route)
    assert answer.status_code == 404, answer.json
    assert answer.json["error"]["code"].endswith("_not_found")
    assert (school.get("/members"), school.get("/groups")) == before


@pytest.mark.parametrize("audience", AUDIENCES, ids=json.dumps)
def test_an_audience_of_another_school_is_gone(ask, audience):
    answer = ask("POST", "/snapshots", None, {"audience": audience})
    assert answer.status_code == 422, answer.json
    assert answer.json["error"]["code"] in ("audience_group_gone", "audience_member_gone")


@pytest.mark.parametrize("route", EMPTY, ids=lambda route: f"{route[0]} {route[1]}")
def test_a_look_up_of_another_schools_ids_finds_nothing(ask, route):
    answer = ask(*route)
    assert (answer.status_code, answer.json) == (200, {"items": []})


def test_lists_hold_the_callers_school_only(school, other_school):
    def ids(url):
        return {UUID(item["id"]) for item in other_school.get(url)["items"]}

    own = set(other_school.roster.ids.values())
    assert ids("/members") <= own
    assert ids("/groups") <= own


def test_every_route_with_an_id_is_walked_here(app):
    asked = {(method, url.partition("?")[0]) for method, url, _, _ in ROUTES + EMPTY}
    walked = {(method, url.replace("{own_guardian}", "{guardian}")) for method, url in asked}
    for rule in app.url_map.iter_rules():
        url = rule.rule.replace("<uuid:", "{").replace("_id>", "}")
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert (method, url) in walked or url in OF_THE_CALLER_ONLY, (
                f"{method} {url} is not walked"
            )
